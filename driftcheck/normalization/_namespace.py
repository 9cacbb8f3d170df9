"""The environment's own namespace becomes a token, where a value is known to be one.

Each side is read with its own name only, so that a production object which
still says `staging` stays a difference. Text is never searched and replaced:
the places are typed fields, and host names under `.svc`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from driftcheck.model import NAMESPACE_TOKEN
from driftcheck.normalization._inside import inside, maps_in

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name"""
_NOTED = (
    ("annotations", "meta.helm.sh/release-namespace"),
    ("annotations", "olm.operatorNamespace"),
    ("annotations", "olm.targetNamespaces"),
    ("labels", "helm.toolkit.fluxcd.io/namespace"),
    ("labels", "ingress.k8s.aws/stack-namespace"),
    ("labels", "kustomize.toolkit.fluxcd.io/namespace"),
    ("labels", "olm.owner.namespace"),
    ("labels", "service.k8s.aws/stack-namespace"),
    ("labels", NAMESPACE_LABEL),
)
"""Where in metadata a tool notes the namespace of what it deploys.

`setMetadataVisitor` in pkg/action/validate.go of Helm; `ownerutil` of the Operator Lifecycle
Manager; `StackLabels` in pkg/deploy/tracking of the AWS Load Balancer Controller; `ownerLabels`
of Flux.
"""


def in_hosts(text: str, namespace: str) -> str:
    """The text with the namespace replaced inside cluster-local host names, `db.shop.svc`.

    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    """
    return _service_host(namespace).sub(rf"\g<1>{NAMESPACE_TOKEN}", text)


@lru_cache(maxsize=64)
def _service_host(namespace: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?<![A-Za-z0-9-])([a-z0-9-]+\.){re.escape(namespace)}(?=\.svc(?![A-Za-z0-9-]))"
    )


def _reference(value: dict[str, Any], namespace: str) -> int:
    """A reference to an object: a `name` beside a `namespace`."""
    if value.get("namespace") == namespace:
        value["namespace"] = NAMESPACE_TOKEN
        return 1
    return 0


def in_untyped(value: dict[str, Any], namespace: str) -> int:
    """A map of a custom resource: a reference if it has a name, or a list of namespaces' names."""
    hits = _reference(value, namespace) if "name" in value else 0
    if isinstance(value.get("matchLabels"), dict):
        hits += _selector(value, namespace)
    return hits + _names(value, "matchNames", namespace)


def _subject(value: dict[str, Any], namespace: str) -> int:
    """Who a RoleBinding is for; users and groups of service accounts carry the name inside.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects
    """
    before = value.get("name")
    if not isinstance(before, str):
        return _reference(value, namespace)
    user, group = "system:serviceaccount:", "system:serviceaccounts:"
    if before == group + namespace:
        value["name"] = group + NAMESPACE_TOKEN
    elif before.startswith(f"{user}{namespace}:"):
        value["name"] = before.replace(f"{user}{namespace}:", f"{user}{NAMESPACE_TOKEN}:", 1)
    return int(value["name"] != before) + _reference(value, namespace)


def _selector(value: dict[str, Any], namespace: str) -> int:
    """A label selector that picks a namespace by its name."""
    hits = _label(inside(value, "matchLabels"), NAMESPACE_LABEL, namespace)
    for expression in maps_in(value, "matchExpressions"):
        if expression.get("key") == NAMESPACE_LABEL:
            hits += _names(expression, "values", namespace)
    return hits


def _names(value: dict[str, Any], field: str, namespace: str) -> int:
    names = value.get(field)
    if not isinstance(names, list) or namespace not in names:
        return 0
    names[names.index(namespace)] = NAMESPACE_TOKEN
    return 1


def _policy_rule(value: dict[str, Any], namespace: str) -> int:
    """Leave to do something with the own Namespace, which is named like any other object.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
    """
    groups, resources = value.get("apiGroups"), value.get("resources")
    is_about_namespaces = (
        isinstance(resources, list)
        and groups == [""]
        and {str(item).partition("/")[0] for item in resources} == {"namespaces"}
    )
    return _names(value, "resourceNames", namespace) if is_about_namespaces else 0


def _metadata(value: dict[str, Any], namespace: str) -> int:
    """An embedded object's namespace, and where tools note that of what they deploy."""
    noted = sum(_label(inside(value, where), key, namespace) for where, key in _NOTED)
    return noted + _reference(value, namespace)


def _label(labels: dict[str, Any], key: str, namespace: str) -> int:
    if labels.get(key) != namespace:
        return 0
    labels[key] = NAMESPACE_TOKEN
    return 1


def _environment_variable(value: dict[str, Any], namespace: str) -> int:
    """A variable that holds the namespace's name may carry it in its own name as well."""
    source = inside(value, "valueFrom", "fieldRef").get("fieldPath")
    name = value.get("name")
    if source != "metadata.namespace" or not isinstance(name, str) or namespace not in name:
        return 0
    value["name"] = name.replace(namespace, NAMESPACE_TOKEN)
    return 1


IN_TYPES: dict[str, Callable[[dict[str, Any], str], int]] = {
    "admissionregistration.v1.ServiceReference": _reference,
    "core.v1.EnvVar": _environment_variable,
    "core.v1.PodAffinityTerm": lambda value, name: _names(value, "namespaces", name),
    "core.v1.TypedObjectReference": _reference,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference": _reference,
    "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference": _reference,
    "meta.v1.LabelSelector": _selector,
    "meta.v1.ObjectMeta": _metadata,
    "rbac.v1.PolicyRule": _policy_rule,
    "rbac.v1.Subject": _subject,
}
"""What to do in a map of each type; every one counts its hits."""
