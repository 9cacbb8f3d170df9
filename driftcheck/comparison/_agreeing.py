"""The places at which environments agree, for those who demand that they differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from driftcheck.comparison._bags import rows_of_bags
from driftcheck.comparison._sequences import rows_of_sequences
from driftcheck.comparison._sides import ABSENT, Sides
from driftcheck.comparison._texts import document_in
from driftcheck.model import (
    Bag,
    Entries,
    Field,
    Index,
    Item,
    Keyed,
    Member,
    Members,
    Node,
    PathPattern,
    Reached,
    Step,
)

_Row = tuple[Step, dict[str, Node]]


def agreeing_places(sides: Sides, pattern: PathPattern) -> Iterator[Sides]:
    """Every place a pattern speaks of that is there on all sides, and the same.

    Of a pattern that speaks of everything below a place, only scalars: what stands in a map
    or a list is said there.
    """
    return _places(sides, pattern, pattern.start, agree=sides.agree)


def _places(
    sides: Sides, pattern: PathPattern, reached: Reached, *, agree: bool
) -> Iterator[Sides]:
    rows = [] if _is_end(pattern, reached) else list(_rows(sides))
    if agree and pattern.ends(reached) and not (rows and pattern.is_open):
        yield sides
    for step, nodes in rows:
        further = pattern.after(reached, step)
        if further and not any(node is ABSENT for node in nodes.values()):
            inner = sides.at(step, nodes)
            yield from _places(inner, pattern, further, agree=agree or inner.agree)


def _is_end(pattern: PathPattern, reached: Reached) -> bool:
    """Whether nothing below is spoken of."""
    return reached == {len(pattern.elements)}


def _rows(sides: Sides) -> Iterator[_Row]:
    """What is inside, step by step, where all sides have the same kind of thing."""
    nodes: dict[str, Any] = dict(sides.nodes)
    if sides.all_are(str):
        nodes = {name: document_in(text, sides.path) for name, text in nodes.items()}
    kinds = {type(node) for node in nodes.values()}
    kind = kinds.pop()
    if kinds:
        return
    if kind in (dict, Entries):
        yield from _shared(nodes, Field)
    elif kind is Keyed:
        keys = sides.baseline.keys
        items = {name: node.by_key() for name, node in nodes.items()}
        yield from _shared(items, lambda key: Item(tuple(zip(keys, key, strict=True))))
    elif kind is Members:
        members = {name: {value: value for value in node} for name, node in nodes.items()}
        yield from _shared(members, Member)
    elif kind is Bag:
        yield from ((Index(position), row) for position, row in rows_of_bags(nodes))
    elif kind is list:
        yield from ((Index(position), row) for position, row in rows_of_sequences(nodes))


def _shared(maps: dict[str, dict[Any, Node]], step: Any) -> Iterator[_Row]:
    """The keys that every side has."""
    first, *others = maps.values()
    for key in first:
        if all(key in other for other in others):
            yield step(key), {name: items[key] for name, items in maps.items()}
