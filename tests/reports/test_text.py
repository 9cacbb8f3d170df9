"""The report for a terminal: what comes first, what stands together, and what can do no harm."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from wcwidth import wcswidth

from driftcheck import ReadStatus, Result, render
from driftcheck import compare as library_compare
from driftcheck.errors import UsageError
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, compare, config_map, container, resource, snapshot, workload
from tests.conftest import Captured
from tests.reports.recorded_results import judged, three

STAGING, PRODUCTION, DEV = "bookshop-staging", "bookshop-production", "bookshop-dev"
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def drifted(captured: Captured) -> Result:
    return compare_snapshots([captured("drifted", STAGING), captured("drifted", PRODUCTION)])


def report(left: list[Body], right: list[Body], **options: Any) -> str:
    return render(compare(left, right), **options)


def test_verdict_first(drifted: Result) -> None:
    """The first line is the verdict and between what; the reasons follow."""
    first, second, *_ = render(drifted).splitlines()

    assert first == f"✘ drifted  {STAGING} → {PRODUCTION}"
    assert second == f"  {len(drifted.findings)} differences that no rule expects"


@pytest.mark.parametrize(
    ("left", "right", "first"),
    [
        ([config_map()], [config_map()], "✔ identical  objects → objects (2)"),
        ([config_map()], [], "✘ drifted  objects → objects (2)"),
        ([], [], "? inconclusive  objects → objects (2)"),
    ],
)
def test_each_verdict(left: list[Body], right: list[Body], first: str) -> None:
    """Each verdict has a sign and a word, so that nothing is said by colour alone."""
    assert report(left, right).splitlines()[0] == first


def test_worst_first(drifted: Result) -> None:
    """Categories come in their order, each once, with its objects below it."""
    headings = [line for line in render(drifted).splitlines() if re.fullmatch(r"[a-z]+", line)]

    assert headings == [
        "secret", "rbac", "image", "environment", "config", "network", "resources", "scaling",
        "scheduling", "custom", "other", "metadata",
    ]  # fmt: skip


def test_one_line_for_an_image(drifted: Result) -> None:
    """A new image that is declared and runs is one entry, with both on each side's line."""
    lines = render(drifted, width=160).splitlines()

    (declared,) = [i for i, line in enumerate(lines) if "containers[name=api].image" in line]
    assert re.search(r"api:2\.4\.0 .*\(runs sha256:b5f936c8c250\b", lines[declared + 1])
    assert re.search(r"api:2\.4\.1 .*\(runs sha256:e13f0841bd90\b", lines[declared + 2])
    assert not [line for line in lines if "running.containers[name=api].digest" in line]


def test_a_running_image_alone(drifted: Result) -> None:
    """A running image that no declared one explains has a line of its own."""
    assert "running.containers[name=worker].digest" in render(drifted)


def test_three_environments(captured: Captured) -> None:
    """Each difference shows what every environment has, a dash where one has nothing."""
    namespaces = (STAGING, PRODUCTION, DEV)
    result = compare_snapshots([captured("equal", namespace) for namespace in namespaces])

    text = render(result, width=160)

    assert text.startswith(f"✘ drifted  {STAGING} → {PRODUCTION} → {DEV}\n")
    assert "staging.bookshop.example.com → www.bookshop.example.com → dev.bookshop" in text


def test_three_environments_of_which_one_lacks_it() -> None:
    """Where two of three have something, it is shown which one lacks it."""
    sides = [
        snapshot(config_map(a="one")),
        snapshot(config_map(b="x")),
        snapshot(config_map(a="two")),
    ]

    text = render(compare_snapshots(sides))

    assert "~ data.a  one → — → two" in text or "- data.a  one → — → two" in text


def test_secrets_are_numbered(drifted: Result) -> None:
    """Of a Secret's values it is shown only that they differ."""
    assert "~ data.password  (secret 1) → (secret 2)" in render(drifted)


def test_a_whole_object(drifted: Result) -> None:
    """An object on one side only is one line that says on which."""
    text = render(drifted)

    assert f"  + Deployment debug-shell  only in {PRODUCTION}" in text
    assert f"  - NetworkPolicy db-from-api  only in {STAGING}" in text


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        ("1", "2", '"1" → "2"'),
        ("", "x", '"" → x'),
        ("true", "yes", '"true" → yes'),
        (" x", "x", '" x" → x'),
        ("a\nb", "c", '"a\\nb" → c'),
    ],
)
def test_texts_are_told_from_what_they_look_like(left: str, right: str, shown: str) -> None:
    """A text that reads like a number, a word of JSON or nothing is quoted."""
    assert f"data.a  {shown}" in report([config_map(a=left)], [config_map(a=right)])


EVIL = {
    "colour": "\x1b[31mred\x1b[0m",
    "clearing the screen": "\x1b[2J\x1b[H",
    "a title": "\x1b]0;title\x07",
    "an eight-bit escape": "\x9b31m",
    "a carriage return": "good\rbad",
    "a line": "one\ntwo",
    "other line ends": "one\u2028two\u2029three\x85four\x0bfive",
    "nothing": "a\x00b",
    "backspaces": "abc\x08\x08\x08xyz",
    "the other direction": "abc\u202e cba \u2066x\u2069",
    "what can't be seen": "pass\u200bword\ufeff\u00ad",
    "what names a tag": "a\U000e0041b",
}


