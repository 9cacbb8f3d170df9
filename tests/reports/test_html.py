"""The page: what comes first, what stands where, and what can do no harm."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import unicodedata
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from attrs import evolve

from driftcheck import (
    Category,
    Change,
    ContainerImage,
    Finding,
    ImageRow,
    ObjectReference,
    Result,
    Verdict,
    render,
)
from driftcheck.reports import html_report, html_style
from driftcheck.reports._page import matrix_row
from tests.builders import compare, config_map
from tests.conftest import Captured
from tests.reports.pages import Page
from tests.reports.recorded_results import (
    DEV,
    PRODUCTION,
    STAGING,
    UNSEEN,
    WARNING,
    drifted,
    equal,
    finding,
    hostile,
    judged,
    three,
)

GOLDEN = Path(__file__).parents[1] / "golden"
REPORTS: dict[str, Callable[[Captured], Result]] = {
    "equal": equal,
    "drifted": drifted,
    "three": three,
    "judged": lambda captured: judged(drifted(captured)),
    "judged-three": lambda captured: judged(three(captured)),
}
TEN_MEGABYTES = 10_000_000
EVIL = {
    "the end of a script": "</script><script>alert(1)</script>",
    "the end of a style": "</style><img src=x onerror=alert(1)>",
    "the end of an attribute": "\"'><svg onload=alert(1)>",
    "a comment": "<!--",
    "a template": "{{ 7 * 7 }}{% raw %}",
    "a link": "javascript:alert(1)",
    "a workflow command": "::error::stop",
    "colour": "\x1b[31mred\x1b[0m",
    "the other direction": "abc\u202e cba \u2066x\u2069",
    "nothing": "a\x00b",
    "what can't be encoded": "a\ud800b",
    "what can't be seen": "pass\u200bword\ufeff",
    "other line ends": "one\u2028two\x85three\rfour",
}


@pytest.fixture(params=REPORTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def result(name: str, captured: Captured) -> Result:
    return REPORTS[name](captured)


def page_of(result: Result) -> Page:
    return Page.of(render(result, "html"))


def test_golden(name: str, result: Result) -> None:
    """The page on file is what is written; GOLDEN=write writes it anew, to be looked at."""
    file = GOLDEN / f"{name}.html"
    html = render(result, "html").replace(f"driftcheck {version('kube-driftcheck')}", "driftcheck")
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(html, encoding="utf-8")

    assert html == file.read_text(encoding="utf-8")


def test_same_bytes(result: Result) -> None:
    """The same result gives the same bytes."""
    assert render(result, "html") == render(evolve(result), "html")


def test_order_of_questions(captured: Captured) -> None:
    """The page answers in the order in which people ask."""
    page = page_of(judged(drifted(captured)))
    above = page.text.partition(" What runs ")[0]

    assert page.headings == [
        "drifted", "What was compared", "What could not be seen", "Warnings", "Gate",
        "What runs", "Where it differs", "Findings", "Outside the namespaces", "Expected by rules",
        "Evidence",
    ]  # fmt: skip
    assert "differences that no rule expects" in page.text.partition(" What was compared ")[0]
    assert UNSEEN in above
    assert WARNING in above


@pytest.mark.parametrize(
    ("verdict", "banner"),
    [
        (Verdict.IDENTICAL, "✔ identical"),
        (Verdict.EQUIVALENT, "✔ equivalent"),
        (Verdict.DRIFTED, "✘ drifted"),
        (Verdict.INCONCLUSIVE, "? inconclusive"),
    ],
)
def test_each_verdict(verdict: Verdict, banner: str) -> None:
    """Each verdict has a sign and a word, on the page and in its title."""
    result = evolve(compare([config_map()], [config_map()]), verdict=verdict)

    page = page_of(result)

    assert page.text.startswith(f"{banner}: objects → objects (2)")
    assert f"Skip to the findings {banner} objects → objects (2)" in page.text


def test_everything_is_there(result: Result) -> None:
    """Every finding's object, path and value, every reason and every rule stands on the page."""
    text = page_of(result).text

    for found in result.findings:
        assert str(found.object) in text
        assert found.path in text or found.path.startswith("running.")
        for value in found.values.values():
            assert not isinstance(value, str) or "\n" in value or value in text
        for writers in found.written_by.values():
            assert f"last written by {writers[0].manager}" in text
    for sentence in (*result.reasons, *result.warnings):
        assert sentence in text
    for rule in result.rules:
        assert rule.id in text
        assert (rule.reason or "") in text
        assert (rule.expires or "") in text


