"""What an audit's findings and gaps come to: what was found wins over what was not seen.

=====================  ===================  ============
certain and open       every check looked   verdict
=====================  ===================  ============
some                   yes or no            mutated
none                   no                   inconclusive
none                   yes                  unmarked
=====================  ===================  ============
"""

from __future__ import annotations

from collections.abc import Iterable

from driftcheck.model import AuditFinding, AuditVerdict, counted, counting_grades


def decide_audit(
    findings: Iterable[AuditFinding], gaps: Iterable[str], *, is_strict: bool
) -> tuple[AuditVerdict, tuple[str, ...]]:
    """Decide an audit.

    Args:
        findings: What was found.
        gaps: Why a check could not look, in sentences.
        is_strict: Whether what is probable counts like what is certain.

    Returns:
        The verdict, and why, in sentences.
    """
    counting = counting_grades(is_strict)
    open_ = [finding for finding in findings if finding.expected is None]
    found = [finding for finding in open_ if finding.grade in counting]
    gaps = tuple(gaps)
    if found:
        words = " or ".join(grade.value for grade in counting)
        are = "is" if len(found) == 1 else "are"
        return AuditVerdict.MUTATED, (f"{counted(len(found), 'finding')} that {are} {words}", *gaps)
    if gaps:
        return AuditVerdict.INCONCLUSIVE, gaps
    others = f"; {counted(len(open_), 'finding')} less than certain" if open_ else ""
    return AuditVerdict.UNMARKED, (f"nothing that is certain was found{others}",)