def assert_inert(text: str) -> None:
    """Nothing steers a terminal, changes direction, hides, or fakes a line of the report."""
    for character in text.replace("\n", ""):
        assert unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"), repr(character)
    assert not [line for line in text.splitlines() if line.startswith(("two", "three", "bad"))]


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_hostile_values(evil: str) -> None:
    """A value, changed, added or inside a map, is shown and does nothing."""
    assert_inert(report([config_map(a=evil)], [config_map(a="x")]))
    assert_inert(report([config_map(a="x")], [config_map(a=evil)]))
    assert_inert(report([config_map()], [config_map(a=evil)]))
    assert_inert(report([config_map(a=f"x{evil}\n")], [config_map(a=f"y\n{evil}")], width=40))


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_hostile_keys(evil: str) -> None:
    """A key is shown in the path and does nothing."""
    variables = [{"name": evil, "value": "x"}]

    assert_inert(report([config_map()], [config_map(**{evil: "x"})]))
    assert_inert(report([config_map(a="x")], [config_map(a="x", **{evil: "x"})]))
    assert_inert(report([workload()], [workload(containers=[container(env=variables)])]))


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_hostile_notes(evil: str) -> None:
    """What managedFields claim of a writer is shown and does nothing."""
    written = {
        "manager": evil, "operation": evil, "subresource": evil, "time": evil,
        "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:a": {}}},
    }  # fmt: skip
    body = config_map(a="2")

    claimed = {**body, "metadata": {**body["metadata"], "managedFields": [written]}}

    assert_inert(report([config_map(a="1")], [claimed]))


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_hostile_names(evil: str) -> None:
    """An environment's name, context and namespace are shown and do nothing."""
    left = evolve(snapshot(config_map(a="1")), name=evil)
    right = evolve(snapshot(config_map(a="2")), name="x", namespace=evil, context=evil)

    assert_inert(render(compare_snapshots([left, right])))
    assert_inert(render(compare_snapshots([left, right]), width=20))


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_hostile_names_of_where_an_object_is(evil: str) -> None:
    """The name of the one environment that has an object is shown and does nothing."""
    left = evolve(snapshot(config_map(), config_map("other")), name=evil)

    assert_inert(render(compare_snapshots([left, snapshot(config_map())])))


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_hostile_coverage(evil: str) -> None:
    """What a server says of a refusal is shown and does nothing."""
    seen = snapshot(config_map())
    rows = tuple(evolve(row, reason=evil, kind=evil) for row in seen.coverage)

    assert_inert(render(compare_snapshots([evolve(seen, coverage=rows), seen])))


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", ["shop", "環境" * 20, "x" * 63], ids=["short", "wide", "long"])
def test_three_environments_fit(captured: Captured, width: int, name: str) -> None:
    """Whatever the environments are called, from 72 columns on only what is never cut is wider."""
    found = judged(three(captured))
    names = {each.name: f"{name}{place}" for place, each in enumerate(found.environments)}
    renamed = evolve(
        found,
        environments=tuple(evolve(each, name=names[each.name]) for each in found.environments),
        findings=tuple(
            evolve(
                each,
                values={names[side]: value for side, value in each.values.items()},
                written_by={},
            )
            for each in found.findings
        ),
        rules=(),
    )

    lines = render(renamed, width=width).splitlines()

    too_wide = [line for line in lines if wcswidth(line) > max(width, 72)]
    assert [
        line for line in too_wide if not re.match(r"\s+[~+↕=-] |[A-Z]\w+ |  only in ", line)
    ] == []


@pytest.mark.parametrize("width", [60, 160])
def test_width(drifted: Result, width: int) -> None:
    """Prose is wrapped to the width, and a value that doesn't fit beside its path stands below."""
    lines = render(drifted, width=width).splitlines()

    for line in lines:
        assert len(line) <= width or re.match(r"environment|bookshop|\s+\S*[~+↕-] |\s{6}", line), (
            line
        )
    joined = any(re.search(r"~ spec\.rules\[0\]\.host  \S+ → \S+", line) for line in lines)
    assert joined is (width == 160)


def test_long_values() -> None:
    """Two long texts show the lines that differ, and no others."""
    before = "".join(f"line {number}\n" for number in range(200))
    after = before.replace("line 77\n", "line seventy-seven\n")

    text = report([config_map(a=before)], [config_map(a=after)])

    assert "-line 77" in text
    assert "+line seventy-seven" in text
    assert "line 50" not in text


def test_long_values_of_one_line() -> None:
    """Of two long lines, what is shown begins a little before they differ."""
    before, after = ("x" * 3000 + end + "z" * 3000 for end in ("1", "2"))

    lines = report([config_map(a=before)], [config_map(a=after)], width=80).splitlines()

    (one,) = [line for line in lines if re.match(r"\s+objects    ", line)]
    (two,) = [line for line in lines if re.match(r"\s+objects \(2\) ", line)]
    assert "x1z" in one
    assert "x2z" in two
    assert one.index("1z") == two.index("2z")
    assert len(one) < 110


