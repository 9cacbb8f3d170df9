"""Two longer texts, by their lines that differ."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice, zip_longest
from typing import Any

from attrs import frozen

from driftcheck.model import counted
from driftcheck.reports._inert import inert
from driftcheck.reports._words import excerpts

_LONGEST_TEXT = 20_000
"""Characters of texts whose lines are compared; the cost grows with their square."""
_START = re.compile(r"… \(from line ([0-9]{1,9})\)\n")
_END = re.compile(r"\n… \((?:([0-9]{1,9}) changed lines? more, )?[0-9]+ bytes, sha256:[0-9a-f]+\)$")
"""What stands around a piece of a text, where a result holds no more of it."""
_SIGNS = ("-", "+")
_RANGES = re.compile(r"@@ -([0-9]+)(.*) \+([0-9]+)(.*) @@")


@frozen
class ChangedLines:
    """The lines that differ between two texts, with some around them, as `diff -u` has them.

    Args:
        lines: Lines that begin with `@@`, `-`, `+` or a space, as they came.
        left: How many more differ that the result does not hold.
    """

    lines: tuple[str, ...] = ()
    left: int = 0

    def __bool__(self) -> bool:
        return bool(self.lines)

    def first(self, most: int, width: int) -> Iterator[str]:
        """So many of the lines, inert and as wide as that, and how many more there are."""
        yield from islice(_as_wide(self.lines, width), most)
        left = sum(line[:1] in _SIGNS for line in self.lines[most:]) + self.left
        if left:
            yield f"… and {counted(left, 'changed line')} more"


def changed_lines(values: Mapping[str, Any]) -> ChangedLines:
    """The lines that differ, with one around them; none of anything but two longer texts."""
    match list(values.values()):
        case [str(before), str(after)] if _has_lines(before) and _has_lines(after):
            return lines_between(before, after, around=1)
    return ChangedLines()


def _has_lines(text: str) -> bool:
    return "\n" in text and len(text) <= _LONGEST_TEXT


def lines_between(before: str, after: str, *, around: int) -> ChangedLines:
    """The lines that differ between two texts, with as many around them.

    Args:
        before: A text, or the piece of one that a result holds.
        after: Likewise.
        around: How many lines that are the same are shown before and after.
    """
    (start, old, _), (_, new, left) = _piece(before), _piece(after)
    if old == new:
        start, old, new, left = 1, before, after, 0
    lines = difflib.unified_diff(old.split("\n"), new.split("\n"), lineterm="", n=around)
    return ChangedLines(tuple(_moved(line, start - 1) for line in islice(lines, 2, None)), left)


def _piece(text: str) -> tuple[int, str, int]:
    """The line that a text begins with, its lines, and how many more of them have changed."""
    start, end = _START.match(text), _END.search(text)
    if not end:
        return 1, text, 0
    inner = text[start.end() if start else 0 : end.start()]
    return int(start[1]) if start else 1, inner, int(end[1] or 0)


def _moved(line: str, lines: int) -> str:
    """A line of a difference, with places told from the beginning of the whole text."""
    found = _RANGES.fullmatch(line)
    if not found:
        return line
    old, new = int(found[1]) + lines, int(found[3]) + lines
    return f"@@ -{old}{found[2]} +{new}{found[4]} @@"


def _as_wide(lines: Sequence[str], width: int) -> Iterator[str]:
    """The lines, inert; wider ones cut, two that face each other to where they differ."""
    for is_changed, block in groupby(map(inert, lines), lambda line: line[:1] in _SIGNS):
        if not is_changed:
            yield from (excerpts([line], width)[0] for line in block)
            continue
        of_block = list(block)
        sides = ([line[1:] for line in of_block if line[0] == sign] for sign in _SIGNS)
        faced = [_faced(pair, width - 1) for pair in zip_longest(*sides)]
        for sign, texts in zip(_SIGNS, zip(*faced, strict=True), strict=True):
            yield from (f"{sign}{text}" for text in texts if text is not None)


def _faced(pair: Iterable[str | None], width: int) -> list[str | None]:
    """Two lines that face each other, or one that nothing faces, cut alike."""
    pair = list(pair)
    cut = iter(excerpts([text for text in pair if text is not None], width))
    return [None if text is None else next(cut) for text in pair]