def test_full_digests(captured: Captured) -> None:
    """The digests of containers that differ stand there in full, to be copied."""
    result = drifted(captured)
    text = page_of(result).text

    (row,) = [row for row in result.images if row.container == "worker"]
    for found in row.environments.values():
        assert found.digests[0] in text


ONE, TWO = ("sha256:" + "1" * 64,), ("sha256:" + "2" * 64,)


@pytest.mark.parametrize(
    ("same", "digests", "signs"),
    [
        (True, [ONE, ONE, ONE], ["", "", ""]),
        (True, [ONE, TWO, ONE], ["", "", ""]),  # a registry knows both as one image
        (False, [ONE, TWO, ONE], ["", "≠", ""]),
        (None, [ONE, TWO, ONE], ["", "?", ""]),
        (None, [ONE, None, ONE], ["", "—", ""]),
        (None, [None, ONE, TWO], ["—", "", "?"]),
        (None, [(), (), ()], ["?", "?", "?"]),
        (None, [(), ONE, ONE], ["?", "", ""]),
        (False, [ONE, (), TWO], ["", "?", "≠"]),
        (None, [ONE, ONE, ONE], ["?", "?", "?"]),  # some pods don't say what they run
        (False, [ONE + TWO], ["≠"]),
    ],
)
def test_signs(same: bool | None, digests: list[tuple[str, ...] | None], signs: list[str]) -> None:
    """A container is marked where it differs from the first, and never the same by default."""
    names = [str(number) for number in range(len(digests))]
    found = {
        name: ContainerImage("shop/web:1", digest)
        for name, digest in zip(names, digests, strict=True)
        if digest is not None
    }

    row = matrix_row(ImageRow(ObjectReference("", "Pod", "web"), "web", same, found), names)

    assert [cell.sign for cell in row.cells] == signs
    assert row.is_same is not any(signs)


def test_anchors(result: Result) -> None:
    """Every place has one name, and every link leads to a place."""
    page = page_of(result)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    targets = {attributes["href"] for attributes in page.all("a")}

    assert len(ids) == len(set(ids))
    assert targets <= {f"#{name}" for name in ids}


def test_anchors_are_stable(captured: Captured) -> None:
    """A finding's place keeps its name when others come or go."""
    result = drifted(captured)

    def anchors(result: Result) -> set[str]:
        return {item["id"] for item in page_of(result).all("article")}

    fewer = anchors(evolve(result, findings=result.findings[3:]))

    assert fewer
    assert fewer < anchors(result)


def test_a_finding_twice_has_two_places(captured: Captured) -> None:
    """Two findings at one place still have a name each."""
    names = {STAGING: "1", PRODUCTION: "2"}
    twice = (finding(**names), evolve(finding(**names), note="x"))
    result = evolve(drifted(captured), findings=twice)

    first, second = (item["id"] for item in page_of(result).all("article"))

    assert first != second


def test_words_that_differ(captured: Captured) -> None:
    """Within a line, just the words that differ are marked."""
    values = {STAGING: "--log=info --workers=8", PRODUCTION: "--log=debug --workers=8"}
    html = render(evolve(drifted(captured), findings=(finding(**values),)), "html")

    assert "<code>--log=<del>info</del> --workers=8</code>" in html
    assert "<code>--log=<ins>debug</ins> --workers=8</code>" in html


def test_lines_that_differ(captured: Captured) -> None:
    """Of two longer texts the lines that differ are shown, with some around them, and no others."""
    html = render(judged(drifted(captured)), "html")

    assert "<del>-line 30 of the settings</del>\n<ins>+line 30 of other settings</ins>" in html
    assert " line 27 of the settings\n" in html
    assert "line 26 of the settings" not in html


def test_the_odd_one_out(captured: Captured) -> None:
    """Of three environments, the one that stands alone with its value is named so."""
    values = {STAGING: "1", PRODUCTION: "1", DEV: "2"}
    page = page_of(evolve(three(captured), findings=(finding(**values),)))

    rows = re.findall(r'"1"|"2" odd one out: [\w-]+', page.text)

    assert rows == ['"1"', f'"2" odd one out: {DEV}']


