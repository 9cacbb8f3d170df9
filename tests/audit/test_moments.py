"""The recorded afternoon of hands: every hand is named, and nothing else is certain."""

from __future__ import annotations

import pytest

from driftcheck.model import AuditVerdict, Check, Grade
from driftcheck.pipeline import audit_snapshots
from tests.audit.audited import HANDS, PRODUCTION, QUIET, STAGED, STAGING, look

IMAGE = "spec.template.spec.containers[name={}].image"
CERTAIN = {
    (
        *("not-as-declared", "Deployment cache"),
        *("spec.template.spec.containers[name=cache].args[1]", "kubectl-edit"),
    ),
    ("not-as-declared", "Deployment legacy", "spec.replicas", "kubectl"),
    ("hand-written", "ConfigMap proxy-conf", 'data["proxy.conf"]', "kubectl-patch"),
    ("hand-written", "ConfigMap tariffs-7d8bfddcfc", "data.VAT", "kubectl-patch"),
    ("hand-written", "ConfigMap web-config", 'data["settings.yaml"]', "kubectl-edit"),
    ("hand-written", "Service web", "metadata.labels.hotfix", "node-fetch"),
    (
        *("hand-written", "Deployment cache"),
        *("spec.template.spec.containers[name=cache].args", "kubectl-edit"),
    ),
    ("hand-written", "Deployment legacy", "spec.replicas", "kubectl"),
    ("hand-written", "Deployment web", "spec.paused", "kubectl-rollout"),
    ("hand-written", "CronJob sales-report", "spec.suspend", "kubectl-patch"),
    (
        *("hand-written", "VirtualMachine billing-vm"),
        *("spec.template.spec.domain.cpu.cores", "kubectl-patch"),
    ),
    (
        *("hand-written", "Ingress web"),
        *('metadata.annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"]', "Mozilla"),
    ),
    ("undeclared-object", "Deployment debug-shell", "", "kubectl-create"),
    (
        *("pod-not-its-template", "Deployment api"),
        *("running.containers[name=api].image", "kubectl-set"),
    ),
    ("edited-generated", "ConfigMap tariffs-7d8bfddcfc", "data", "kubectl-patch"),
    (
        *("machine-not-its-template", "VirtualMachine billing-vm"),
        *("spec.template.spec.domain.cpu.cores", "kubectl-patch"),
    ),
    (
        *("stale-configuration", "Deployment checkout"),
        *("spec.template.spec.containers[name=checkout].envFrom[1]", "kubectl-patch"),
    ),
}
"""What somebody did, by the recording's description: check, object, place, latest writer."""


def test_hands_on_production() -> None:
    """What is certain after the afternoon is what hands did, and no more."""
    audit = audit_snapshots([look(HANDS, PRODUCTION)])

    found = {
        (
            finding.check.value,
            f"{finding.object.kind} {finding.object.name}",
            finding.path,
            finding.written_by[0].manager,
        )
        for finding in audit.findings
        if finding.grade is Grade.CERTAIN
    }
    assert found == CERTAIN
    assert audit.verdict is AuditVerdict.MUTATED


def test_what_is_less_than_certain() -> None:
    """A manager that no table knows; containers that may be stale; what may be changed."""
    audit = audit_snapshots([look(HANDS, PRODUCTION)])

    found = {
        (finding.check.value, finding.grade.value, f"{finding.object.kind} {finding.object.name}")
        for finding in audit.findings
        if finding.grade is not Grade.CERTAIN and finding.check is not Check.MUTABLE_IMAGE
    }
    assert found == {
        ("hand-written", "probable", "Deployment api"),
        ("mixed-digests", "probable", "Deployment api"),
        ("paused", "probable", "Deployment web"),
        ("stale-configuration", "possible", "Deployment web"),
        ("suspended", "possible", "CronJob sales-report"),
        ("never-updates", "possible", "Deployment proxy"),
        ("not-immutable", "possible", "ConfigMap web-config"),
        ("not-immutable", "possible", "Secret cache-auth"),
        ("not-immutable", "possible", "Secret db-credentials"),
    }
    (stale,) = (
        each
        for each in audit.findings
        if each.check is Check.STALE_CONFIGURATION and each.grade is Grade.POSSIBLE
    )
    assert "2 of 3 pods started before ConfigMap web-config" in stale.says
    assert "Secret db-credentials (password) was last written" in stale.says


def test_images_and_disks() -> None:
    """Every image by tag may become another one: containers', the machine's disk and volume."""
    audit = audit_snapshots([look(HANDS, PRODUCTION)])

    found = {
        f"{finding.object.kind} {finding.object.name}": finding.says
        for finding in audit.findings
        if finding.check is Check.MUTABLE_IMAGE
    }
    assert found.keys() == {
        *(
            f"Deployment {name}"
            for name in ("api", "cache", "debug-shell", "legacy", "web", "worker")
        ),
        *("DaemonSet log-agent", "StatefulSet db", "CronJob sales-report", "Job db-migrate-240"),
        "VirtualMachine billing-vm",
    }
    assert "vms/billing:9.6" in found["VirtualMachine billing-vm"]
    assert "vms/billing-data:stable" in found["VirtualMachine billing-vm"]


@pytest.mark.parametrize(
    ("moment", "namespace"),
    [
        (STAGED, STAGING),
        (STAGED, PRODUCTION),
        (QUIET, STAGING),
        (QUIET, PRODUCTION),
        (HANDS, STAGING),
    ],
)
def test_where_no_hand_was(moment: str, namespace: str) -> None:
    """What five tools have deployed, client-side `kubectl apply` among them, names no hand."""
    audit = audit_snapshots([look(moment, namespace)])

    assert audit.verdict is AuditVerdict.UNMARKED
    checks = {finding.check for finding in audit.findings}
    assert checks <= {Check.MUTABLE_IMAGE, Check.NEVER_UPDATES, Check.NOT_IMMUTABLE}


def test_two_at_once() -> None:
    """Each is audited by itself; the worst is the verdict."""
    audit = audit_snapshots([look(HANDS, STAGING), look(HANDS, PRODUCTION)])

    assert [each.verdict for each in audit.environments] == [
        AuditVerdict.UNMARKED,
        AuditVerdict.MUTATED,
    ]
    assert audit.verdict is AuditVerdict.MUTATED
    assert {each.environment for each in audit.findings} == {STAGING, PRODUCTION}


def test_no_secret() -> None:
    """No value of a Secret is in what an audit says."""
    audit = audit_snapshots([look(HANDS, PRODUCTION)])
    assert "velvet-hammer" not in repr(audit.findings)
