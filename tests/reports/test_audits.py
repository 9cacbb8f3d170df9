"""Audits in every format: as they were read and found good, inert, and true to their verdict."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from junitparser import JUnitXml
from xmlschema import XMLSchema

from driftcheck import Audit, UsageError, render_audit
from driftcheck.model import AuditVerdict, Check, Grade
from driftcheck.reports import AUDIT_FORMATS
from tests.made_audits import audit, audited, finding, hostile, shop
from tests.reports.hostile import ATTACKS, acting
from tests.reports.pages import Page

GOLDEN = Path(__file__).parents[1] / "golden"
ENDINGS = {
    "csv": "csv",
    "html": "html",
    "json": "json",
    "junit": "junit.xml",
    "markdown": "md",
    "sarif": "sarif",
    "text": "txt",
}
FOR_PEOPLE = ("text", "markdown", "html")
NO_MARK = "leaves no mark"


@pytest.mark.parametrize("format_", AUDIT_FORMATS)
def test_golden(format_: str) -> None:
    """A report is what it was when it was last read."""
    golden = GOLDEN / f"audit.{ENDINGS[format_]}"
    text = render_audit(shop(), format_)

    if os.environ.get("GOLDEN") == "write":
        golden.write_bytes(text.encode())
    assert text.encode() == golden.read_bytes()


@pytest.mark.parametrize("format_", AUDIT_FORMATS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_acts(format_: str, attack: str) -> None:
    """Whatever objects, managers and rules are called, no line steers, hides or commands."""
    report = render_audit(hostile(attack), format_)

    assert acting(report) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_markup(attack: str) -> None:
    """No name or sentence opens or closes an element, in a page or in a notebook."""
    quiet = Page.of(render_audit(hostile("quiet"), "html"))
    page = Page.of(render_audit(hostile(attack), "html"))
    view = Page.of(hostile(attack)._repr_html_())

    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in quiet.elements} | {"code"}
    assert not page.all("script")
    assert not view.all("script")
    assert not view.all("img")


def test_a_page_needs_no_network() -> None:
    """A page allows nothing but its own style, and refers to nothing outside of it."""
    page = Page.of(render_audit(shop(), "html"))

    (policy,) = (each["content"] for each in page.all("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert all(each["href"].startswith("#") for each in page.all("a"))
    assert not page.all("img")
    assert not page.all("link")


@pytest.mark.parametrize("format_", [*FOR_PEOPLE, "junit"])
def test_what_no_audit_sees(format_: str) -> None:
    """Every report for people says what leaves no mark, whatever was found."""
    assert NO_MARK in render_audit(audit(), format_)
    assert NO_MARK in render_audit(shop(), format_)


@pytest.mark.parametrize("format_", FOR_PEOPLE)
def test_one_line_for_many(format_: str) -> None:
    """What is said of many objects is said once, with their number."""
    many = [finding(name=f"web-{number}") for number in range(12)]
    report = render_audit(audit(*many), format_)

    assert report.count("argocd-controller deploys this object") == 1
    assert "12 objects" in re.sub(r"<[^>]+>", "", report)


def test_order() -> None:
    """The surest stands first, then in the order of the checks."""
    found = (
        finding(Check.SUSPENDED, grade=Grade.POSSIBLE),
        finding(Check.EPHEMERAL_CONTAINER),
        finding(Check.MUTABLE_IMAGE, grade=Grade.PROBABLE),
        finding(Check.HAND_WRITTEN),
    )
    report = render_audit(audit(*found))

    words = ("certain: 2", "hand-written", "ephemeral", "probable: 1", "mutable", "possible: 1")
    places = [report.index(word) for word in words]
    assert places == sorted(places)


def test_several_environments() -> None:
    """Of several environments, each finding and each table says whose it is."""
    stage = finding(environment="stage")
    both = audit(
        finding(),
        stage,
        environments=(
            audited([finding()], verdict=AuditVerdict.MUTATED),
            audited([stage], "stage", verdict=AuditVerdict.MUTATED),
        ),
    )

    text = render_audit(both)

    assert "Deployment web in shop  spec.replicas" in text
    assert "Deployment web in stage  spec.replicas" in text
    assert "checks in stage" in text


def test_markdown_within_its_size() -> None:
    """What does not fit is cut from the end, and that is said."""
    many = [finding(name=f"web-{number}", says=f"said {number}") for number in range(300)]
    report = render_audit(audit(*many), "markdown", max_chars=3_000)

    assert len(report) <= 3_000
    assert report.startswith("### ✘ mutated")
    assert "**Cut to fit:**" in report
    assert len(render_audit(audit(*many), "markdown")) <= 65_536


def test_sarif() -> None:
    """A rule for each check; a level by grade, a place and a fingerprint for each finding."""
    log = json.loads(render_audit(shop(), "sarif"))
    (run,) = log["runs"]

    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [check.value for check in Check]
    levels = {(each["ruleId"], each["level"]) for each in run["results"]}
    assert levels == {
        ("hand-written", "error"),
        ("ephemeral-container", "error"),
        ("mutable-image", "warning"),
        ("suspended", "note"),
    }
    for each in run["results"]:
        assert rules[each["ruleIndex"]] == each["ruleId"]
        (place,) = each["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "driftcheck.yaml"
    prints = [each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]]
    assert len(set(prints)) == len(prints)
    suppressed = [each for each in run["results"] if "suppressions" in each]
    assert [each["locations"][0]["logicalLocations"][0]["name"] for each in suppressed] == ["base"]
    (note, warning) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("not-as-declared in shop: ")
    assert warning["level"] == "warning"


def test_sarif_of_a_strict_audit() -> None:
    """What counts is an error."""
    log = json.loads(render_audit(evolve(shop(), is_strict=True), "sarif"))

    levels = {each["level"] for each in log["runs"][0]["results"] if "suppressions" not in each}
    assert levels == {"error", "note"}


def outcomes(made: Audit) -> dict[str, str]:
    """What became of each case, by its name; the document is one by its schema."""
    report = render_audit(made, "junit")
    XMLSchema(Path(__file__).with_name("junit.xsd")).validate(report)
    (suite,) = JUnitXml.fromstring(report.encode())
    return {
        case.name: type(case.result[0]).__name__.lower() if case.result else "passed"
        for case in suite
    }


def unlike_passed(made: Audit) -> dict[str, str]:
    return {name: outcome for name, outcome in outcomes(made).items() if outcome != "passed"}


def test_junit() -> None:
    """A case for each check, and what fails the audit fails."""
    assert list(outcomes(shop())) == [check.value for check in Check]
    assert unlike_passed(shop()) == {
        "hand-written": "failure",
        "ephemeral-container": "failure",
        "not-as-declared": "skipped",
    }
    assert outcomes(evolve(shop(), is_strict=True))["mutable-image"] == "failure"


def test_junit_of_what_could_not_look() -> None:
    """A check that could not look is an error where it costs the verdict, else skipped."""
    rows = audited(unlooked=(Check.NOT_AS_DECLARED, Check.HAND_WRITTEN))
    inconclusive = audit(environments=(rows,), verdict=AuditVerdict.INCONCLUSIVE)

    assert unlike_passed(inconclusive) == {"hand-written": "error", "not-as-declared": "skipped"}


def test_csv() -> None:
    """A row for each finding, as `to_records` has them."""
    rows = list(csv.DictReader(io.StringIO(render_audit(shop(), "csv"), newline="")))

    records: list[dict[str, Any]] = shop().to_records()
    assert rows == [{key: value or "" for key, value in record.items()} for record in records]


def test_notebook() -> None:
    """A notebook shows what was found, and what no audit sees, in each form."""
    forms = shop()._repr_mimebundle_()

    assert set(forms) == {"text/plain", "text/markdown", "text/html"}
    for form in forms.values():
        assert "web-config" in form
        assert NO_MARK in form


def test_no_such_format() -> None:
    """A format that audits don't have is an error that names those they have."""
    with pytest.raises(UsageError, match="'codequality' is not a format of audits") as raised:
        render_audit(shop(), "codequality")

    assert "sarif" in raised.value.hint
