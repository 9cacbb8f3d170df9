"""Any result at all can be written in every format for machines, saved, and written again."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from driftcheck import Result, render
from driftcheck.codec import read_result
from tests.properties.results import RESULTS
from tests.reports.formats import FOR_MACHINES


def parsed(text: str, format_: str) -> Any:
    """The report as its format wants it read."""
    if format_ == "junit":
        return ElementTree.fromstring(text.encode())  # noqa: S314
    if format_ == "csv":
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return json.loads(text)


@pytest.mark.parametrize("format_", FOR_MACHINES)
@given(result=RESULTS)
def test_saved(format_: str, result: Result) -> None:
    """A result that was saved renders to the same bytes, which can be read."""
    text = render(result, format_)
    saved = read_result(render(result, "json").encode(), source="x")

    assert render(saved, format_) == text
    assert parsed(text, format_) is not None


@given(RESULTS, st.data())
def test_fingerprints(result: Result, data: st.DataObject) -> None:
    """Fingerprints are unique, and stay with their findings in whatever order these come."""
    shuffled = data.draw(st.permutations(result.findings))
    before, after = (
        [item["partialFingerprints"]["primaryLocationLineHash"] for item in results(found)]
        for found in (result, evolve(result, findings=tuple(shuffled)))
    )

    assert len(set(before)) == len(before)
    assert sorted(before) == sorted(after)


def results(result: Result) -> list[dict[str, Any]]:
    return list(json.loads(render(result, "sarif"))["runs"][0]["results"])