def test_where_files_are(tmp_path: Path) -> None:
    """Two folders of one name are told apart by where they are."""
    for name in ("staging", "prod"):
        (tmp_path / name / "app").mkdir(parents=True)
        (tmp_path / name / "app" / "a.json").write_text(json.dumps(config_map(a=name)))

    result = library_compare(tmp_path / "staging" / "app", tmp_path / "prod" / "app")
    text = render(result, width=300)

    assert re.search(r"staging/app +manifests in \S+/staging/app ", text)
    assert re.search(r"prod/app +manifests in \S+/prod/app ", text)


def test_changed_lines_of_dashes() -> None:
    """A line that differs is shown even where it begins like the head of a diff."""
    before, after = "a {\n-- one\n++ one\n}\n", "a {\n-- two\n++ two\n}\n"

    text = report([config_map(a=40 * before)], [config_map(a=39 * before + after)])

    for line in ("--- one", "-++ one", "+-- two", "+++ two"):
        assert line in text


@pytest.mark.parametrize(("before", "after"), [("a\nb", "a\nb\n"), ("a\nb\n", "a\r\nb\r\n")])
def test_line_ends_that_differ(before: str, after: str) -> None:
    """Long texts that differ by nothing but how lines end show just that."""
    text = report([config_map(a=40 * "x\n" + before)], [config_map(a=40 * "x\n" + after)], width=60)

    assert "    -" in text or "    +" in text
    assert ("\\u000d" in text) is ("\r" in after)


def test_a_very_long_value() -> None:
    """A value above the limit is cut in the text as in the result, with its length said."""
    text = report([config_map(a="x" * 10_000)], [config_map(a="y")])

    assert "10000 bytes" in text
    assert len(text) < 6_000


def test_colour(drifted: Result) -> None:
    """Colour adds escapes and nothing else."""
    plain, coloured = render(drifted), render(drifted, color=True)

    assert "\x1b[" not in plain
    assert ESCAPES.sub("", coloured) == plain


def test_evidence(drifted: Result) -> None:
    """The report ends with what the verdict rests on, and what no comparison covers."""
    text = render(drifted, width=500)

    assert "coverage complete" in text
    assert "restart-marker 1" in text
    assert text.index("coverage complete") < text.index("Not covered by any comparison")
    assert text.endswith("\n")


def test_gaps_are_said(captured: Captured) -> None:
    """What could not be read stands at the top, as a reason, with its environment."""
    seen = captured("equal", STAGING)
    rows = tuple(
        evolve(row, status=ReadStatus.FORBIDDEN, reason="no access")
        if row.kind == "Secret"
        else row
        for row in seen.coverage
    )
    documents = tuple(item for item in seen.documents if item.reference.kind != "Secret")

    text = render(compare_snapshots([evolve(seen, coverage=rows, documents=documents), seen]))

    assert text.startswith("? inconclusive")
    assert re.search(rf"^  Secret .*{STAGING}: no access", text, re.MULTILINE)
    assert "coverage not complete" in text


def test_formats() -> None:
    """A format that is not there is refused, and those that are there are said."""
    result = compare([config_map()], [config_map()])

    with pytest.raises(UsageError, match="'xls'") as refused:
        render(result, "xls")

    assert "json" in refused.value.hint
    assert "text" in refused.value.hint


def test_one_thing() -> None:
    """An object nobody knows the kind of is shown by its kind and name."""
    body = resource("example.com/v1", "Thing", spec={"a": 1})
    other = resource("example.com/v1", "Thing", spec={"a": 2})

    assert "  Thing it\n    ~ spec.a  1 → 2\n" in report([body], [other])


@pytest.mark.parametrize("width", [40, 80, 120])
def test_wide_lines(width: int) -> None:
    """Of two lines that are wider than the terminal one sees where they begin to differ."""
    log = "log_format upstream '$remote_addr $request $status {}';\nsendfile on;\n"
    texts = [log.format(f"{'$body_bytes_sent ' * 20}{end}") for end in ("$connect", "$response")]
    lines = report(*([config_map(conf=text)] for text in texts), width=width).splitlines()
    (removed,) = [line.strip() for line in lines if line.strip().startswith("-…")]
    (added,) = [line.strip() for line in lines if line.strip().startswith("+…")]

    assert "$connect" in removed
    assert "$response" in added
    assert all(len(line) <= width for line in lines)


def test_wide_lines_in_markdown() -> None:
    """A pull request shows whole lines, and of very long ones where they differ."""
    texts = [f"a\n{'x' * 700} {end}\n" for end in ("before", "after")]
    text = report(*([config_map(conf=text)] for text in texts), format="markdown")

    assert re.search(r"^-…x+ before$", text, re.MULTILINE)
    assert re.search(r"^\+…x+ after$", text, re.MULTILINE)
