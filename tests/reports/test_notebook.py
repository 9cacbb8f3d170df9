"""What values show of themselves in notebooks."""

from __future__ import annotations

import pickle

import pytest
from attrs import evolve

from driftcheck import Gate, ImageRows, ImageTable, Result, Snapshot, render
from driftcheck.model import Acts, PlatformResult, PlatformVerdict, Shown
from tests.conftest import Captured
from tests.reports.pages import Page
from tests.reports.recorded_results import (
    PRODUCTION,
    STAGING,
    at_one_time,
    drifted,
    finding,
    hostile,
)
from tests.reports.test_html import EVIL, shape


@pytest.fixture
def result(captured: Captured) -> Result:
    return drifted(captured)


@pytest.fixture
def snapshot(captured: Captured) -> Snapshot:
    return at_one_time(captured("drifted", STAGING))


@pytest.fixture
def table(result: Result) -> ImageTable:
    return ImageTable((STAGING, PRODUCTION), result.images, ("no access",))


@pytest.fixture(params=["result", "snapshot", "table", "rows", "coverage", "images"])
def shown(
    request: pytest.FixtureRequest, result: Result, snapshot: Snapshot, table: ImageTable
) -> Shown:
    return {
        "result": result,
        "snapshot": snapshot,
        "table": table,
        "rows": result.images,
        "coverage": result.coverage,
        "images": snapshot.images,
    }[request.param]


def test_forms(shown: Shown) -> None:
    """Each shows itself as text and as part of a page, and a notebook may ask for one alone."""
    forms = shown._repr_mimebundle_()
    html = shown._repr_html_()

    assert {"text/plain", "text/html"} <= set(forms)
    assert forms["text/html"] == html
    assert set(shown._repr_mimebundle_(include=["text/html"])) == {"text/html"}
    assert "text/html" not in shown._repr_mimebundle_(exclude=["text/html"])


def test_bare(shown: Shown) -> None:
    """What is shown has no style, script, name or handler of its own, which would be taken away."""
    for tag, attributes in Page.of(shown._repr_html_()).elements:
        assert tag not in ("style", "script", "link", "form")
        assert set(attributes) <= {"scope", "title"}


def test_one_line(shown: Shown) -> None:
    """In a list or a log, each is one short line."""
    assert len(repr(shown)) < 120
    assert "\n" not in repr(shown)
    assert repr(shown).startswith(f"<{type(shown).__name__}")


def test_a_result(result: Result) -> None:
    """A result shows the verdict, the reasons, and every finding with its values."""
    text = Page.of(result._repr_html_()).text

    assert text.startswith(f"✘ drifted {STAGING} → {PRODUCTION} {result.reasons[0]}")
    for item in result.findings:
        assert str(item.object) in text
        assert item.path in text
    assert "(secret 1)(secret 2)" in text
    assert "3 containers do not run the same everywhere, 6 do" in text


def test_what_lies_outside(result: Result) -> None:
    """A result says how what lies outside the namespaces stands, and shows what differs there."""
    other = evolve(result.findings[0], acts=Acts.LIVE, path="rules", reached_by=("Ingress web",))
    platform = PlatformResult(PlatformVerdict.DIFFERS, ("1 difference",), findings=(other,))

    unknown = Page.of(result._repr_html_()).text
    differs = Page.of(evolve(result, platform=platform)._repr_html_()).text

    assert "Platform: unknown, in one cluster: 3 kinds could not be read" in unknown
    assert "Platform: differs: 1 difference" in differs
    _, _, listed = differs.partition("outside the namespaces: 1 difference")
    assert f"{other.object}{other.path}" in listed


def test_the_text_is_the_report(result: Result) -> None:
    """Where no page is shown, a result shows its report for a terminal."""
    assert result._repr_mimebundle_()["text/plain"] == render(result)


def test_images(table: ImageTable) -> None:
    """What runs where shows each container, with a sign where it is another image."""
    text = Page.of(table._repr_html_()).text

    for row in table.rows:
        assert f"{row.workload}{row.container}" in text
    assert "≠ api:2.4.1" in text
    assert "not complete: no access" in text


def test_a_snapshot(snapshot: Snapshot) -> None:
    """A snapshot shows of what it is, when it was taken, and how complete it is."""
    text = Page.of(snapshot._repr_html_()).text

    assert text.startswith(f"snapshot {STAGING} {len(snapshot.documents)} objects")
    assert "2026-11-24 12:00:00 UTC" in text
    assert "coverage complete" in text


def test_images_are_a_tuple(result: Result) -> None:
    """The rows of a result are a tuple like any other: equal, hashable by place, and picklable."""
    rows = result.images

    assert isinstance(rows, tuple)
    assert rows == tuple(rows)
    assert evolve(result, images=tuple(rows)) == result
    assert isinstance(evolve(result, images=tuple(rows)).images, ImageRows)
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301 - our own


def test_short(result: Result) -> None:
    """Of 10,000 findings as many as are read are shown, and how to get at the rest is said."""
    findings = tuple(
        finding(f"settings-{number:05}", **{STAGING: "1", PRODUCTION: f"{number}"})
        for number in range(10_000)
    )
    forms = evolve(result, findings=findings)._repr_mimebundle_()
    text = Page.of(forms["text/html"]).text

    assert "settings-00199" in text
    assert "settings-00200" not in text
    assert "9800 more: result.to_records()" in text
    assert len(forms["text/plain"].splitlines()) < 1_010
    assert forms["text/plain"].endswith("lines more: print(driftcheck.render(result))\n")
    assert len(forms["text/markdown"]) <= 65_536


def test_the_gate_counts_everything(result: Result) -> None:
    """What the gate makes of drift is said in each form, also of findings that are not shown."""
    findings = tuple(
        finding(f"settings-{number:05}", **{STAGING: "1", PRODUCTION: f"{number}"})
        for number in range(1_000)
    )
    said = "the gate fails: 1000 differences, and it lets 500 through"
    forms = evolve(result, findings=findings, gate=Gate(None, 500))._repr_mimebundle_()

    assert all(said in form for form in forms.values())


@pytest.mark.parametrize("evil", [*EVIL.values(), "x" * 1_000_000], ids=[*EVIL, "a megabyte"])
def test_hostile_texts(evil: str, result: Result) -> None:
    """A text from outside adds no element or attribute, and fills no notebook."""
    bad, tame = hostile(result, evil), hostile(result, "tame")

    for value, like in ((bad, tame), (bad.images, tame.images), (bad.coverage, tame.coverage)):
        html = value._repr_html_()
        assert shape(Page.of(html)) == shape(Page.of(like._repr_html_()))
        assert len(html) < 200_000
