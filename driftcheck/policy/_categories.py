"""What a difference is about: by its path first, then by its object's kind.

`docs/categories.md` shows the same table to readers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from driftcheck.model import (
    Category,
    Change,
    Difference,
    Field,
    FieldPath,
    GroupKind,
    ObjectReference,
    worst_first,
)
from driftcheck.policy._inside import places_inside

POD_FIELDS: dict[str, Category] = {
    "image": Category.IMAGE,
    "imagePullPolicy": Category.IMAGE,
    "imagePullSecrets": Category.IMAGE,
    "command": Category.COMMAND,
    "args": Category.COMMAND,
    "workingDir": Category.COMMAND,
    "env": Category.ENVIRONMENT,
    "envFrom": Category.ENVIRONMENT,
    "securityContext": Category.SECURITY,
    "hostNetwork": Category.SECURITY,
    "hostPID": Category.SECURITY,
    "hostIPC": Category.SECURITY,
    "hostUsers": Category.SECURITY,
    "shareProcessNamespace": Category.SECURITY,
    "serviceAccountName": Category.SECURITY,
    "serviceAccount": Category.SECURITY,
    "automountServiceAccountToken": Category.SECURITY,
    "resources": Category.RESOURCES,
    "resourceClaims": Category.RESOURCES,
    "overhead": Category.RESOURCES,
    "resizePolicy": Category.RESOURCES,
    "livenessProbe": Category.PROBE,
    "readinessProbe": Category.PROBE,
    "startupProbe": Category.PROBE,
    "volumes": Category.STORAGE,
    "volumeMounts": Category.STORAGE,
    "volumeDevices": Category.STORAGE,
    "nodeSelector": Category.SCHEDULING,
    "nodeName": Category.SCHEDULING,
    "affinity": Category.SCHEDULING,
    "tolerations": Category.SCHEDULING,
    "topologySpreadConstraints": Category.SCHEDULING,
    "schedulerName": Category.SCHEDULING,
    "schedulingGates": Category.SCHEDULING,
    "priorityClassName": Category.SCHEDULING,
    "runtimeClassName": Category.SCHEDULING,
    "lifecycle": Category.LIFECYCLE,
    "restartPolicy": Category.LIFECYCLE,
    "terminationGracePeriodSeconds": Category.LIFECYCLE,
    "activeDeadlineSeconds": Category.LIFECYCLE,
    "ports": Category.NETWORK,
    "hostAliases": Category.NETWORK,
    "hostname": Category.NETWORK,
    "subdomain": Category.NETWORK,
    "dnsPolicy": Category.NETWORK,
    "dnsConfig": Category.NETWORK,
}
"""By the first of these fields inside a pod's spec or one of its containers."""

POD = GroupKind("", "Pod")
CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")

SPEC_FIELDS: dict[tuple[str, str], Category] = {
    ("CronJob", "schedule"): Category.SCHEDULING,
    ("CronJob", "timeZone"): Category.SCHEDULING,
    ("CronJob", "suspend"): Category.SCHEDULING,
    ("CronJob", "startingDeadlineSeconds"): Category.SCHEDULING,
    ("CronJob", "concurrencyPolicy"): Category.SCHEDULING,
    ("Job", "suspend"): Category.SCHEDULING,
    ("Job", "parallelism"): Category.SCALING,
    ("Job", "completions"): Category.SCALING,
    ("StatefulSet", "volumeClaimTemplates"): Category.STORAGE,
    ("StatefulSet", "serviceName"): Category.NETWORK,
    ("Deployment", "strategy"): Category.LIFECYCLE,
    ("Deployment", "minReadySeconds"): Category.LIFECYCLE,
    ("StatefulSet", "updateStrategy"): Category.LIFECYCLE,
    ("StatefulSet", "podManagementPolicy"): Category.LIFECYCLE,
    ("DaemonSet", "updateStrategy"): Category.LIFECYCLE,
}

KINDS: dict[GroupKind, Category] = {
    GroupKind("", "ConfigMap"): Category.CONFIG,
    GroupKind("", "Endpoints"): Category.NETWORK,
    GroupKind("", "LimitRange"): Category.RESOURCES,
    GroupKind("", "Node"): Category.SCHEDULING,
    GroupKind("", "PersistentVolume"): Category.STORAGE,
    GroupKind("", "PersistentVolumeClaim"): Category.STORAGE,
    GroupKind("", "ResourceQuota"): Category.RESOURCES,
    GroupKind("", "Secret"): Category.SECRET,
    GroupKind("", "Service"): Category.NETWORK,
    GroupKind("", "ServiceAccount"): Category.RBAC,
    **{
        GroupKind("admissionregistration.k8s.io", kind): Category.SECURITY
        for kind in (
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        )
    },
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"): Category.CUSTOM,
    GroupKind("autoscaling", "HorizontalPodAutoscaler"): Category.SCALING,
    GroupKind("discovery.k8s.io", "EndpointSlice"): Category.NETWORK,
    GroupKind("networking.k8s.io", "Ingress"): Category.NETWORK,
    GroupKind("networking.k8s.io", "NetworkPolicy"): Category.NETWORK,
    GroupKind("node.k8s.io", "RuntimeClass"): Category.SCHEDULING,
    GroupKind("policy", "PodDisruptionBudget"): Category.SCALING,
    GroupKind("rbac.authorization.k8s.io", "ClusterRole"): Category.RBAC,
    GroupKind("rbac.authorization.k8s.io", "ClusterRoleBinding"): Category.RBAC,
    GroupKind("rbac.authorization.k8s.io", "Role"): Category.RBAC,
    GroupKind("rbac.authorization.k8s.io", "RoleBinding"): Category.RBAC,
    GroupKind("scheduling.k8s.io", "PriorityClass"): Category.SCHEDULING,
    GroupKind("snapshot.storage.k8s.io", "VolumeSnapshotClass"): Category.STORAGE,
    GroupKind("storage.k8s.io", "CSIDriver"): Category.STORAGE,
    GroupKind("storage.k8s.io", "StorageClass"): Category.STORAGE,
    GroupKind("storage.k8s.io", "VolumeAttributesClass"): Category.STORAGE,
}

