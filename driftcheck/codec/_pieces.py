"""A stream of YAML in pieces that mean alone what they mean together, so that each is read once."""

from __future__ import annotations

import re
from collections.abc import Iterator

_START = re.compile(r"---(?=[ \t\r\n]|\Z)")
"""How a document begins; in no scalar and no bracket may a line begin so.

https://yaml.org/spec/1.2.2/#912-document-markers
"""
_SAYING_MORE = ("%", "...")
"""How a line begins that may be a directive or the end of a document, which say something of
what follows."""
_RARE_ENDS = ("\r", "\x85", "\u2028", "\u2029")
"""Ends of lines that are rare."""
_KEEPING_WHOLE = (*_RARE_ENDS, *(f"\n{mark}" for mark in _SAYING_MORE))
"""What keeps a text in one piece."""


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """The pieces of a text, each with the number of lines before it; often all of it is one."""
    starts = [] if _is_whole(text) else list(_starts(text))
    line = 0
    for start, end in zip((0, *starts), (*starts, len(text)), strict=True):
        yield line, text[start:end]
        line += text.count("\n", start, end)


def _is_whole(text: str) -> bool:
    return text.startswith(_SAYING_MORE) or any(mark in text for mark in _KEEPING_WHOLE)


def _starts(text: str) -> Iterator[int]:
    """Where lines begin a document."""
    for found in _START.finditer(text):
        start = found.start()
        if start == 0 or text[start - 1] == "\n":
            yield start
