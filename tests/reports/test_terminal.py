"""What a tired person reads first: verdict, gaps, warnings, the matrix, and each change once."""

from __future__ import annotations

import re

import pytest
from attrs import evolve
from wcwidth import wcswidth

from driftcheck import Category, Change, Result, render
from driftcheck.errors import UsageError
from driftcheck.pipeline import compare_snapshots
from tests.builders import compare, config_map
from tests.conftest import Captured
from tests.reports.made_results import HOSTILE, finding, hostile, judged, large, result
from tests.reports.test_text import assert_inert

STAGING, PRODUCTION, DEV = "bookshop-staging", "bookshop-production", "bookshop-dev"


@pytest.fixture(scope="module")
def drifted(captured: Captured) -> Result:
    return compare_snapshots([captured("drifted", STAGING), captured("drifted", PRODUCTION)])


@pytest.fixture(scope="module")
def three(captured: Captured) -> Result:
    return compare_snapshots([captured("equal", name) for name in (STAGING, PRODUCTION, DEV)])


def test_order() -> None:
    """Verdict, gate, gaps, warnings, matrix, differences, rules and evidence follow in order."""
    text = render(judged())
    parts = [
        "✘ drifted",
        "4 differences that no rule expects",
        "the gate fails: 1 difference of security, image; 2 other differences are warnings",
        "not seen\n  Secret may not be read in objects",
        "warnings\n  rule hotfix expired",
        "what differs: secret 1, image 1, scaling 1",
        "secret (warning)\n",
        "image\n",
        "scaling (warning)\n",
        "policy ",
        "coverage",
        "Not covered",
    ]

    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert text.count("Secret may not be read in objects") == 1


def test_policy() -> None:
    """A rule is one line with its effect, hits, state, owner and reason; what to mend is first."""
    lines = render(judged()).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("policy "))

    assert [re.split(r" {2,}", line) for line in lines[start : start + 9]] == [
        ["policy", "effect", "hits", "state", "owner", "reason"],
        ["more", "range", "0", "failed", "carries the load"],
        ["all", "any", "0", "dangerous", "too wide"],
        ["hotfix", "waive", "0", "expired on 2026-11-01", "team-shop", "on Monday"],
        ["", "remove it"],
        ["soon", "waive", "1", "expires on 2026-12-01", "team", "next"],
        ["buckets", "matches", "0", "unused", "own buckets"],
        ["hosts", "any", "2", "used", "each environment has its own host"],
        ["2 differences expected, and not listed"],
    ]
    assert not any("spec.host" in line for line in lines)


def test_what_a_built_in_rule_expects() -> None:
    """A difference that a built-in rule expects is listed, with the rule."""
    found = evolve(judged(), rules=())

    assert "expected by hosts: each environment has its own host" in render(found)


def test_what_is_forbidden() -> None:
    """Where nothing differs though it has to, `=` and the rule say so."""
    lines = render(judged()).splitlines()

    place = lines.index("    = data.password  (secret 1)")
    assert lines[place + 1] == "        violates rule own-database: never the other's"


def test_clusters() -> None:
    """What happened to many objects is said once, with their count and as many names as fit."""
    found = result(
        *(finding(f"web-{number:02}") for number in range(48)),
        *(finding(f"web-{number:02}", path="spec.other") for number in range(48)),
    )

    lines = render(found, width=84).splitlines()

    place = next(place for place, line in enumerate(lines) if line.startswith("  48 objects: "))
    names, left = re.fullmatch(r"  48 objects: (.*), and (\d+) more", lines[place]).groups()  # type: ignore[union-attr]
    assert names.split(", ") == [f"Deployment web-{number:02}" for number in range(3)]
    assert int(left) == 45
    assert lines[place + 1 : place + 3] == ["    ~ spec.replicas  2 → 4", "    ~ spec.other  2 → 4"]
    assert len([line for line in lines if "spec.replicas" in line]) == 1


def test_matrix_of_two(drifted: Result) -> None:
    """Between two environments, the matrix counts every finding once."""
    text = render(drifted, width=200)

    (line,) = [line for line in text.splitlines() if line.startswith("what differs: ")]
    assert sum(map(int, re.findall(r"\d+", line))) == len(drifted.findings)


