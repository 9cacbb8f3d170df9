"""Where texts differ: the words of a line, and the lines of a longer text."""

from __future__ import annotations

import difflib
import re
from typing import Literal

from attrs import frozen

from driftcheck.model import counted
from driftcheck.reports._changed_lines import lines_between
from driftcheck.reports._words import shared

_WORD = re.compile(r"\w+|\W")
_TORN = re.compile(r"\w\w")
_MOST_WORDS = 400
"""Words that are compared one by one: what it costs grows with their square."""
_MOST_LINES = 400
_ALIKE = 0.3
"""Below this share of common words, marks would be confetti."""
_CONTEXT = 3


@frozen
class Mark:
    """A piece of a text, and whether only one side has it.

    Args:
        kind: `del` for what only the baseline has, `ins` for what only the other has; empty for
            what both have.
        text: The piece.
    """

    kind: Literal["", "del", "ins"]
    text: str


Marks = tuple[Mark, ...]


def plain(text: str) -> Marks:
    """The text without a mark."""
    return (Mark("", text),)


def marked_words(before: str, after: str) -> tuple[Marks, Marks]:
    """Two texts of one line, with the words marked that differ."""
    if before == after:
        return plain(before), plain(after)
    start = _shared_words(before, after)
    end = _shared_words(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    head, tail = before[:start], before[len(before) - end :]
    old_marks, new_marks = _between(old, new)
    return _joined(head, old_marks, tail), _joined(head, new_marks, tail)


def _shared_words(before: str, after: str) -> int:
    """How many characters both begin with, no word of either torn apart."""
    length = shared(before, after)
    while length and any(_TORN.match(text, length - 1) for text in (before, after)):
        length -= 1
    return length


def _between(old: str, new: str) -> tuple[Marks, Marks]:
    old_words, new_words = _WORD.findall(old), _WORD.findall(new)
    whole = (Mark("del", old),), (Mark("ins", new),)
    if max(len(old_words), len(new_words)) > _MOST_WORDS:
        return whole
    matcher = difflib.SequenceMatcher(None, old_words, new_words, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return whole
    steps = matcher.get_opcodes()
    return (
        tuple(
            Mark("" if step == "equal" else "del", "".join(old_words[start:end]))
            for step, start, end, _, _ in steps
        ),
        tuple(
            Mark("" if step == "equal" else "ins", "".join(new_words[start:end]))
            for step, _, _, start, end in steps
        ),
    )


def _joined(head: str, marks: Marks, tail: str) -> Marks:
    return tuple(mark for mark in (Mark("", head), *marks, Mark("", tail)) if mark.text)


def marked_lines(before: str, after: str) -> Marks:
    """The lines of two texts that differ, each with its sign, and some that stand around them."""
    found = lines_between(before, after, around=_CONTEXT)
    signs: dict[str, Literal["del", "ins"]] = {"-": "del", "+": "ins"}
    marks = (Mark(signs.get(line[:1], ""), line) for line in found.lines)
    return _bounded(tuple(marks), found.left)


def plain_lines(text: str) -> Marks:
    """The lines of a text, as many as are quickly read."""
    return _bounded(tuple(Mark("", line) for line in text.split("\n")))


def _bounded(lines: Marks, left: int = 0) -> Marks:
    left += max(len(lines) - _MOST_LINES, 0)
    more = (Mark("", f"… and {counted(left, 'line')} more"),) if left else ()
    return (*lines[:_MOST_LINES], *more)
