"""An audit for a terminal: the verdict, what was found, how each check went, and who writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from attrs import frozen

from driftcheck.model import Audit, Grade, counted
from driftcheck.reports._audit_words import (
    ABOUT,
    AUDIT_VERDICTS,
    CHECK_COLUMNS,
    LEAVES_NO_MARK,
    MANAGER_COLUMNS,
    Alike,
    Checked,
    check_cells,
    expected_by_rule,
    graded,
    graded_text,
    manager_cells,
    more_places,
    names_of,
)
from driftcheck.reports._inert import without_commands
from driftcheck.reports._layout import Layout
from driftcheck.reports._pen import Pen, title
from driftcheck.reports._seen import seen_lines, told_lines
from driftcheck.reports._words import clipped, columns, padded, table

_COLOURS = {Grade.CERTAIN: "red", Grade.PROBABLE: "yellow", Grade.POSSIBLE: "cyan"}


def audit_text(audit: Audit, layout: Layout) -> str:
    """The audit as plain text.

    Args:
        audit: What to show.
        layout: Colour and width.

    Returns:
        Lines, with a newline after the last.
    """
    page = _Page(audit, Pen(layout.color, layout.width))
    blocks = filter(None, page.blocks())
    return without_commands("\n".join("\n".join(block) + "\n" for block in blocks))


@frozen
class _Page:
    """One audit being laid out."""

    audit: Audit
    pen: Pen

    def blocks(self) -> Iterator[list[str]]:
        """What stands on the page, from top to bottom."""
        yield self._verdict()
        yield told_lines("warnings", self.audit.warnings, self.pen)
        yield seen_lines([each.environment for each in self.audit.environments], self.pen)
        for grade, checked in graded(self.audit.findings):
            yield list(self._graded(grade, checked))
        yield list(self._expected())
        for audited in self.audit.environments:
            where = self._of(audited.environment.name)
            yield list(self._table(f"checks{where}", CHECK_COLUMNS, check_cells(audited)))
            yield list(self._table(f"managers{where}", MANAGER_COLUMNS, manager_cells(audited)))
        yield [self.pen.dim(line) for line in self.pen.wrapped(LEAVES_NO_MARK, indent=0)]

    def _verdict(self) -> list[str]:
        symbol, colour = AUDIT_VERDICTS[self.audit.verdict]
        word = self.pen.styled(f"{symbol} {self.audit.verdict.value}", fg=colour, bold=True)
        names = clipped(", ".join(names_of(self.audit)))
        reasons = (line for text in self.audit.reasons for line in self.pen.wrapped(text))
        return [f"{word}  {names}", *reasons]

    def _graded(self, grade: Grade, checked: list[Checked]) -> Iterator[str]:
        """What was found by check; advice that is the same for several stands below the last."""
        yield self.pen.styled(graded_text(grade, checked), fg=_COLOURS[grade], bold=True)
        for check, found in checked:
            yield f"  {self.pen.styled(check.value, bold=True)}  {self.pen.dim(ABOUT[check])}"
            for alike, following in zip_longest(found, found[1:]):
                yield from self._alike(alike)
                advice = alike.first.advice
                if following is None or following.first.advice != advice:
                    yield from self.pen.wrapped(f"→ {advice}", indent=6, hanging=2)

    def _alike(self, alike: Alike) -> Iterator[str]:
        """What is said of one object or of many, and who wrote it."""
        finding = alike.first
        path = f"{clipped(finding.path)}{more_places(finding)}"
        where = f"{self._of(finding.environment)}  {path}".rstrip()
        if len(alike.objects) == 1:
            yield f"    {title(finding.object)}{where}"
        else:
            count = f"    {counted(len(alike.objects), 'object')}: "
            room = self.pen.width - len(count)
            yield count + self.pen.as_many(list(map(title, alike.objects)), room)
            yield f"    {where.strip()}"
        yield from self.pen.wrapped(finding.says, indent=6)
        yield from map(self.pen.dim, self.pen.wrapped(alike.written, indent=6))

    def _expected(self) -> Iterator[str]:
        """What the policy expects is said by the rule alone."""
        rules = expected_by_rule(self.audit.findings)
        if rules:
            yield self.pen.styled("expected by the policy", bold=True)
        for rule, findings in rules:
            until = f" (until {rule.expires})" if rule.expires else ""
            said = f"{rule.rule}: {counted(len(findings), 'finding')}{until}: {rule.reason}"
            yield from self.pen.wrapped(said, hanging=2)

    def _table(
        self, name: str, heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]
    ) -> Iterator[str]:
        """Columns under their names; a last cell for which there is no room stands below."""
        body = [tuple(map(clipped, row)) for row in rows]
        if not body:
            return
        yield self.pen.styled(name, bold=True)
        head, *shown = table([heading[:-1], *(row[:-1] for row in body)])
        widest = max(map(columns, [head, *shown]))
        yield self.pen.dim(f"  {padded(head, widest)}  {heading[-1]}")
        for row, line in zip(body, shown, strict=True):
            if columns(row[-1]) <= self.pen.width - widest - 4:
                yield f"  {padded(line, widest)}  {row[-1]}".rstrip()
            else:
                yield f"  {line}"
                yield from self.pen.wrapped(row[-1], indent=6)

    def _of(self, environment: str) -> str:
        """` in shop`, where there are several environments."""
        return f" in {clipped(environment)}" if len(self.audit.environments) > 1 else ""
