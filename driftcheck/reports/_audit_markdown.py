"""An audit for a pull request or an issue: as much as fits, and what was cut."""

from __future__ import annotations

from collections.abc import Iterator

from driftcheck.model import Audit, AuditedEnvironment, AuditFinding, Check, counted
from driftcheck.reports._audit_words import (
    ABOUT,
    AUDIT_VERDICTS,
    CHECK_COLUMNS,
    LEAVES_NO_MARK,
    MANAGER_COLUMNS,
    Alike,
    check_cells,
    counted_alike,
    expected_by_rule,
    graded,
    graded_text,
    manager_cells,
    more_places,
    names_of,
)
from driftcheck.reports._inert import without_commands
from driftcheck.reports._layout import Layout
from driftcheck.reports._markup import code, escaped, folded, markdown_table, sentence
from driftcheck.reports._seen import seen_markdown, told_markdown
from driftcheck.reports._words import clipped

_MOST_OBJECTS = 5
_MOST_ROWS = 100
_MOST_ENVIRONMENTS = 8
_MOST_REASONS = 10
_LONGEST_NAMES = 300


def audit_markdown(audit: Audit, layout: Layout) -> str:
    """The audit as GitHub's Markdown.

    Args:
        audit: What to show.
        layout: How large it may be.

    Returns:
        The verdict and why, then part by part what fits, the surest findings first; how many
        parts were cut is said.
    """
    taken = [_verdict(audit)]
    room = layout.max_chars - _size(taken[0]) - _size(_cut(10**6))
    left = 0
    for part in filter(None, _parts(audit)):
        if _size(part) <= room:
            taken.append(part)
            room -= _size(part)
        else:
            left += 1
    if left:
        taken.insert(1, _cut(left))
    return without_commands("\n\n".join(taken) + "\n")


def _size(part: str) -> int:
    """How many characters a part takes, with the empty line behind it."""
    return len(without_commands(part)) + 2


def _cut(left: int) -> str:
    return f"**Cut to fit:** {counted(left, 'part')} of this report; `-o json` has everything."


def _verdict(audit: Audit) -> str:
    symbol, _ = AUDIT_VERDICTS[audit.verdict]
    names = names_of(audit)[:_MOST_ENVIRONMENTS]
    shown = [code(name, _LONGEST_NAMES // len(names)) for name in names]
    if len(audit.environments) > _MOST_ENVIRONMENTS:
        shown.append(f"and {len(audit.environments) - _MOST_ENVIRONMENTS} more")
    return f"### {symbol} {audit.verdict.value}: {', '.join(shown)}"


def _parts(audit: Audit) -> Iterator[str]:
    """What follows the verdict, from top to bottom; empty where there is nothing to say."""
    yield "\n".join(f"* {escaped(clipped(text))}" for text in audit.reasons[:_MOST_REASONS])
    yield escaped(LEAVES_NO_MARK)
    yield told_markdown("Warnings", audit.warnings)
    yield seen_markdown([each.environment for each in audit.environments])
    for grade, checked in graded(audit.findings):
        yield f"#### {graded_text(grade, checked)}"
        for check, found in checked:
            yield _check(audit, check, found)
    yield _expected(audit)
    for audited in audit.environments:
        yield _of(audit, audited)
        yield _table("checks", CHECK_COLUMNS, check_cells(audited))
        yield _table("managers", MANAGER_COLUMNS, manager_cells(audited))


def _check(audit: Audit, check: Check, found: list[Alike]) -> str:
    rows = [
        (
            _objects(alike) + _in(audit, alike.first.environment),
            _path(alike.first),
            "<br>".join(
                escaped(clipped(text)) for text in (alike.first.says, alike.written) if text
            ),
            sentence(clipped(alike.first.advice)),
        )
        for alike in found
    ]
    heading = ("object", "path", "what was found", "what to do next")
    summary = f"<b>{check.value}</b>: {counted(counted_alike(found), 'finding')}"
    left = len(rows) - _MOST_ROWS
    more = f"\n\nand {left} more, in the JSON" if left > 0 else ""
    inside = f"{ABOUT[check]}\n\n{markdown_table(heading, rows[:_MOST_ROWS])}{more}"
    return folded(summary, inside, is_open=len(rows) <= _MOST_OBJECTS)


def _path(finding: AuditFinding) -> str:
    return f"{code(finding.path)}{more_places(finding)}" if finding.path else ""


def _objects(alike: Alike) -> str:
    shown = ", ".join(code(str(each)) for each in alike.objects[:_MOST_OBJECTS])
    left = len(alike.objects) - _MOST_OBJECTS
    count = f"{counted(len(alike.objects), 'object')}: " if len(alike.objects) > 1 else ""
    return f"{count}{shown}, and {left} more" if left > 0 else f"{count}{shown}"


def _in(audit: Audit, environment: str) -> str:
    return f" in {code(environment)}" if len(audit.environments) > 1 else ""


def _expected(audit: Audit) -> str:
    rules = expected_by_rule(audit.findings)
    if not rules:
        return ""
    rows = (
        (
            code(rule.rule),
            str(len(findings)),
            escaped(clipped(rule.expires or "")),
            escaped(clipped(rule.reason)),
        )
        for rule, findings in rules[:_MOST_ROWS]
    )
    inside = markdown_table(("rule", "findings", "until", "reason"), rows)
    count = sum(len(findings) for _, findings in rules)
    return folded(f"<b>expected by the policy</b>: {counted(count, 'finding')}", inside)


def _of(audit: Audit, audited: AuditedEnvironment) -> str:
    """Whose tables follow, where there are several environments."""
    return f"#### {code(audited.environment.name)}" if len(audit.environments) > 1 else ""


def _table(name: str, heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    cells = (map(escaped, map(clipped, row)) for row in rows[:_MOST_ROWS])
    left = len(rows) - _MOST_ROWS
    more = f"\n\nand {left} more, in the JSON" if left > 0 else ""
    return folded(f"<b>{name}</b>", markdown_table(heading, cells) + more)
