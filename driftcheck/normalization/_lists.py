"""What the order of a list means, where the API's own schema is wrong or silent.

The schema gives keys to lists that are merged, and calls every other list
atomic, which speaks of ownership and not of meaning. This table holds what the
field really does (Kubernetes API reference, and the components' sources).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from driftcheck.model import Bag, Keyed, Members, Node

Hits = Callable[[str], None]
Order = Callable[[list[Node], Hits], list[Node]]


def ordered(items: list[Node], _hits: Hits) -> list[Node]:
    """A list whose order means something."""
    return items


def bag(items: list[Node], _hits: Hits) -> list[Node]:
    """A list whose order means nothing."""
    return Bag(items)


def members(items: list[Node], _hits: Hits) -> list[Node]:
    """A set of scalars; anything else in it makes it a bag."""
    if any(isinstance(item, dict | list) for item in items):
        return Bag(items)
    return Members(items)


def keyed(*keys: str, in_order: bool = False) -> Order:
    """A list of maps that are told apart by some fields; doubles make it a bag."""

    def by_keys(items: list[Node], hits: Hits) -> list[Node]:
        found = Keyed(items, keys, ordered=in_order)
        told_apart = _told_apart(found)
        if told_apart is None:
            return items
        if len(told_apart) < len(found):
            hits("duplicate-keys")
            return items if in_order else Bag(items)
        return found

    return by_keys


def _told_apart(items: Keyed) -> dict[tuple[Any, ...], dict[str, Node]] | None:
    """The items by their keys; None where one is no map, or its key is no scalar.

    A custom resource may hold anything under a name that pod templates use as well.
    """
    try:
        return items.by_key()
    except (AttributeError, TypeError):
        return None


def last_wins(*keys: str) -> Order:
    """A keyed list in which the API lets the last of several equal keys win."""

    def without_doubles(items: list[Node], hits: Hits) -> list[Node]:
        told_apart = _told_apart(Keyed(items, keys, ordered=False))
        if told_apart is None:
            return items
        latest = list(told_apart.values())
        for _ in range(len(items) - len(latest)):
            hits("duplicate-keys")
        return Keyed(latest, keys, ordered=False)

    return without_doubles


def environment_variables(items: list[Node], hits: Hits) -> list[Node]:
    """`env`: the last of equal names wins, and order means something once `$(VAR)` is used.

    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    latest = last_wins("name")(items, hits)
    if not isinstance(latest, Keyed):
        return latest
    expands = any("$(" in str(item.get("value", "")) for item in latest)
    return Keyed(latest, ("name",), ordered=expands)


def ingress_paths(items: list[Node], _hits: Hits) -> list[Node]:
    """Paths match by length, except where the controller decides: then they match in order.

    https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types
    """
    if any(item.get("pathType") == "ImplementationSpecific" for item in items):
        return items
    return Bag(items)


_CONTAINER_LISTS: dict[str, Order] = {
    "env": environment_variables,
    "resizePolicy": keyed("resourceName"),
}

_BY_NAME = keyed("name")
_BY_PATH = {"items": keyed("path")}
_DEVICE_SELECTION: dict[str, Order] = {"selectors": bag, "tolerations": bag}
_POD_TERMS: dict[str, Order] = {
    "preferredDuringSchedulingIgnoredDuringExecution": bag,
    "requiredDuringSchedulingIgnoredDuringExecution": bag,
}

