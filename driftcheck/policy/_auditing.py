"""temporary"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from driftcheck.model import AuditFinding
from driftcheck.policy._rules import Policy


def judge_audit(
    policy: Policy, findings: Iterable[AuditFinding], *, today: date
) -> tuple[tuple[AuditFinding, ...], tuple[str, ...]]:
    """Temporary"""
    return tuple(findings), ()
