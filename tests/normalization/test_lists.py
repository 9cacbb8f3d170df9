"""Every list of the built-in types is read as docs/lists.md says, where each has a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from driftcheck.model import Bag, Keyed, Members, Node, canonical_bytes
from driftcheck.normalization._schema import ListOf, Struct, Type, _structs
from tests.docs.pages import code_spans, rows, section, text_of

PAGE = "docs/lists.md"
SECTIONS = (
    "Pods",
    "Workloads",
    "Networks",
    "Rights, quotas and the rest",
    "Outside of namespaces",
)


def documented() -> dict[str, str]:
    """How the page says that each list is read; those of reviews stand in its last sentence."""
    readings = {
        name: cells[1]
        for heading in SECTIONS
        for cells in rows(section(PAGE, heading))
        for name in code_spans(cells[0])
    }
    reviews = text_of(PAGE).splitlines()[-1]
    return readings | {name: "ordered" for name in code_spans(reviews) if name[-1] != "o"}


def lists() -> Iterator[tuple[str, ListOf]]:
    for type_name, struct in sorted(_structs(is_served=True).items()):
        for field, type_ in struct.fields.items():
            if isinstance(type_, ListOf):
                yield f"{type_name}.{field}", type_


READINGS = documented()
LISTS = dict(lists())
EVERY_LIST = pytest.mark.parametrize("name", sorted(LISTS.keys() & READINGS.keys()))


def an_item(type_: Type, number: int) -> Any:
    """An item that has every field, each with a value of its own."""
    if not isinstance(type_, Struct):
        return f"value-{number}"
    return {field: _a_value(field, inner, number) for field, inner in type_.fields.items()}


def _a_value(field: str, type_: Type, number: int) -> Any:
    value = f"{field}-{number}"
    if field == "metadata":
        return {"name": value}
    if field == "valueFrom":
        return {}
    return [value] if isinstance(type_, ListOf) else value


def a_double(type_: Type, number: int) -> Any:
    """Another item with the same keys; a scalar is its own double."""
    item = an_item(type_, number)
    return {**item, "something": "else"} if isinstance(item, dict) else item


def read(name: str, items: list[Any]) -> list[Node]:
    return LISTS[name].order(items, lambda _rule: None)


def alike(name: str, left: list[Any], right: list[Any]) -> bool:
    return canonical_bytes(read(name, left)) == canonical_bytes(read(name, right))


def reading(name: str, items: Callable[[Type], list[Any]]) -> str:
    found = read(name, items(LISTS[name].items))
    if not isinstance(found, Keyed):
        return {Members: "set", Bag: "bag"}.get(type(found), "ordered")
    if len(found) < len(items(LISTS[name].items)):
        return "the last double wins"
    in_order = {0: "", 1: ", its first item in order", len(found): " in order"}
    return f"keyed{in_order[len(found.sequence)]}"


def three(type_: Type) -> list[Any]:
    return [an_item(type_, number) for number in range(3)]


def with_doubles(type_: Type) -> list[Any]:
    return [*three(type_), a_double(type_, 1)]


def test_every_list_is_documented() -> None:
    """The page has each list of the built-in types."""
    assert not LISTS.keys() - READINGS.keys()


@EVERY_LIST
def test_reading(name: str) -> None:
    """A list is read as the page says, also where items stand in it twice."""
    alone, doubled = reading(name, three), reading(name, with_doubles)
    if doubled == "the last double wins":
        expected = f"{alone}, {doubled}"
    else:
        expected = alone if doubled == alone else f"{alone}, {doubled} with doubles"

    assert READINGS[name] == expected


@EVERY_LIST
def test_order(name: str) -> None:
    """Another order is another list where the page calls it ordered, and only there."""
    first, second, third = three(LISTS[name].items)
    is_nothing = not READINGS[name].startswith(("ordered", "keyed in order"))
    has_a_first = "first item" in READINGS[name]

    assert alike(name, [first, second, third], [first, third, second]) is is_nothing
    assert alike(name, [first, second, third], [third, second, first]) is (
        is_nothing and not has_a_first
    )


@EVERY_LIST
def test_what_is_cut(name: str) -> None:
    """A list without one of its items is another list, whichever that is."""
    items = three(LISTS[name].items)

    assert not any(alike(name, items, [*items[:at], *items[at + 1 :]]) for at in range(3))


@EVERY_LIST
def test_doubles(name: str) -> None:
    """An item that stands there twice is seen, but in sets and where only the last one counts."""
    items = three(LISTS[name].items)
    is_nothing = READINGS[name] == "set" or "the last double wins" in READINGS[name]

    assert alike(name, items, [*items, items[1]]) is is_nothing


@EVERY_LIST
def test_order_of_doubles(name: str) -> None:
    """Of two items with the same key each counts in its place, but in bags and sets."""
    item, double = an_item(LISTS[name].items, 1), a_double(LISTS[name].items, 1)
    is_nothing = item == double or READINGS[name] in ("bag", "keyed, bag with doubles")

    assert alike(name, [item, double], [double, item]) is is_nothing
