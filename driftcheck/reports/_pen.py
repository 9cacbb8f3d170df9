"""Lines for a terminal: wrapped, coloured, and in columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import click
from attrs import frozen

from driftcheck.model import Change, ObjectReference, Verdict
from driftcheck.reports._words import SYMBOLS, clipped, columns

_NARROWEST = 40
_BESIDE_A_WIDE_ONE = "\0"
"""Stands behind a wide character while lines are broken; no text that is inert holds one."""
_LONGEST_SENTENCE = 2_000

VERDICTS = {
    Verdict.IDENTICAL: ("✔", "green"),
    Verdict.EQUIVALENT: ("✔", "green"),
    Verdict.DRIFTED: ("✘", "red"),
    Verdict.INCONCLUSIVE: ("?", "yellow"),
}
COLOURS = {
    Change.ADDED: "green",
    Change.REMOVED: "red",
    Change.CHANGED: "yellow",
    Change.REORDERED: "yellow",
    Change.UNCHANGED: "magenta",
    Change.TOUCHED: "yellow",
    Change.REVERTED: "yellow",
    Change.RECREATED: "yellow",
    Change.NEW: "green",
    Change.GONE: "red",
}


@frozen
class Pen:
    """Writes lines for a terminal.

    Args:
        color: Whether in colour.
        width: How many columns there are.
    """

    color: bool
    width: int

    def styled(self, text: str, *, fg: str | None = None, bold: bool = False) -> str:
        """The text in a colour."""
        return click.style(text, fg=fg, bold=bold) if self.color else text

    def dim(self, text: str) -> str:
        """The text in the background."""
        return click.style(text, dim=True) if self.color else text

    def symbol(self, change: Change) -> str:
        """A change in one character."""
        return self.styled(SYMBOLS[change], fg=COLOURS[change])

    def wrapped(self, text: str, indent: int = 2, hanging: int = 0) -> list[str]:
        """A sentence, on as many lines as it takes.

        Args:
            text: The sentence, as it came.
            indent: The columns before each line.
            hanging: More of them, before each line but the first.
        """
        shown, width = clipped(text, _LONGEST_SENTENCE), max(self.width, _NARROWEST)
        if not shown.isascii():
            shown = "".join(_spaced(character) for character in shown)
            width -= 1  # for a wide character that is torn from what stands beside it
        broken = textwrap.wrap(
            shown,
            width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hanging),
            break_on_hyphens=False,
        )
        return [line.replace(_BESIDE_A_WIDE_ONE, "") for line in broken]

    def as_many(self, names: Sequence[str], room: int) -> str:
        """As many names as fit on the rest of a line, one at least: `a, b, and 45 more`."""
        shown: list[str] = []
        for name in names:
            rest = len(names) - len(shown) - 1
            taken = columns(", ".join([*shown, name])) + (len(f", and {rest} more") if rest else 0)
            if shown and taken > room:
                break
            shown.append(name)
        left = len(names) - len(shown)
        return ", ".join(shown) + (f", and {left} more" if left else "")


def _spaced(character: str) -> str:
    return character + _BESIDE_A_WIDE_ONE * (columns(character) - 1)


def title(reference: ObjectReference) -> str:
    """An object's kind and name, inert."""
    return clipped(str(reference))
