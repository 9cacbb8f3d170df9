"""Another recording: what hands did to one bookshop, as its description lists it."""

from __future__ import annotations

import pytest

from driftcheck.model import AuditVerdict, Check, Grade
from driftcheck.pipeline import audit_snapshots, capture
from driftcheck.testing import PlaybackServer
from tests.audit.audited import PRODUCTION, STAGING
from tests.conftest import RECORDINGS

WRITTEN = {
    ("ConfigMap web-config", 'data["settings.yaml"]'),
    ("Secret db-credentials", "data.password"),
    ("Service web", "metadata.labels.hotfix"),
    ("Deployment api", "spec.template.spec.containers[name=api].image"),
    (
        "Deployment api",
        "spec.template.spec.containers[name=sidecar].resources.limits.memory",
    ),
    ("Deployment web", "spec.replicas"),
    ("Deployment web", "spec.template.spec.containers[name=web].env[name=DEBUG].name"),
    ("Deployment web", "spec.template.spec.containers[name=web].env[name=DEBUG].value"),
    ("CronJob sales-report", "spec.suspend"),
    ("FeatureFlag wishlist", "spec.rules[name=everyone].percent"),
    ("Ingress web", 'metadata.annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"]'),
    ("Role config-reader", "rules"),
}
"""By object and place: all but what was deleted, which leaves no mark, and a restart."""


def test_hands_on_production() -> None:
    """Every edit that is listed is certain, the shell, and the container to debug; no more is."""
    with PlaybackServer(RECORDINGS["drifted"]) as server:
        audit = audit_snapshots([capture(PRODUCTION, kubeconfig=str(server.kubeconfig))])
    certain = [finding for finding in audit.findings if finding.grade is Grade.CERTAIN]

    assert audit.verdict is AuditVerdict.MUTATED
    assert {
        (str(each.object), path)
        for each in certain
        for path in each.paths
        if each.check is Check.HAND_WRITTEN
    } == WRITTEN
    assert {
        (each.check.value, str(each.object))
        for each in certain
        if each.check is not Check.HAND_WRITTEN
    } == {
        ("undeclared-object", "Deployment debug-shell"),
        ("ephemeral-container", "Deployment api"),
    }


@pytest.mark.parametrize(
    ("recording", "namespace"),
    [("drifted", STAGING), ("equal", STAGING), ("equal", PRODUCTION)],
)
def test_where_no_hand_was(recording: str, namespace: str) -> None:
    """Where nobody was, nothing is certain."""
    with PlaybackServer(RECORDINGS[recording]) as server:
        audit = audit_snapshots([capture(namespace, kubeconfig=str(server.kubeconfig))])
    assert audit.verdict is AuditVerdict.UNMARKED