def test_three_values_have_no_odd_one(captured: Captured) -> None:
    """Where three environments have three values, none is odd."""
    values = {STAGING: "1", PRODUCTION: "2", DEV: "3"}
    page = page_of(evolve(three(captured), findings=(finding(**values),)))

    assert "odd one out" not in page.text


def test_expected_findings_stand_apart(captured: Captured) -> None:
    """What a rule expects stands folded under the rule, and not among the findings."""
    text = page_of(judged(drifted(captured))).text
    findings, expected = text.split(" Expected by rules ")

    assert "owner-labels" not in findings.partition(" Findings ")[2]
    assert "owner-labels expiring 2 hits" in expected
    assert "hotfix-4711 expired 0 hits" in expected


def test_an_image_that_runs_is_never_folded_away(captured: Captured) -> None:
    """A running image that nobody expects is shown, though the declared one is expected."""
    result = drifted(captured)
    expected = judged(result).findings[-1].expected
    declared = "spec.template.spec.containers[name=api].image"
    findings = tuple(
        evolve(item, expected=expected) if item.path == declared else item
        for item in result.findings
    )

    shown = page_of(evolve(result, findings=findings)).text.split(" Expected by rules ")[0]

    assert "running.containers[name=api].digest" in shown
    assert declared not in shown


def test_a_forbidden_sameness(captured: Captured) -> None:
    """A finding where nothing differs says which rule forbids that, and why."""
    text = page_of(judged(drifted(captured))).text

    assert "= unchanged data.password" in text
    assert "violates rule own-database: never the same password" in text


def test_gate(captured: Captured) -> None:
    """The gate says how many findings count, how many may, and what comes of it."""
    result = judged(drifted(captured))
    text = page_of(result).text

    assert (
        f"✘ stops the release: {len(result.stopping)} findings that count (secret, image), "
        "2 allowed; the evidence is not complete; exit status 1"
    ) in text


def test_heat_map(captured: Captured) -> None:
    """Cells count the findings of a kind in which an environment differs, and lead to the first."""
    result = three(captured)
    ingress = [item for item in result.findings if item.object.kind == "Ingress"]

    def differing(name: str) -> int:
        return sum(item.values.get(name) != item.values.get(STAGING) for item in ingress)

    html = render(result, "html")
    row = re.search(r"<tr><th[^>]*><bdi>Ingress\S+</bdi></th>(.*?)</tr>", html)

    assert row
    counts = re.findall(r">(\d+)</a>", row[1])
    assert counts == [str(differing(PRODUCTION)), str(differing(DEV))]


def test_policy_of_content(result: Result) -> None:
    """Only this style and this script may run, and nothing may be loaded."""
    page = page_of(result)
    (policy,) = [item["content"] for item in page.all("meta") if "http-equiv" in item]

    def allowed(tag: str) -> str:
        digest = hashlib.sha256(page.contents[tag].encode()).digest()
        return f"{tag}-src 'sha256-{base64.b64encode(digest).decode()}'"

    assert policy == f"default-src 'none'; {allowed('style')}; {allowed('script')}"


def test_nothing_from_outside(result: Result) -> None:
    """No element loads anything, none has style or a handler of its own, no link leads away."""
    for tag, attributes in page_of(result).elements:
        assert tag not in ("img", "link", "iframe", "object", "base"), tag
        for name, value in attributes.items():
            assert name not in ("src", "style", "srcdoc", "action")
            assert not name.startswith("on")
            assert name != "href" or value.startswith("#")


def test_small_script(captured: Captured) -> None:
    """The script is small enough to be read."""
    assert len(page_of(drifted(captured)).contents["script"].encode()) < 4096


def test_split(captured: Captured) -> None:
    """A page whose style stands beside it has no style and no script, and loads just that file."""
    page = Page.of(html_report(drifted(captured), stylesheet="a report.css"))
    (link,) = page.all("link")
    (policy,) = [item["content"] for item in page.all("meta") if "http-equiv" in item]

    assert link == {"rel": "stylesheet", "href": "a%20report.css"}
    assert policy == "default-src 'none'; style-src 'self'"
    assert page.contents == {}
    assert "--page" in html_style()


