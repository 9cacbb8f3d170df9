"""Values that no schema describes, such as a document held in a string.

Every list becomes a map from position to item, aligned with the baseline's, so
that `deepdiff`, which finds the fields that differ, has only maps to walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from driftcheck.comparison._sequences import aligned, is_reordered
from driftcheck.comparison._sides import ABSENT, Places, Sides
from driftcheck.model import Change, Field, Index, Node, Step, same


class _Position(str):
    """Where a list item stands: `2` in the baseline, `+2` if the baseline does not have it.

    A string, since `deepdiff` writes to its log about any other key of ours.
    """


Keys = tuple[str, ...]
"""The way into a value: field names and positions."""


class _Positions(dict[_Position, Any]):
    """A list as a map from position to item."""

    def __init__(self, items: dict[_Position, Any], original: list[Node]) -> None:
        super().__init__(items)
        self.original = original


def untyped_places(sides: Sides) -> Places:
    """Every place at which values without a schema differ, each once, at its root."""
    baseline_name, *others = sides.nodes
    pairs = {name: _Pair(sides.baseline, sides.nodes[name]) for name in others}
    for keys in sorted({keys for pair in pairs.values() for keys in pair.reordered}):
        yield _at(sides, keys, baseline_name, pairs).place(Change.REORDERED)
    for keys in sorted({keys for pair in pairs.values() for keys in pair.differing()}):
        yield _at(sides, keys, baseline_name, pairs).place()


def _at(sides: Sides, keys: Keys, baseline_name: str, pairs: dict[str, _Pair]) -> Sides:
    """What each environment has at a place inside."""
    left = next(iter(pairs.values())).left
    nodes = {baseline_name: _look_up(left, keys)}
    nodes |= {name: _look_up(pair.right, keys) for name, pair in pairs.items()}
    return evolve(sides, path=(*sides.path, *map(_step, keys)), nodes=nodes)


def _step(key: str) -> Step:
    return Index(int(key)) if isinstance(key, _Position) else Field(key)


class _Pair:
    """The baseline's value and another's, with their lists as aligned maps."""

    def __init__(self, left: Node, right: Node) -> None:
        self.reordered: list[Keys] = []
        self._as_a_whole: list[Keys] = []
        self.left, self.right = self._as_maps(left, right, ())

    def differing(self) -> Iterator[Keys]:
        """The places at which the two differ."""
        from deepdiff import DeepDiff

        yield from self._as_a_whole
        found = DeepDiff(
            self.left,
            self.right,
            view="tree",
            ignore_private_variables=False,
            threshold_to_diff_deeper=0,
        )
        for levels in found.values():
            for level in levels:
                yield _keys_to(level)

    def _as_maps(self, left: Node, right: Node, keys: Keys) -> tuple[Any, Any]:
        if isinstance(left, dict) and isinstance(right, dict):
            return self._maps(left, right, keys)
        if isinstance(left, list) and isinstance(right, list):
            return self._lists(left, right, keys)
        return left, right

    def _maps(self, left: dict[str, Node], right: dict[str, Node], keys: Keys) -> tuple[Any, Any]:
        both = {
            key: self._as_maps(left[key], right[key], (*keys, key))
            for key in left
            if key in right and not same(left[key], right[key])
        }
        return (
            left | {key: pair[0] for key, pair in both.items()},
            right | {key: pair[1] for key, pair in both.items()},
        )

    def _lists(self, left: list[Node], right: list[Node], keys: Keys) -> tuple[Any, Any]:
        if is_reordered((left, right)):
            if not same(left, right):
                self.reordered.append(keys)
            return _Positions({}, left), _Positions({}, right)
        pairs = aligned(left, right)
        if pairs is None:
            self._as_a_whole.append(keys)
            return _Positions({}, left), _Positions({}, right)
        lefts: dict[_Position, Any] = {}
        rights: dict[_Position, Any] = {}
        for i, j in pairs:
            key = _Position(i) if i is not None else _Position(f"+{j}")
            if i is not None and j is not None:
                lefts[key], rights[key] = self._as_maps(left[i], right[j], (*keys, key))
            elif i is not None:
                lefts[key] = left[i]
            elif j is not None:
                rights[key] = right[j]
        return _Positions(lefts, left), _Positions(rights, right)


def _keys_to(level: Any) -> Keys:
    """The keys from a `deepdiff` level's root down to it."""
    keys: list[str] = []
    at = level.all_up
    while at is not level:
        keys.append((at.t1_child_rel or at.t2_child_rel).param)
        at = at.down
    return tuple(keys)


def _look_up(node: Any, keys: Keys) -> Node:
    """What stands at a place, with lists as lists again; `ABSENT` where nothing does."""
    for key in keys:
        if not isinstance(node, dict) or key not in node:
            return ABSENT
        node = node[key]
    return _as_lists(node)


def _as_lists(node: Any) -> Node:
    if isinstance(node, _Positions):
        return node.original
    if isinstance(node, dict):
        return {key: _as_lists(value) for key, value in node.items()}
    return node
