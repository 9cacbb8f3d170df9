"""The places at which environments agree, for those who demand that they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen

from driftcheck.comparison._bags import rows_of_bags
from driftcheck.comparison._sequences import rows_of_sequences
from driftcheck.comparison._sides import ABSENT, Sides
from driftcheck.comparison._texts import document_in
from driftcheck.model import (
    Bag,
    Field,
    FieldPath,
    Index,
    Item,
    Keyed,
    Member,
    Members,
    Node,
    PathPattern,
    Reached,
    Reading,
    SecretValue,
    Step,
)

_NOTHING_INSIDE = frozenset({bool, int, float, type(None), Reading, SecretValue})
_Row = tuple[Step, dict[str, Node]]


@frozen
class _Route:
    """The ways from a node to the places in it that a pattern speaks of.

    Args:
        ends: Whether it speaks of the node itself.
        further: The next steps, each with the ways from there.
        is_leaf: Whether nothing is in the node.
    """

    ends: bool
    further: Mapping[Step, _Route]
    is_leaf: bool


def agreeing_places(sides: Sides, pattern: PathPattern) -> Iterator[Sides]:
    """Every place a pattern speaks of that is there on all sides, and the same.

    Of a pattern that speaks of everything below a place, only scalars: what stands in a map
    or a list is said there. Most objects have nothing that a rule speaks of, so that the ways
    are looked for on one side, and only then followed on all.
    """
    route = _finder(pattern).route(sides.baseline, sides.path, pattern.start)
    if route:
        yield from _places(sides, route, only_leaves=pattern.is_open)


@lru_cache(maxsize=64)
def _finder(pattern: PathPattern) -> _Finder:
    return _Finder(pattern)


class _Finder:
    """Looks for the ways to what a pattern speaks of.

    Objects are of few kinds, so that the same fields are met again and again: what comes of
    each is remembered.
    """

    def __init__(self, pattern: PathPattern) -> None:
        self._pattern = pattern
        self._after: dict[tuple[Reached, str], Reached] = {}

    def route(self, node: Node, path: FieldPath, reached: Reached) -> _Route | None:
        """The ways from a node; None where nothing here is spoken of."""
        ends = self._pattern.ends(reached)
        if ends and len(reached) == 1:
            return _Route(ends, {}, is_leaf=True)
        inside = document_in(node, path) if type(node) is str else node
        further: dict[Step, _Route] = {}
        if isinstance(inside, dict):
            for key, value in inside.items():
                after = self._after.get((reached, key))
                if after is None:
                    after = self._after_field(reached, key)
                if after and (type(value) not in _NOTHING_INSIDE or self._pattern.ends(after)):
                    into = Field(key)
                    if route := self.route(value, (*path, into), after):
                        further[into] = route
        elif isinstance(inside, list):
            for step, item in _items(inside):
                after = self._pattern.after(reached, step)
                if after and (route := self.route(item, (*path, step), after)):
                    further[step] = route
        return _Route(ends, further, is_leaf=not inside) if ends or further else None

    def _after_field(self, reached: Reached, name: str) -> Reached:
        after = self._after[reached, name] = self._pattern.after(reached, Field(name))
        return after


def _items(node: list[Node]) -> Iterator[tuple[Step, Node]]:
    """What is in a list, step by step."""
    if isinstance(node, Keyed):
        for values, item in node.by_key().items():
            yield Item(tuple(zip(node.keys, values, strict=True))), item
    elif isinstance(node, Members):
        yield from ((Member(value), value) for value in node)
    else:
        yield from ((Index(position), item) for position, item in enumerate(node))


def _places(sides: Sides, route: _Route, *, only_leaves: bool) -> Iterator[Sides]:
    if route.ends and (route.is_leaf or not only_leaves) and sides.agree:
        yield sides
    for step, nodes in _rows(sides, route.further):
        if not any(node is ABSENT for node in nodes.values()):
            inner = sides.at(step, nodes)
            yield from _places(inner, route.further[step], only_leaves=only_leaves)


def _rows(sides: Sides, wanted: Iterable[Step]) -> Iterator[_Row]:
    """What is at the wanted steps, where all sides have the same kind of thing."""
    nodes: dict[str, Any] = dict(sides.nodes)
    if wanted and sides.all_are(str):
        nodes = {name: document_in(text, sides.path) for name, text in nodes.items()}
    kinds = {type(node) for node in nodes.values()}
    if not wanted or len(kinds) > 1:
        return
    kind = kinds.pop()
    if kind in (Bag, list):
        in_order = None if kind is Bag else rows_of_sequences(nodes)
        rows = rows_of_bags(nodes) if in_order is None else in_order
        yield from ((Index(at), row) for at, row in rows if Index(at) in wanted)
    else:
        maps = {name: _by_key(node) for name, node in nodes.items()}
        for step in wanted:
            key = _key(step)
            yield step, {name: items.get(key, ABSENT) for name, items in maps.items()}


def _by_key(node: Node) -> Mapping[Any, Node]:
    """What is in a map, a keyed list or a set, by what tells it apart."""
    if isinstance(node, Keyed):
        return node.by_key()
    return {value: value for value in node} if isinstance(node, Members) else node


def _key(step: Step) -> Any:
    if isinstance(step, Field):
        return step.name
    if isinstance(step, Item):
        return tuple(value for _, value in step.keys)
    return step.value if isinstance(step, Member) else step.position
