"""Workflow commands, read as GitHub's runner reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from attrs import evolve

from driftcheck import Category, Change, Gate, Result, Verdict
from driftcheck.reports import github_annotations
from tests.builders import compare, config_map
from tests.reports.made_results import HOSTILE, finding, hostile, judged, large, result


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> Iterator[Command]:
    """What the runner takes from a log: ActionCommand.TryParseV2 in actions/runner."""
    for line in re.split(r"\r\n|\r|\n", log):
        if found := re.match(r"\s*::([^ :]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::(.*)", line):
            pairs = (pair.partition("=") for pair in (found[2] or "").split(",") if pair)
            properties = {key: unescaped(value) for key, _, value in pairs}
            yield Command(found[1], properties, unescaped(found[3]))
        else:
            assert not line, line


def unescaped(text: str) -> str:
    for escape, character in (
        ("%0D", "\r"),
        ("%0A", "\n"),
        ("%3A", ":"),
        ("%2C", ","),
        ("%25", "%"),
    ):
        text = text.replace(escape, character)
    return text


def annotations(found: Result) -> list[Command]:
    return list(commands(github_annotations(found)))


def test_an_error() -> None:
    """A finding that stops a release is an error, titled with the verdict."""
    (only,) = annotations(result(finding(values={"objects": "50%", "objects (2)": "a,b: c"})))

    assert only.name == "error"
    assert only.properties == {"title": "driftcheck: drifted, objects → objects (2)"}
    assert only.data == "~ Deployment web: spec.replicas: 50% → a,b: c"


def test_levels() -> None:
    """What the gate counts is an error; gaps, warnings and the rest of the drift are warnings."""
    found = annotations(judged())

    assert [each.data for each in found if each.name == "error"] == [
        "~ Deployment web: spec.image: 2 → 4"
    ]
    assert [each.data for each in found if each.name == "warning"] == [
        "the gate fails: 1 difference of security, image; 2 other differences are warnings",
        "Secret may not be read in objects",
        "rule hotfix expired on 2026-11-01",
        "= Deployment db: data.password: (secret 1) → (secret 1) (violates rule own-database)",
        "~ Deployment web: spec.replicas: 2 → 4",
    ]


def test_a_gate_that_passes() -> None:
    """Where the gate passes there are no errors."""
    found = annotations(result(finding(), gate=Gate(frozenset({Category.IMAGE}))))

    assert {each.name for each in found} == {"warning"}


def test_gaps() -> None:
    """Where evidence that is not complete stops a release, each gap is an error."""
    found = annotations(result(verdict=Verdict.INCONCLUSIVE, reasons=("x", "y"), gaps=("x", "y")))

    assert [(each.name, each.data) for each in found] == [("error", "x"), ("error", "y")]


def test_nothing_to_say() -> None:
    """Where nothing differs nothing is said."""
    assert github_annotations(compare([config_map()], [config_map()])) == ""


def test_expected_findings() -> None:
    """What the policy expects is no annotation."""
    assert not [each for each in annotations(judged()) if "spec.host" in each.data]


def test_many() -> None:
    """Of each level there are ten at most, the last of which says how many more there are."""
    found = result(*(finding(path=f"spec.field[{number}]") for number in range(11)))
    warned = evolve(found, warnings=tuple(f"warning {number}" for number in range(10)))

    said = annotations(warned)

    errors = [each.data for each in said if each.name == "error"]
    assert len(errors) == 10
    assert errors[-1] == "and 2 more"
    assert len([each for each in said if each.name == "warning"]) == 10
    assert "more" not in said[-1].data


def test_clusters() -> None:
    """What happened to many objects is one annotation."""
    (only,) = annotations(result(*(finding(f"web-{number}") for number in range(48))))

    assert only.data == "~ Deployment web-0 and 47 more objects: spec.replicas: 2 → 4"


def test_whole_objects() -> None:
    """An object on one side only is said to be there only."""
    whole = finding(path="", change=Change.ADDED, values={"objects (2)": {"name": "web"}})

    (only,) = annotations(result(whole))

    assert only.data == "+ Deployment web: only in objects (2)"


@pytest.mark.parametrize("evil", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile(evil: str) -> None:
    """Whatever a name or a value is, the runner sees our commands alone, and they are short."""
    found = evolve(hostile(evil), gate=Gate())
    text = github_annotations(found)

    text.encode()
    assert {each.name for each in commands(text)} == {"error", "warning"}
    assert all(set(each.properties) == {"title"} for each in commands(text))
    assert len(text) < 60_000


def test_very_many() -> None:
    """10,000 findings are ten lines."""
    assert len(github_annotations(large(10_000)).splitlines()) == 10