def test_matrix_of_three(three: Result) -> None:
    """Between three, each field has a letter for each environment, and names the odd one out."""
    lines = render(three, width=120).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("what differs"))

    assert [re.split(r" {2,}", line) for line in lines[start : start + 6]] == [
        ["what differs", "1", "2", "3", "odd one out"],
        ["Ingress web spec.rules[0].host", "A", "B", "C"],
        ["Ingress web spec.tls[0].hosts[=dev.bookshop.example.com]", "—", "—", "A", DEV],
        ["Ingress web spec.tls[0].hosts[=staging.bookshop.example.com]", "A", "—", "—", STAGING],
        ["Ingress web spec.tls[0].hosts[=www.bookshop.example.com]", "—", "A", "—", PRODUCTION],
        [f"1 {STAGING}, 2 {PRODUCTION}, 3 {DEV}"],
    ]


def test_who_agrees() -> None:
    """Values that don't fit on a line stand one a line, by the names of those who have them."""
    found = result(finding())
    environments = tuple(evolve(found.environments[0], name=name) for name in ("a", "b", "c"))
    values = {"a": "x" * 50, "b": "x" * 50, "c": "y" * 50}

    text = render(evolve(found, environments=environments, findings=(finding(values=values),)))

    assert f"        a, b  {'x' * 50}\n        c     {'y' * 50}\n" in text


def test_carets() -> None:
    """Where long values have much in common, carets mark what only the last has."""
    before, after = (f"registry.example.com/shop/{name}:2.4" for name in ("api", "apis"))

    lines = render(compare([config_map(a=before)], [config_map(a=after)]), width=60).splitlines()

    place = next(place for place, line in enumerate(lines) if line.endswith(after))
    assert lines[place + 1] == " " * (len(lines[place]) - len("s:2.4")) + "^"


def test_carets_of_wide_characters() -> None:
    """Carets stand below what they mark, though characters before it are two columns wide."""
    before, after = (f"環境環境環境環境環境環境環境-{end}" for end in ("staging", "live"))

    lines = render(compare([config_map(a=before)], [config_map(a=after)]), width=60).splitlines()

    place = next(place for place, line in enumerate(lines) if line.endswith(after))
    assert wcswidth(lines[place].removesuffix("live")) == lines[place + 1].index("^")
    assert lines[place + 1].strip() == "^^^^"


def test_no_carets() -> None:
    """Values that have little in common are not marked."""
    text = render(compare([config_map(a="x" * 90)], [config_map(a="y" * 90)]), width=60)

    assert "^" not in text


def test_wide_characters_in_tables() -> None:
    """Columns stand below each other, though a name has characters of two columns."""
    found = result(finding())
    wide = evolve(found.environments[0], name="環境環境")
    values = {"環境環境": 1, "objects (2)": 2}

    lines = render(
        evolve(
            found,
            environments=(wide, found.environments[1]),
            findings=(finding(values=values),),
        )
    ).splitlines()

    rows = [line for line in lines if "manifests" in line]
    assert len({wcswidth(row[: row.index("manifests")]) for row in rows}) == 1


def test_wrapped_wide_characters() -> None:
    """Prose of wide characters is wrapped to the columns that it takes."""
    text = render(result(finding(), warnings=("環境が違います " * 30,)), width=60)

    assert all(wcswidth(line) <= 60 for line in text.splitlines())
    assert text.count("環境が違います") == 30


def test_short(drifted: Result) -> None:
    """`short` is the verdict, and a line for each object with its change and its categories."""
    text = render(drifted, detail="short")
    said, _, objects = text.partition("\n\n")
    first, reason, platform, *_ = said.splitlines()
    rows = objects.splitlines()

    assert first.startswith("✘ drifted")
    assert reason == "  20 differences that no rule expects"
    assert platform.startswith("  Platform: unknown")
    assert "+ Deployment debug-shell  other 1" in rows
    assert "- NetworkPolicy db-from-api  network 1" in rows
    assert "~ Deployment api  image 3, resources 1" in rows
    assert len(rows) == len({found.object for found in drifted.findings})
    assert sum(map(int, re.findall(r" (\d+)", "\n".join(rows)))) == len(drifted.findings)


