"""The proof of a comparison: the differences, applied to the baseline, give the other side.

Each difference must also name what really stands in the baseline, so that the way back
is proven as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from attrs import evolve, frozen

from driftcheck.comparison._sides import ABSENT, Place, Sides
from driftcheck.model import (
    Bag,
    Change,
    Entries,
    Field,
    FieldPath,
    Index,
    Item,
    Keyed,
    Member,
    Members,
    Node,
    same,
)


class _UnprovenError(Exception):
    """The differences are not all there is, or say something that isn't so."""


@frozen
class _Edit:
    """One difference between two environments, below some node.

    Args:
        path: Where, from that node on.
        old: What the baseline has there; `ABSENT` for nothing.
        new: What the other environment has there.
        is_order: Whether it is about the order of a keyed list's items alone.
        is_about_a_third: Whether both have something there, and a third environment has not.
    """

    path: FieldPath
    old: Node
    new: Node
    is_order: bool
    is_about_a_third: bool

    @property
    def step(self) -> Any:
        """The first step on the way."""
        return self.path[0]

    @property
    def inserts(self) -> bool:
        """Whether it puts an item into a list at the position that the other side has it."""
        return len(self.path) == 1 and self.old is ABSENT and isinstance(self.step, Index)

    def further(self) -> _Edit:
        """The same, from one step further inside."""
        return evolve(self, path=self.path[1:])


def explains(places: Iterable[Place], sides: Sides) -> bool:
    """Whether these places are all at which the sides differ, and say what stands there.

    Args:
        places: What comparing the sides found.
        sides: What was compared.

    Returns:
        Whether applying them to the baseline gives each of the others.
    """
    places = list(places)
    baseline, *others = sides.nodes
    return all(_leads(sides, places, baseline, other) for other in others)


def _leads(sides: Sides, places: Sequence[Place], baseline: str, other: str) -> bool:
    edits = [
        _Edit(
            path=place.root.path[len(sides.path) :],
            old=place.root.nodes[baseline],
            new=place.root.nodes[other],
            is_order=place.root is place.sides and place.change is Change.REORDERED,
            is_about_a_third=_is_about_a_third(place.root, baseline, other),
        )
        for place in places
        if other in place.root.nodes
    ]
    try:
        edited = _edited(sides.nodes[baseline], edits)
    except _UnprovenError:
        return False
    return _agree(edited, sides.nodes[other])


def _is_about_a_third(root: Sides, baseline: str, other: str) -> bool:
    both_there = root.nodes[baseline] is not ABSENT and root.nodes[other] is not ABSENT
    return both_there and len(root.present) < len(root.nodes)


def _edited(node: Node, edits: Sequence[_Edit]) -> Node:
    """The node after some edits at it or below; what else is said of it must be so."""
    here = [edit for edit in edits if not edit.path and not (edit.is_order and _is_keyed(node))]
    below = [edit for edit in edits if edit.path]
    replacing = [edit for edit in here if not edit.is_about_a_third]
    edited = _replaced(replacing, below) if replacing else _edited_inside(node, below)
    if not all(_agree(node, edit.old) and _agree(edited, edit.new) for edit in here):
        raise _UnprovenError
    return edited


def _edited_inside(node: Node, below: Sequence[_Edit]) -> Node:
    if isinstance(node, Keyed):
        return _in_keyed_list(node, below)
    if isinstance(node, Members):
        return _in_set(node, below)
    if isinstance(node, list):
        return _in_list(node, below)
    if isinstance(node, dict):
        return _in_map(node, below)
    if below:
        raise _UnprovenError
    return node


def _is_keyed(node: Node) -> bool:
    return isinstance(node, Keyed)


def _replaced(replacing: Sequence[_Edit], below: Sequence[_Edit]) -> Node:
    """What is put in a node's place, in which then nothing is left to edit."""
    if below:
        raise _UnprovenError
    return replacing[0].new


def _by_step(edits: Sequence[_Edit]) -> Iterable[tuple[Any, list[_Edit]]]:
    ordered = sorted(edits, key=lambda edit: repr(edit.step))
    for _, of_step in groupby(ordered, key=lambda edit: repr(edit.step)):
        inside = list(of_step)
        yield inside[0].step, [edit.further() for edit in inside]


def _in_map(node: dict[str, Node], edits: Sequence[_Edit]) -> Node:
    changed = dict(node)
    for step, inside in _by_step(edits):
        _put(changed, _expect(step, Field).name, inside)
    return Entries(changed) if isinstance(node, Entries) else changed


def _in_keyed_list(node: Keyed, edits: Sequence[_Edit]) -> Node:
    items: dict[Any, Node] = dict(node.by_key())
    for step, inside in _by_step(edits):
        _put(items, tuple(value for _, value in _expect(step, Item).keys), inside)
    return Keyed(items.values(), node.keys)


def _in_set(node: Members, edits: Sequence[_Edit]) -> Node:
    members: dict[Any, Node] = {value: value for value in node}
    for step, inside in _by_step(edits):
        _put(members, _expect(step, Member).value, inside)
    return Members(members.values())


def _in_list(node: list[Node], edits: Sequence[_Edit]) -> Node:
    """Edits of items go by the baseline's positions, insertions by the other side's."""
    items: dict[int, Node] = dict(enumerate(node))
    for step, inside in _by_step([edit for edit in edits if not edit.inserts]):
        _put(items, _expect(step, Index).position, inside)
    changed = [items[position] for position in sorted(items)]
    insertions = [edit for edit in edits if edit.inserts and edit.new is not ABSENT]
    for edit in sorted(insertions, key=lambda edit: edit.step.position):
        changed.insert(edit.step.position, edit.new)
    return Bag(changed) if isinstance(node, Bag) else changed


def _put(items: dict[Any, Node], key: Any, edits: Sequence[_Edit]) -> None:
    edited = _edited(items.get(key, ABSENT), edits)
    if edited is ABSENT:
        items.pop(key, None)
    else:
        items[key] = edited


def _expect(step: Any, kind: type) -> Any:
    if not isinstance(step, kind):
        raise _UnprovenError
    return step


def _agree(left: Node, right: Node) -> bool:
    if left is ABSENT or right is ABSENT:
        return left is right
    return same(_unordered(left), _unordered(right))


def _unordered(node: Node) -> Node:
    """The node, with keyed lists whatever their order, which is a difference of its own."""
    if isinstance(node, Keyed):
        return Keyed(map(_unordered, node), node.keys)
    if isinstance(node, Members):
        return node
    if isinstance(node, Entries):
        return Entries({key: _unordered(value) for key, value in node.items()})
    if isinstance(node, dict):
        return {key: _unordered(value) for key, value in node.items()}
    if isinstance(node, Bag):
        return Bag(map(_unordered, node))
    if isinstance(node, list):
        return [_unordered(item) for item in node]
    return node
