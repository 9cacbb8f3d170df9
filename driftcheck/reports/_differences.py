"""Differences for a terminal: each change once, under its category and its objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from attrs import frozen

from driftcheck.model import SEVERITY, Category, Change, Finding, ObjectReference, counted
from driftcheck.reports._agreement import agreement
from driftcheck.reports._changed_lines import changed_lines
from driftcheck.reports._clusters import Cluster
from driftcheck.reports._history_words import since_texts
from driftcheck.reports._inert import inert
from driftcheck.reports._pen import Pen, title
from driftcheck.reports._words import (
    NOT_THERE,
    Line,
    clipped,
    columns,
    excerpts,
    holds_text,
    padded,
    reach_text,
    shared,
    value_text,
    whole_text,
    writers_text,
)

_TWO = 2
_MOST_LINES = 20
_LONGEST_VALUE = 10_000
_NARROWEST = 40
"""Columns that a value gets at least, on however narrow a terminal."""
_SHORTEST_MARKED = 16
"""Characters of which one sees at a glance what differs."""


@frozen
class Differences:
    """Differences being written for a terminal.

    Args:
        pen: What writes them.
        environments: The names of what was compared, the baseline first.
        stops: Tells which of them would stop a release if nobody expected them.
    """

    pen: Pen
    environments: Sequence[str]
    stops: Callable[[Finding], bool]

    def lines(self, found: Iterable[Cluster]) -> Iterator[str]:
        """Every change, worst first; in a category those that stop a release before warnings."""
        for (category, is_warning), inside in groupby(sorted(found, key=self._rank), self._group):
            yield self._heading(category, is_warning=is_warning)
            together: dict[tuple[ObjectReference, ...], list[Cluster]] = defaultdict(list)
            for cluster in inside:
                together[cluster.objects].append(cluster)
            for objects, of_objects in together.items():
                yield from self._objects(objects, of_objects)

    def _group(self, cluster: Cluster) -> tuple[Category, bool]:
        return cluster.finding.category, not any(map(self.stops, cluster.findings))

    def _rank(self, cluster: Cluster) -> tuple[int, bool]:
        category, is_warning = self._group(cluster)
        return SEVERITY[category], is_warning

    def _heading(self, category: Category, *, is_warning: bool) -> str:
        heading = self.pen.styled(category.value, bold=True)
        return f"{heading} {self.pen.dim('(warning)')}" if is_warning else heading

    def _objects(
        self, objects: tuple[ObjectReference, ...], inside: list[Cluster]
    ) -> Iterator[str]:
        if len(objects) > 1:
            count = f"  {counted(len(objects), 'object')}: "
            names = list(map(title, objects))
            yield f"{count}{self.pen.as_many(names, self.pen.width - len(count))}"
        elif inside[0].finding.path:
            yield f"  {title(objects[0])}"
        for cluster in inside:
            yield from self._change(cluster, is_alone=len(objects) == 1)

    def _change(self, cluster: Cluster, *, is_alone: bool) -> Iterator[str]:
        line, finding = cluster.line, cluster.finding
        is_whole = is_alone and not finding.path
        subject = title(finding.object) if is_whole else clipped(finding.path) or "the whole object"
        indent = "  " if is_whole else "    "
        start = f"{indent}{self.pen.symbol(finding.change)} {subject}"
        values = self._values(line)
        if len(indent) + 4 + columns(subject) + columns(values) <= self.pen.width:
            yield f"{start}  {values}".rstrip()
        else:
            yield start
            yield from (f"{indent}    {text}" for text in self._values_below(line))
        yield from self._notes(cluster, len(indent) + 4)

    def _values(self, line: Line) -> str:
        """The values on one line, `2 → 4`; of a whole object, only where it is."""
        finding = line.finding
        if not finding.path and finding.change is not Change.UNCHANGED:
            return whole_text(finding)
        said = self._arrow(finding.values)
        if line.running:
            said += f"  (runs {self._arrow(line.running.values)})"
        return said

    def _arrow(self, values: Mapping[str, Any]) -> str:
        texts = [self._side(values, name) for name in self.environments]
        if len(texts) <= _TWO and len(values) == 1:  # the other is said by its sign
            texts = [self._side(values, name) for name in values]
        return texts[0] if len(set(texts)) == 1 else " → ".join(texts)

    def _values_below(self, line: Line) -> Iterator[str]:
        """Two long texts by their lines that differ; else what is there, each by its name."""
        changed = changed_lines(line.finding.values)
        if not changed:
            yield from self._value_per_line(line)
        for text in changed.first(_MOST_LINES, max(self.pen.width - 8, _NARROWEST)):
            colour = {"-": "red", "+": "green"}.get(text[:1])
            yield self.pen.styled(text, fg=colour) if colour else text

    def _value_per_line(self, line: Line) -> Iterator[str]:
        """The values by the names of those that agree on each, or below where these are long."""
        groups = [
            (", ".join(map(clipped, names)), names[0])
            for names in agreement(line, self.environments).groups
        ]
        label = max(columns(names) for names, _ in groups)
        if label > self.pen.width // 2:
            label = 0
        room = max(self.pen.width - label - 10, _NARROWEST)
        narrower = Pen(self.pen.color, self.pen.width - 8)
        sides = [self._side(line.finding.values, name) for _, name in groups]
        if not line.running:
            sides = excerpts(sides, room)
        for (names, name), side in zip(groups, sides, strict=True):
            start = padded(names, label)
            if not label:
                start = ""
                yield from narrower.wrapped(names, indent=0)
            for text in self._with_running(side, line, name, room):
                yield f"{start}  {text}"
                start = " " * label
        if carets := _carets(sides):
            yield f"{' ' * label}  {self.pen.styled(carets, fg='yellow')}"

    def _with_running(self, side: str, line: Line, name: str, room: int) -> list[str]:
        """What is declared, and what runs of it, on one line where both fit."""
        if line.running is None:
            return [side]
        runs = f"(runs {self._side(line.running.values, name)})"
        fits = columns(side) + 2 + columns(runs) <= room
        return [f"{side}  {runs}"] if fits else [side, runs]

    def _side(self, values: Mapping[str, Any], name: str) -> str:
        if name not in values:
            return NOT_THERE
        text = value_text(values[name])
        return inert(text) if len(text) <= _LONGEST_VALUE else clipped(text, _LONGEST_VALUE)

    def _notes(self, cluster: Cluster, indent: int) -> Iterator[str]:
        finding, running = cluster.finding, cluster.line.running
        if finding.violates:
            rule = f"violates rule {finding.violates.rule}: {finding.violates.reason}"
            for part in self.pen.wrapped(rule, indent):
                yield self.pen.styled(part, fg="magenta")
        notes = [found.note for found in (finding, running) if found and found.note]
        notes += filter(None, [holds_text(finding), reach_text(cluster.findings)])
        if finding.expected:
            notes.append(f"expected by {finding.expected.rule}: {finding.expected.reason}")
        if writers := writers_text([line.finding for line in cluster.lines]):
            notes.append(writers)
        notes += since_texts(cluster.findings)
        for note in dict.fromkeys(notes):
            yield from map(self.pen.dim, self.pen.wrapped(note, indent))


def _carets(texts: Sequence[str]) -> str:
    """Marks below the last of two texts, under the characters that only it has.

    Nothing where that is seen at a glance, or where they have little in common.
    """
    if len(texts) != _TWO or NOT_THERE in texts or min(map(len, texts)) < _SHORTEST_MARKED:
        return ""
    before, after = texts
    start = shared(before, after)
    end = shared(before[start:][::-1], after[start:][::-1])
    own = after[start : len(after) - end]
    if start + end < len(after) // 2:
        return ""
    return " " * columns(after[:start]) + "^" * max(columns(own), 1)
