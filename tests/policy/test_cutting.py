"""Values too long for a result: what is held of them is where they differ, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftcheck import Change, Result, render
from driftcheck.policy._cutting import LARGEST_VALUE, cut
from driftcheck.reports._changed_lines import lines_between
from tests.builders import Body, compare, config_map
from tests.ways import in_every_way

MARKS = 200
"""Bytes that say where a piece begins, and its text's length and digest."""


def numbered(count: int, start: int = 0) -> list[str]:
    return [f"# line {start + number:04} of a long configuration" for number in range(count)]


def proxy(seconds: int) -> str:
    return "\n".join([*numbered(120), f"proxy_read_timeout {seconds}s;", *numbered(120, 120)])


def with_nginx(text: str) -> Body:
    return config_map("proxy", **{"nginx.conf": text})


FORMATS: tuple[dict[str, Any], ...] = (
    {"format": "text"},
    {"format": "text", "width": 40},
    {"format": "markdown"},
    {"format": "html"},
    {"format": "json"},
    {"format": "csv"},
)


@pytest.mark.parametrize("options", FORMATS, ids=str)
def test_last_line(options: dict[str, Any]) -> None:
    """The one line that differs is shown, with its number, and no line that is equal as changed."""
    report = render(compare([with_nginx(proxy(30))], [with_nginx(proxy(300))]), **options)

    assert "proxy_read_timeout 30s;" in report
    assert "proxy_read_timeout 300s;" in report
    assert "from line 118" in report
    assert "line 0000" not in report
    assert not re.search(r"^\s*[-+]# line", report, re.MULTILINE)
    if options["format"] in ("text", "markdown"):
        assert "@@ -120,3 +120,3 @@" in report


def test_every_way() -> None:
    """A long text is cut to where it differs, from files, saved and live, from both ends."""
    found = in_every_way([with_nginx(proxy(30))], [with_nginx(proxy(300))])

    for way, result in found.items():
        (finding,) = result.findings
        assert finding.note == "from line 118", way
        assert all("proxy_read_timeout 30" in value for value in finding.values.values()), way


def test_more_than_fits() -> None:
    """How many changed lines are not shown is counted over the whole text."""
    before = numbered(1000)
    after = [f"changed {line}" if number % 10 == 0 else line for number, line in enumerate(before)]
    report = render(compare([with_nginx("\n".join(before))], [with_nginx("\n".join(after))]))
    (left,) = re.findall(r"… and (\d+) changed lines more", report)
    shown = len(re.findall(r"^\s*[-+](?:changed )?# line", report, re.MULTILINE))

    assert shown + int(left) == 200


EDITS = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12
)
"""Where, how many lines go, and how many come."""


def edited(lines: Sequence[str], edits: list[tuple[int, int, int]]) -> list[str]:
    changed = list(lines)
    for number, (at, gone, come) in enumerate(sorted(edits, reverse=True)):
        changed[at : at + gone] = [f"new {number} {each} {'x' * 30}" for each in range(come)]
    return changed


@settings(max_examples=200)
@given(EDITS)
def test_nothing_but_what_differs(edits: list[tuple[int, int, int]]) -> None:
    """Pieces differ in lines that the texts differ in, all of which are shown or counted."""
    before = numbered(400)
    after = edited(before, edits)
    texts = {"a": "\n".join(before), "b": "\n".join(after)}
    pieces = cut(texts).values
    found = lines_between(pieces["a"], pieces["b"], around=1)
    gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
    shown = Counter(line for line in found.lines if line[:1] in "-+")

    assert shown <= Counter(f"-{line}" for line in gone) + Counter(f"+{line}" for line in come)
    assert shown.total() + found.left == gone.total() + come.total()
    assert bool(shown) is (before != after)
    assert all(len(piece.encode()) <= LARGEST_VALUE + MARKS for piece in pieces.values())


@given(st.lists(st.text(max_size=9000), min_size=1, max_size=3))
def test_any_text(texts: list[str]) -> None:
    """Whatever texts come, equal ones stay equal, others stay apart, and none is too long."""
    values = {str(number): text for number, text in enumerate(texts)}
    pieces = cut(values).values

    for name, text in values.items():
        assert len(pieces[name].encode()) <= LARGEST_VALUE + MARKS
        assert all((pieces[other] == pieces[name]) is (values[other] == text) for other in values)


def held(*sides: Any) -> list[Any]:
    return list(cut(dict(zip("abc", sides, strict=False))).values.values())


def test_one_line() -> None:
    """A long line is cut to a little before where it begins to differ."""
    left, right = held("x" * 9000 + "1" + "y" * 9000, "x" * 9000 + "2" + "y" * 9000)

    assert left.startswith(f"…{'x' * 100}1yyy")
    assert right.startswith(f"…{'x' * 100}2yyy")


def test_a_list() -> None:
    """So is the JSON of a list or a map; a short value beside it stays as it is."""
    items = [f"item {number}" for number in range(1000)]
    left, right, third = held(items, [*items[:-1], "other"], 5)

    assert left.startswith('["item 0"')
    assert right.startswith('["item 0"')
    assert third == 5
    assert '"other"' in held(items, [*items[:-1], "other"])[1]


def test_one_side() -> None:
    """What only one environment has begins at its beginning."""
    (only,) = held("\n".join(numbered(1000)))

    assert only.startswith("# line 0000")
    assert re.search(r"\n… \(\d+ bytes, sha256:[0-9a-f]{64}\)$", only)


def test_trailing_newline() -> None:
    """A newline at the end of a long text is a difference like any other."""
    result: Result = compare([with_nginx(proxy(30))], [with_nginx(proxy(30) + "\n")])
    (finding,) = result.findings

    assert finding.note == "differs only by a trailing newline; from line 239"
    assert finding.change is Change.CHANGED
    assert "… and" not in render(result)


def test_three_environments() -> None:
    """Each of three texts keeps what it has of its own."""
    first, second, third = held(proxy(30), proxy(300), proxy(60))

    assert "30s;" in first
    assert "300s;" in second
    assert "60s;" in third


def test_a_text_like_a_mark() -> None:
    """A text that ends as a piece does is not taken for one where that would hide what differs."""
    before, after = (f"a\n… ({size} bytes, sha256:ab)" for size in (1, 2))

    assert lines_between(before, after, around=1).lines
