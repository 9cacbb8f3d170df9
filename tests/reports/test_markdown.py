"""Markdown for pull requests, read by another implementation of GitHub's rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token  # noqa: TC002 - like all annotations

from driftcheck import Category, Change, Gate, ObjectReference, Result, render
from driftcheck.errors import UsageError
from driftcheck.pipeline import compare_snapshots
from driftcheck.reports._markup import code, escaped, fenced, markdown_table, sentence
from tests.builders import compare, config_map
from tests.conftest import Captured
from tests.reports.made_results import HOSTILE, finding, hostile, judged, large, result

GITHUB = MarkdownIt("gfm-like", {"linkify": False})
STAGING, PRODUCTION, DEV = "bookshop-staging", "bookshop-production", "bookshop-dev"
TAGS = re.compile(r"</?(?:details|summary|b|code)>|<details open>")
ADDRESS = re.compile(r"https?://|www\.|(?<![\w/])@[\w-]|\w@\w", re.IGNORECASE)


def tokens(text: str) -> Iterator[Token]:
    """Every token of a page, those inside lines as well."""
    for token in GITHUB.parse(text):
        yield token
        yield from token.children or []


def assert_inert(text: str) -> None:
    """There is no markup but ours, nothing that GitHub links, and nothing that hides."""
    for token in tokens(text):
        if token.type == "html_block":
            assert not re.search("<[^>]*>?", TAGS.sub("", token.content)), token.content
        assert token.type not in ("html_inline", "link_open", "image", "s_open", "em_open")
        if token.type == "text":
            assert not ADDRESS.search(token.content), token.content
            assert not re.search(r"(?<!\w)#[0-9]", token.content), token.content
    for character in text.replace("\n", ""):
        assert unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    for line in text.splitlines():
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line
        assert "##vso[" not in line


def tables(text: str) -> list[list[list[str]]]:
    """The texts of the cells of each row of each table."""
    found: list[list[list[str]]] = []
    parsed = GITHUB.parse(text)
    for place, token in enumerate(parsed):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            inside = parsed[place + 1].children or []
            found[-1][-1].append("".join(child.content for child in inside))
    return found


def width(line: str) -> int:
    """How many cells a row has by the rules of cmark-gfm, which reads escapes from the left."""
    return len(re.findall(r"(?:\\.|[^|\\])*\|", line)) - 1


def assert_tables(text: str) -> None:
    """Every row of a table has as many cells as its heading, whoever counts them."""
    for found in tables(text):
        assert len({len(row) for row in found}) == 1
    for part in text.split("\n\n"):
        if part.startswith("|"):
            assert len({width(line) for line in part.splitlines()}) == 1, part


def folded_parts(text: str) -> list[str]:
    """The summaries of the parts that can be unfolded, each of which is closed."""
    ours = "".join(token.content for token in tokens(text) if token.type == "html_block")
    assert ours.count("<details") == ours.count("</details>")
    return re.findall(r"<summary>(.*)</summary>", ours)


@pytest.fixture(scope="module")
def drifted(captured: Captured) -> Result:
    return compare_snapshots([captured("drifted", STAGING), captured("drifted", PRODUCTION)])


def test_verdict_first(drifted: Result) -> None:
    """The heading is the verdict and between what; the reasons follow as a list."""
    parsed = list(tokens(render(drifted, "markdown")))

    assert [token.type for token in parsed[:1]] == ["heading_open"]
    assert parsed[0].tag == "h3"
    heading = "".join(token.content for token in parsed[1].children or [])
    assert heading == f"✘ drifted: {STAGING} → {PRODUCTION}"
    assert "20 differences that no rule expects" in [token.content for token in parsed]


def test_everything_is_there(drifted: Result) -> None:
    """Every finding's path is in a cell of a table under its category."""
    text = render(drifted, "markdown")
    cells = {cell for found in tables(text) for row in found for cell in row}

    for found in drifted.findings:
        is_beside = "api].digest" in found.path
        assert found.path in cells or is_beside, found.path
    summaries = folded_parts(text)
    for category in {found.category for found in drifted.findings}:
        assert any(summary.startswith(f"<b>{category.value}</b>") for summary in summaries)
    assert_tables(text)
    assert_inert(text)


def test_counts(drifted: Result) -> None:
    """The matrix of two environments counts every finding once, by category and change."""
    heading, *rows = next(
        found for found in tables(render(drifted, "markdown")) if found[0][0] == "what differs"
    )

    total = sum(int(cell) for row in rows for cell in row[1:] if cell)
    assert total == len(drifted.findings)
    assert heading[1:] == ["+ added", "- removed", "~ changed"]


def test_three_environments(captured: Captured) -> None:
    """With more than two, each field says who agrees, and who is the odd one out."""
    namespaces = (STAGING, PRODUCTION, DEV)
    three = compare_snapshots([captured("equal", namespace) for namespace in namespaces])

    text = render(three, "markdown")
    matrix = next(found for found in tables(text) if found[0][-1] == "odd one out")

    assert matrix[0] == ["object", "path", *namespaces, "odd one out"]
    assert ["Ingress web", "spec.rules[0].host", "A", "B", "C", ""] in matrix
    hosts = "spec.tls[0].hosts[=dev.bookshop.example.com]"
    assert ["Ingress web", hosts, "—", "—", "A", DEV] in matrix
    assert_tables(text)


