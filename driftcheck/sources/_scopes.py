"""Which kinds stand in no namespace, as far as manifests alone can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from driftcheck.model import GroupKind, group_of
from driftcheck.sources._schemas import is_built_in

_DEFINITION = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")

_BUILT_IN = {
    "": ("ComponentStatus", "Node", "PersistentVolume"),
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "certificates.k8s.io": ("CertificateSigningRequest", "ClusterTrustBundle"),
    "flowcontrol.apiserver.k8s.io": ("FlowSchema", "PriorityLevelConfiguration"),
    "internal.apiserver.k8s.io": ("StorageVersion",),
    "networking.k8s.io": ("IPAddress", "IngressClass", "ServiceCIDR"),
    "node.k8s.io": ("RuntimeClass",),
    "policy": ("PodSecurityPolicy",),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "resource.k8s.io": ("DeviceClass", "DeviceTaintRule", "ResourceSlice"),
    "scheduling.k8s.io": ("PriorityClass",),
    "storage.k8s.io": (
        "CSIDriver",
        "CSINode",
        "StorageClass",
        "VolumeAttachment",
        "VolumeAttributesClass",
    ),
    "storagemigration.k8s.io": ("StorageVersionMigration",),
}
"""The kinds of Kubernetes itself that stand in no namespace, besides Namespace."""


def cluster_scoped_kinds(bodies: Iterable[Mapping[str, Any]]) -> frozenset[GroupKind]:
    """The kinds that stand in no namespace.

    Args:
        bodies: Objects, among them definitions of custom resources.

    Returns:
        Those of Kubernetes, and those that the definitions say it of.
    """
    built_in = {GroupKind(group, kind) for group, kinds in _BUILT_IN.items() for kind in kinds}
    return frozenset({*built_in, *_defined(bodies)})


def is_surely_namespaced(kind: GroupKind) -> bool:
    """Whether a kind is one of Kubernetes itself that stands in namespaces."""
    return is_built_in(kind.group) and kind.kind not in (
        "Namespace",
        *_BUILT_IN.get(kind.group, ()),
    )


def _defined(bodies: Iterable[Mapping[str, Any]]) -> Iterator[GroupKind]:
    for body in bodies:
        spec = body.get("spec")
        if is_definition(body) and isinstance(spec, dict) and spec.get("scope") == "Cluster":
            names = spec.get("names")
            kind = names.get("kind") if isinstance(names, dict) else None
            yield GroupKind(str(spec.get("group")), str(kind))


def is_definition(body: Mapping[str, Any]) -> bool:
    """Whether an object defines a custom resource."""
    return GroupKind(group_of(body["apiVersion"]), body["kind"]) == _DEFINITION
