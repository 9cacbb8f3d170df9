"""Kinds that are not even read: what is nobody's configuration, whoever wrote it.

Each is left out as a whole by a named rule, and the coverage says so. Whatever may be
configuration is read; normalization leaves single objects out by what they prove to be.
"""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase

from attrs import frozen

from driftcheck.model import EVERY_KIND, GroupKind


@frozen
class KindExclusion:
    """A rule that leaves kinds out.

    Args:
        rule: The rule's name.
        reason: Why nothing is lost.
        kinds: Patterns of a group and a kind.
    """

    rule: str
    reason: str
    kinds: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.rule}: {self.reason}"

    def covers(self, kind: GroupKind) -> bool:
        """Whether the rule leaves a kind out."""
        return any(
            fnmatchcase(kind.group, group) and fnmatchcase(kind.kind, pattern)
            for group, pattern in self.kinds
        )


_EXCLUSIONS = (
    KindExclusion(
        "events", "what happened, kept for an hour", (("", "Event"), ("events.k8s.io", "Event"))
    ),
    KindExclusion(
        "leases",
        "heartbeats and locks of running programs",
        (("coordination.k8s.io", "Lease"), ("coordination.k8s.io", "LeaseCandidate")),
    ),
    KindExclusion(
        "metrics",
        "measurements, other at every look",
        (("metrics.k8s.io", "*"), ("custom.metrics.k8s.io", "*"), ("external.metrics.k8s.io", "*")),
    ),
    KindExclusion(
        "node-facts",
        "what nodes and storage drivers report of themselves",
        (
            ("storage.k8s.io", "CSIStorageCapacity"),
            ("certificates.k8s.io", "PodCertificateRequest"),
            ("cilium.io", "CiliumEndpoint"),
            ("autoscaling.k8s.io", "VerticalPodAutoscalerCheckpoint"),
        ),
    ),
    KindExclusion(
        "catalogues",
        "the same list in every namespace",
        (("packages.operators.coreos.com", "PackageManifest"),),
    ),
    KindExclusion(
        "certificate-requests",
        "steps on the way to a certificate, which is compared itself",
        (
            ("cert-manager.io", "CertificateRequest"),
            ("acme.cert-manager.io", "Order"),
            ("acme.cert-manager.io", "Challenge"),
        ),
    ),
    KindExclusion(
        "scan-reports",
        "what scanners and policy engines found",
        (
            ("wgpolicyk8s.io", "*"),
            ("reports.kyverno.io", "*"),
            ("kyverno.io", "UpdateRequest"),
            ("aquasecurity.github.io", "*Report"),
        ),
    ),
    KindExclusion(
        "runs",
        "single runs of a pipeline, an analysis, a backup or a migration",
        (
            ("tekton.dev", "TaskRun"),
            ("tekton.dev", "PipelineRun"),
            ("argoproj.io", "AnalysisRun"),
            ("argoproj.io", "Workflow"),
            ("argoproj.io", "WorkflowTask*"),
            ("argoproj.io", "WorkflowArtifactGCTask"),
            ("velero.io", "Backup"),
            ("velero.io", "Restore"),
            ("velero.io", "PodVolume*"),
            ("kubevirt.io", "VirtualMachineInstanceMigration"),
        ),
    ),
)

_ALIASES = {
    GroupKind("extensions", "Deployment"): GroupKind("apps", "Deployment"),
    GroupKind("extensions", "DaemonSet"): GroupKind("apps", "DaemonSet"),
    GroupKind("extensions", "ReplicaSet"): GroupKind("apps", "ReplicaSet"),
    GroupKind("extensions", "Ingress"): GroupKind("networking.k8s.io", "Ingress"),
    GroupKind("extensions", "NetworkPolicy"): GroupKind("networking.k8s.io", "NetworkPolicy"),
    GroupKind("authorization.openshift.io", "Role"): GroupKind("rbac.authorization.k8s.io", "Role"),
    GroupKind("authorization.openshift.io", "RoleBinding"): GroupKind(
        "rbac.authorization.k8s.io", "RoleBinding"
    ),
    GroupKind("image.openshift.io", "ImageStreamTag"): GroupKind(
        "image.openshift.io", "ImageStream"
    ),
    GroupKind("image.openshift.io", "ImageTag"): GroupKind("image.openshift.io", "ImageStream"),
}
"""Kinds that show the objects of another kind once more."""


def exclusion_of(kind: GroupKind, served: Collection[GroupKind]) -> str | None:
    """Why a kind is left out.

    Args:
        kind: The kind.
        served: Every kind that the server lists.

    Returns:
        The rule and its reason; None where the kind is read.
    """
    for exclusion in _EXCLUSIONS:
        if exclusion.covers(kind):
            return str(exclusion)
    same = _ALIASES.get(kind)
    return f"alias: the same objects as {same}" if same in served else None


def is_excluded_group(group: str) -> bool:
    """Whether no kind of a group is ever read."""
    return any(exclusion.covers(GroupKind(group, EVERY_KIND)) for exclusion in _EXCLUSIONS)
