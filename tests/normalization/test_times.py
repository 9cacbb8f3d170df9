"""Durations and moments of custom resources; the examples are those of Go's `time` package."""

from __future__ import annotations

import pytest
from attrs import evolve

from driftcheck.normalization._times import duration, moment
from driftcheck.pipeline import compare_snapshots
from tests.builders import resource, snapshot

SCHEMA = {
    "properties": {
        "spec": {
            "properties": {
                "timeout": {"type": "string", "format": "duration"},
                "since": {"type": "string", "format": "date-time"},
                "text": {"type": "string"},
            }
        }
    }
}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("60m", "1h"),
        ("1h0m0s", "1h"),
        ("1.5h", "90m"),
        ("1s", "1000ms"),
        ("1us", "1µs"),
        ("1us", "1μs"),
        ("1000ns", "1us"),
        ("+5s", "5s"),
        (".5s", "500ms"),
        ("1.s", "1s"),
        ("0", "0s"),
        ("-0s", "0"),
        ("1h15m30.918273645s", "4530918273645ns"),
        ("0.5ns", "0s"),
    ],
)
def test_equal_durations(left: str, right: str) -> None:
    assert duration(left) == duration(right) is not None


@pytest.mark.parametrize(
    "text", ["", "1", "1d", "1w", "3000", "s", ".s", "1 h", "--1s", "1h-1m", "٣s"]
)
def test_what_is_no_duration(text: str) -> None:
    """Prometheus' `1d` and other grammars are text."""
    assert duration(text) is None


def test_sign() -> None:
    assert duration("-1h") != duration("1h")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2026-11-24T12:00:00Z", "2026-11-24T12:00:00+00:00"),
        ("2026-11-24T12:00:00Z", "2026-11-24T14:00:00+02:00"),
        ("2026-11-24T12:00:00.500000Z", "2026-11-24t12:00:00.5z"),
        ("2026-11-24T12:00:00.000Z", "2026-11-24T12:00:00Z"),
    ],
)
def test_equal_moments(left: str, right: str) -> None:
    assert moment(left) == moment(right) is not None


def test_every_digit_counts() -> None:
    assert moment("2026-11-24T12:00:00.0000001Z") != moment("2026-11-24T12:00:00Z")


@pytest.mark.parametrize("text", ["9" * 5000 + "h", "0." + "1" * 5000 + "s"])
def test_what_nobody_can_count(text: str) -> None:
    """A duration of thousands of digits is a text like any other."""
    assert duration(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-24", "2026-11-24T12:00:00", "2026-13-24T12:00:00Z", "0001-01-01T00:00:00+23:59"],
)
def test_what_is_no_moment(text: str) -> None:
    assert moment(text) is None


def found(field: str, left: str, right: str) -> list[str]:
    """The paths at which two custom resources differ."""
    sides = [
        evolve(
            snapshot(resource("shop.io/v1", "Till", spec={field: value})),
            schemas={"shop.io/v1/Till": SCHEMA},
        )
        for value in (left, right)
    ]
    return [finding.path for finding in compare_snapshots(sides).findings]


def test_by_the_schema_only() -> None:
    """Only a field whose schema says so holds a duration or a moment."""
    assert found("timeout", "60m", "1h") == []
    assert found("timeout", "60m", "2h") == ["spec.timeout"]
    assert found("since", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00+01:00") == []
    assert found("text", "60m", "1h") == ["spec.text"]
