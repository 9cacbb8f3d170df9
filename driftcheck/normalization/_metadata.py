"""Rules for every object's metadata: what a server or a controller writes there.

A key is dropped only where its writer puts it; the same key inside a selector
or a user's own template stays. An unknown key is configuration and stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from driftcheck.model import Document, Field, GroupKind, Member, Node
from driftcheck.normalization._inside import drop, drop_entries, drop_items, inside, maps_in
from driftcheck.normalization._schema import is_builtin
from driftcheck.normalization._surroundings import DEPLOYMENT_CONFIG, ROLLOUT, Surroundings
from driftcheck.normalization._writers import is_written_by

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
        "field.cattle.io/publicEndpoints",
        "ingress.kubernetes.io/backends",
        "ingress.kubernetes.io/forwarding-rule",
        "ingress.kubernetes.io/https-forwarding-rule",
        "ingress.kubernetes.io/https-target-proxy",
        "ingress.kubernetes.io/redirect-url-map",
        "ingress.kubernetes.io/ssl-cert",
        "ingress.kubernetes.io/static-ip",
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
        "reconcile.fluxcd.io/forceAt",
        "reconcile.fluxcd.io/requestedAt",
        "reconcile.fluxcd.io/resetAt",
        "rollout.argoproj.io/revision",
        "rollout.argoproj.io/workload-generation",
        "secretgen.carvel.dev/status",
        "service.alpha.openshift.io/expiry",
        "service.alpha.openshift.io/serving-cert-signed-by",
        "service.beta.openshift.io/expiry",
        "service.beta.openshift.io/serving-cert-signed-by",
        "serving.knative.dev/creator",
        "serving.knative.dev/lastModifier",
        "serving.knative.dev/routingStateModified",
    }
)
CONTROLLER_LABELS = frozenset(
    {
        "generate.kyverno.io/source-uid",
        "generate.kyverno.io/trigger-uid",
        "helm.toolkit.fluxcd.io/name",
        "helm.toolkit.fluxcd.io/namespace",
        "kapp.k14s.io/app",
        "kapp.k14s.io/association",
        "kubernetes.io/legacy-token-last-used",
        "kustomize.toolkit.fluxcd.io/name",
        "kustomize.toolkit.fluxcd.io/namespace",
        "objectset.rio.cattle.io/hash",
        "serving.knative.dev/configurationGeneration",
        "serving.knative.dev/deployment-hash",
        "velero.io/backup-name",
        "velero.io/restore-name",
    }
)
RESTART_MARKERS = (
    "kubectl.kubernetes.io/restartedAt",
    "reloader.stakater.com/last-reloaded-from",
)
CHANGE_CAUSE = "kubernetes.io/change-cause"
SYSTEM_FINALIZERS: Mapping[GroupKind, Collection[str]] = {
    GroupKind("", "PersistentVolume"): ("kubernetes.io/pv-protection",),
    GroupKind("", "PersistentVolumeClaim"): ("kubernetes.io/pvc-protection",),
    GroupKind("", "Pod"): ("batch.kubernetes.io/job-tracking",),
    GroupKind("", "Service"): (
        "service.k8s.aws/resources",
        "service.kubernetes.io/load-balancer-cleanup",
    ),
    GroupKind("networking.k8s.io", "Ingress"): (
        "ingress.k8s.aws/resources",
        "networking.gke.io/ingress-finalizer",
        "networking.gke.io/ingress-finalizer-V2",
    ),
}
"""By the kind on which a controller of Kubernetes' own, or a cloud's, sets and clears them.

pkg/shared_constants/finalizers.go of the AWS Load Balancer Controller, at 225f445;
pkg/utils/common/finalizer.go of ingress-gce, at acbcf5d
"""
PROJECT_FINALIZERS = {
    "eventing.keda.sh": "finalizer.keda.sh",
    "elbv2.k8s.aws": "elbv2.k8s.aws/resources",
    "external-secrets.io": "externalsecrets.external-secrets.io/externalsecret-cleanup",
    "helm.cattle.io": "wrangler.cattle.io/on-helm-chart-remove",
    "helm.toolkit.fluxcd.io": "finalizers.fluxcd.io",
    "image.toolkit.fluxcd.io": "finalizers.fluxcd.io",
    "kafka.strimzi.io": "strimzi.io/topic-operator",
    "keda.sh": "finalizer.keda.sh",
    "kustomize.toolkit.fluxcd.io": "finalizers.fluxcd.io",
    "monitoring.coreos.com": "monitoring.coreos.com/status-cleanup",
    "notification.toolkit.fluxcd.io": "finalizers.fluxcd.io",
    "source.toolkit.fluxcd.io": "finalizers.fluxcd.io",
    "triggers.tekton.dev": "eventlisteners.triggers.tekton.dev",
}
"""By the group of a project's own kinds, what its controller sets on them and clears.

