"""Which objects are not compared: what a controller makes, and what is nobody's configuration.

Each rule asks for proof, never for a name alone. What a rule leaves out is
counted in the coverage.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from driftcheck.model import Document, GroupKind, ObjectReference
from driftcheck.normalization._inside import inside
from driftcheck.normalization._surroundings import SERVICE, Surroundings

POD = GroupKind("", "Pod")
_LEADER = "control-plane.alpha.kubernetes.io/leader"
_LOCKS = {GroupKind("", "ConfigMap"), GroupKind("", "Endpoints")}
_SLICE_MANAGER = "endpointslice.kubernetes.io/managed-by"
_SLICE_MANAGERS = {
    "endpointslice-controller.k8s.io",
    "endpointslicemirroring-controller.k8s.io",
}
_ENDPOINTS_MANAGER = "endpoints.kubernetes.io/managed-by"
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a Secret's type
_TOKEN_OWNER = "kubernetes.io/service-account.name"  # noqa: S105 - an annotation

_EXPANDED: dict[GroupKind, frozenset[GroupKind] | None] = {
    POD: None,
    GroupKind("apps", "ControllerRevision"): None,
    GroupKind("apps", "ReplicaSet"): frozenset(
        {GroupKind("apps", "Deployment"), GroupKind("argoproj.io", "Rollout")}
    ),
    GroupKind("batch", "Job"): frozenset({GroupKind("batch", "CronJob")}),
    GroupKind("resource.k8s.io", "ResourceClaim"): frozenset({POD}),
    GroupKind("kubevirt.io", "VirtualMachineInstance"): frozenset(
        {
            GroupKind("kubevirt.io", "VirtualMachine"),
            GroupKind("kubevirt.io", "VirtualMachineInstanceReplicaSet"),
        }
    ),
    GroupKind("", "ReplicationController"): frozenset(
        {GroupKind("apps.openshift.io", "DeploymentConfig")}
    ),
}
"""What is expanded from a template, and by which kinds; None stands for any controller."""


def exclusion(document: Document, around: Surroundings) -> str | None:
    """The rule that leaves this object out of the comparison; None where it is compared."""
    for rule, applies in _EXCLUSIONS.items():
        if applies(document, around):
            return rule
    return None


def is_expanded(document: Document, around: Surroundings) -> bool:
    """Whether a captured controller made this object from its own template."""
    kind = document.reference.group_kind
    owner = around.controller_of(document)
    if owner is None or kind not in _EXPANDED:
        return False
    by = _EXPANDED[kind]
    return by is None or owner.reference.group_kind in by


def _is_static_pod(document: Document, _around: Surroundings) -> bool:
    """https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/."""
    annotations = inside(document.metadata, "annotations")
    return document.reference.group_kind == POD and "kubernetes.io/config.mirror" in annotations


def _is_managed_slice(document: Document, _around: Surroundings) -> bool:
    if document.reference.kind != "EndpointSlice":
        return False
    return inside(document.metadata, "labels").get(_SLICE_MANAGER) in _SLICE_MANAGERS


def _is_managed_endpoints(document: Document, around: Surroundings) -> bool:
    """Endpoints are configuration where nobody but their author writes them."""
    if document.reference.group_kind != GroupKind("", "Endpoints"):
        return False
    if _ENDPOINTS_MANAGER in inside(document.metadata, "labels"):
        return True
    service = around.documents.get(ObjectReference(*SERVICE, document.reference.name))
    return bool(service and inside(service.body, "spec", "selector"))


def _is_leader_lock(document: Document, _around: Surroundings) -> bool:
    """A lock holds nothing but who leads, and client-go made them of two kinds."""
    return (
        document.reference.group_kind in _LOCKS
        and _LEADER in inside(document.metadata, "annotations")
        and not any(document.body.get(field) for field in ("data", "binaryData", "subsets"))
    )


def _is_helm_release(document: Document, _around: Surroundings) -> bool:
    """https://helm.sh/docs/topics/advanced/#storage-backends."""
    labels = inside(document.metadata, "labels")
    type_ = document.body.get("type")
    is_named_so = type_ is None and document.reference.name.startswith("sh.helm.release.v1.")
    return labels.get("owner") == "helm" and (type_ == "helm.sh/release.v1" or is_named_so)


def _is_generated_token(document: Document, _around: Surroundings) -> bool:
    """https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets."""
    if document.body.get("type") != _TOKEN:
        return False
    account = inside(document.metadata, "annotations").get(_TOKEN_OWNER, "")
    name = document.reference.name
    return (
        bool(account)
        and re.fullmatch(rf"{re.escape(account)}-token-[a-z0-9]{{5}}", name) is not None
    )


_EXCLUSIONS: dict[str, Callable[[Document, Surroundings], bool]] = {
    "owned": is_expanded,
    "static-pod": _is_static_pod,
    "managed-endpoints": lambda document, around: (
        _is_managed_slice(document, around) or _is_managed_endpoints(document, around)
    ),
    "leader-election": _is_leader_lock,
    "helm-release": _is_helm_release,
    "service-account-token": _is_generated_token,
}
