"""An audit as JUnit XML: a case for each check and environment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement

from driftcheck.model import Audit, AuditedEnvironment, AuditFinding, CheckRow, counted
from driftcheck.reports._audit_words import (
    ABOUT,
    LEAVES_NO_MARK,
    more_places,
    names_of,
    written_text,
)
from driftcheck.reports._junit_suite import junit_suite, legal, legal_lines
from driftcheck.reports._sentences import reason, short

_MOST_FINDINGS = 200
"""Of one check, in a case's text."""


def audit_junit(audit: Audit) -> str:
    """The audit as test cases: what counts fails, and a check that could not look is an error.

    Args:
        audit: What to show.

    Returns:
        An XML document. A case's class is the environment, its name the check; both are the same
        run by run. A check that could not look is skipped where that does not cost the verdict.
    """
    cases = [_case(audit, each, row) for each in audit.environments for row in each.checks]
    said = [*audit.reasons, LEAVES_NO_MARK]
    said += [f"to be mended: {warning}" for warning in audit.warnings]
    name = legal(f"driftcheck.audit.{', '.join(map(short, names_of(audit)))}")
    return junit_suite(name, {"verdict": audit.verdict.value}, cases, said)


def _case(audit: Audit, audited: AuditedEnvironment, row: CheckRow) -> Element:
    environment = audited.environment.name
    case = Element(
        "testcase",
        classname=legal(f"driftcheck.audit.{short(environment)}"),
        name=row.check.value,
    )
    found = [
        finding
        for finding in audit.findings
        if finding.environment == environment and finding.check is row.check
    ]
    stopping = list(filter(audit.is_stopping, found))
    if stopping:
        more = f" And {counted(len(stopping) - 1, 'finding')} more." if len(stopping) > 1 else ""
        said = f"{_where(stopping[0])}: {short(stopping[0].says)}.{more}"
        failure = SubElement(case, "failure", message=legal(said), type=row.check.value)
        failure.text = _text(found, row)
        return case
    if not row.is_looked:
        _unlooked(case, row)
    if found:
        SubElement(case, "system-out").text = _text(found, row)
    return case


def _unlooked(case: Element, row: CheckRow) -> None:
    """Say that a check could not look."""
    message = legal(short(row.reason or "", 1000))
    if row.is_gap:
        SubElement(case, "error", message=message, type="inconclusive").text = message
    else:
        SubElement(case, "skipped", message=message)


def _text(findings: Sequence[AuditFinding], row: CheckRow) -> str:
    return legal_lines(_lines(findings, row))


def _lines(findings: Sequence[AuditFinding], row: CheckRow) -> Iterator[str]:
    yield ABOUT[findings[0].check]
    for finding in findings[:_MOST_FINDINGS]:
        yield f"- {_where(finding)} ({finding.grade.value}): {short(finding.says, 1000)}"
        remarks = [written_text(finding), finding.advice]
        remarks += [f"expected by {reason(finding.expected)}"] if finding.expected else []
        yield from (f"  {short(text, 1000)}" for text in remarks if text)
    if len(findings) > _MOST_FINDINGS:
        yield f"… and {counted(len(findings) - _MOST_FINDINGS, 'finding')} more"
    if not row.is_looked:
        yield f"not looked at everything: {short(row.reason or '', 1000)}"


def _where(finding: AuditFinding) -> str:
    path = f" at {short(finding.path)}{more_places(finding)}" if finding.path else ""
    return f"{short(str(finding.object))}{path}"
