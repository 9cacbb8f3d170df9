"""The page in a real browser: it is accessible, it filters, it fits, and nothing runs or loads."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, field, frozen

from driftcheck import Result, render
from driftcheck.reports import html_report, html_style
from tests.conftest import Captured
from tests.reports.recorded_results import (
    PRODUCTION,
    STAGING,
    drifted,
    finding,
    hostile,
    judged,
    three,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
"""https://www.jenkins.io/doc/book/security/configuring-content-security-policy/."""
PROBES = {
    "an image": "<img src=x onerror=alert(1)>",
    "a script": "</script><script>alert(1)</script>",
    "a style": "</style><style>*{display:none}</style>",
    "an attribute": "\" autofocus onfocus=alert(1) x='",
    "a drawing": "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "a page": "</bdi></td></table><iframe srcdoc='<script>parent.alert(1)</script>'>",
}


@frozen
class Visit:
    """A page that was opened, and what it did besides being shown."""

    page: Page
    complaints: list[str] = field(factory=list)


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Opens a page from a file, in a fresh profile."""
    contexts = []

    def opened(html: str, name: str = "report.html", **options: Any) -> Visit:
        file = tmp_path / name
        file.write_text(html, encoding="utf-8")
        contexts.append(context := browser.new_context(**options))
        return watched(context.new_page(), file.as_uri())

    yield opened
    for context in contexts:
        context.close()


def watched(page: Page, address: str) -> Visit:
    """Open an address; every request but for it, error, and dialog is a complaint."""
    visit = Visit(page)
    said = visit.complaints.append
    page.on("console", lambda message: said(message.text))
    page.on("pageerror", lambda error: said(str(error)))
    page.on("dialog", lambda dialog: (said(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: request.url == address or said(request.url))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', event => console.log(event.violatedDirective))"
    )
    page.goto(address)
    return visit


@pytest.fixture(params=["drifted", "three"])
def result(request: pytest.FixtureRequest, captured: Captured) -> Result:
    return judged({"drifted": drifted, "three": three}[request.param](captured))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1200])
def test_accessible(
    scheme: str, width: int, result: Result, visit: Callable[..., Visit], axe: str
) -> None:
    """axe-core finds no fault, in light and dark, on a phone and a desk, with every fold open."""
    opened = visit(
        render(result, "html"),
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        bypass_csp=True,
        reduced_motion="reduce",
    )
    opened.page.evaluate(
        "for (const fold of document.querySelectorAll('details')) fold.open = true"
    )
    opened.page.evaluate(axe)

    found = opened.page.evaluate("axe.run()")

    assert found["passes"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in found["violations"]] == []


@pytest.mark.parametrize("width", [320, 400, 1200])
def test_fits(width: int, result: Result, visit: Callable[..., Visit]) -> None:
    """Nothing is wider than the window; what is wide scrolls by itself."""
    opened = visit(render(result, "html"), viewport={"width": width, "height": 900})

    assert opened.page.evaluate("document.documentElement.scrollWidth") == width


def test_quiet(result: Result, visit: Callable[..., Visit]) -> None:
    """A page makes no request, breaks no policy, and has nothing to complain of."""
    opened = visit(render(result, "html"))
    opened.page.get_by_label("text").fill("image")
    opened.page.wait_for_timeout(100)

    assert opened.complaints == []


def shown(page: Page) -> int:
    return page.locator(".category .finding:visible").count()


def test_filters(captured: Captured, visit: Callable[..., Visit]) -> None:
    """Category, kind and words each leave the findings that they name, and say how many."""
    result = drifted(captured)
    page = visit(render(result, "html")).page
    everything = shown(page)

    page.get_by_label("category").select_option("network")
    network = [item for item in result.findings if item.category.value == "network"]
    assert shown(page) == len(network)
    assert page.locator("output").inner_text() == f"{len(network)} of {len(result.findings)} shown"
    assert page.locator(".category:visible").count() == 1

    page.get_by_label("kind").select_option("NetworkPolicy.networking.k8s.io")
    assert shown(page) == 1

    page.get_by_label("category").select_option("")
    page.get_by_label("kind").select_option("")
    page.get_by_label("text").fill("WEB settings.yaml")
    assert page.locator(".finding:visible .path").all_inner_texts() == [
        'data["settings.yaml"].cache.ttl'
    ]

    page.get_by_label("text").fill("")
    assert shown(page) == everything


def test_a_link_shows_what_was_filtered_away(
    captured: Captured, visit: Callable[..., Visit]
) -> None:
    """A cell of the heat map leads to a finding, even where a filter hid it."""
    page = visit(render(drifted(captured), "html")).page
    page.get_by_label("text").fill("no such thing")
    assert shown(page) == 0

    page.get_by_label("1 finding in Secret").click()

    assert page.locator(".finding:target").is_visible()


def test_without_script(captured: Captured, visit: Callable[..., Visit]) -> None:
    """Where no script runs, everything is there, and no filter that would do nothing."""
    page = visit(render(drifted(captured), "html"), java_script_enabled=False).page

    assert not page.locator("#filters").is_visible()
    assert shown(page) == page.locator(".category .finding").count() > 0


def test_without_style(captured: Captured, visit: Callable[..., Visit]) -> None:
    """Without style, what is declared, what runs and who wrote it have lines of their own."""
    html = render(drifted(captured), "html")
    page = visit(re.sub(r"<style>.*</style>", "", html, flags=re.DOTALL)).page

    declared = page.locator("td", has_text="bookshop/api:2.4.1").filter(has_text="last written")
    value, runs, writer = declared.inner_text().splitlines()
    assert value.endswith("/api:2.4.1")
    assert runs.startswith("runs sha256:")
    assert writer.startswith("last written by kubectl-set")


def test_on_paper(captured: Captured, visit: Callable[..., Visit]) -> None:
    """On paper every fold is open, and what only a screen can do is not there."""
    page = visit(render(judged(drifted(captured)), "html")).page
    page.emulate_media(media="print")

    assert not page.locator("#filters").is_visible()
    for fold in page.locator("details").all():
        assert fold.locator("table, dl").first.bounding_box()["height"] > 0  # type: ignore[index]


@pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES.keys())
def test_nothing_hostile_runs(probe: str, captured: Captured, visit: Callable[..., Visit]) -> None:
    """Markup in names and values is text: nothing runs, even without the policy of the page."""
    html = render(hostile(drifted(captured), probe), "html")

    opened = visit(html, bypass_csp=True)
    opened.page.get_by_label("text").fill("a")
    opened.page.wait_for_timeout(100)

    assert opened.complaints == []
    assert opened.page.locator("img, iframe, svg").count() == 0
    assert opened.page.locator("h1").is_visible()


def test_the_probe_would_run(visit: Callable[..., Visit]) -> None:
    """The test above sees what runs: the same markup, unescaped, does."""
    opened = visit(f"<p>{PROBES['an image']}", bypass_csp=True)
    opened.page.wait_for_timeout(200)

    assert "1" in opened.complaints


def test_ten_thousand_findings(captured: Captured, visit: Callable[..., Visit]) -> None:
    """A page of as many findings as there is space for opens and filters."""
    findings = tuple(
        finding(f"settings-{number}", **{STAGING: "1", PRODUCTION: str(number)})
        for number in range(10_000)
    )
    page = visit(render(evolve(drifted(captured), findings=findings), "html")).page

    page.get_by_label("text").fill("settings-1999")

    assert shown(page) == 1


class JenkinsLike(http.server.SimpleHTTPRequestHandler):
    """Serves files as Jenkins serves archived ones."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", JENKINS)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def jenkins(tmp_path: Path) -> Iterator[str]:
    """A server with the policy of Jenkins, for the files in the test's folder."""
    handler = partial(JenkinsLike, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_split_in_jenkins(
    captured: Captured, browser: Browser, jenkins: str, tmp_path: Path
) -> None:
    """Under the policy of Jenkins, a page with its style beside it has its style."""
    page = html_report(drifted(captured), stylesheet="report.css")
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    (tmp_path / "report.css").write_text(html_style(), encoding="utf-8")

    context = browser.new_context()
    opened = watched(context.new_page(), f"{jenkins}/report.html")
    padding = opened.page.locator("header").evaluate("it => getComputedStyle(it).paddingLeft")
    context.close()

    assert padding != "0px"
    assert [item for item in opened.complaints if "report.css" not in item] == []
