"""A stream of YAML in pieces that mean alone what they mean together, so that each is read once."""

from __future__ import annotations

import re
from collections.abc import Iterator

_START = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
"""How a document begins; in no scalar and no bracket may a line begin so.

https://yaml.org/spec/1.2.2/#912-document-markers
"""
_WHOLE = re.compile("^(?:%|\\.\\.\\.)|[\r\x85\u2028\u2029]", re.MULTILINE)
"""What keeps a text in one piece: what may be a directive or the end of a document, which say
something of what follows, and ends of lines that are rare."""


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """The pieces of a text, each with the number of lines before it; often all of it is one."""
    starts = [] if _WHOLE.search(text) else [m.start() for m in _START.finditer(text)]
    line = 0
    for start, end in zip((0, *starts), (*starts, len(text)), strict=True):
        yield line, text[start:end]
        line += text.count("\n", start, end)
