"""The verb that audits, and how snapshots become an audit: normalize, check, judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Unpack

from attrs import evolve

from driftcheck.audit import Audited, Inspection, audit_environment
from driftcheck.capture import without_cluster_scoped, without_collection
from driftcheck.errors import UsageError
from driftcheck.managers import writer_of
from driftcheck.model import (
    Audit,
    AuditedEnvironment,
    AuditFinding,
    AuditVerdict,
    Check,
    Coverage,
    Declarer,
    Grade,
    KindCoverage,
    Manager,
    ManagerClass,
    ObjectReference,
    Snapshot,
    State,
)
from driftcheck.normalization import autoscaled_in, common_names, normalize, roots_in
from driftcheck.pipeline._declarations import declarations_of
from driftcheck.pipeline._judging import FIRST_DAY, distinct_names, environment_of
from driftcheck.pipeline._looking import EnvironmentLike, check_standard_input, look_at_all
from driftcheck.pipeline._options import CaptureOptions, Look
from driftcheck.pipeline._policies import PolicyLike, policy_of
from driftcheck.pipeline._silence import silent
from driftcheck.policy import NO_POLICY, LabelsOf, Policy, judge_audit
from driftcheck.verdict import decide_audit, gaps_of

_GRADES, _CHECKS = list(Grade), list(Check)
_WORST = (AuditVerdict.MUTATED, AuditVerdict.INCONCLUSIVE, AuditVerdict.UNMARKED)


@silent
def audit(
    *environments: EnvironmentLike,
    policy: PolicyLike = None,
    strict: bool = False,
    today: date | None = None,
    **options: Unpack[CaptureOptions],
) -> Audit:
    """Say what was changed by hand, is mutable, or does not run what it declares.

    Args:
        environments: One or more; see `capture` for what each may be. They are not compared.
        policy: What may be so, and who field managers are; see `compare`. Of its rules those
            speak to an audit whose `match` names a `check`.
        strict: Whether findings that are probable count like certain ones.
        today: The day by which the policy's rules end; by default today, in UTC.
        options: How to look: see `CaptureOptions`; `timeout` holds for each environment.

    Returns:
        Everything that was found, how sure it is, and what could not be looked at.

    Raises:
        StartError: An environment could not be looked at, or an argument makes no sense.
    """
    if not environments:
        raise UsageError("no environment is named", hint="name one, or more")
    check_standard_input(environments)
    expectations = policy_of(policy)
    return audit_snapshots(
        look_at_all(
            environments, evolve(Look(**options), platform=False, declared_by=tuple(Declarer))
        ),
        policy=expectations,
        is_strict=strict,
        today=today or datetime.now(UTC).date(),
    )


@without_collection()
def audit_snapshots(
    snapshots: Iterable[Snapshot],
    *,
    policy: Policy = NO_POLICY,
    is_strict: bool = False,
    today: date = FIRST_DAY,
) -> Audit:
    """Say what in each of them was changed by hand, or does not hold still.

    Args:
        snapshots: One look each, at places that need not be alike.
        policy: What may be so; rules that name a `check` speak to an audit.
        is_strict: Whether findings that are probable count like certain ones.
        today: The day, in UTC, by which rules end.

    Returns:
        Everything that was found, and how each check went.
    """
    snapshots = without_cluster_scoped(snapshots)
    looks = [
        _look(snapshot, name, policy)
        for snapshot, name in zip(snapshots, distinct_names(snapshots), strict=True)
    ]
    audited = [audit_environment(look, _said_of(look)) for look in looks]
    found = sorted((finding for each in audited for finding in each.findings), key=_order)
    findings, warnings = judge_audit(policy, found, _labels_of(looks), today=today)
    environments = tuple(
        _environment(look, each, findings, is_strict=is_strict)
        for look, each in zip(looks, audited, strict=True)
    )
    gaps = dict.fromkeys(gap for each in audited for gap in each.gaps)
    _, reasons = decide_audit(findings, gaps, is_strict=is_strict)
    return Audit(
        verdict=min((each.verdict for each in environments), key=_WORST.index),
        reasons=reasons,
        environments=environments,
        findings=findings,
        warnings=warnings,
        is_strict=is_strict,
    )


def _said_of(look: Inspection) -> Callable[[Iterable[KindCoverage]], tuple[str, ...]]:
    """What says of kinds what was not seen of them, why, and what to do about it."""
    where = environment_of(look.snapshot, look.state)
    return lambda rows: gaps_of(rows, [where])


def _labels_of(looks: Iterable[Inspection]) -> LabelsOf:
    """Tells the labels of what was seen."""
    labels = {
        (look.environment, seen.reference): seen.document.metadata.get("labels") or {}
        for look in looks
        for seen in (*look.objects, *filter(None, [look.namespace]))
    }
    return lambda environment, reference: labels.get((environment, reference), {})


def _look(snapshot: Snapshot, environment: str, policy: Policy) -> Inspection:
    def who(entry: Manager) -> ManagerClass:
        return policy.class_of(writer_of(entry))

    return Inspection(
        snapshot=snapshot,
        state=_state(snapshot, environment),
        roots=roots_in(snapshot),
        class_of=who,
        declarations=declarations_of(snapshot, policy),
    )


def _state(snapshot: Snapshot, environment: str) -> State:
    (names,) = common_names((snapshot,), ())
    autoscaled = frozenset(map(names.of, autoscaled_in(snapshot)))
    return normalize(snapshot, environment=environment, names=names, autoscaled=autoscaled)


def _environment(
    look: Inspection, audited: Audited, findings: Iterable[AuditFinding], *, is_strict: bool
) -> AuditedEnvironment:
    ours = [finding for finding in findings if finding.environment == look.environment]
    verdict, _ = decide_audit(ours, audited.gaps, is_strict=is_strict)
    return AuditedEnvironment(
        environment=environment_of(look.snapshot, look.state),
        verdict=verdict,
        coverage=Coverage(look.state.coverage),
        checks=audited.checks,
        managers=audited.managers,
    )


def _order(finding: AuditFinding) -> tuple[int, int, str, ObjectReference]:
    """The surest first, then by check, environment and object."""
    return (
        _GRADES.index(finding.grade),
        _CHECKS.index(finding.check),
        finding.environment,
        finding.object,
    )
