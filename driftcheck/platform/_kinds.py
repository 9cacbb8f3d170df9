"""The kinds outside a namespace that may reach in, and when they act."""

from __future__ import annotations

from collections.abc import Mapping

from driftcheck.model import Acts, GroupKind

_ADMISSION = "admissionregistration.k8s.io"
_RBAC = "rbac.authorization.k8s.io"
_STORAGE = "storage.k8s.io"

BINDING = GroupKind(_RBAC, "ClusterRoleBinding")
ROLE = GroupKind(_RBAC, "ClusterRole")
MUTATING_WEBHOOK = GroupKind(_ADMISSION, "MutatingWebhookConfiguration")
VALIDATING_WEBHOOK = GroupKind(_ADMISSION, "ValidatingWebhookConfiguration")
MUTATING_POLICY = GroupKind(_ADMISSION, "MutatingAdmissionPolicy")
MUTATING_POLICY_BINDING = GroupKind(_ADMISSION, "MutatingAdmissionPolicyBinding")
VALIDATING_POLICY = GroupKind(_ADMISSION, "ValidatingAdmissionPolicy")
VALIDATING_POLICY_BINDING = GroupKind(_ADMISSION, "ValidatingAdmissionPolicyBinding")
STORAGE_CLASS = GroupKind(_STORAGE, "StorageClass")
VOLUME_ATTRIBUTES_CLASS = GroupKind(_STORAGE, "VolumeAttributesClass")
DRIVER = GroupKind(_STORAGE, "CSIDriver")
VOLUME = GroupKind("", "PersistentVolume")
SNAPSHOT_CLASS = GroupKind("snapshot.storage.k8s.io", "VolumeSnapshotClass")
INGRESS_CLASS = GroupKind("networking.k8s.io", "IngressClass")
GATEWAY_CLASS = GroupKind("gateway.networking.k8s.io", "GatewayClass")
PRIORITY_CLASS = GroupKind("scheduling.k8s.io", "PriorityClass")
RUNTIME_CLASS = GroupKind("node.k8s.io", "RuntimeClass")
DEVICE_CLASS = GroupKind("resource.k8s.io", "DeviceClass")
TRUST_BUNDLE = GroupKind("certificates.k8s.io", "ClusterTrustBundle")
DEFINITION = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
NODE = GroupKind("", "Node")

NODES = "*"
"""The name of what all nodes are together, which no object can have."""

_LIVE = frozenset(
    {
        *(BINDING, ROLE, VOLUME, VOLUME_ATTRIBUTES_CLASS),
        *(INGRESS_CLASS, GATEWAY_CLASS, TRUST_BUNDLE, DEFINITION),
    }
)
_ACTS: Mapping[GroupKind, Acts] = {
    MUTATING_WEBHOOK: Acts.ADMISSION,
    VALIDATING_WEBHOOK: Acts.ADMISSION,
    MUTATING_POLICY: Acts.ADMISSION,
    MUTATING_POLICY_BINDING: Acts.ADMISSION,
    VALIDATING_POLICY: Acts.ADMISSION,
    VALIDATING_POLICY_BINDING: Acts.ADMISSION,
    STORAGE_CLASS: Acts.ADMISSION,
    SNAPSHOT_CLASS: Acts.ADMISSION,
    PRIORITY_CLASS: Acts.ADMISSION,
    DRIVER: Acts.POD_START,
    RUNTIME_CLASS: Acts.POD_START,
    DEVICE_CLASS: Acts.POD_START,
    NODE: Acts.POD_START,
}

IS_DEFAULT = {
    STORAGE_CLASS: (
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    ),
    INGRESS_CLASS: ("ingressclass.kubernetes.io/is-default-class",),
}
"""The annotations that make a class the one of whatever names none.

https://kubernetes.io/docs/reference/labels-annotations-taints/
"""
LEADS_TO: Mapping[GroupKind, GroupKind] = {
    BINDING: ROLE,
    MUTATING_POLICY_BINDING: MUTATING_POLICY,
    STORAGE_CLASS: DRIVER,
    VALIDATING_POLICY_BINDING: VALIDATING_POLICY,
}
"""What else is to be read, once a kind can be: nobody knows before by which names."""


def acts(kind: GroupKind) -> Acts:
    """When an object of a kind acts: at all times, unless something else is known."""
    return _ACTS.get(kind, Acts.LIVE)


def is_known(kind: GroupKind) -> bool:
    """Whether a kind is Kubernetes' own, whose labels and annotations do nothing themselves."""
    return kind in _ACTS or kind in _LIVE
