"""Values that no schema describes, such as a document held in a string.

Every list becomes a map from position to item, aligned with the baseline's, so
that `deepdiff`, which finds the fields that differ, has only maps to walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve, frozen

from driftcheck.comparison._sequences import aligned, is_reordered
from driftcheck.comparison._sides import ABSENT, Differences, Sides
from driftcheck.model import Change, Field, FieldPath, Index, Node, Step, same


@frozen
class _Inserted(Index):
    """The position of an item that the baseline does not have."""


class _Positions(dict[Index, Any]):
    """A list as a map from position to item."""

    def __init__(self, items: dict[Index, Any], original: list[Node]) -> None:
        super().__init__(items)
        self.original = original


def untyped_differences(sides: Sides) -> Differences:
    """Every difference inside values without a schema, each said once, at its root."""
    baseline_name, *others = sides.nodes
    pairs = {name: _Pair(sides.baseline, sides.nodes[name]) for name in others}
    for path in sorted({path for pair in pairs.values() for path in pair.reordered}, key=repr):
        yield _at(sides, path, baseline_name, pairs).difference(Change.REORDERED)
    for path in sorted({path for pair in pairs.values() for path in pair.paths()}, key=repr):
        yield _at(sides, path, baseline_name, pairs).difference()


def _at(sides: Sides, path: FieldPath, baseline_name: str, pairs: dict[str, _Pair]) -> Sides:
    """What each environment has at a path inside."""
    left = next(iter(pairs.values())).left
    nodes = {baseline_name: _look_up(left, path)}
    nodes |= {name: _look_up(pair.right, path) for name, pair in pairs.items()}
    return evolve(sides, path=(*sides.path, *path), nodes=nodes)


class _Pair:
    """The baseline's value and another's, with their lists as aligned maps."""

    def __init__(self, left: Node, right: Node) -> None:
        self.reordered: list[FieldPath] = []
        self.left, self.right = self._as_maps(left, right, ())

    def paths(self) -> Iterator[FieldPath]:
        """The places at which the two differ."""
        from deepdiff import DeepDiff

        found = DeepDiff(
            self.left,
            self.right,
            view="tree",
            ignore_private_variables=False,
            threshold_to_diff_deeper=0,
        )
        for levels in found.values():
            for level in levels:
                yield _path_to(level)

    def _as_maps(self, left: Node, right: Node, path: FieldPath) -> tuple[Any, Any]:
        if isinstance(left, dict) and isinstance(right, dict):
            return self._maps(left, right, path)
        if isinstance(left, list) and isinstance(right, list):
            return self._lists(left, right, path)
        return left, right

    def _maps(
        self, left: dict[str, Node], right: dict[str, Node], path: FieldPath
    ) -> tuple[Any, Any]:
        both = {
            key: self._as_maps(left[key], right[key], (*path, Field(key)))
            for key in left
            if key in right and not same(left[key], right[key])
        }
        return (
            left | {key: pair[0] for key, pair in both.items()},
            right | {key: pair[1] for key, pair in both.items()},
        )

    def _lists(self, left: list[Node], right: list[Node], path: FieldPath) -> tuple[Any, Any]:
        if is_reordered((left, right)):
            if not same(left, right):
                self.reordered.append(path)
            return _Positions({}, left), _Positions({}, right)
        lefts: dict[Index, Any] = {}
        rights: dict[Index, Any] = {}
        for i, j in aligned(left, right):
            if i is not None and j is not None:
                step = Index(i)
                lefts[step], rights[step] = self._as_maps(left[i], right[j], (*path, step))
            elif i is not None:
                lefts[Index(i)] = left[i]
            elif j is not None:
                rights[_Inserted(j)] = right[j]
        return _Positions(lefts, left), _Positions(rights, right)


def _path_to(level: Any) -> FieldPath:
    """The steps from a `deepdiff` level's root down to it."""
    path: list[Step] = []
    at = level.all_up
    while at is not level:
        key = (at.t1_child_rel or at.t2_child_rel).param
        path.append(key if isinstance(key, Index) else Field(key))
        at = at.down
    return tuple(path)


def _look_up(node: Any, path: FieldPath) -> Node:
    """What stands at a path, with lists as lists again; `ABSENT` where nothing does."""
    for step in path:
        key = step.name if isinstance(step, Field) else step
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
