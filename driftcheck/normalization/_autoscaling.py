"""Whose replicas an autoscaler holds, so that what somebody wrote there says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from driftcheck.model import Document, GroupKind, ObjectReference, Snapshot, group_of
from driftcheck.normalization._inside import inside
from driftcheck.normalization._surroundings import AUTOSCALER, SCALED_OBJECT
from driftcheck.platform import selects

_AUTOSCALERS: Mapping[GroupKind, tuple[tuple[str, int], tuple[str, int]]] = {
    AUTOSCALER: (("minReplicas", 1), ("maxReplicas", 0)),
    SCALED_OBJECT: (("minReplicaCount", 0), ("maxReplicaCount", 100)),
}
"""By kind, the least and the most that it scales to: the field, and its default.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/,
https://keda.sh/docs/latest/reference/scaledobject-spec/
"""
_PAUSED = "autoscaling.keda.sh/paused"
_FALSE = ("0", "f", "F", "false", "False", "FALSE")
"""https://pkg.go.dev/strconv#ParseBool: whatever else stands there pauses."""
_PAUSED_AT = "autoscaling.keda.sh/paused-replicas"


def autoscaled_in(snapshot: Snapshot) -> frozenset[ObjectReference]:
    """The workloads whose replicas an autoscaler holds.

    An autoscaler does nothing for a workload that has been scaled to zero.
    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation
    """
    scaled = list(_scaled(snapshot))
    disputed = {
        reference
        for kind in _AUTOSCALERS
        for reference in _disputed([it for it, autoscaler in scaled if autoscaler.kind == kind])
    }
    return frozenset(
        workload.reference
        for workload, autoscaler in scaled
        if workload.reference not in disputed and _is_held(workload, autoscaler)
    )


def _scaled(snapshot: Snapshot) -> Iterator[tuple[Document, Document]]:
    """Each autoscaler, behind the workload that it is for."""
    documents = {document.reference: document for document in snapshot.documents}
    for autoscaler in snapshot.documents:
        if autoscaler.kind in _AUTOSCALERS:
            target = inside(autoscaler.body, "spec", "scaleTargetRef")
            group = group_of(str(target.get("apiVersion", "apps/v1")))
            kind, name = str(target.get("kind", "Deployment")), str(target.get("name", ""))
            workload = documents.get(ObjectReference(group, kind, name))
            if workload:
                yield workload, autoscaler


def _disputed(workloads: Sequence[Document]) -> Iterator[ObjectReference]:
    """Those whose pods several autoscalers count, so that none of these does anything.

    `validateAndParseSelector` in pkg/controller/podautoscaler/horizontal.go of Kubernetes

    Args:
        workloads: What the autoscalers of a kind are for, once for each of them.
    """
    for workload in workloads:
        labels = inside(workload.body, "spec", "template", "metadata", "labels")
        counting = [it for it in workloads if it is workload or _counts(it, labels)]
        if len(counting) > 1:
            yield from (it.reference for it in counting)


def _counts(workload: Document, labels: Mapping[str, str]) -> bool:
    """Whether pods with these labels are among those of a workload, by its selector."""
    selector = inside(workload.body, "spec", "selector")
    is_of_labels = selector.keys().isdisjoint(("matchLabels", "matchExpressions"))
    return bool(selector) and selects(
        {"matchLabels": selector} if is_of_labels else selector, labels
    )


def _is_held(workload: Document, autoscaler: Document) -> bool:
    """Whether an autoscaler can have set a workload's replicas: they are within its bounds.

    What a manifest says is where the autoscaler begins; at zero, most do not.
    """
    if _is_idle(autoscaler):
        return False
    replicas = inside(workload.body, "spec").get("replicas", 1)
    spec = inside(autoscaler.body, "spec")
    least, most = (
        spec.get(field, default) for field, default in _AUTOSCALERS[autoscaler.reference.group_kind]
    )
    if any(type(number) is not int for number in (replicas, least, most)):
        return False
    if workload.uid is None:
        return bool(replicas or not least)
    return bool(least <= replicas <= most)


def _is_idle(autoscaler: Document) -> bool:
    """Whether an autoscaler is told to leave the replicas as they are.

    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#scaling-policies,
    https://keda.sh/docs/latest/concepts/scaling-deployments/#pause-autoscaling, and
    `NeedToBePausedByAnnotation` in apis/keda/v1alpha1/scaledobject_types.go of KEDA
    """
    spec = inside(autoscaler.body, "spec")
    is_of_keda = autoscaler.reference.group_kind == SCALED_OBJECT
    given = inside(spec, "advanced", "horizontalPodAutoscalerConfig") if is_of_keda else spec
    policies = [
        inside(given, "behavior", way).get("selectPolicy") for way in ("scaleUp", "scaleDown")
    ]
    annotations = inside(autoscaler.metadata, "annotations")
    is_paused = annotations.get(_PAUSED, "false") not in _FALSE or _PAUSED_AT in annotations
    return policies == ["Disabled", "Disabled"] or (is_of_keda and is_paused)
