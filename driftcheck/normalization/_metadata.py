"""Rules for every object's metadata: what a server or a controller writes there.

A key is dropped only where its writer puts it; the same key inside a selector
or a user's own template stays. An unknown key is configuration and stays.
"""

from __future__ import annotations

from typing import Any

from driftcheck.model import Document, Node
from driftcheck.normalization._inside import drop, drop_entries, drop_items, inside, maps_in
from driftcheck.normalization._surroundings import Surroundings

SERVER_FIELDS = (
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "selfLink",
    "managedFields",
    "deletionGracePeriodSeconds",
    "generateName",
)
"""https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/."""

CONTROLLER_ANNOTATIONS = frozenset(
    {
        "argocd.argoproj.io/installation-id",
        "argocd.argoproj.io/refresh",
        "argocd.argoproj.io/tracking-id",
        "autoscaling.alpha.kubernetes.io/conditions",
        "autoscaling.alpha.kubernetes.io/current-metrics",
        "cert-manager.io/certificate-revision",
        "cloud.google.com/neg-status",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/revision-history",
        "deprecated.daemonset.template.generation",
        "endpoints.kubernetes.io/last-change-trigger-time",
        "endpoints.kubernetes.io/over-capacity",
        "field.cattle.io/projectId",
        "field.cattle.io/publicEndpoints",
        "ingress.kubernetes.io/backends",
        "ingress.kubernetes.io/forwarding-rule",
        "ingress.kubernetes.io/https-forwarding-rule",
        "ingress.kubernetes.io/https-target-proxy",
        "ingress.kubernetes.io/ssl-cert",
        "ingress.kubernetes.io/target-proxy",
        "ingress.kubernetes.io/url-map",
        "kapp.k14s.io/identity",
        "kapp.k14s.io/nonce",
        "kapp.k14s.io/original-diff-md5",
        "kubernetes.io/service-account.uid",
        "kustomize.toolkit.fluxcd.io/checksum",
        "metallb.io/ip-allocated-from-pool",
        "metallb.universe.tf/ip-allocated-from-pool",
        "openshift.io/internal-registry-pull-secret-ref",
        "pv.kubernetes.io/bind-completed",
        "pv.kubernetes.io/bound-by-controller",
        "pv.kubernetes.io/migrated-to",
        "pv.kubernetes.io/provisioned-by",
        "reconcile.fluxcd.io/forceAt",
        "reconcile.fluxcd.io/requestedAt",
        "rollout.argoproj.io/revision",
        "secretgen.carvel.dev/status",
        "volume.beta.kubernetes.io/storage-provisioner",
        "volume.kubernetes.io/selected-node",
        "volume.kubernetes.io/storage-provisioner",
        "volume.kubernetes.io/storage-resizer",
    }
)
CONTROLLER_LABELS = frozenset(
    {
        "batch.kubernetes.io/controller-uid",
        "controller-uid",
        "helm.toolkit.fluxcd.io/name",
        "helm.toolkit.fluxcd.io/namespace",
        "kapp.k14s.io/app",
        "kapp.k14s.io/association",
        "kubernetes.io/legacy-token-invalid-since",
        "kubernetes.io/legacy-token-last-used",
        "kubernetes.io/metadata.name",
        "kustomize.toolkit.fluxcd.io/name",
        "kustomize.toolkit.fluxcd.io/namespace",
    }
)
RESTART_MARKERS = (
    "kubectl.kubernetes.io/restartedAt",
    "reloader.stakater.com/last-reloaded-from",
)
CHANGE_CAUSE = "kubernetes.io/change-cause"
SYSTEM_FINALIZERS = frozenset(
    {
        "batch.kubernetes.io/job-tracking",
        "foregroundDeletion",
        "kubernetes.io/pv-protection",
        "kubernetes.io/pvc-protection",
        "orphan",
        "service.kubernetes.io/load-balancer-cleanup",
    }
)

Content = dict[str, Node]


def drop_controller_annotations(content: Content, _seen: Document, _around: Surroundings) -> int:
    """Annotations that a controller keeps its own notes in."""
    return drop(inside(content, "metadata", "annotations"), *CONTROLLER_ANNOTATIONS)


def drop_controller_labels(content: Content, _seen: Document, _around: Surroundings) -> int:
    """Labels that a controller tells its own objects by."""
    return drop(inside(content, "metadata", "labels"), *CONTROLLER_LABELS)


def drop_restart_markers(content: Content, _seen: Document, _around: Surroundings) -> int:
    """What a restart leaves, of `kubectl rollout restart` or Reloader: by itself no difference."""
    return sum(
        drop_entries(inside(template, "metadata"), "annotations", *RESTART_MARKERS)
        for template in pod_templates(content)
    )


def drop_change_cause(content: Content, _seen: Document, _around: Surroundings) -> int:
    """The remark about a rollout, which `kubectl rollout history` shows."""
    return drop(inside(content, "metadata", "annotations"), CHANGE_CAUSE)


def drop_system_finalizers(content: Content, _seen: Document, _around: Surroundings) -> int:
    """Finalizers that Kubernetes' own controllers set and clear; others are behaviour."""
    metadata = inside(content, "metadata")
    finalizers = metadata.get("finalizers", ())
    return drop_items(
        metadata, "finalizers", [value for value in finalizers if value in SYSTEM_FINALIZERS]
    )


def drop_owner_uids(content: Content, _seen: Document, _around: Surroundings) -> int:
    """An owner is known by kind and name; its uid is different in every environment."""
    owners = maps_in(inside(content, "metadata"), "ownerReferences")
    return sum(drop(owner, "uid") for owner in owners)


def pod_templates(content: Content) -> list[dict[str, Any]]:
    """Every pod template in an object: a workload's, a CronJob's, a PodTemplate's."""
    found = (
        inside(content, "template"),
        inside(content, "spec", "template"),
        inside(content, "spec", "jobTemplate", "spec", "template"),
    )
    return [template for template in found if template]