def shape(page: Page) -> list[tuple[str, list[str]]]:
    """The elements and their attributes, less the marks of words that differ."""
    marks = ("del", "ins")
    return [(tag, sorted(names)) for tag, names in page.elements if tag not in marks]


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
@pytest.mark.parametrize("many", ["drifted", "three"])
def test_hostile_texts(evil: str, many: str, captured: Captured) -> None:
    """A text from outside adds no element or attribute, and hides and steers nothing."""
    tame = page_of(hostile(REPORTS[many](captured), "tame"))
    page = page_of(hostile(REPORTS[many](captured), evil))

    assert shape(page) == shape(tame)
    assert page.contents == tame.contents
    for _, attributes in page.elements:
        assert attributes.get("href", "#").startswith("#")
    for character in "".join(page.pieces).replace("\n", ""):
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def test_names_keep_their_direction(captured: Captured) -> None:
    """Names stand in elements that keep their direction to themselves."""
    html = render(hostile(drifted(captured), "שלום"), "html")
    body = html.partition("</head>")[2]
    outside = re.sub(r"<(bdi|code|option)\b[^>]*>.*?</\1>|<[^>]+>", "", body, flags=re.DOTALL)

    assert "ש" not in outside


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "x\n" * 500_000, '"' * 1_000_000, "\ud800" * 1_000_000]
)
def test_very_long_texts(text: str, captured: Captured) -> None:
    """Texts of a megabyte are cut, and the page says how long they are."""
    html = render(hostile(drifted(captured), text), "html")

    assert len(html.encode()) < 2_000_000
    assert re.search(r"\(10000\d\d characters\)", html)


def test_too_many_findings(captured: Captured) -> None:
    """Past 2,000 findings the page says how many more there are of which category."""
    result = drifted(captured)
    findings = tuple(
        evolve(
            finding(f"settings-{number}", **{STAGING: "1", PRODUCTION: str(number)}),
            category=Category.CONFIG if number % 2 else Category.METADATA,
        )
        for number in range(5_000)
    )

    page = page_of(evolve(result, findings=findings))

    assert len(page.all("article")) == 2_000
    assert "config: 500 more metadata: 2500 more" in page.text
    assert " Findings 5000 " in page.text


def test_largest_page(captured: Captured) -> None:
    """However much a result holds, the page stays below 10 MB, and says what it left out."""
    evil = '"\u202e' * 2_000
    result = hostile(three(captured), evil)
    many = tuple(
        evolve(item, object=ObjectReference(evil, f"{number}{evil}", evil))
        for number in range(100)
        for item in result.findings
    )
    images = tuple(
        evolve(row, container=f"{number}{evil}") for number in range(400) for row in result.images
    )
    rows = tuple(
        evolve(row, kind=f"{number}{row.kind}")
        for number in range(300)
        for row in result.coverage.kinds[:3]
    )

    html = render(
        evolve(
            result,
            findings=many,
            images=images,
            coverage=evolve(result.coverage, kinds=rows),
            reasons=result.reasons * 200,
            gaps=result.gaps * 200,
            warnings=result.warnings * 200,
            rules=result.rules * 200,
        ),
        "html",
    )

    assert len(html.encode()) < TEN_MEGABYTES
    assert "in the JSON report" in html


def test_nothing_to_show() -> None:
    """Where nothing differs and nothing runs, each part says so."""
    text = page_of(compare([config_map()], [config_map()])).text

    assert "Nothing runs that can be compared." in text
    assert "No unexpected difference was seen." in text
    assert "No rule expects a difference." in text


def test_whole_objects(captured: Captured) -> None:
    """An object on one side only is said to be only there."""
    text = page_of(drifted(captured)).text

    assert f"+ added only in {PRODUCTION}" in text
    assert f"- removed only in {STAGING}" in text


def test_every_change_has_a_sign() -> None:
    """A page shows findings of every change."""
    result = compare([config_map(a="1")], [config_map(a="2")])
    names = {environment.name: "1" for environment in result.environments}
    changes = tuple(
        Finding(ObjectReference("", "ConfigMap", "a"), change, "data.a", names, Category.CONFIG)
        for change in Change
    )

    text = page_of(evolve(result, findings=changes)).text

    for change in Change:
        assert f" {change.value} data.a" in text