`apis/meta` of Flux; controllers/keda of KEDA; pkg/controllers/externalsecret of External Secrets;
`StatusCleanupFinalizerName` in pkg/k8sutil of the Prometheus operator; `BatchingTopicController`
of Strimzi; pkg/shared_constants/finalizers.go of the AWS Load Balancer Controller, at 225f445;
pkg/controllers/chart/chart.go of k3s' helm-controller, at 21a911f; `defaultFinalizerName` in
pkg/client/injection/reconciler/triggers/v1beta1/eventlistener of Tekton's triggers, at 0889029
"""
OPERATOR_FINALIZERS = {
    "composite.apiextensions.crossplane.io": "crossplane",
    "finalizer.apiextensions.crossplane.io": "crossplane",
    "finalizer.managedresource.crossplane.io": "provider",
}
"""By a finalizer that may be on any custom resource, the operator that sets and clears it.

internal/controller/apiextensions/composite/reconciler.go and claim/reconciler.go of Crossplane, at
2d040d2; pkg/reconciler/managed of crossplane-runtime
"""
DELETING_FINALIZERS = ("foregroundDeletion", "orphan")
"""How an object that is being deleted is to be deleted; on any other somebody wrote it."""

Content = dict[str, Node]


def drop_controller_annotations(content: Content, _seen: Document, _around: Surroundings) -> int:
    """Annotations that a controller keeps its own notes in."""
    return drop_unread(content, "annotations", CONTROLLER_ANNOTATIONS)


def drop_controller_labels(content: Content, seen: Document, around: Surroundings) -> int:
    """Labels that a tool tells its own objects by, where no selector picks this one by them."""
    there = CONTROLLER_LABELS & inside(content, "metadata", "labels").keys()
    tracking = {key for key in there if not around.selects(seen, key)}
    return drop_unread(content, "labels", tracking)


def runs_pods(seen: Document) -> bool:
    """Whether templates in an object are the API's own; in a custom resource they may not be."""
    kind = seen.kind
    return is_builtin(kind) or kind in (DEPLOYMENT_CONFIG, ROLLOUT)


def drop_restart_markers(content: Content, seen: Document, _around: Surroundings) -> int:
    """What a restart leaves, of `kubectl rollout restart` or Reloader: by itself no difference."""
    if not runs_pods(seen):
        return 0
    return sum(
        drop_unread(template, "annotations", RESTART_MARKERS) for template in pod_templates(content)
    )


def drop_change_cause(content: Content, _seen: Document, _around: Surroundings) -> int:
    """The remark about a rollout, which `kubectl rollout history` shows."""
    return drop_unread(content, "annotations", (CHANGE_CAUSE,))


def drop_system_finalizers(content: Content, seen: Document, _around: Surroundings) -> int:
    """Finalizers that this kind's own controllers set and clear on its objects, or while deleting.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
    """
    metadata, kind = inside(content, "metadata"), seen.kind
    own = [*SYSTEM_FINALIZERS.get(kind, ()), PROJECT_FINALIZERS.get(kind.group, "")]
    if "deletionTimestamp" in metadata:
        own += DELETING_FINALIZERS
    finalizers = metadata.get("finalizers", ())
    unwanted = [value for value in finalizers if value in own or _is_by_operator(value, seen)]
    return drop_items(metadata, "finalizers", unwanted)


def _is_by_operator(finalizer: Node, seen: Document) -> bool:
    """Whether managedFields show that a custom resource has it of its operator alone."""
    operator = OPERATOR_FINALIZERS.get(str(finalizer))
    path = (Field("metadata"), Field("finalizers"), Member(finalizer))
    return (
        operator is not None and not is_builtin(seen.kind) and is_written_by(operator, path, seen)
    )


def drop_owner_uids(content: Content, _seen: Document, _around: Surroundings) -> int:
    """An owner is known by kind and name; its uid is different in every environment."""
    owners = maps_in(inside(content, "metadata"), "ownerReferences")
    return sum(drop(owner, "uid") for owner in owners)


def drop_unread(pod: Content, field: str, keys: Collection[str]) -> int:
    """Take labels or annotations away, unless the pod itself reads them.

    https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields

    Args:
        pod: A pod, a pod template, or any other object, which reads nothing of its own.
        field: `labels` or `annotations`.
        keys: Which.
    """
    metadata = inside(pod, "metadata")
    there = [key for key in inside(metadata, field) if key in keys]
    if not there:
        return 0
    read = set(_paths_read(inside(pod, "spec")))
    if f"metadata.{field}" in read:
        return 0
    unread = [key for key in there if f"metadata.{field}['{key}']" not in read]
    return drop_entries(metadata, field, *unread)


def _paths_read(spec: Content) -> Iterator[str]:
    """The paths of its own that a pod reads, into variables and files."""
    for role in ("initContainers", "containers", "ephemeralContainers"):
        for container in maps_in(spec, role):
            for variable in maps_in(container, "env"):
                yield str(inside(variable, "valueFrom", "fieldRef").get("fieldPath"))
    for volume in maps_in(spec, "volumes"):
        for source in (volume, *maps_in(inside(volume, "projected"), "sources")):
            for item in maps_in(inside(source, "downwardAPI"), "items"):
                yield str(inside(item, "fieldRef").get("fieldPath"))


def pod_templates(content: Content) -> list[dict[str, Any]]:
    """Every pod template in an object: a workload's, a CronJob's, a PodTemplate's."""
    spec = inside(content, "spec")
    found = (
        inside(content, "template"),
        inside(spec, "template"),
        inside(spec, "jobTemplate", "spec", "template"),
    )
    return [template for template in found if template]