def test_short_of_a_policy() -> None:
    """What is expected is counted apart, and a forbidden sameness has its own sign."""
    rows = render(judged(), detail="short").splitlines()

    assert "= Deployment db  secret 1" in rows
    assert "~ Deployment web  image 1, scaling 1, expected 1" in rows
    assert "~ Deployment api  expected 1" in rows


def test_stat(drifted: Result) -> None:
    """`stat` has a count and a bar for each object, and the sums, which add up."""
    *_, sums = lines = render(drifted, detail="stat").splitlines()
    rows = [re.fullmatch(r" (\S+ \S+) +\| +(\d+) ([-+~]+)", line) for line in lines]
    found = [row.groups() for row in rows if row]

    assert len(found) == len({each.object for each in drifted.findings})
    assert all(int(count) == len(bar) for _, count, bar in found)
    numbers = list(map(int, re.findall(r"\d+", sums)))
    assert numbers[0] == len(found)
    assert sum(numbers[1:]) == len(drifted.findings)
    assert sums == " 12 objects differ: 8 added (+), 2 removed (-), 10 changed (~)"


def test_stat_of_many() -> None:
    """A bar has no more columns than there is room, and shows every sort of change."""
    many = [finding(path=f"spec.field[{number}]") for number in range(500)]
    one = finding(path="spec.other", change=Change.ADDED)

    (row,) = [
        line
        for line in render(result(one, *many), detail="stat", width=60).splitlines()
        if " | 501 " in line
    ]

    assert len(row) <= 60
    assert row.split()[-1].strip("~") == "+"


@pytest.mark.parametrize("detail", ["short", "stat"])
def test_nothing_differs(detail: str) -> None:
    """Where nothing differs there is the verdict, and nothing else."""
    same = compare([config_map()], [config_map()])

    assert (
        render(same, detail=detail)
        == "".join(  # type: ignore[arg-type]
            line for line in render(same).splitlines(keepends=True)[:3]
        )
    )


def test_unchanged(drifted: Result) -> None:
    """The objects that are the same are listed where that is asked for: all, and no others."""
    heading = re.compile(r"(\d+) objects the same\n((?:  = .*\n)+)")
    found = heading.search(render(drifted, unchanged=True))

    assert found
    listed = re.findall(r"= (.*)\n", found[2])
    differing = {str(each.object) for each in drifted.findings}
    assert len(listed) == int(found[1])
    assert {*listed} | differing == {str(each.object) for each in drifted.objects}
    assert not differing & {*listed}
    assert not heading.search(render(drifted))


def test_no_such_detail() -> None:
    """A detail that is not there is refused, and those that are there are said."""
    with pytest.raises(UsageError, match="'long'") as refused:
        render(judged(), detail="long")  # type: ignore[arg-type]

    assert refused.value.hint == "choose one of: full, short, stat"


@pytest.mark.parametrize("evil", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("detail", ["full", "short", "stat"])
def test_hostile(evil: str, detail: str) -> None:
    """Whatever a name or a value is, it steers no terminal and no CI server, and is cut."""
    text = render(hostile(evil), detail=detail, unchanged=True, width=60)  # type: ignore[arg-type]

    text.encode()
    assert_inert(text)
    assert len(text) < 60_000
    for line in text.splitlines():
        assert not line.lstrip().startswith("::"), line
        assert not re.search(r"##\w*\[", line), line


@pytest.mark.parametrize("detail", ["full", "short", "stat"])
def test_many_findings(detail: str) -> None:
    """A report of 10,000 findings says every object."""
    found = large(10_000)

    text = render(found, detail=detail, unchanged=True)  # type: ignore[arg-type]

    if detail != "full":
        for each in found.findings:
            assert str(each.object) in text
    assert len(text.splitlines()) < 40_000


def test_what_a_gate_lets_through() -> None:
    """Categories that stop no release are marked as warnings; without a gate none is."""
    found = judged()

    assert re.findall(r"^(\w+) \(warning\)$", render(found), re.MULTILINE) == ["secret", "scaling"]
    assert "(warning)" not in render(result(finding(category=Category.IMAGE)))
