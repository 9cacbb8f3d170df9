"""The report for a pull request: as much as fits, and what was cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, groupby, islice, repeat, starmap, takewhile
from typing import Any

from attrs import frozen

from driftcheck.model import Category, Finding, Result, Witnesses, counted
from driftcheck.reports._agreement import agreement
from driftcheck.reports._brief import counts_of, findings_by_object, unchanged_objects
from driftcheck.reports._changed_lines import changed_lines
from driftcheck.reports._clusters import Cluster, clusters
from driftcheck.reports._history_words import since_texts
from driftcheck.reports._inert import without_commands
from driftcheck.reports._layout import Layout
from driftcheck.reports._markup import code, escaped, fenced, folded, markdown_table, sentence
from driftcheck.reports._over_time import witness_counts, written_objects
from driftcheck.reports._pen import VERDICTS
from driftcheck.reports._seen import seen_markdown, told_markdown
from driftcheck.reports._undeclared import undeclared_rows
from driftcheck.reports._words import (
    BECAME,
    LONGEST,
    NOT_COVERED,
    NOT_THERE,
    SYMBOLS,
    because,
    clipped,
    covered_text,
    environment_names,
    excerpts,
    gate_text,
    holds_text,
    is_folded,
    normalized_text,
    platform_texts,
    policy_rules,
    policy_text,
    reach_text,
    state_text,
    value_text,
    writers_text,
)

_TWO = 2
_MOST_RULES = 50
_MOST_ROWS = 30
_MOST_OF_PLATFORM = 10
_MOST_OBJECTS = 5
"""Objects of a cluster that are named."""
_FEWEST_OBJECTS = 10
"""Objects for whose counts room is kept."""
_IN_FULL = (
    "what fits is shown in full, the worst first; "
    "of all else the differences of each object are counted"
)
_MOST_OPEN = 10
"""Rows that are shown without unfolding."""
_WIDEST_VALUE = 120
_MOST_LINES = 40
_LONGEST_VALUE = 10_000
_LONGEST_NAME = 100
_LONGEST_SENTENCE = 2_000
_MOST_NAMED = 8
"""Environments that the verdict's line names."""
_LONGEST_NAMES = 160
"""Characters of all these names together."""


def markdown_report(result: Result, layout: Layout) -> str:
    """The report as GitHub's Markdown.

    Args:
        result: What to show.
        layout: How large it may be, and whether to list what is the same.

    Returns:
        Everything if it fits; else the worst categories in full for as long as they fit, and of
        the others how much of each object differs; else counts by category; else the verdict.
        What was cut is said.
    """
    page = _Page(result, layout.unchanged)
    written = (_written(parts, layout.max_chars) for parts in _levels(page, layout.max_chars))
    return next(filter(None, written), "")


def _levels(page: _Page, most: int) -> Iterator[Iterable[str]]:
    """The report in ever fewer words."""
    yield page.full()
    yield page.worst_in_full(most)
    yield page.by_category()
    yield page.verdict_alone()


def _size(part: str) -> int:
    """How many characters a part takes, with the empty line before it."""
    return len(without_commands(f"{part}\n")) + 1 if part else 0


def _written(parts: Iterable[str], most: int) -> str:
    """The parts with an empty line between them; nothing where they are too long."""
    size = 0
    taken: list[str] = []
    for part in filter(None, parts):
        text = without_commands(f"{part}\n")
        size += len(text) + bool(taken)
        if size > most:
            return ""
        taken.append(text)
    return "\n".join(taken)