def test_policy() -> None:
    """What the policy expects is its rules, with their state; what it forbids says by which."""
    text = render(judged(), "markdown")
    rules = next(found for found in tables(text) if found[0][0] == "rule")

    assert [row[0] for row in rules[1:]] == ["more", "all", "hotfix", "soon", "buckets", "hosts"]
    assert rules[3] == ["hotfix", "waive", "0", "expired on 2026-11-01", "team-shop",
                        "on Monday; remove it"]  # fmt: skip
    assert "<b>policy</b>: 6 rules, 2 differences expected" in folded_parts(text)
    assert "spec.host" not in text
    assert any("violates rule own-database: never the other's" in cell
               for found in tables(text) for row in found for cell in row)  # fmt: skip
    assert "the gate fails: 1 difference of security, image; 2 other differences are warnings" in (
        text
    )


def test_gaps_and_warnings() -> None:
    """What was not seen and what warns stand before the differences."""
    text = render(judged(), "markdown")

    assert text.index("**Not seen**") < text.index("**Warnings**") < text.index("<details")


def test_lines_of_a_text() -> None:
    """Two texts of several lines are a diff of those that differ."""
    before = "".join(f"line {number}\n" for number in range(30))
    after = before.replace("line 7\n", "line seven\n")

    text = render(compare([config_map(a=before)], [config_map(a=after)]), "markdown")
    (block,) = [token for token in tokens(text) if token.type == "fence"]

    assert block.info == "diff"
    assert block.content.splitlines()[1:] == [" line 6", "-line 7", "+line seven", " line 8"]


def test_the_same_objects() -> None:
    """The objects that are the same are listed where that is asked for."""
    same = compare([config_map("a"), config_map("b", x="1")], [config_map("a"), config_map("b")])

    assert "`ConfigMap a`" not in render(same, "markdown")
    assert "* `ConfigMap a`" in render(same, "markdown", unchanged=True)
    assert "* `ConfigMap b`" not in render(same, "markdown", unchanged=True)


