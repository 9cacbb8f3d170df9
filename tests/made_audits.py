"""Audits made by hand: one as an environment may give it, one hostile, one of nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from attrs import evolve

from driftcheck.model import (
    DECLARED_UNREAD,
    Audit,
    AuditedEnvironment,
    AuditFinding,
    AuditVerdict,
    Check,
    CheckRow,
    Coverage,
    Environment,
    Expectation,
    Grade,
    KindCoverage,
    ManagerClass,
    ManagerRow,
    ObjectReference,
    Origin,
    ReadStatus,
    Window,
    Writer,
)

MOMENT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EDITOR = Writer("kubectl-edit", "Update", "", "2026-11-24T09:12:44Z", ManagerClass.HAND)
SCALER = Writer("kubectl", "Update", "scale", None, ManagerClass.HAND)
DEPLOYER = Writer("argocd-controller", "Apply", "", "2026-11-23T20:55:06Z", ManagerClass.GITOPS)
BASE_IMAGES = Expectation("base-images", "the base images are pinned next quarter", "2026-12-31")


def finding(check: Check = Check.HAND_WRITTEN, name: str = "web", **fields: Any) -> AuditFinding:
    """A finding about a Deployment of `shop`."""
    known: dict[str, Any] = {
        "environment": "shop",
        "check": check,
        "grade": Grade.CERTAIN,
        "object": ObjectReference("apps", "Deployment", name),
        "path": "spec.replicas",
        "says": "written by kubectl, a hand; argocd-controller deploys this object",
        "advice": "put the value into the repository, or let Argo CD sync it away",
    }
    return AuditFinding(**(known | fields))


def audited(
    findings: Iterable[AuditFinding] = (),
    name: str = "shop",
    *,
    verdict: AuditVerdict = AuditVerdict.UNMARKED,
    unlooked: Iterable[Check] = (),
    managers: tuple[ManagerRow, ...] = (),
) -> AuditedEnvironment:
    """One environment, with a row for each check."""
    counts = Counter(each.check for each in findings)
    blind = frozenset(unlooked)
    return AuditedEnvironment(
        environment=Environment(
            name=name,
            origin=Origin.CLUSTER,
            context="prod-eu",
            namespace="shop",
            window=Window(MOMENT, MOMENT, quiescent=True),
            objects=31,
            fingerprint=f"sha256:{'ab' * 32}",
        ),
        verdict=verdict,
        coverage=Coverage(
            (
                KindCoverage("apps", "Deployment", ReadStatus.READ, 4, environment=name),
                KindCoverage("", "Secret", ReadStatus.READ, 3, environment=name, version="v1"),
            )
        ),
        checks=tuple(
            CheckRow(
                check=check,
                is_looked=check not in blind,
                reason=_blindness(check) if check in blind else None,
                looked_at=0 if check in blind else 31,
                findings=counts[check],
            )
            for check in Check
        ),
        managers=managers,
    )


def _blindness(check: Check) -> str:
    return DECLARED_UNREAD if check is Check.NOT_AS_DECLARED else "files do not say who wrote what"


def audit(*findings: AuditFinding, **fields: Any) -> Audit:
    """An audit of `shop` that found this."""
    counting = [each for each in findings if not each.expected and each.grade is Grade.CERTAIN]
    verdict = AuditVerdict.MUTATED if counting else AuditVerdict.UNMARKED
    known: dict[str, Any] = {
        "verdict": verdict,
        "reasons": (f"{len(counting)} findings that are certain",),
        "environments": (audited(findings, verdict=verdict),),
        "findings": findings,
    }
    return Audit(**(known | fields))


def shop() -> Audit:
    """An audit with something of everything."""
    image = {
        "path": "spec.template.spec.containers[name=app].image",
        "grade": Grade.PROBABLE,
        "says": "the tag latest can be pushed again, and no pull would tell",
        "advice": "declare the image by its digest",
        "written_by": (DEPLOYER,),
    }
    findings = (
        finding(
            object=ObjectReference("", "ConfigMap", "web-config"),
            path='data["settings.yaml"].cache.ttl',
            says="written by kubectl-edit, a hand; argocd-controller deploys this object",
            written_by=(EDITOR, DEPLOYER),
        ),
        finding(name="api", written_by=(SCALER,), also=("spec.paused",)),
        finding(
            Check.EPHEMERAL_CONTAINER,
            path="running.ephemeralContainers[name=debugger-x7k2p]",
            says="a debugger with busybox:1.36 was put into the pod web-6d4f9c8b7-q2xkd",
            advice="delete the pod, so that its template makes a new one",
            written_by=(
                Writer("kubectl", "Update", "ephemeralcontainers", "2026-11-24T08:01:02Z",
                       ManagerClass.HAND),
            ),
        ),
        *(finding(Check.MUTABLE_IMAGE, name, **image) for name in ("api", "web", "worker")),
        finding(Check.MUTABLE_IMAGE, "base", **(image | {"expected": BASE_IMAGES})),
        finding(
            Check.SUSPENDED,
            grade=Grade.POSSIBLE,
            object=ObjectReference("batch", "CronJob", "cleanup"),
            path="spec.suspend",
            says="it is suspended, and has not run since 2026-11-02",
            advice="resume it, or delete it if nobody misses it",
        ),
    )  # fmt: skip
    return audit(
        *findings,
        reasons=("3 findings that are certain",),
        environments=(
            audited(
                findings,
                verdict=AuditVerdict.MUTATED,
                unlooked=(Check.NOT_AS_DECLARED,),
                managers=(
                    ManagerRow("argocd-controller", "Apply", "", ManagerClass.GITOPS, 24),
                    ManagerRow("kubectl-edit", "Update", "", ManagerClass.HAND, 1),
                    ManagerRow("kubectl", "Update", "scale", ManagerClass.HAND, 1),
                    ManagerRow("shop-operator", "Update", "status", ManagerClass.UNKNOWN, 1),
                ),
            ),
        ),
        warnings=("rule old-hotfix (driftcheck.yaml:14): matches nothing: mend it or take it out",),
    )


def hostile(attack: str) -> Audit:
    """An audit in which a text that means harm stands wherever a text may stand."""
    writer = Writer(attack, attack, attack, attack, ManagerClass.HAND)
    reference = ObjectReference(attack, attack, attack)
    fields: dict[str, Any] = {
        "environment": attack,
        "object": reference,
        "path": attack,
        "says": attack,
        "advice": attack,
        "written_by": (writer,),
        "also": (attack,),
    }
    findings = (
        finding(**fields),
        finding(**fields | {"object": reference._replace(name=f"{attack}2")}),
        finding(Check.PAUSED, **fields, expected=Expectation(attack, attack, attack)),
    )
    found = audited(
        findings,
        attack,
        verdict=AuditVerdict.MUTATED,
        managers=(ManagerRow(attack, attack, attack, ManagerClass.UNKNOWN, 1),),
    )
    rows = (CheckRow(Check.IN_ROLLOUT, False, attack, 0, 0), *found.checks[:-2])
    second = audited(name=f"{attack}2")
    return audit(
        *findings,
        reasons=(attack,),
        warnings=(attack,),
        environments=(_evolved(found, rows, attack), second),
    )


def _evolved(
    found: AuditedEnvironment, rows: tuple[CheckRow, ...], attack: str
) -> AuditedEnvironment:

    environment = evolve(found.environment, place=attack, context=attack, namespace=attack)
    kinds = (KindCoverage(attack, attack, ReadStatus.FAILED, 0, attack, environment=attack),)
    return evolve(found, environment=environment, coverage=Coverage(kinds), checks=rows)
