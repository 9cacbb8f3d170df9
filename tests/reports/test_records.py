"""`Result.to_records()` in data frames, where their packages are installed."""

from __future__ import annotations

import io
import json

import pytest

from driftcheck import Result, render
from tests.conftest import Captured
from tests.reports.recorded_results import drifted, judged


@pytest.fixture
def result(captured: Captured) -> Result:
    """A result whose values are of every sort, with notes and rules far from the first row."""
    return judged(drifted(captured))


def test_flat(result: Result) -> None:
    """Every row has the same keys, and all but the value is text, a truth, or nothing."""
    rows = result.to_records()

    assert len(rows) == len(result.findings) * len(result.environments)
    assert {tuple(row) for row in rows} == {tuple(rows[0])}
    assert all(
        cell is None or isinstance(cell, str | bool)
        for row in rows
        for key, cell in row.items()
        if key != "value"
    )


def test_violations(result: Result) -> None:
    """A row names the rule that a finding violates."""
    violating = {row["path"] for row in result.to_records() if row["violates"] == "own-database"}

    assert violating == {"data.password"}


def test_pandas(result: Result) -> None:
    """A frame of pandas has the rows as they are."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(result.to_records())

    assert len(frame) == len(result.to_records())
    assert list(frame["value"]) == [row["value"] for row in result.to_records()]


def test_polars(result: Result) -> None:
    """A frame of polars, whose columns have one type each, takes the values as objects."""
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(
        result.to_records(), schema_overrides={"value": polars.Object}, infer_schema_length=None
    )

    assert frame["value"].to_list() == [row["value"] for row in result.to_records()]


def test_polars_from_csv(result: Result) -> None:
    """Read from the CSV, its values are JSON."""
    polars = pytest.importorskip("polars")
    frame = polars.read_csv(io.StringIO(render(result, "csv")), infer_schema=False)

    read = [json.loads(text) if text else None for text in frame["value"]]
    assert read == [row["value"] for row in result.to_records()]
