"""The same place in several environments, and how a difference between them is said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from attrs import evolve, frozen

from driftcheck.model import (
    NAMESPACE_TOKEN,
    Change,
    Difference,
    FieldPath,
    Item,
    Member,
    Node,
    ObjectReference,
    Seen,
    Step,
    as_seen,
    is_empty,
    same,
    tokens_in,
)


class _Absent:
    """What stands where a field is not there; unlike None, which is a value."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


@frozen
class Sides:
    """What stands at one place, by environment, the baseline first.

    Args:
        reference: The object.
        path: The place in it.
        nodes: What stands there; `ABSENT` where nothing does.
        seen: What each environment's tokens stand for, to show values as they were seen.
    """

    reference: ObjectReference
    path: FieldPath
    nodes: Mapping[str, Node]
    seen: Mapping[str, Seen]

    @property
    def baseline(self) -> Node:
        """What stands there in the baseline."""
        return next(iter(self.nodes.values()))

    @property
    def _first(self) -> str:
        """The first environment that has anything there."""
        return next(name for name, node in self.nodes.items() if node is not ABSENT)

    @property
    def present(self) -> list[Node]:
        """What stands there, where anything does."""
        return [node for node in self.nodes.values() if node is not ABSENT]

    @property
    def agree(self) -> bool:
        """Whether every environment has the same there."""
        first, *others = self.nodes.values()
        return all(_alike(first, other) for other in others)

    def all_are(self, kind: type) -> bool:
        """Whether a node of this very type stands there everywhere."""
        return all(type(node) is kind for node in self.nodes.values())

    def at(self, step: Step, nodes: Mapping[str, Node]) -> Sides:
        """One step further inside."""
        return Sides(self.reference, (*self.path, step), nodes, self.seen)

    def field_of_each(self, step: Step, maps: Mapping[str, Mapping[Any, Node]], key: Any) -> Sides:
        """One step further inside, into the same key of each environment's map."""
        return self.at(step, {name: items.get(key, ABSENT) for name, items in maps.items()})

    def where_present(self) -> Sides:
        """The same place in those environments only that have anything there."""
        there = {name: node for name, node in self.nodes.items() if node is not ABSENT}
        return evolve(self, nodes=there)

    def place(self, change: Change | None = None, note: str | None = None) -> Place:
        """This place, as one at which the environments differ."""
        return Place(self, change, note, root=self)

    def difference(self, change: Change | None = None, note: str | None = None) -> Difference:
        """The difference at this place, as the first environment that differs has it."""
        values = {
            name: as_seen(node, self.seen[name])
            for name, node in self.nodes.items()
            if node is not ABSENT
        }
        return Difference(
            reference=self.reference,
            change=change or self._change(),
            path=tuple(_as_seen_step(step, self.seen[self._first]) for step in self.path),
            values=values,
            note=note or (self._meanings() if _are_spelt_alike(values) else None),
        )

    def _meanings(self) -> str | None:
        """What one text means here and there; nothing where it is no name of either."""
        meaning: dict[str, list[str]] = defaultdict(list)
        for name, node in self.nodes.items():
            for found in tokens_in(node) if isinstance(node, str) else ():
                meaning[found].append(name)
        for found, having in meaning.items():
            others = ", ".join(name for name in self.nodes if name not in having)
            if others:
                where = ", ".join(having)
                if found == NAMESPACE_TOKEN:
                    return f"its own namespace in {where}, another one in {others}"
                return f"names an object in {where}, and nothing in {others}"
        return None

    def _change(self) -> Change:
        if self.baseline is ABSENT:
            return Change.ADDED
        differing = next(node for node in self.nodes.values() if not _alike(self.baseline, node))
        return Change.REMOVED if differing is ABSENT else Change.CHANGED


@frozen
class Place:
    """A place at which environments differ, before it is put into words.

    Args:
        sides: What stands there.
        change: How the environments differ, where what stands there doesn't tell.
        note: What a reader should know beside the values.
        root: The same place; inside a document that a string holds, the string's.
    """

    sides: Sides
    change: Change | None
    note: str | None
    root: Sides

    def difference(self) -> Difference:
        """The place, in words."""
        return self.sides.difference(self.change, self.note)


Places = Iterator[Place]
Differences = Iterator[Difference]


def all_keys(maps: Iterable[Mapping[Any, Node]]) -> list[Any]:
    """The keys of several maps, each once, in the order they are first met."""
    return list(dict.fromkeys(key for items in maps for key in items))


def _are_spelt_alike(values: Mapping[str, Any]) -> bool:
    first, *others = values.values()
    return bool(others) and all(same(first, other) for other in others)


def _as_seen_step(step: Step, seen: Seen) -> Step:
    """A list key or a set member that is a token, as what it stands for."""
    if isinstance(step, Item):
        return Item(tuple((key, as_seen(value, seen)) for key, value in step.keys))
    if isinstance(step, Member):
        return Member(as_seen(step.value, seen))
    return step


def _alike(left: Node, right: Node) -> bool:
    if left is ABSENT or right is ABSENT:
        return (left is ABSENT or is_empty(left)) and (right is ABSENT or is_empty(right))
    return same(left, right)
