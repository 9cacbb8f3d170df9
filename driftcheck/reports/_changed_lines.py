"""Two longer texts, by their lines that differ."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

_LONGEST_TEXT = 20_000
"""Characters of texts whose lines are compared; the cost grows with their square."""


def changed_lines(values: Mapping[str, Any]) -> list[str]:
    """The lines that differ between two texts, with one line around them, as `diff -U1` has them.

    Returns:
        Lines that begin with `@@`, `-`, `+` or a space, as they came; none where the values are
        anything but two texts of several lines.
    """
    match list(values.values()):
        case [str(before), str(after)] if _has_lines(before) and _has_lines(after):
            texts = before.split("\n"), after.split("\n")
            return list(difflib.unified_diff(*texts, lineterm="", n=1))[2:]
    return []


def _has_lines(text: str) -> bool:
    return "\n" in text and len(text) <= _LONGEST_TEXT
