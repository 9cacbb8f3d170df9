"""What programs compare and print: words, and errors that say what to do next."""

from __future__ import annotations

import traceback
from enum import Enum

import pytest

import driftcheck
from driftcheck import Category, Change, DriftError, PolicyError, UsageError, Verdict
from tests.builders import compare, config_map

ENUMS = [
    value
    for name in driftcheck.__all__
    if isinstance(value := getattr(driftcheck, name), type) and issubclass(value, Enum)
]


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_words(enum: type[Enum]) -> None:
    """Each member is equal to its word, printed as it, and known by it in a map."""
    for member in enum:
        assert member == member.value
        assert str(member) == member.value
        assert {member.value: 1}[member] == 1


def test_a_script() -> None:
    """What a script compares with words is what it means."""
    result = compare([config_map(a="1")], [config_map(a="2")])
    (finding,) = result.findings

    assert result.verdict == "drifted"
    assert (finding.category, finding.change) == ("config", "changed")
    assert (Verdict("drifted"), Category("config"), Change("changed")) == (
        result.verdict,
        finding.category,
        finding.change,
    )


def test_drift_holds_its_result() -> None:
    """Whoever catches a gate that was not passed has the result at hand."""
    result = compare([config_map(a="1")], [config_map(a="2")])

    with pytest.raises(DriftError) as caught:
        result.require()

    assert caught.value.result is result


def test_hints_stand_in_tracebacks() -> None:
    """Whoever reads a traceback is told what to do next, even where that was found out later."""
    error = UsageError("no such kind", hint="name another")
    assert traceback.format_exception(error)[-1] == "name another\n"

    error.hint = "did you mean deploy?"
    assert traceback.format_exception(error)[-2:] == [
        "driftcheck.errors.UsageError: no such kind\n",
        "did you mean deploy?\n",
    ]
    assert traceback.format_exception(UsageError("x")) == ["driftcheck.errors.UsageError: x\n"]


def test_every_mistake_stands_in_a_traceback() -> None:
    """All mistakes of a policy stand below the first one."""
    with pytest.raises(PolicyError) as caught:
        driftcheck.compare([], [], policy={"version": 1, "rules": [{"id": "a"}]})

    said = "".join(traceback.format_exception(caught.value))
    assert "rules[0].effect: missing" in said
    assert "rules[0].reason: missing" in said
