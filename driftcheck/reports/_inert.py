"""Text that does nothing wherever it is shown: no terminal and no CI server obeys it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_COMMAND = re.compile(r"^([^\S\n]*)(:)(?=:)|#(?=#\w*\[)", re.MULTILINE)


def inert(text: str) -> str:
    """The text with everything that steers a terminal, or hides, written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(character):04x}"
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        else character
        for character in text
    )


def inert_line(text: str) -> str:
    """The text on a line of its own: inert, and no command."""
    return without_commands(inert(text))


def without_commands(report: str, escape: Callable[[int], str] = "\\u{:04x}".format) -> str:
    """The report without anything that the log of a CI server would obey.

    GitHub obeys `::` at the start of a line, after spaces, and `##[` anywhere
    (https://github.com/actions/runner, ActionCommand.cs); Azure Pipelines and TeamCity obey
    `##vso[` and `##teamcity[`.

    Args:
        report: The report.
        escape: How its format writes a character by its number.
    """
    return _COMMAND.sub(lambda found: f"{found[1] or ''}{escape(ord(found[2] or '#'))}", report)
