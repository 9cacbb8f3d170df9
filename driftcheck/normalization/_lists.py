"""What the order of a list means, where the API's own schema is wrong or silent.

The schema gives keys to lists that are merged, and calls every other list
atomic, which speaks of ownership and not of meaning. This table holds what the
field really does (Kubernetes API reference, and the components' sources).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from posixpath import normpath
from typing import Any

from driftcheck.model import NAMESPACE_TOKEN, Bag, Keyed, Members, Node, canonical_bytes

Hits = Callable[[str], None]
Order = Callable[[list[Node], Hits], list[Node]]


def ordered(items: list[Node], _hits: Hits) -> list[Node]:
    """A list whose order means something."""
    return items


def bag(items: list[Node], _hits: Hits) -> list[Node]:
    """A list whose order means nothing."""
    return Bag(items)


def members(items: list[Node], _hits: Hits) -> list[Node]:
    """A set of scalars, in which a double says nothing more; anything else makes it a bag."""
    return Members(items) if _are_scalars(items) else Bag(items)


def distinct(items: list[Node], hits: Hits) -> list[Node]:
    """A set of scalars in which the API server takes no doubles; with some it is a bag."""
    if len({canonical_bytes(item) for item in items}) < len(items):
        hits("duplicate-keys")
        return Bag(items)
    return members(items, hits)


def _are_scalars(items: list[Node]) -> bool:
    return not any(isinstance(item, dict | list) for item in items)


def bag_unless_shared(shared: Callable[[dict[str, Node]], Iterable[Node]]) -> Order:
    """A list whose order means something only where two of its items have something in common.

    Args:
        shared: What of an item another one may have as well.
    """

    def by_what_is_shared(items: list[Node], _hits: Hits) -> list[Node]:
        if not all(isinstance(item, dict) for item in items):
            return items
        return items if _common(map(shared, items)) else Bag(items)

    return by_what_is_shared


def _common(of_items: Iterable[Iterable[Node]]) -> set[bytes]:
    """What several items have, in canonical form."""
    counted = Counter(
        found for values in of_items for found in {canonical_bytes(value) for value in values}
    )
    return {value for value, times in counted.items() if times > 1}


def keyed(*keys: str, in_order: bool = False, doubles: Order = ordered) -> Order:
    """A list of maps that are told apart by some fields.

    Args:
        keys: The fields.
        in_order: Whether the order means something all the same.
        doubles: How the list is read where they do not tell all items apart.
    """

    def by_keys(items: list[Node], hits: Hits) -> list[Node]:
        told_apart = _told_apart(items, keys)
        if told_apart is None:
            return items
        if len(told_apart) < len(items):
            hits("duplicate-keys")
            return doubles(items, hits)
        return Keyed(items, keys, told_apart if in_order else ())

    return by_keys


def _told_apart(
    items: list[Node], keys: tuple[str, ...]
) -> dict[tuple[Any, ...], dict[str, Node]] | None:
    """The items by their keys; None where one is no map, or its key is no scalar.

    A custom resource may hold anything under a name that pod templates use as well.
    """
    try:
        return Keyed(items, keys).by_key()
    except (AttributeError, TypeError):
        return None


def last_wins(*keys: str) -> Order:
    """A keyed list in which the last of several equal keys wins, whatever stood before it."""

    def without_doubles(items: list[Node], hits: Hits) -> list[Node]:
        told_apart = _told_apart(items, keys)
        if told_apart is None:
            return items
        for _ in range(len(items) - len(told_apart)):
            hits("duplicate-keys")
        return Keyed(told_apart.values(), keys)

    return without_doubles


def keyed_by(key: str, read: Callable[[str], str]) -> Order:
    """A keyed list in which two keys may be written unlike and be one, such as `a` and `./a`."""

    def by_reading(items: list[Node], hits: Hits) -> list[Node]:
        found = keyed(key)(items, hits)
        if not isinstance(found, Keyed):
            return found
        told_apart = {read(str(value)) for (value,) in found.by_key()}
        return found if len(told_apart) == len(found) else items

    return by_reading


def _with_dots(name: str) -> str:
    """The name of a sysctl, which may have slashes.

    `NormalizeName` in component-helpers/node/util/sysctl
    """
    return name.replace("/", ".")


def service_ports(items: list[Node], hits: Hits) -> list[Node]:
    """Of a Service's ports the first is also `{NAME}_SERVICE_PORT` in the variables of pods.

    `FromServices` in pkg/kubelet/envvars/envvars.go
    """
    found = keyed("port", "protocol")(items, hits)
    return Keyed(found, found.keys, list(found.by_key())[:1]) if isinstance(found, Keyed) else found


def host_aliases(items: list[Node], hits: Hits) -> list[Node]:
    """Lines of a hosts file, which is searched from the top for a name.

    `hostsEntriesFromHostAliases` in pkg/kubelet/kubelet_pods.go
    """
    found = keyed("ip")(items, hits)
    if not isinstance(found, Keyed):
        return found
    common = _common(map(_hostnames, found))
    return Keyed(found, found.keys, [
        key
        for key, alias in found.by_key().items()
        if any(canonical_bytes(name) in common for name in _hostnames(alias))
    ])  # fmt: skip


def _hostnames(alias: dict[str, Node]) -> list[Node]:
    return _items(alias, "hostnames")


def _items(holder: dict[str, Node], field: str) -> list[Node]:
    """What is in a list; nothing where a custom resource has something else there."""
    items = holder.get(field)
    return items if isinstance(items, list) else []


_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")
"""`$$` is a dollar, `$(NAME)` a reference; third_party/forked/golang/expansion/expand.go."""


def environment_variables(items: list[Node], hits: Hits) -> list[Node]:
    """`env`: a value is made of the variables before it, and the last of equal names remains.

    `makeEnvironmentVariables` in pkg/kubelet/kubelet_pods.go
    """
    if _told_apart(items, ("name",)) is None:
        return items
    seen = _seen_by_anything(items)
    for _ in range(len(items) - len(seen)):
        hits("duplicate-keys")
    found = Keyed(seen, ("name",))
    by_name = found.by_key()
    if len(by_name) < len(seen):
        return seen
    interdependent = _interdependent(seen)
    return Keyed(seen, found.keys, [key for key in by_name if key[0] in interdependent])


def _seen_by_anything(variables: list[dict[str, Node]]) -> list[dict[str, Node]]:
    """The variables without those that another of their name replaces before they are read."""
    veiled = _veiled_names(variables)
    seen: list[dict[str, Node]] = []
    replaced: set[Node] = set()
    for variable in reversed(variables):
        if variable.get("name") not in replaced:
            seen.append(variable)
            if not _may_be_missing(variable):
                replaced.add(variable.get("name"))
            replaced -= _referred_to(variable, veiled)
    return seen[::-1]


def _may_be_missing(variable: dict[str, Node]) -> bool:
    """Whether it takes its value from where there may be none, and then leaves an earlier one."""
    sources = variable.get("valueFrom")
    return isinstance(sources, dict) and any(
        source.get("optional") for source in sources.values() if isinstance(source, dict)
    )


def _interdependent(variables: list[dict[str, Node]]) -> set[Node]:
    """The names of variables that refer to others here, and of those others."""
    names = {variable.get("name") for variable in variables}
    veiled = _veiled_names(variables)
    found: set[Node] = set()
    for variable in variables:
        own = {variable.get("name")}
        others = (_referred_to(variable, veiled) & names) - own
        found |= others | own if others else set()
    return found


def _referred_to(variable: dict[str, Node], veiled: set[Node]) -> set[Node]:
    """The names that a variable's value refers to; any reference may mean a veiled one."""
    text, closing, _ = str(variable.get("value", "")).rpartition(")")
    references = set(_REFERENCE.findall(text + closing)) - {""}
    return references | veiled if references else set()


