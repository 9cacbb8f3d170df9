"""The report for a terminal: the verdict, what was not seen, and every difference, worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from driftcheck.model import Finding, Result, RuleHits, Witnesses, counted
from driftcheck.reports._agreement import agreement
from driftcheck.reports._brief import short_lines, stat_lines, unchanged_objects
from driftcheck.reports._clusters import Cluster, clusters
from driftcheck.reports._differences import Differences
from driftcheck.reports._inert import without_commands
from driftcheck.reports._layout import Layout
from driftcheck.reports._over_time import witness_counts, written_objects
from driftcheck.reports._pen import VERDICTS, Pen, title
from driftcheck.reports._seen import seen_lines, told_lines
from driftcheck.reports._undeclared import undeclared_rows
from driftcheck.reports._words import (
    NOT_COVERED,
    because,
    between,
    clipped,
    columns,
    covered_text,
    environment_names,
    gate_text,
    is_folded,
    normalized_text,
    padded,
    platform_texts,
    policy_rules,
    policy_text,
    shortened,
    state_text,
    table,
)

_TWO = 2
_MOST_ROWS = 20
_NARROWEST_FIELD = 16


def text_report(result: Result, layout: Layout) -> str:
    """The report as plain text.

    Args:
        result: What to show.
        layout: Colour, width and detail.

    Returns:
        Lines, with a newline after the last.
    """
    page = _Page(result, Pen(layout.color, layout.width))
    blocks = page.blocks() if layout.detail == "full" else page.brief(layout.detail)
    if layout.unchanged:
        blocks = [*blocks, page.unchanged()]
    if layout.detail == "full":
        blocks = [*blocks, page.evidence()]
    return without_commands("\n".join("\n".join(block) + "\n" for block in blocks if block))


@frozen
class _Page:
    """One report being laid out."""

    result: Result
    pen: Pen

    def blocks(self) -> list[list[str]]:
        """What comes before the evidence."""
        shown = self._shown(self.result.findings)
        outside = self._shown(self.result.platform.findings)
        return [
            *self._first(),
            seen_lines(self.result.environments, self.pen),
            self._matrix(shown),
            list(Differences(self.pen, self._names, self.result.is_asked_for).lines(shown)),
            self._outside(Differences(self.pen, self._names, lambda _: True).lines(outside)),
            self._undeclared(),
            *map(self._over_time, self.result.witnesses),
            self._policy(),
        ]

    def _shown(self, findings: Iterable[Finding]) -> list[Cluster]:
        """What differs, but for what a rule of the policy expects."""
        rules = {rule.id for rule in policy_rules(self.result)}
        return [each for each in clusters(findings) if not is_folded(each.finding, rules)]

    def _outside(self, lines: Iterable[str]) -> list[str]:
        """What differs outside the namespaces."""
        heading = self.pen.styled("outside the namespaces", bold=True)
        inset = [f"  {line}" for line in lines]
        return [heading, *inset] if inset else []

    def brief(self, detail: str) -> list[list[str]]:
        """A line for each object."""
        lines = stat_lines if detail == "stat" else short_lines
        return [
            *self._first(),
            list(lines(self.result.findings, self.pen)),
            self._outside(lines(self.result.platform.findings, self.pen)),
        ]

    def _first(self) -> list[list[str]]:
        return [
            self._verdict(),
            told_lines("not seen", self.result.gaps, self.pen),
            told_lines("not looked at, knowingly", self.result.accepted, self.pen),
            told_lines("warnings", self.result.warnings, self.pen),
        ]

    def _verdict(self) -> list[str]:
        """What the comparison says, between what, and why."""
        symbol, colour = VERDICTS[self.result.verdict]
        word = self.pen.styled(f"{symbol} {self.result.verdict.value}", fg=colour, bold=True)
        said = filter(None, [*because(self.result), gate_text(self.result)])
        compared = clipped(between(self.result))
        fits = columns(f"{symbol} {self.result.verdict.value}  {compared}") <= self.pen.width
        return [
            *([f"{word}  {compared}"] if fits else [word, *self.pen.wrapped(compared)]),
            *(line for text in said for line in self.pen.wrapped(text)),
            *(line for text in platform_texts(self.result) for line in self.pen.wrapped(text)),
        ]

    def _matrix(self, shown: Sequence[Cluster]) -> list[str]:
        """What differs, at a glance."""
        if len(self._names) > _TWO:
            return self._agreements(shown)
        counts = Counter(
            finding.category.value for cluster in shown for finding in cluster.findings
        )
        if len(counts) < _TWO:
            return []
        said = ", ".join(f"{category} {count}" for category, count in counts.items())
        return self.pen.wrapped(f"what differs: {said}", indent=0, hanging=len("what differs: "))

    def _agreements(self, shown: Sequence[Cluster]) -> list[str]:
        """For each field, who has the same; equal letters, equal values."""
        shown = [cluster for cluster in shown if not cluster.finding.is_witness]
        if not shown:
            return []
        heads, legend = self._heads()
        odd_room = max(columns("odd one out"), *map(columns, map(self._odd, self._names)))
        taken = sum(columns(head) + 2 for head in heads) + odd_room + 2
        room = max(self.pen.width - taken, _NARROWEST_FIELD)
        rows = [("what differs", *heads, "odd one out")]
        rows += [self._agreement(cluster, room) for cluster in shown[:_MOST_ROWS]]
        heading, *body = table(rows)
        left = len(shown) - _MOST_ROWS
        more = [f"and {counted(left, 'field')} more"] if left > 0 else []
        return [self.pen.dim(heading), *body, *more, *legend]

    def _heads(self) -> tuple[list[str], list[str]]:
        """The environments' names over a table, or numbers and their legend to leave room."""
        names = list(map(clipped, self._names))
        if sum(map(columns, names)) <= self.pen.width // 4:
            return names, []
        numbers = [str(place) for place, _ in enumerate(names, 1)]
        keys = ", ".join(map("{} {}".format, numbers, names))
        return numbers, list(map(self.pen.dim, self.pen.wrapped(keys, indent=0)))

    def _agreement(self, cluster: Cluster, room: int) -> tuple[str, ...]:
        found = agreement(cluster.line, self._names)
        more = f" and {len(cluster.lines) - 1} more" if len(cluster.lines) > 1 else ""
        field = f"{title(cluster.finding.object)}{more} {clipped(cluster.finding.path)}".rstrip()
        letters = (found.letters[name] for name in self._names)
        return (shortened(field, room), *letters, self._odd(found.odd or ""))

    def _odd(self, name: str) -> str:
        return shortened(clipped(name), self.pen.width // 4)

    def _undeclared(self) -> list[str]:
        """What stands there and no declaration says."""
        rows = undeclared_rows(self.result.undeclared)
        if not rows:
            return []
        lines = [self.pen.styled("undeclared", bold=True)]
        for row in rows[:_MOST_ROWS]:
            place = f"{clipped(row.object)} {clipped(row.path)}".rstrip()
            lines += self.pen.wrapped(f"{place}  {clipped(row.writer)}".rstrip())
        left = len(rows) - _MOST_ROWS
        return [*lines, f"  and {left} more"] if left > 0 else lines

    def _over_time(self, found: Witnesses) -> list[str]:
        """What was written between two looks, and by what one sees it."""
        between = f"over time  {clipped(found.earlier)} → {clipped(found.later)}"
        objects = written_objects(found, self.result)
        rows = [(item.witness.value, title(item.object)) for item in objects[:_MOST_ROWS]]
        counts = [
            (f"{each.objects:>4}", each.witness, each.means) for each in witness_counts(found)
        ]
        lines = [self.pen.styled(between, bold=True)]
        lines += table(counts or [("  nothing was compared",)])
        lines += [line for doubt in found.doubts for line in self.pen.wrapped(f"doubt: {doubt}")]
        for row, item in zip(table(rows) if rows else (), objects, strict=False):
            lines += [f"  {row}", *map(self.pen.dim, self.pen.wrapped(item.says, 4))]
        left = len(objects) - _MOST_ROWS
        return [*lines, f"  and {counted(left, 'object')} more"] if left > 0 else lines

    def _untold(self, rule: RuleHits) -> str:
        """What is to be said of a rule that no warning says."""
        note = rule.note or ""
        return "" if any(warning.endswith(note) for warning in self.result.warnings) else note

    def _policy(self) -> list[str]:
        """What each rule of the policy made of it; what it expects is said by the rule alone."""
        rules = policy_rules(self.result)
        if not rules:
            return []
        ids = {rule.id for rule in rules}
        folded = sum(is_folded(finding, ids) for finding in self.result.all_findings)
        rows = [("policy", "effect", "hits", "state", "owner")]
        rows += [
            (
                clipped(rule.id),
                rule.effect.value if rule.effect else "",
                str(rule.hits),
                clipped(state_text(rule)),
                clipped(rule.owner or ""),
            )
            for rule in rules
        ]
        heading, *shown = table(rows)
        widest = max(map(columns, [heading, *shown]))
        lines = [self.pen.styled(f"{padded(heading, widest)}  reason", bold=True)]
        for rule, row in zip(rules, shown, strict=True):
            lines += self._reasoned(padded(row, widest), rule.reason or "")
            lines += [self.pen.dim(text) for text in self.pen.wrapped(self._untold(rule), 4)]
        if folded:
            lines.append(self.pen.dim(f"{counted(folded, 'difference')} expected, and not listed"))
        return lines

    def _reasoned(self, row: str, reason: str) -> Iterator[str]:
        """A rule's row with its reason behind it, or below it where there is no room."""
        room = self.pen.width - columns(row) - 2
        if not reason or columns(clipped(reason)) <= room:
            yield f"{row}  {clipped(reason)}".rstrip()
        else:
            yield row.rstrip()
            yield from self.pen.wrapped(reason, 4)

    def unchanged(self) -> list[str]:
        """The objects that are the same."""
        same = unchanged_objects(self.result)
        if not same:
            return []
        heading = self.pen.styled(f"{counted(len(same), 'object')} the same", bold=True)
        symbol = self.pen.styled("=", fg="green")
        return [heading, *(f"  {symbol} {title(reference)}" for reference in same)]

    def evidence(self) -> list[str]:
        """What the verdict rests on: coverage, and what the built-in rules took away."""
        said = [
            covered_text(self.result),
            policy_text(self.result),
            normalized_text(self.result),
            NOT_COVERED,
        ]
        return [self.pen.dim(line) for text in said for line in self.pen.wrapped(text, indent=0)]

    @property
    def _names(self) -> Sequence[str]:
        return environment_names(self.result)
