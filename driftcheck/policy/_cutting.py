"""Values that are too long for a result, cut to where they differ.

What differs is computed on the whole; texts of several lines are cut at lines, between which
the pieces differ in nothing that the whole texts do not differ in.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, takewhile
from typing import Any

import msgspec
from attrs import frozen

from driftcheck.model import counted

LARGEST_VALUE = 4096
"""In bytes of JSON; a larger value is cut."""
_CONTEXT = 3
"""Lines that are kept before the first that differs."""
_CONTEXT_OF_A_LINE = 100
"""Characters, likewise."""
_MOST_LINES = 1000
"""From the first that differs on: what it costs to face more grows with their square."""


@frozen
class Cut:
    """Values as a result holds them.

    Args:
        values: By environment; a long one is a piece of its JSON or its text.
        note: From where on it is; None where nothing was cut before it.
    """

    values: dict[str, Any]
    note: str | None = None


def cut(values: Mapping[str, Any]) -> Cut:
    """Long values, each as a piece with its full length and digest; short ones as they are."""
    written = {name: _written(value) for name, value in values.items()}
    if all(_fits(text) for text in written.values()):
        return Cut(dict(values))
    if all(isinstance(value, str) and "\n" in value for value in values.values()):
        found = _by_lines(written)
        if found:
            return found
    return _by_characters(values, written)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _fits(text: str) -> bool:
    return _size(text) <= LARGEST_VALUE


def _by_characters(values: Mapping[str, Any], written: Mapping[str, str]) -> Cut:
    """Pieces from a little before the first character that differs."""
    start = max(0, _shared(list(written.values())) - _CONTEXT_OF_A_LINE)
    shown = {
        name: values[name]
        if _fits(text)
        else f"{'…' if start else ''}{_beginning(text[start:])}… ({_identity(text)})"
        for name, text in written.items()
    }
    return Cut(shown, f"from character {start + 1}" if start else None)


def _beginning(text: str) -> str:
    whole = text[:LARGEST_VALUE].encode(errors="surrogatepass")
    return whole[:LARGEST_VALUE].decode(errors="ignore")


def _identity(text: str) -> str:
    encoded = text.encode(errors="surrogatepass")
    return f"{len(encoded)} bytes, sha256:{hashlib.sha256(encoded).hexdigest()}"


def _shared(texts: Sequence[Sequence[str]]) -> int:
    """With how many characters, or lines, all begin; none where there is nothing to tell apart."""
    first, *others = texts
    if all(other == first for other in others):
        return 0
    alike = takewhile(lambda items: len(set(items)) == 1, zip(*texts, strict=False))
    return sum(1 for _ in alike)


def _by_lines(written: Mapping[str, str]) -> Cut | None:
    """Pieces of whole lines; None where these are too long for that."""
    texts = {name: text.split("\n") for name, text in written.items()}
    start = max(0, _shared(list(texts.values())) - _CONTEXT)
    rest = {name: lines[start:] for name, lines in texts.items()}
    first = next(iter(rest.values()))
    faced = {name: _Facing(first, lines) for name, lines in rest.items()}
    end = min(facing.longest() for facing in faced.values())
    pieces = {name: lines[: faced[name].end(end)] for name, lines in rest.items()}
    if not all(pieces.values()) or _are_alike(pieces) is not _are_alike(rest):
        return None
    shown = {}
    for name, piece in pieces.items():
        more = _changed(first[end:], rest[name][len(piece) :])
        said = f"{counted(more, 'changed line')} more, " if more else ""
        before = [f"… (from line {start + 1})"] if start else []
        shown[name] = "\n".join([*before, *piece, f"… ({said}{_identity(written[name])})"])
    return Cut(shown, f"from line {start + 1}" if start else None)


def _are_alike(lines: Mapping[str, Sequence[str]]) -> bool:
    first, *others = lines.values()
    return all(other == first for other in others)


def _changed(before: Sequence[str], after: Sequence[str]) -> int:
    """How many lines only one of them has: at least so many differ."""
    old, new = Counter(before), Counter(after)
    return (old - new).total() + (new - old).total()


def _fitting(lines: Sequence[str]) -> int:
    """How many of the first lines fit into a value."""
    sizes = accumulate(_size(line) + 1 for line in lines)
    return sum(1 for _ in takewhile(lambda size: size <= LARGEST_VALUE + 1, sizes))


class _Facing:
    """Which lines of one text face which of another, as far as a value can hold them."""

    def __init__(self, first: Sequence[str], other: Sequence[str]) -> None:
        near, of_other = first[:_MOST_LINES], other[:_MOST_LINES]
        self._room_of_first, self._room = _fitting(near), _fitting(of_other)
        self._steps = SequenceMatcher(None, near, of_other).get_opcodes()

    def longest(self) -> int:
        """The most lines of the first that fit together with what must face them."""
        ends = range(self._room_of_first, 0, -1)
        return next((end for end in ends if self._facing(end)[0] <= self._room), 0)

    def end(self, end_of_first: int) -> int:
        """As many lines of the other as fit, none of which is equal to a later one."""
        return min(self._facing(end_of_first)[1], self._room)

    def _facing(self, end: int) -> tuple[int, int]:
        """The fewest and the most lines of the other that face so many of the first."""
        fewest = most = 0
        for step, start, stop, start_of_other, stop_of_other in self._steps:
            if step == "equal" and start < end:
                fewest = most = start_of_other + min(end, stop) - start
            elif step != "equal" and start <= end:
                fewest, most = start_of_other, stop_of_other
        return fewest, most
