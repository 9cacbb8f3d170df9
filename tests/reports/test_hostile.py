"""Whatever names and values say, every format for machines stays valid, bounded and inert."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from driftcheck import Result, render, render_images
from driftcheck.model import ComparedObject, ContainerImage, ImageRow, ImageTable, ObjectReference
from driftcheck.reports import FORMATS, IMAGE_FORMATS, inert_yaml
from tests.reports.formats import FOR_MACHINES
from tests.reports.hostile import ATTACKS, HOSTILE, LONGEST, acting, hostile

LONG = hostile(tuple(f"{number}{'x' * LONGEST}" for number in range(3)))
SURROGATES = hostile(("\ud800", "a\udfff", "\udc80\udc81b"))


def parsed(result: Result, format_: str) -> Any:
    """The report, read as its format wants it read, from the bytes that a file has."""
    data = render(result, format_).encode()
    if format_ == "junit":
        return ElementTree.fromstring(data)  # noqa: S314
    if format_ == "csv":
        return list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))
    return json.loads(data)


def entries(result: Result, format_: str) -> list[Any]:
    """What the report has for each finding."""
    report = parsed(result, format_)
    match format_:
        case "junit":
            return report.findall(".//testcase")
        case "json":
            return list(report["findings"])
        case "sarif":
            return list(report["runs"][0]["results"])
    return list(report)


@pytest.mark.parametrize("format_", FOR_MACHINES)
@pytest.mark.parametrize("result", [HOSTILE, SURROGATES], ids=["attacks", "surrogates"])
def test_valid(result: Result, format_: str) -> None:
    """The report can be read, and speaks of every finding, and of all that was not seen."""
    expected = sum(finding.expected is not None for finding in result.findings)
    unseen = len(result.gaps) + len(result.accepted)
    count = {
        "codequality": len(result.findings) - expected + unseen,
        "csv": 2 * len(result.findings),
        "junit": len(result.objects) + unseen,
    }

    assert len(entries(result, format_)) == count.get(format_, len(result.findings))


@pytest.mark.parametrize("format_", FORMATS)
def test_inert(format_: str) -> None:
    """Nothing hides, steers a terminal, ends a script, or is a command to a pipeline's log."""
    assert acting(render(HOSTILE, format_)) == []


TEXTS = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=8), min_size=1).map("".join)


@given(TEXTS)
@settings(max_examples=10, deadline=None)
def test_any_text_is_inert(text: str) -> None:
    """Whatever attacks stand beside each other, no report of any format acts."""
    result = hostile((text, text[::-1], text * 2))

    assert {name: lines for name in FORMATS if (lines := acting(render(result, name)))} == {}


def image_table(text: str) -> ImageTable:
    """A table of images in which this text stands wherever one may stand."""
    image = ContainerImage(image=text, mutable=True, digests=(text,), tag_digest=text)
    workload = ObjectReference(text, text, text)
    row = ImageRow(
        workload=workload, container=text, role=text, environments={text: image}, same=None,
        note=text,
    )  # fmt: skip
    return ImageTable(environments=(text,), rows=(row,), reasons=(text,))


@given(TEXTS)
@settings(max_examples=25, deadline=None)
def test_tables_of_images_are_inert(text: str) -> None:
    """No image, name or note acts in any format of `images`."""
    table = image_table(text)
    written = {name: render_images(table, name) for name in IMAGE_FORMATS}

    assert {name: lines for name, said in written.items() if (lines := acting(said))} == {}


@given(TEXTS)
@settings(max_examples=25, deadline=None)
def test_yaml_is_inert(text: str) -> None:
    """YAML says the same, with everything that hides or acts as escapes."""
    content = {"values": {text: [text, {"a": f" {text}\n"}]}, "b": "\u00fc: # plain"}
    written = inert_yaml(content)

    assert acting(written) == []
    assert yaml.safe_load(written) == content


def test_markup() -> None:
    """Markup in a name is text in XML."""
    elements = {element.tag for element in parsed(HOSTILE, "junit").iter()}

    assert elements == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error",
        "skipped", "system-out",
    }  # fmt: skip


def test_nothing_is_lost() -> None:
    """What JSON and CSV hold of a value is the value, whatever it is."""
    values = [finding["values"] for finding in parsed(HOSTILE, "json")["findings"]]
    cells = [json.loads(row["value"]) for row in parsed(HOSTILE, "csv")]

    assert values == [dict(finding.values) for finding in HOSTILE.findings]
    assert cells == [value for finding in HOSTILE.findings for value in finding.values.values()]


@pytest.mark.parametrize("format_", ["codequality", "junit", "sarif"])
def test_bounded(format_: str) -> None:
    """Texts of a megabyte are cut to what a reader may want of them."""
    sample = hostile(("short", "shorter", "shortest"))

    assert len(render(LONG, format_)) < len(render(sample, format_)) + 100_000


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_no_longer_than_what_it_holds(format_: str) -> None:
    """What is not cut is written once for each place in which it stands."""
    places = {"csv": 18, "json": 40}[format_] * len(LONG.findings)

    assert len(render(LONG, format_)) < places * LONGEST


@pytest.mark.parametrize("format_", FOR_MACHINES)
def test_many_findings(format_: str) -> None:
    """Two thousand findings of one object, and of two thousand, are all there."""
    base = HOSTILE.findings[0]
    of_one = tuple(evolve(base, path=f"data.key-{number}") for number in range(2_000))
    of_many = tuple(
        evolve(item, object=base.object._replace(name=f"web-{number}"))
        for number, item in enumerate(of_one)
    )
    result = evolve(HOSTILE, gaps=(), accepted=(), objects=())
    spread = evolve(
        result,
        findings=of_many,
        objects=tuple(ComparedObject(item.object, ()) for item in of_many),
    )
    per_finding = 2 if format_ == "csv" else 1

    assert len(entries(spread, format_)) == per_finding * 2_000
    heaped = evolve(result, findings=of_one)
    assert len(entries(heaped, format_)) == (1 if format_ == "junit" else per_finding * 2_000)
    if format_ == "junit":
        assert "… and 1800 differences more" in render(heaped, format_)


def test_attacks_are_there() -> None:
    """The names and values of these tests are really those that mean harm."""
    assert {finding.path for finding in HOSTILE.findings} == set(ATTACKS)
