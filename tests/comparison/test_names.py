"""Names that the server made up, and objects under another name."""

from __future__ import annotations

from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, compare, config_map, snapshot


def made(name: str, **data: str) -> Body:
    """A ConfigMap of the series `run-`."""
    body = config_map(name, **data)
    return {**body, "metadata": {**body["metadata"], "generateName": "run-"}}


def found(left: list[Body], right: list[Body]) -> list[tuple[str, str, str]]:
    return [
        (finding.change.value, finding.object.name, finding.path)
        for finding in compare(left, right).findings
    ]


def test_equal_contents_are_the_same() -> None:
    """Whatever the server called them, objects of equal content are one."""
    left = [made("run-aaaaa", a="1"), made("run-bbbbb", a="2"), made("run-ccccc", a="2")]
    right = [made("run-xxxxx", a="2"), made("run-yyyyy", a="1"), made("run-zzzzz", a="2")]

    assert found(left, right) == []


def test_the_last_two_are_the_same() -> None:
    """What is left alone on both sides is one object, named as in the baseline, and compared."""
    left = [made("run-aaaaa", a="1"), made("run-bbbbb", a="2")]
    right = [made("run-xxxxx", a="3"), made("run-yyyyy", a="1")]

    assert found(left, right) == [("changed", "run-bbbbb", "data.a")]


def test_one_more() -> None:
    """One more of a series is one object that is there on one side only."""
    left = [made("run-aaaaa", a="1")]
    right = [made("run-xxxxx", a="1"), made("run-yyyyy", a="1")]

    assert found(left, right) == [("added", "run-yyyyy", "")]


def test_equal_names_come_first() -> None:
    """A name that stands on both sides is one object, whatever else has its content."""
    left = [made("run-aaaaa", a="1"), made("run-bbbbb", a="2")]
    right = [made("run-aaaaa", a="2"), made("run-ccccc", a="1")]

    assert found(left, right) == [
        ("changed", "run-aaaaa", "data.a"),
        ("changed", "run-bbbbb", "data.a"),
    ]


def test_many_left() -> None:
    """Where nothing tells which is which, each is there on one side only."""
    left = [made("run-aaaaa", a="1"), made("run-bbbbb", a="2")]
    right = [made("run-xxxxx", a="3"), made("run-yyyyy", a="4")]

    assert {change for change, _, _ in found(left, right)} == {"added", "removed"}
    assert len(found(left, right)) == 4


def test_three_sides() -> None:
    """Each other side is paired with the baseline."""
    sides = [snapshot(made(f"run-{letter * 5}", a="1")) for letter in "abc"]

    assert compare_snapshots(sides).verdict.value == "identical"


def test_another_name() -> None:
    """The same content under another name stays two findings, which point at each other."""
    left, right = config_map("old", a="1"), config_map("new", a="1")

    first, second = compare([left], [right]).findings

    assert (first.change.value, first.object.name) == ("added", "new")
    assert first.note == "renamed? ConfigMap old in objects has the same content"
    assert second.note == "renamed? ConfigMap new in objects (2) has the same content"


def test_another_name_of_many() -> None:
    """Where several have the content, none is named."""
    left = [config_map("old", a="1")]
    right = [config_map("new", a="1"), config_map("newer", a="1")]

    notes = {finding.object.name: finding.note for finding in compare(left, right).findings}

    assert notes["old"] is None
