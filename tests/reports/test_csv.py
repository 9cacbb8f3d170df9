"""The table for spreadsheets: read back, it is what `to_records` says, and nothing in it acts."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Result, render
from driftcheck.model import Expectation
from driftcheck.pipeline import compare_snapshots
from tests.builders import compare, config_map
from tests.conftest import Captured

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"


@pytest.fixture(scope="module")
def drifted(captured: Captured) -> Result:
    return compare_snapshots([captured("drifted", STAGING), captured("drifted", PRODUCTION)])


def table(result: Result) -> list[dict[str, Any]]:
    """The rows as a CSV reader has them."""
    return list(csv.DictReader(io.StringIO(render(result, "csv"), newline="")))


def test_same_as_records(drifted: Result) -> None:
    """Read back, the table is the flat rows: JSON in `value`, an empty cell for None."""
    read = [
        {
            **{key: cell or None for key, cell in row.items()},
            "group": row["group"],
            "path": row["path"],
            "present": row["present"] == "true",
            "value": json.loads(row["value"]) if row["value"] else None,
        }
        for row in table(drifted)
    ]

    assert read == drifted.to_records()


def test_columns(drifted: Result) -> None:
    """The heading has the keys of a record, in their order, even where there is no row."""
    heading = ",".join(drifted.to_records()[0]) + "\r\n"

    assert render(drifted, "csv").startswith(heading)
    assert render(compare([config_map()], [config_map()]), "csv") == heading


def test_line_ends(drifted: Result) -> None:
    """Each row is one line that ends with CRLF, whatever stands in a value."""
    text = render(compare([config_map(a="x\ny")], [config_map(a="1\r\n2")]), "csv")

    assert text.count("\r\n") == text.count("\n") == 3


def test_types_are_told_apart() -> None:
    """The number, the text, the truth and nothing are four values."""
    result = compare([config_map(a="1")], [config_map()])
    finding = result.findings[0]
    names = [environment.name for environment in result.environments]
    values = [1, "1", True, None]
    shown = [
        table(evolve(result, findings=(evolve(finding, values={names[0]: value}),)))[0]["value"]
        for value in values
    ]

    assert shown == ["1", '"1"', "true", "null"]
    assert table(result)[1]["present"] == "false"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "::error::"])
def test_no_formulas(start: str) -> None:
    """No cell begins as a formula does, or as a command to a pipeline; a number may be negative."""
    hostile = f"{start}1+cmd|' /C calc'!A0"
    result = compare([config_map(a="1")], [config_map(a="2")])
    finding = evolve(
        result.findings[0],
        object=result.findings[0].object._replace(group=hostile, name=hostile),
        path=hostile,
        note=hostile,
        values={result.environments[0].name: hostile, result.environments[1].name: -5},
        expected=Expectation(hostile, "x"),
    )

    first, second = table(evolve(result, findings=(finding,)))

    for column in ("group", "name", "path", "note", "expected"):
        assert first[column] == f"'{hostile}"
    assert not any(cell.startswith(start) for cell in first.values())
    assert second["value"] == "-5"


def test_nothing_hidden() -> None:
    """What steers a terminal or hides is an escape; in a value it is JSON's, so nothing is lost."""
    value = "\x1b[31m\x00\u202e\U000e0001ä"
    result = compare([config_map(a="1")], [config_map(a="2")])
    name = result.environments[0].name
    finding = evolve(result.findings[0], values={name: value}, note=value)

    row = table(evolve(result, findings=(finding,)))[0]

    assert json.loads(row["value"]) == value
    assert all(one.isprintable() for one in row["value"] + row["note"])
    assert "ä" in row["value"]