def _veiled_names(variables: list[dict[str, Node]]) -> set[Node]:
    """The names that hold the namespace's own name, which a token has taken the place of."""
    names = {variable.get("name") for variable in variables}
    return {name for name in names if NAMESPACE_TOKEN in str(name)}


def ingress_paths(items: list[Node], hits: Hits) -> list[Node]:
    """Paths match by length, except where the controller decides: then they match in order.

    https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types
    """
    if any(isinstance(item, dict) and item.get("pathType") == _BY_CONTROLLER for item in items):
        return items
    return bag_unless_shared(_matched_path)(items, hits)


_BY_CONTROLLER = "ImplementationSpecific"


def _matched_path(item: dict[str, Node]) -> list[Node]:
    """What a path matches by; the prefixes `/a` and `/a/` match alike."""
    path, by = str(item.get("path") or "/"), item.get("pathType")
    return [[by, path.rstrip("/") if by == "Prefix" else path]]


_CONTAINER_LISTS: dict[str, Order] = {
    "env": environment_variables,
    "ports": keyed("containerPort", "protocol", doubles=bag),
    "resizePolicy": keyed("resourceName"),
    "volumeDevices": keyed_by("devicePath", normpath),
    "volumeMounts": keyed_by("mountPath", normpath),
}

_BY_NAME = keyed("name")
_BY_PATH = {"items": keyed_by("path", normpath)}
_DEVICE_SELECTION: dict[str, Order] = {"selectors": bag, "tolerations": bag}
_POD_TERMS: dict[str, Order] = {
    "preferredDuringSchedulingIgnoredDuringExecution": bag,
    "requiredDuringSchedulingIgnoredDuringExecution": bag,
}

