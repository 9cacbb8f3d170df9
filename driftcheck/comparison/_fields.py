"""Walks one object in several environments at once, and says each place where they differ."""

from __future__ import annotations

from driftcheck.comparison._bags import rows_of_bags
from driftcheck.comparison._sequences import is_reordered, rows_of_sequences
from driftcheck.comparison._sides import ABSENT, Places, Sides, all_keys
from driftcheck.comparison._texts import text_places
from driftcheck.model import Bag, Change, Entries, Field, Index, Item, Keyed, Member, Members


def differing_places(sides: Sides) -> Places:
    """Every place at which the sides differ, here and below, each once, at its root."""
    if sides.agree:
        return
    if len(sides.present) < len(sides.nodes):
        yield from _partly_there(sides)
    elif sides.all_are(dict) or sides.all_are(Entries):
        yield from _in_maps(sides)
    elif sides.all_are(Keyed):
        yield from _in_keyed_lists(sides)
    elif sides.all_are(Members):
        yield from _in_sets(sides)
    elif sides.all_are(Bag):
        yield from _in_bags(sides)
    elif sides.all_are(list):
        yield from _in_sequences(sides)
    elif sides.all_are(str):
        yield from text_places(sides)
    else:
        yield sides.place()


def _partly_there(sides: Sides) -> Places:
    """What is there on some sides only is one place; those that have it may differ inside."""
    yield sides.place()
    if sides.baseline is not ABSENT:
        yield from differing_places(sides.where_present())


def _in_maps(sides: Sides) -> Places:
    for key in all_keys(sides.nodes.values()):
        yield from differing_places(sides.field_of_each(Field(key), sides.nodes, key))


def _in_keyed_lists(sides: Sides) -> Places:
    keys = sides.baseline.keys
    items = {name: node.by_key() for name, node in sides.nodes.items()}
    in_order = {key for node in sides.nodes.values() for key in node.sequence}
    if in_order:
        yield from _keyed_order(
            sides,
            {name: [key for key in by_key if key in in_order] for name, by_key in items.items()},
        )
    for key in all_keys(items.values()):
        step = Item(tuple(zip(keys, key, strict=True)))
        yield from differing_places(sides.field_of_each(step, items, key))


def _keyed_order(sides: Sides, orders: dict[str, list[tuple[object, ...]]]) -> Places:
    """The order of those items that every environment has."""
    common = set.intersection(*(set(order) for order in orders.values()))
    shown = {
        name: [key[0] if len(key) == 1 else list(key) for key in order if key in common]
        for name, order in orders.items()
    }
    first, *others = shown.values()
    if any(order != first for order in others):
        yield Sides(sides.reference, sides.path, shown, sides.seen).place(Change.REORDERED)


def _in_sets(sides: Sides) -> Places:
    members = {name: {value: value for value in node} for name, node in sides.nodes.items()}
    for value in all_keys(members.values()):
        yield from differing_places(sides.field_of_each(Member(value), members, value))


def _in_bags(sides: Sides) -> Places:
    for position, nodes in rows_of_bags(sides.nodes):
        yield from differing_places(sides.at(Index(position), nodes))


def _in_sequences(sides: Sides) -> Places:
    if is_reordered(sides.nodes.values()):
        yield sides.place(Change.REORDERED)
        return
    rows = rows_of_sequences(sides.nodes)
    if rows is None:
        yield sides.place()
    for position, nodes in rows or ():
        yield from differing_places(sides.at(Index(position), nodes))