NETWORK_POLICY = "NetworkPolicy"
"""What the kinds of network policies end with, Kubernetes' own and those of Cilium and Calico."""

BUILTIN_GROUPS = frozenset({"", "apps", "autoscaling", "batch", "extensions", "policy"})
"""Besides these, every group under `.k8s.io` belongs to Kubernetes or its own projects."""

METADATA: FieldPath = (Field("metadata"),)
"""What every object has, and which by itself says nothing."""

METADATA_FIELDS = ("labels", "annotations", "finalizers", "ownerReferences")


Held = tuple[ObjectReference, Any]
"""An object, and what it holds."""


def category(reference: ObjectReference, path: FieldPath) -> Category:
    """What a difference at a path of an object is about."""
    fields = [step.name for step in path if isinstance(step, Field)]
    if fields[:1] == ["running"]:
        return _of_running(fields[1:])
    if _is_metadata(fields):
        return Category.METADATA
    return (
        _in_pod_spec(reference, fields)
        or _in_spec(reference, fields)
        or KINDS.get(reference.group_kind)
        or (Category.OTHER if is_builtin(reference.group) else Category.CUSTOM)
    )


def category_outside(reference: ObjectReference) -> Category:
    """What an object is about that lies outside the namespaces, whatever of it differs."""
    if reference.kind.endswith(NETWORK_POLICY):
        return Category.NETWORK
    return KINDS.get(reference.group_kind, Category.OTHER)


def _of_running(fields: list[str]) -> Category:
    """What runs: an image, and whatever else a pod has that its template does not give it."""
    if fields[:1] == ["metadata"]:
        return Category.METADATA
    inside = fields[1:] if fields[:1] and fields[0] in CONTAINER_LISTS else fields
    return POD_FIELDS.get(inside[0], Category.IMAGE) if inside else Category.IMAGE


def categories(difference: Difference, held: Collection[Held]) -> tuple[Category, ...]:
    """What a difference is about, all that it holds included, worst first.

    Args:
        difference: What differs.
        held: What a whole object holds, and what follows from it, in each environment.
    """
    own = category(difference.reference, difference.path)
    if difference.change is Change.REORDERED:
        return (own,)
    inside = (
        category(reference, path)
        for reference, path, value in places_held(difference, held)
        if _is_leaf(value) and path != METADATA
    )
    return worst_first((own, *(category(reference, ()) for reference, _ in held), *inside))


def places_held(
    difference: Difference, held: Iterable[Held]
) -> Iterator[tuple[ObjectReference, FieldPath, Any]]:
    """Every place of what differs: of a whole object all that it holds; see `categories`."""
    values = [(difference.reference, value) for value in difference.values.values()]
    for reference, value in values if difference.path else held:
        for path, inner in places_inside(difference.path, value):
            yield reference, path, inner


def _is_leaf(value: Any) -> bool:
    return not (isinstance(value, dict | list) and value)


def is_builtin(group: str) -> bool:
    """Whether a group is Kubernetes' own, and not one of custom resources."""
    return group in BUILTIN_GROUPS or group.endswith(".k8s.io")


def _is_metadata(fields: list[str]) -> bool:
    """Labels, annotations, finalizers and owners, of the object or of a template in it."""
    if fields[:1] not in (["metadata"], ["spec"], ["template"]) or "metadata" not in fields:
        return False
    after = fields[fields.index("metadata") + 1 :]
    return not after or after[0] in METADATA_FIELDS


def _in_pod_spec(reference: ObjectReference, fields: list[str]) -> Category | None:
    """A field of a pod's spec, wherever the pod's template stands."""
    inside = _pod_fields(reference, fields)
    if inside[:1] and inside[0] in CONTAINER_LISTS:
        inside = inside[1:] or ["image"]
    return POD_FIELDS.get(inside[0]) if inside else None


def _pod_fields(reference: ObjectReference, fields: list[str]) -> list[str]:
    """The fields below a pod's spec; none where the path is not in one."""
    if reference.group_kind == POD:
        return fields[1:] if fields[:1] == ["spec"] else []
    if fields[:1] in (["spec"], ["template"]) and "template" in fields:
        at = fields.index("template")
        return fields[at + 2 :] if fields[at + 1 : at + 2] == ["spec"] else []
    return []


def _in_spec(reference: ObjectReference, fields: list[str]) -> Category | None:
    if fields[:2] == ["spec", "replicas"]:
        return Category.SCALING
    if fields[:1] == ["spec"] and len(fields) > 1:
        return SPEC_FIELDS.get((reference.kind, fields[1]))
    return None