_ADMISSION_RULE: dict[str, Order] = {
    "apiGroups": members,
    "apiVersions": members,
    "operations": members,
    "resourceNames": members,
    "resources": members,
}

_DEFINITIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"

CORRECTIONS: dict[str, dict[str, Order]] = {
    "admissionregistration.v1.MatchResources": {
        "excludeResourceRules": bag,
        "resourceRules": bag,
    },
    "admissionregistration.v1.MutatingAdmissionPolicySpec": {
        "variables": keyed("name", in_order=True),
    },
    "admissionregistration.v1.MutatingWebhook": {"rules": bag},
    "admissionregistration.v1.MutatingWebhookConfiguration": {
        "webhooks": keyed("name", in_order=True),
    },
    "admissionregistration.v1.NamedRuleWithOperations": _ADMISSION_RULE,
    "admissionregistration.v1.RuleWithOperations": _ADMISSION_RULE,
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": {
        "auditAnnotations": keyed("key"),
        "validations": bag,
        "variables": keyed("name", in_order=True),
    },
    "admissionregistration.v1.ValidatingWebhook": {"rules": bag},
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
    "core.v1.LimitRangeSpec": {"limits": keyed("type")},
    "core.v1.NodeAffinity": _POD_TERMS,
    "core.v1.NodeSelector": {"nodeSelectorTerms": bag},
    "core.v1.NodeSelectorRequirement": {"values": members},
    "core.v1.NodeSelectorTerm": {"matchExpressions": bag, "matchFields": bag},
    "core.v1.PersistentVolumeClaimSpec": {"accessModes": members},
    "core.v1.PersistentVolumeSpec": {"accessModes": members},
    "core.v1.PodAffinity": _POD_TERMS,
    "core.v1.PodAffinityTerm": {
        "matchLabelKeys": members,
        "mismatchLabelKeys": members,
        "namespaces": members,
    },
    "core.v1.PodAntiAffinity": _POD_TERMS,
    "core.v1.PodDNSConfig": {"options": last_wins("name")},
    "core.v1.PodSecurityContext": {
        "supplementalGroups": members,
        "sysctls": keyed_by("name", _with_dots),
    },
    "core.v1.PodSpec": {
        "containers": keyed("name", in_order=True),
        "hostAliases": host_aliases,
        "imagePullSecrets": last_wins("name"),
        "initContainers": keyed("name", in_order=True),
        "readinessGates": last_wins("conditionType"),
        "tolerations": bag,
    },
    "core.v1.ResourceQuotaSpec": {"scopes": members},
    "core.v1.ResourceRequirements": {"claims": keyed("name", "request")},
    "core.v1.ScopeSelector": {"matchExpressions": bag},
    "core.v1.ScopedResourceSelectorRequirement": {"values": members},
    "core.v1.SecretProjection": _BY_PATH,
    "core.v1.SecretVolumeSource": _BY_PATH,
    "core.v1.ServiceAccount": {"imagePullSecrets": last_wins("name"), "secrets": last_wins("name")},
    "core.v1.ServiceSpec": {
        "externalIPs": members,
        "loadBalancerSourceRanges": members,
        "ports": service_ports,
    },
    "core.v1.TopologySpreadConstraint": {"matchLabelKeys": members},
    "discovery.v1.Endpoint": {"addresses": ordered},
    "discovery.v1.EndpointHints": {"forNodes": bag, "forZones": bag},
    "discovery.v1.EndpointSlice": {
        "endpoints": bag_unless_shared(lambda endpoint: _items(endpoint, "addresses")[:1]),
        "ports": bag,
    },
    "meta.v1.LabelSelector": {"matchExpressions": bag},
    "meta.v1.LabelSelectorRequirement": {"values": members},
    "meta.v1.ObjectMeta": {"ownerReferences": keyed("kind", "name", doubles=bag)},
    "networking.v1.HTTPIngressRuleValue": {"paths": ingress_paths},
    "networking.v1.IPBlock": {"except": members},
    "networking.v1.IngressSpec": {
        "rules": bag_unless_shared(lambda rule: [rule.get("host", "")]),
        "tls": bag_unless_shared(lambda tls: _items(tls, "hosts") or [""]),
    },
    "networking.v1.IngressTLS": {"hosts": members},
    "node.v1.Scheduling": {"tolerations": bag},
    "networking.v1.NetworkPolicyEgressRule": {"ports": bag, "to": bag},
    "networking.v1.NetworkPolicyIngressRule": {"from": bag, "ports": bag},
    "networking.v1.NetworkPolicySpec": {"egress": bag, "ingress": bag, "policyTypes": members},
    "apps.v1.StatefulSetSpec": {"volumeClaimTemplates": keyed("metadata.name")},
    "rbac.v1.ClusterRole": {"rules": bag},
    "rbac.v1.ClusterRoleBinding": {"subjects": bag},
    "rbac.v1.PolicyRule": {
        "apiGroups": members,
        "nonResourceURLs": members,
        "resourceNames": members,
        "resources": members,
        "verbs": members,
    },
    "rbac.v1.Role": {"rules": bag},
    "rbac.v1.RoleBinding": {"subjects": bag},
    "resource.v1.DeviceClaim": {"constraints": bag, "requests": _BY_NAME},
    "resource.v1.DeviceClaimConfiguration": {"requests": members},
    "resource.v1.DeviceClassSpec": {"selectors": bag},
    "resource.v1.DeviceConstraint": {"requests": members},
    "resource.v1.DeviceSubRequest": _DEVICE_SELECTION,
    "resource.v1.ExactDeviceRequest": _DEVICE_SELECTION,
    "core.v1.TopologySelectorLabelRequirement": {"values": members},
    "core.v1.TopologySelectorTerm": {"matchLabelExpressions": bag},
    "storage.v1.CSIDriverSpec": {"tokenRequests": keyed("audience")},
    "storage.v1.StorageClass": {"allowedTopologies": bag},
    f"{_DEFINITIONS}.CustomResourceDefinitionSpec": {"versions": _BY_NAME},
    f"{_DEFINITIONS}.JSONSchemaProps": {
        "allOf": bag,
        "anyOf": bag,
        "enum": bag,
        "oneOf": bag,
        "required": members,
    },
}


def order_of(type_name: str, field: str, described: dict[str, Any]) -> Order:
    """What the order of a type's list field means: the correction, else what the schema says."""
    correction = CORRECTIONS.get(type_name, {}).get(field)
    return correction or schema_order(described["type"], tuple(described.get("keys", ())))


def order_where_unserved(_type_name: str, _field: str, described: dict[str, Any]) -> Order:
    """What the order of such a list means where no API server reads it as one: nothing is lost."""
    keys = described.get("keys")
    return keyed(*keys, in_order=True) if keys else ordered


def schema_order(list_type: Any, keys: tuple[str, ...]) -> Order:
    """What `x-kubernetes-list-type` says; a list it calls atomic, or nothing, is ordered.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
    """
    if list_type == "map" and keys:
        return keyed(*keys)
    if list_type == "set":
        return distinct
    return ordered