@frozen
class _Page:
    """One report being laid out; every part is Markdown, empty where there is nothing to say."""

    result: Result
    with_unchanged: bool

    def full(self) -> Iterator[str]:
        """Every difference."""
        yield from self._first()
        yield self._matrix()
        is_open = len(self._differing) <= _MOST_OPEN
        for category, inside in self._by_category:
            yield self._category(category.value, inside, is_open=is_open)
        yield self._outside()
        yield self._undeclared()
        yield from map(self._over_time, self.result.witnesses)
        yield self._policy()
        yield self._unchanged() if self.with_unchanged else ""
        yield self._evidence()

    def worst_in_full(self, most: int) -> Sequence[str]:
        """Every difference of the categories that fit, then how much of each other object differs.

        Args:
            most: The characters there are.

        Returns:
            The parts; none where not even a few objects fit.
        """
        start = [*self._first(), self._cut(_IN_FULL), self._categories()]
        end = [self._policy(), self._evidence()]
        room = most - sum(map(_size, [*start, *end]))
        left = list(self.result.findings)
        in_full = []
        for category, inside in self._by_category:
            others = [finding for finding in left if finding.category is not category]
            block = self._category(category.value, inside, is_open=False)
            if _size(block) + _size(_counts(others, _FEWEST_OBJECTS)) <= room:
                in_full.append(block)
                left, room = others, room - _size(block)
        numbers = takewhile(bool, accumulate(repeat(len(left)), lambda number, _: number // 2))
        tables = (_counts(left, number) for number in numbers)
        objects = next((table for table in tables if _size(table) <= room), "")
        return [*start, *in_full, objects, *end] if objects or in_full else []

    def _shown(self, findings: Iterable[Finding]) -> list[Cluster]:
        """What differs, but for what a rule of the policy expects."""
        rules = {rule.id for rule in policy_rules(self.result)}
        return [each for each in clusters(findings) if not is_folded(each.finding, rules)]

    @cached_property
    def _differing(self) -> Sequence[Cluster]:
        """What differs inside the namespaces."""
        return self._shown(self.result.findings)

    @cached_property
    def _by_category(self) -> Sequence[tuple[Category, Sequence[Cluster]]]:
        """The same by category, the worst first."""
        groups = groupby(self._differing, key=lambda cluster: cluster.finding.category)
        return [(category, list(inside)) for category, inside in groups]

    def _matrix(self) -> str:
        return self._agreements() if len(self._names) > _TWO else self._categories()

    def by_category(self) -> Iterator[str]:
        """How much differs."""
        yield from self._first()
        yield self._cut("differences are counted by category")
        yield self._categories()
        yield self._evidence()

    def verdict_alone(self) -> Iterator[str]:
        """The verdict, in few words."""
        yield self._verdict()
        yield self._platform()
        yield self._cut("the verdict alone is left")

    def _cut(self, how: str) -> str:
        return f"**Cut to fit:** {how}; `-o json` has everything."

    def _first(self) -> Iterator[str]:
        yield self._verdict()
        said = filter(None, [*because(self.result), gate_text(self.result)])
        yield "\n".join(f"* {escaped(clipped(text))}" for text in said)
        yield self._platform()
        yield told_markdown("Not seen", self.result.gaps)
        yield told_markdown("Not looked at, knowingly", self.result.accepted)
        yield told_markdown("Warnings", self.result.warnings)
        yield seen_markdown(self.result.environments)

    def _verdict(self) -> str:
        symbol, _ = VERDICTS[self.result.verdict]
        named = self._names[:_MOST_NAMED]
        shown = [code(name, _LONGEST_NAMES // len(named)) for name in named]
        if len(self._names) > _MOST_NAMED:
            shown.append(f"and {len(self._names) - _MOST_NAMED} more")
        return f"### {symbol} {self.result.verdict.value}: {' → '.join(shown)}"

    def _platform(self) -> str:
        """What is said of what lies outside the namespaces."""
        first, *others = platform_texts(self.result)[:_MOST_OF_PLATFORM]
        said = "\n".join(f"* {escaped(clipped(text))}" for text in others)
        heading = f"**{escaped(clipped(first))}**"
        return f"{heading}\n\n{said}" if said else heading

    def _outside(self) -> str:
        """What differs outside the namespaces."""
        shown = self._shown(self.result.platform.findings)
        if not shown:
            return ""
        heading = ("", "object", "path", *(code(each, _LONGEST_NAME) for each in self._names), "")
        count = sum(len(cluster.findings) for cluster in shown)
        inside = markdown_table(heading, map(self._row, shown))
        return folded(f"<b>outside the namespaces</b>: {counted(count, 'difference')}", inside)

    def _categories(self) -> str:
        """How many differences of each category and change nobody expects."""
        found = [finding for finding in self.result.findings if finding.expected is None]
        if not found:
            return ""
        counts = Counter((finding.category.value, finding.change) for finding in found)
        changes = [change for change in SYMBOLS if any(change is other for _, other in counts)]
        names = dict.fromkeys(finding.category.value for finding in found)
        heading = ("what differs", *(f"{SYMBOLS[change]} {change.value}" for change in changes))
        return markdown_table(
            heading,
            ((name, *(str(counts[name, change] or "") for change in changes)) for name in names),
        )

    def _agreements(self) -> str:
        """For each field, who has the same; equal letters, equal values."""
        shown = [cluster for cluster in self._differing if not cluster.finding.is_witness]
        if not shown:
            return ""
        names = [code(name, _LONGEST_NAME) for name in self._names]
        rows = []
        for cluster in shown[:_MOST_ROWS]:
            found = agreement(cluster.line, self._names)
            odd = names[self._names.index(found.odd)] if found.odd is not None else ""
            letters = [found.letters[name] for name in self._names]
            rows.append((_objects(cluster), _path(cluster.finding), *letters, odd))
        matrix = markdown_table(("object", "path", *names, "odd one out"), rows)
        left = len(shown) - _MOST_ROWS
        return f"{matrix}\n\nand {counted(left, 'field')} more" if left > 0 else matrix

    def _category(self, name: str, inside: Sequence[Cluster], *, is_open: bool) -> str:
        count = sum(len(cluster.findings) for cluster in inside)
        heading = ("", "object", "path", *(code(each, _LONGEST_NAME) for each in self._names), "")
        parts = [markdown_table(heading, map(self._row, inside))]
        parts += [block for cluster in inside for block in self._changed_lines(cluster)]
        counts = counted(count, "difference")
        return folded(f"<b>{name}</b>: {counts}", "\n\n".join(parts), is_open=is_open)

    def _row(self, cluster: Cluster) -> tuple[str, ...]:
        finding = cluster.finding
        return (
            SYMBOLS[finding.change],
            _objects(cluster),
            _path(finding),
            *self._cells(cluster),
            self._remarks(cluster),
        )

    def _cells(self, cluster: Cluster) -> list[str]:
        finding, running = cluster.finding, cluster.line.running
        if finding.is_witness:
            return ["" for _ in self._names]
        if not finding.path:
            return ["there" if name in finding.values else NOT_THERE for name in self._names]
        if changed_lines(finding.values):
            return ["below" if name in finding.values else NOT_THERE for name in self._names]
        texts = dict(
            zip(
                finding.values,
                excerpts(_plain(finding.values.values()), _WIDEST_VALUE),
                strict=True,
            )
        )
        cells = []
        for name in self._names:
            cell = code(texts[name]) if name in texts else NOT_THERE
            if running and name in running.values:
                cell += f" runs {code(value_text(running.values[name]))}"
            cells.append(cell)
        return cells

    def _changed_lines(self, cluster: Cluster) -> Iterator[str]:
        changed = changed_lines(cluster.finding.values)
        if not changed:
            return
        shown = list(changed.first(_MOST_LINES, LONGEST))
        yield f"{_objects(cluster)} {_path(cluster.finding)}\n\n{fenced('diff', shown)}"

    def _remarks(self, cluster: Cluster) -> str:
        finding, running = cluster.finding, cluster.line.running
        notes = [BECAME[finding.change]] if finding.is_witness else []
        if finding.violates:
            notes.append(f"violates rule {finding.violates.rule}: {finding.violates.reason}")
        notes += [found.note for found in (finding, running) if found and found.note]
        notes += filter(None, [holds_text(finding), reach_text(cluster.findings)])
        if finding.expected:
            notes.append(f"expected by {finding.expected.rule}: {finding.expected.reason}")
        if writers := writers_text([line.finding for line in cluster.lines]):
            notes.append(writers)
        notes += since_texts(cluster.findings)
        return "; ".join(sentence(clipped(note)) for note in dict.fromkeys(notes))

    def _undeclared(self) -> str:
        """What stands there and no declaration says."""
        found = undeclared_rows(self.result.undeclared)
        if not found:
            return ""
        rows = (
            (code(row.object), code(row.path) if row.path else "", escaped(clipped(row.writer)))
            for row in found[:_MOST_ROWS]
        )
        parts = [markdown_table(("object", "path", "last written by"), rows)]
        left = len(found) - _MOST_ROWS
        if left > 0:
            parts.append(f"and {left} more")
        return folded(f"<b>undeclared</b>: {len(found)}", "\n\n".join(parts))

    def _over_time(self, found: Witnesses) -> str:
        """What was written between two looks, and by what one sees it."""
        names = " → ".join(code(name, _LONGEST_NAME) for name in (found.earlier, found.later))
        objects = written_objects(found, self.result)
        rows = (
            (item.witness.value, code(str(item.object)), escaped(clipped(item.says)))
            for item in objects[:_MOST_ROWS]
        )
        counts = ((str(each.objects), each.witness, each.means) for each in witness_counts(found))
        parts = [names, markdown_table(("objects", "witness", "means"), counts)]
        parts += [escaped(clipped(doubt)) for doubt in found.doubts]
        if objects:
            parts.append(markdown_table(("witness", "object", "says"), rows))
        left = len(objects) - _MOST_ROWS
        if left > 0:
            parts.append(f"and {counted(left, 'object')} more")
        return folded("<b>over time</b>", "\n\n".join(parts))

    def _policy(self) -> str:
        rules = policy_rules(self.result)
        if not rules:
            return ""
        ids = {rule.id for rule in rules}
        expected = sum(is_folded(finding, ids) for finding in self.result.all_findings)
        rows = (
            (
                code(rule.id, _LONGEST_NAME),
                rule.effect.value if rule.effect else "",
                str(rule.hits),
                escaped(clipped(state_text(rule))),
                escaped(clipped(rule.owner or "", _LONGEST_NAME)),
                "; ".join(escaped(clipped(text)) for text in (rule.reason, rule.note) if text),
            )
            for rule in rules[:_MOST_RULES]
        )
        inside = markdown_table(("rule", "effect", "hits", "state", "owner", "reason"), rows)
        if len(rules) > _MOST_RULES:
            inside += f"\n\nand {counted(len(rules) - _MOST_RULES, 'rule')} more"
        said = f"{counted(len(rules), 'rule')}, {counted(expected, 'difference')} expected"
        return folded(f"<b>policy</b>: {said}", inside)

    def _unchanged(self) -> str:
        same = unchanged_objects(self.result)
        if not same:
            return ""
        inside = "\n".join(f"* {code(str(reference))}" for reference in same)
        return folded(f"<b>the same</b>: {counted(len(same), 'object')}", inside)

    def _evidence(self) -> str:
        said = [
            covered_text(self.result),
            policy_text(self.result),
            normalized_text(self.result),
            NOT_COVERED,
        ]
        return folded(
            "<b>evidence</b>",
            "\n".join(f"* {escaped(clipped(text, _LONGEST_SENTENCE))}" for text in said),
        )

    @property
    def _names(self) -> Sequence[str]:
        return environment_names(self.result)


def _counts(findings: Iterable[Finding], most: int) -> str:
    """How much of each object differs, of so many objects at most; empty for no findings."""
    of_object = findings_by_object(findings)
    if not of_object:
        return ""
    named = starmap(counts_of, islice(of_object.items(), most))
    rows = ((SYMBOLS[counts.change], code(str(counts.object)), counts.said) for counts in named)
    shown = markdown_table(("", "object", "differences"), rows)
    left = len(of_object) - most
    return f"{shown}\n\nand {counted(left, 'object')} more" if left > 0 else shown


def _objects(cluster: Cluster) -> str:
    shown = ", ".join(code(str(each)) for each in cluster.objects[:_MOST_OBJECTS])
    left = len(cluster.objects) - _MOST_OBJECTS
    count = f"{counted(len(cluster.objects), 'object')}: " if len(cluster.objects) > 1 else ""
    return f"{count}{shown}, and {left} more" if left > 0 else f"{count}{shown}"


def _path(finding: Finding) -> str:
    return code(finding.path) if finding.path else ""


def _plain(values: Iterable[Any]) -> list[str]:
    return [value_text(value)[:_LONGEST_VALUE] for value in values]