@pytest.mark.parametrize("evil", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("most", [1_000, 3_000, 65_536, 400_000])
def test_hostile(evil: str, most: int) -> None:
    """Whatever a name or a value is, the page is ours, whole, and no larger than it may be."""
    text = render(hostile(evil), "markdown", max_chars=most, unchanged=True)

    assert 0 < len(text) <= most
    assert text.endswith("\n")
    text.encode()
    folded_parts(text)
    assert_tables(text)
    assert_inert(text)


@pytest.mark.parametrize(("most", "count"), [(1_000, 2_000), (5_000, 2_000), (65_536, 10_000)])
def test_many_findings(most: int, count: int) -> None:
    """A page of too many findings is as large as it may be at most, and says what was cut."""
    text = render(large(count), "markdown", max_chars=most)

    assert len(text) <= most
    assert "**Cut to fit:**" in text
    assert_tables(text)


def test_as_many_objects_as_fit() -> None:
    """Where not all fits, the worst are in full or named, and it is said how many are not."""
    found = large(5_000)
    text = render(found, "markdown")
    in_full = re.findall(r"<summary><b>(\w+)</b>: \d+ differences", text)
    others = {item.object for item in found.findings if item.category.value not in in_full}
    named = [row for table in tables(text) if table[0][-1] == "differences" for row in table[1:]]

    assert len(text) > 65_536 // 3
    assert in_full[0] == "secret"
    assert f"and {len(others) - len(named)} objects more" in text
    assert not any(name in row[2] for row in named for name in in_full)


def test_worst_in_full() -> None:
    """A new image is not lost because there is too much of something else."""
    dashboards = [
        finding(f"dashboard-{at}", path=f"data.x{part}", category=Category.CONFIG)
        for at in range(20)
        for part in range(50)
    ]
    image = finding(path="spec.image", category=Category.IMAGE, values={"objects": "m:1.0",
                    "objects (2)": "m:2.0"})  # fmt: skip
    text = render(result(image, *dashboards), "markdown", max_chars=6_000)

    assert "`m:1.0` | `m:2.0`" in text
    assert "| ~ | `Deployment dashboard-19` | config 50 |" in text
    assert "data.x" not in text
    assert "shown in full, the worst first" in text


def test_few_objects_are_named() -> None:
    """So is each of a few objects that differ in more than fits."""
    found = result(*(finding(path=f"spec.x{at}", category=Category.CONFIG) for at in range(500)))

    assert "| ~ | `Deployment web` | config 500 |" in render(found, "markdown", max_chars=3_000)


def test_steps_of_cutting() -> None:
    """With less room there are first the worst in full, then the counts, then the verdict alone."""
    found = evolve(large(60), gaps=("Secret may not be read " * 20,) * 5)
    whole = render(found, "markdown", max_chars=10**9)
    sizes = {
        most: render(found, "markdown", max_chars=most) for most in (len(whole) - 1, 3_400, 1_000)
    }

    assert "**Cut to fit:**" not in whole
    objects, counts, verdict = sizes.values()
    assert "| ~ | `Deployment web-53` | metadata 1 |" in objects
    assert "spec.fields[53]" not in objects
    assert "| scaling |" in counts
    assert "web-1" not in counts
    assert "| scaling |" not in verdict
    assert verdict.startswith("### ✘ drifted: `objects` → `objects (2)`")
    for text in sizes.values():
        assert "**Cut to fit:**" in text


def test_many_environments() -> None:
    """However many environments there are, the least size holds the verdict."""
    found = result(finding())
    many = tuple(evolve(found.environments[0], name=f"{n}" * 200) for n in range(100))

    text = render(evolve(found, environments=many), "markdown", max_chars=1_000)

    assert len(text) <= 1_000
    assert "and 92 more" in text


def test_too_small() -> None:
    """A size that no verdict fits into is refused."""
    with pytest.raises(UsageError, match="999 characters"):
        render(judged(), "markdown", max_chars=999)


def rendered(markdown: str) -> str:
    """The text that a reader sees of one paragraph."""
    inline = next(token for token in GITHUB.parse(markdown) if token.type == "inline")
    return "".join(
        "\n" if child.type == "softbreak" else child.content for child in inline.children or []
    )


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "))


@given(PRINTABLE.filter(str.strip))
def test_escaped(text: str) -> None:
    """Escaped text is read as it was."""
    assert rendered(f"x{escaped(text)}x") == f"x{text}x"
    assert_inert(f"* {escaped(text)}")


@given(PRINTABLE.filter(lambda text: text.strip() and "|" not in text))
def test_code(text: str) -> None:
    """Text as code is read as it was."""
    assert rendered(f"x{code(text)}x") == f"x{text}x"


@given(PRINTABLE.filter(str.strip), PRINTABLE.filter(str.strip))
def test_sentence(said: str, command: str) -> None:
    """What a sentence says between backticks is read as code, and the rest as it was."""
    said, command = said.replace("`", ""), command.replace("`", "").replace("|", "")
    assert rendered(f"x{sentence(f'{said} `{command}x`')}") == f"x{said} {command}x"
    assert_inert(f"* {sentence(f'{command}`{said}`{command}')}")


@given(st.lists(PRINTABLE.filter(lambda text: "\\|" not in text), min_size=1, max_size=4))
def test_cells(texts: list[str]) -> None:
    """Text in cells is read as it was, however many pipes and backslashes it has."""
    ((_, shown),) = tables(markdown_table(["x"] * len(texts), [map(code, texts)]))

    assert [cell.strip() for cell in shown] == [text.strip() for text in texts]


@given(st.lists(PRINTABLE, min_size=1))
def test_fenced(lines: list[str]) -> None:
    """Lines in a block are read as they were."""
    (block,) = GITHUB.parse(fenced("diff", [f"+{line}" for line in lines]))

    assert block.content == "".join(f"+{line}\n" for line in lines)


def test_whole_objects() -> None:
    """An object on one side only says where it is."""
    whole = finding(path="", change=Change.ADDED, values={"objects (2)": {"name": "web"}})

    text = render(result(whole), "markdown")

    assert ["+", "Deployment web", "", "—", "there", ""] in tables(text)[-1]


def test_clusters() -> None:
    """What happened to many objects is one row that counts them and names a few."""
    found = result(*(finding(f"web-{number}") for number in range(48)))

    text = render(found, "markdown")

    (row,) = [row for table in tables(text) for row in table if "spec.replicas" in row]
    assert row[1].startswith("48 objects: Deployment web-0, Deployment web-1, ")
    assert row[1].endswith("and 43 more")
    assert "<b>scaling</b>: 48 differences" in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"gate": Gate(frozenset({Category.SCALING}))}, "the gate fails: 1 difference of scaling"),
        (
            {"gate": Gate(frozenset({Category.IMAGE}))},
            "the gate passes: nothing of image differs; 1 other difference is a warning",
        ),
        ({"gate": Gate(None, 3)}, "the gate passes: 1 difference, and it lets 3 through"),
        (
            {"gate": Gate(None, 3), "gaps": ("x",)},
            "the gate fails, for the evidence is not complete: 1 difference, and it lets 3 through",
        ),
    ],
)
def test_gate(fields: dict[str, object], said: str) -> None:
    """A gate that does not stop at everything says what it makes of drift, in every report."""
    found = result(finding(), **fields)

    for format_ in ("text", "markdown"):
        lines = [line.strip(" *") for line in render(found, format_).splitlines()]
        assert [line for line in lines if line.startswith("the gate")] == ([said] if said else [])
    assert (found.exit_status == 0) is said.startswith("the gate passes")


def test_references() -> None:
    """An object of a group is named as everywhere else."""
    other = ObjectReference("example.com", "Thing", "it")

    assert f"`{other}`" in render(result(finding(object=other)), "markdown")
