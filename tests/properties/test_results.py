"""Any result at all can be written in every format, saved, and written again."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from xml.etree import ElementTree

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from driftcheck import Result, render
from driftcheck.codec import read_result
from driftcheck.model import Finding, ObjectReference
from driftcheck.reports._words import NOT_THERE, NOTHING, value_text
from tests.properties.results import RESULTS, VALUES
from tests.reports.formats import FOR_MACHINES
from tests.reports.made_results import finding, result


def parsed(text: str, format_: str) -> Any:
    """The report as its format wants it read."""
    if format_ == "junit":
        return ElementTree.fromstring(text.encode())  # noqa: S314
    if format_ == "csv":
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return json.loads(text)


@given(RESULTS)
def test_saved(result: Result) -> None:
    """A result that was saved renders to the same bytes in each format, which can be read."""
    saved = read_result(render(result, "json").encode(), source="x")

    for format_ in FOR_MACHINES:
        text = render(result, format_)
        assert render(saved, format_) == text, format_
        assert parsed(text, format_) is not None, format_


FOR_PEOPLE = (
    {"format": "text"},
    {"format": "text", "detail": "short"},
    {"format": "text", "detail": "stat", "unchanged": True},
    {"format": "text", "width": 40, "color": True},
    {"format": "markdown"},
    {"format": "html"},
)


@settings(max_examples=30)
@given(RESULTS)
def test_shown(found: Result) -> None:
    """Whatever a result holds, each report of it can be read."""
    for options in FOR_PEOPLE:
        assert found.verdict.value in render(found, **options), options


MANY_VALUES = VALUES | st.sampled_from(
    [[], {}, "", "[]", "{}", None, "null", NOT_THERE, NOTHING, [NOT_THERE], ["sha256:"], "\n", " "]
)


def about(values: dict[str, Any]) -> Finding:
    return finding(path="spec.x", values=values, object=ObjectReference("", "A", "a"))


def difference(values: dict[str, Any], **options: Any) -> str:
    """What a report says of one finding."""
    reference = ObjectReference("", "A", "a")
    text = render(result(about(values)), **options)
    return text.partition(str(reference))[2].partition("coverage complete")[0]


@settings(max_examples=50)
@given(MANY_VALUES, MANY_VALUES)
def test_what_is_there(left: Any, right: Any) -> None:
    """No report says that something is not there which is: an empty list, or a text like a sign."""
    values = {"objects": left, "objects (2)": right}
    bare = re.compile(rf"(?<![\"\w]){NOT_THERE}(?![\"\w])")

    for width in (40, 400):
        assert not bare.search(difference(values, width=width))
    assert f"| {NOT_THERE} |" not in difference(values, format="markdown")
    assert "nothing in" not in render(result(about(values)), "junit")
    assert "— not there" not in difference(values, format="html")


@given(MANY_VALUES, MANY_VALUES)
def test_told_apart(left: Any, right: Any) -> None:
    """Values on one line that read the same are the same: `[]` the list is not `"[]"` the text."""
    if value_text(left) == value_text(right):
        assert json.dumps(left) == json.dumps(right)


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