CORRECTIONS: dict[str, dict[str, Order]] = {
    "autoscaling.v2.HPAScalingRules": {"policies": bag},
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {"metrics": bag},
    "batch.v1.PodFailurePolicyRule": {"onPodConditions": bag},
    "core.v1.Capabilities": {"add": members, "drop": members},
    "core.v1.ConfigMapProjection": _BY_PATH,
    "core.v1.ConfigMapVolumeSource": _BY_PATH,
    "core.v1.Container": _CONTAINER_LISTS,
    "core.v1.DownwardAPIProjection": _BY_PATH,
    "core.v1.DownwardAPIVolumeSource": _BY_PATH,
    "core.v1.EndpointSubset": {"addresses": bag, "notReadyAddresses": bag, "ports": bag},
    "core.v1.Endpoints": {"subsets": bag},
    "core.v1.EphemeralContainer": _CONTAINER_LISTS,
    "core.v1.HostAlias": {"hostnames": members},
    "core.v1.LimitRangeSpec": {"limits": keyed("type")},
    "core.v1.NodeAffinity": _POD_TERMS,
    "core.v1.NodeSelector": {"nodeSelectorTerms": bag},
    "core.v1.NodeSelectorRequirement": {"values": members},
    "core.v1.NodeSelectorTerm": {"matchExpressions": bag, "matchFields": bag},
    "core.v1.PersistentVolumeClaimSpec": {"accessModes": members},
    "core.v1.PodAffinity": _POD_TERMS,
    "core.v1.PodAffinityTerm": {
        "matchLabelKeys": members,
        "mismatchLabelKeys": members,
        "namespaces": members,
    },
    "core.v1.PodAntiAffinity": _POD_TERMS,
    "core.v1.PodDNSConfig": {"options": _BY_NAME},
    "core.v1.PodSecurityContext": {"supplementalGroups": members, "sysctls": _BY_NAME},
    "core.v1.PodSpec": {
        "containers": keyed("name", in_order=True),
        "imagePullSecrets": last_wins("name"),
        "initContainers": keyed("name", in_order=True),
        "readinessGates": keyed("conditionType"),
        "tolerations": bag,
    },
    "core.v1.ProjectedVolumeSource": {"sources": bag},
    "core.v1.ResourceQuotaSpec": {"scopes": members},
    "core.v1.ResourceRequirements": {"claims": keyed("name", "request")},
    "core.v1.ScopeSelector": {"matchExpressions": bag},
    "core.v1.ScopedResourceSelectorRequirement": {"values": members},
    "core.v1.SecretProjection": _BY_PATH,
    "core.v1.SecretVolumeSource": _BY_PATH,
    "core.v1.ServiceAccount": {"imagePullSecrets": last_wins("name"), "secrets": last_wins("name")},
    "core.v1.ServiceSpec": {"externalIPs": members, "loadBalancerSourceRanges": members},
    "core.v1.TopologySpreadConstraint": {"matchLabelKeys": members},
    "discovery.v1.EndpointHints": {"forNodes": bag, "forZones": bag},
    "discovery.v1.EndpointSlice": {"endpoints": bag, "ports": bag},
    "meta.v1.LabelSelector": {"matchExpressions": bag},
    "meta.v1.LabelSelectorRequirement": {"values": members},
    "meta.v1.ObjectMeta": {"ownerReferences": keyed("kind", "name")},
    "networking.v1.HTTPIngressRuleValue": {"paths": ingress_paths},
    "networking.v1.IPBlock": {"except": members},
    "networking.v1.IngressSpec": {"rules": bag, "tls": bag},
    "networking.v1.IngressTLS": {"hosts": members},
    "networking.v1.NetworkPolicyEgressRule": {"ports": bag, "to": bag},
    "networking.v1.NetworkPolicyIngressRule": {"from": bag, "ports": bag},
    "networking.v1.NetworkPolicySpec": {"egress": bag, "ingress": bag, "policyTypes": members},
    "apps.v1.StatefulSetSpec": {"volumeClaimTemplates": keyed("metadata.name")},
    "rbac.v1.PolicyRule": {
        "apiGroups": members,
        "nonResourceURLs": members,
        "resourceNames": members,
        "resources": members,
        "verbs": members,
    },
    "rbac.v1.Role": {"rules": bag},
    "rbac.v1.RoleBinding": {"subjects": bag},
    "resource.v1.DeviceClaim": {"config": bag, "constraints": bag, "requests": _BY_NAME},
    "resource.v1.DeviceClaimConfiguration": {"requests": members},
    "resource.v1.DeviceConstraint": {"requests": members},
    "resource.v1.DeviceSubRequest": _DEVICE_SELECTION,
    "resource.v1.ExactDeviceRequest": _DEVICE_SELECTION,
}


def order_of(type_name: str, field: str, described: dict[str, Any]) -> Order:
    """What the order of a type's list field means: the correction, else what the schema says."""
    correction = CORRECTIONS.get(type_name, {}).get(field)
    return correction or schema_order(described["type"], tuple(described.get("keys", ())))


def order_where_unserved(_type_name: str, _field: str, described: dict[str, Any]) -> Order:
    """What the order of such a list means where no API server reads it as one: nothing is lost."""
    keys = described.get("keys")
    return keyed(*keys, in_order=True) if keys else ordered


def schema_order(list_type: str, keys: tuple[str, ...]) -> Order:
    """What `x-kubernetes-list-type` says; a list it calls atomic, or nothing, is ordered.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
    """
    if list_type == "map" and keys:
        return keyed(*keys)
    if list_type == "set":
        return members
    return ordered
