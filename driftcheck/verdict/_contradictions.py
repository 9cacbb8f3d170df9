"""Whether an audit's answer follows from what it holds.

It is `mutated` where a finding counts that nobody expects, else `inconclusive` where a check
could not look, else `unmarked`; of several environments, the first of these that any is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from driftcheck.model import (
    Audit,
    AuditedEnvironment,
    AuditFinding,
    AuditVerdict,
    counting_grades,
)

_WORST_FIRST = (AuditVerdict.MUTATED, AuditVerdict.INCONCLUSIVE, AuditVerdict.UNMARKED)


def audit_contradiction(audit: Audit) -> str | None:
    """What an audit says that does not follow from what it found, in words; else None."""
    found: dict[str, list[AuditFinding]] = {
        each.environment.name: [] for each in audit.environments
    }
    for finding in audit.findings:
        if finding.environment not in found:
            return f"it has a finding of {finding.environment}, which it did not look at"
        found[finding.environment].append(finding)
    said = (
        _contradicted(each, found[each.environment.name], is_strict=audit.is_strict)
        for each in audit.environments
    )
    verdicts = {each.verdict for each in audit.environments}
    worst = next(verdict for verdict in _WORST_FIRST if verdict in verdicts)
    if audit.verdict is not worst:
        return f"it says {audit.verdict.value}, and what it holds makes it {worst.value}"
    return next(filter(None, said), None)


def _contradicted(
    audited: AuditedEnvironment, findings: Iterable[AuditFinding], *, is_strict: bool
) -> str | None:
    """What the answer for one environment contradicts, in words; else None."""
    name, findings = audited.environment.name, tuple(findings)
    counts = Counter({row.check: row.findings for row in audited.checks})
    if counts != Counter(finding.check for finding in findings):
        return f"its checks count other findings of {name} than it holds"
    counting = counting_grades(is_strict)
    is_mutated = any(each.expected is None and each.grade in counting for each in findings)
    if is_mutated is not (audited.verdict is AuditVerdict.MUTATED):
        said = "holds" if is_mutated else "does not hold"
        return f"it says {audited.verdict.value} of {name}, and {said} a finding that counts"
    if audited.verdict is AuditVerdict.UNMARKED and not _looked(audited):
        return f"it says {audited.verdict.value} of {name}, and a check could not look"
    return None


def _looked(audited: AuditedEnvironment) -> bool:
    """Whether there was something to look at, and each check could that costs a verdict."""
    return audited.environment.objects > 0 and not any(row.is_gap for row in audited.checks)
