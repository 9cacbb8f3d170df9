"""The report for a terminal: the verdict, what was not seen, and every difference, worst first."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import click
from attrs import frozen

from driftcheck.model import ONLY_KINDS, Change, ReadStatus, Result, Verdict, counted
from driftcheck.reports._words import (
    NOT_COVERED,
    NOT_THERE,
    SYMBOLS,
    Line,
    between,
    excerpts,
    inert,
    lines,
    source_text,
    table,
    value_text,
    window_text,
    writer_text,
)

_MOST_LINES = 20
_NARROWEST = 40
"""Columns that a value gets at least, on however narrow a terminal."""

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
}


def text_report(result: Result, *, color: bool, width: int) -> str:
    """The report as plain text.

    Args:
        result: What to show.
        color: Whether to colour it; nothing is said by colour alone.
        width: How many columns there are.

    Returns:
        Lines, with a newline after the last.
    """
    page = _Page(result, color, width)
    blocks = [page.verdict(), page.environments(), page.differences(), page.evidence()]
    return "\n".join("\n".join(block) + "\n" for block in blocks if block)


@frozen
class _Page:
    """One report being laid out."""

    result: Result
    color: bool
    width: int

    def verdict(self) -> list[str]:
        """What the comparison says, between what, and why."""
        symbol, colour = VERDICTS[self.result.verdict]
        word = self._styled(f"{symbol} {self.result.verdict.value}", fg=colour, bold=True)
        reasons = [line for reason in self.result.reasons for line in self._wrapped(reason)]
        return [f"{word}  {inert(between(self.result))}", *reasons]

    def environments(self) -> list[str]:
        """A table of what was looked at."""
        rows = [("environment", "seen in", "objects", "captured")]
        rows += [
            (
                inert(environment.name),
                inert(source_text(environment)),
                str(environment.objects),
                window_text(environment.window),
            )
            for environment in self.result.environments
        ]
        heading, *shown = table(rows)
        return [self._dim(heading), *shown]

    def differences(self) -> list[str]:
        """Every difference, under its category and its object."""
        shown = []
        found = lines(self.result.findings)
        for category, of_category in groupby(found, key=lambda line: line.finding.category):
            shown.append(self._styled(category.value, bold=True))
            for reference, of_object in groupby(of_category, key=lambda line: line.finding.object):
                inside = list(of_object)
                if inside[0].finding.path:
                    shown.append(f"  {inert(str(reference))}")
                for line in inside:
                    shown += self._difference(line)
        return shown

    def evidence(self) -> list[str]:
        """What the verdict rests on: coverage, and what the built-in rules took away."""
        rules = ", ".join(f"{rule.id} {rule.hits}" for rule in self.result.rules)
        said = [self._covered(), f"normalized by built-in rules: {rules or 'nothing'}", NOT_COVERED]
        return [self._dim(line) for text in said for line in self._wrapped(text, indent=0)]

    def _covered(self) -> str:
        """How many kinds were read, and how many left out."""
        rows = self.result.coverage.kinds
        out = {row.group_kind: row.reason for row in rows if row.status is ReadStatus.EXCLUDED}
        wanted = {row.group_kind for row in rows} - out.keys()
        unread = {row.group_kind for row in rows if not row.is_complete}
        not_asked = sum(reason == ONLY_KINDS for reason in out.values())
        said = [
            f"{len(wanted - unread)} of {counted(len(wanted), 'kind')} read everywhere"
            if unread
            else f"{counted(len(wanted), 'kind')} read",
            f"{len(out) - not_asked} left out by rule",
        ]
        if not_asked:
            said.append(f"{not_asked} by {ONLY_KINDS}")
        return f"coverage {'not complete' if unread else 'complete'}: {', '.join(said)}"

    def _difference(self, line: Line) -> Iterator[str]:
        finding = line.finding
        symbol = self._styled(SYMBOLS[finding.change], fg=COLOURS[finding.change])
        subject = inert(finding.path or str(finding.object))
        indent = "    " if finding.path else "  "
        values = self._values(line)
        if len(indent) + 4 + len(subject) + len(values) <= self.width:
            yield f"{indent}{symbol} {subject}  {values}".rstrip()
        else:
            yield f"{indent}{symbol} {subject}"
            yield from (f"{indent}    {text}" for text in self._values_below(line))
        for note in self._notes(line):
            yield from (self._dim(part) for part in self._wrapped(note, len(indent) + 4))

    def _values(self, line: Line) -> str:
        """The values on one line, `2 → 4`; of a whole object, only where it is."""
        finding = line.finding
        if not finding.path:
            return f"only in {inert(', '.join(finding.values))}"
        said = self._arrow(finding.values)
        if line.running:
            said += f"  (runs {self._arrow(line.running.values)})"
        return said

    def _arrow(self, values: Mapping[str, Any]) -> str:
        texts = [self._side(values, name) for name in self._names]
        there = [text for text in texts if text != NOT_THERE]
        if len(there) == 1:
            return there[0]
        return " → ".join(texts)

    def _values_below(self, line: Line) -> Iterator[str]:
        """Two long texts by their lines that differ; else what is there, each by its name."""
        values = line.finding.values
        match list(values.values()):
            case [_]:
                yield self._arrow(values)
            case [str(before), str(after)] if "\n" in before and "\n" in after:
                yield from _changed_lines(before, after)
            case _:
                yield from self._value_per_line(line)

    def _value_per_line(self, line: Line) -> Iterator[str]:
        label = max(len(inert(name)) for name in self._names)
        sides = [self._side(line.finding.values, name) for name in self._names]
        if not line.running:
            sides = excerpts(sides, max(self.width - label - 10, _NARROWEST))
        for name, side in zip(self._names, sides, strict=True):
            runs = f"  (runs {self._side(line.running.values, name)})" if line.running else ""
            yield f"{inert(name):<{label}}  {side}{runs}"

    def _side(self, values: Mapping[str, Any], name: str) -> str:
        return inert(value_text(values[name])) if name in values else NOT_THERE

    def _notes(self, line: Line) -> Iterator[str]:
        for finding in (line.finding, line.running):
            if finding and finding.note:
                yield inert(finding.note)
        if line.finding.expected:
            expected = line.finding.expected
            yield inert(f"expected by {expected.rule}: {expected.reason}")
        if line.finding.written_by:
            yield inert(writer_text(line.finding))

    @property
    def _names(self) -> Sequence[str]:
        return [environment.name for environment in self.result.environments]

    def _wrapped(self, text: str, indent: int = 2) -> list[str]:
        space = " " * indent
        return textwrap.wrap(
            inert(text),
            max(self.width, 40),
            initial_indent=space,
            subsequent_indent=space,
            break_on_hyphens=False,
        )

    def _styled(self, text: str, *, fg: str | None = None, bold: bool = False) -> str:
        return click.style(text, fg=fg, bold=bold) if self.color else text

    def _dim(self, text: str) -> str:
        return click.style(text, dim=True) if self.color else text


def _changed_lines(before: str, after: str) -> Iterator[str]:
    """The lines of two texts that differ, as many as are quickly read."""
    _, _, *shown = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=1)
    yield from (inert(text) for text in shown[:_MOST_LINES])
    if len(shown) > _MOST_LINES:
        yield f"… and {len(shown) - _MOST_LINES} lines more"
