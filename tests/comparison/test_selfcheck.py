"""The self-check: a comparison that misses something, or makes something up, is found out."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from driftcheck.comparison._fields import differing_places
from driftcheck.comparison._selfcheck import explains
from driftcheck.comparison._sides import Sides
from driftcheck.model import Bag, Entries, Field, Item, Keyed, Members, Node, ObjectReference
from driftcheck.normalization import normalize
from driftcheck.pipeline import compare_snapshots
from tests.conftest import Captured

IT = ObjectReference("", "Thing", "it")


def sides(*nodes: Node) -> Sides:
    names = [f"side {number}" for number in range(len(nodes))]
    return Sides(IT, (), dict(zip(names, nodes, strict=True)), dict.fromkeys(names, ""))


def keyed(*items: dict[str, Any], ordered: bool = False) -> Keyed:
    return Keyed(items, ("name",), [(item["name"],) for item in items] if ordered else ())


A, B, C = ({"name": name, "port": 1} for name in "abc")
CASES: dict[str, tuple[Node, ...]] = {
    "fields": ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": "2", "d": 4}),
    "labels": ({"labels": Entries(a="1")}, {"labels": Entries(a="2", b="3")}),
    "labels on one side": ({"labels": Entries(a="1")}, {}),
    "keyed items": ({"c": keyed(A, B)}, {"c": keyed({**B, "port": 2}, C)}),
    "keyed items in order": ({"c": keyed(A, B, ordered=True)}, {"c": keyed(B, A, ordered=True)}),
    "sets": ({"s": Members(["x", "y"])}, {"s": Members(["y", "z"])}),
    "bags": ({"r": Bag([A, B, C])}, {"r": Bag([{**C, "port": 7}, A, A])}),
    "sequences": ({"args": ["a", "b", "c", "d"]}, {"args": ["x", "a", "c", "e", "f"]}),
    "items in sequences": ({"l": [A, B, C]}, {"l": [A, {**B, "port": 9}]}),
    "another order": ({"args": ["a", "b"]}, {"args": ["b", "a"]}),
    "documents": ({"d": '{"a": [1, 2], "b": 1}'}, {"d": '{"a": [1, 3, 4], "c": 1}'}),
    "texts": ({"d": "one\ntwo"}, {"d": "one\nthree"}),
    "types": ({"a": 1, "b": 1.0, "c": True}, {"a": 1.0, "b": True, "c": 1}),
    "three sides": ({"a": 1, "l": [A]}, {"a": 2, "l": []}, {"l": [{**A, "port": 5}, B]}),
    "what the baseline lacks": ({}, {"a": {"b": 1}}, {"a": {"b": 2}}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_all_of_it_explains(case: tuple[Node, ...]) -> None:
    """What the walk finds leads from the baseline to each of the others."""
    places = list(differing_places(sides(*case)))

    assert places
    assert explains(places, sides(*case))


@pytest.mark.parametrize("case", [case for name, case in CASES.items() if "in order" not in name])
def test_a_place_left_out(case: tuple[Node, ...]) -> None:
    """Without any one of the places, the rest does not explain the difference."""
    places = list(differing_places(sides(*case)))

    for place in places:
        others = [other for other in places if other.root.path != place.root.path]
        assert not explains(others, sides(*case))


@pytest.mark.parametrize("case", [case for name, case in CASES.items() if "in order" not in name])
def test_a_wrong_value(case: tuple[Node, ...]) -> None:
    """A place that says of either side what isn't there is found out."""
    places = list(differing_places(sides(*case)))

    for number, place in enumerate(places):
        for name in place.root.nodes:
            wrong = evolve(place.root, nodes={**place.root.nodes, name: "made up"})
            changed = [*places[:number], evolve(place, root=wrong), *places[number + 1 :]]
            assert not explains(changed, sides(*case))


@pytest.mark.parametrize("step", [Field("c"), Item((("name", "z"),))])
def test_a_place_that_is_not_there(step: Any) -> None:
    """A place that leads nowhere is found out."""
    whole = sides({"a": 1}, {"a": 2})
    (place,) = differing_places(whole)
    nowhere = evolve(place.root, path=(step,))

    assert not explains([evolve(place, root=nowhere)], whole)


def test_recorded_environments(captured: Captured) -> None:
    """A comparison of many environments proves itself."""
    snapshots = [
        captured("equal", "bookshop-dev"),
        captured("equal", "bookshop-staging"),
        captured("drifted", "bookshop-production"),
        captured("drifted", "bookshop-staging"),
    ]

    assert not [
        reason for reason in compare_snapshots(snapshots).reasons if "does not explain" in reason
    ]


def test_recorded_objects(captured: Captured) -> None:
    """Of each drifted object, no place can be left out."""
    left, right = (
        normalize(captured("drifted", f"bookshop-{name}"), environment=name)
        for name in ("staging", "production")
    )
    for reference in left.objects.keys() & right.objects.keys():
        whole = sides(left.objects[reference].content, right.objects[reference].content)
        places = list(differing_places(whole))
        assert explains(places, whole)
        for place in places:
            others = [other for other in places if other.root.path != place.root.path]
            assert not explains(others, whole)
