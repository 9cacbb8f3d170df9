"""The environment's own namespace becomes a token, where a value is known to be one.

Each side is read with its own name only, so that a production object which
still says `staging` stays a difference. Text is never searched and replaced: the places are
typed fields, host names under `.svc`, and the repositories of OpenShift's own registry.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from driftcheck.model import NAMESPACE_TOKEN
from driftcheck.normalization._inside import inside, maps_in

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name"""
_NOTED = {
    "annotations": (
        "meta.helm.sh/release-namespace",
        "olm.operatorNamespace",
        "olm.targetNamespaces",
        "objectset.rio.cattle.io/owner-namespace",
    ),
    "labels": (
        "crossplane.io/claim-namespace",
        "generate.kyverno.io/trigger-name",
        "generate.kyverno.io/trigger-namespace",
        "helm.toolkit.fluxcd.io/namespace",
        "ingress.k8s.aws/stack-namespace",
        "kustomize.toolkit.fluxcd.io/namespace",
        "linkerd.io/workload-ns",
        "olm.owner.namespace",
        "service.k8s.aws/stack-namespace",
        NAMESPACE_LABEL,
    ),
}
"""Where in metadata a tool notes the namespace of what it deploys.

`setMetadataVisitor` in pkg/action/validate.go of Helm; `ownerutil` of the Operator Lifecycle
Manager; `StackLabels` in pkg/deploy/tracking of the AWS Load Balancer Controller; `ownerLabels`
of Flux; `WorkloadNamespaceLabel` in pkg/k8s/labels.go of Linkerd; `LabelKeyClaimNamespace` in
internal/xcrd of Crossplane; `TagLabels` in pkg/background/common of Kyverno, of which a Namespace
may be the trigger; `LabelNamespace` of Rancher's wrangler.
"""
_TARGETS = ("storageNamespace", "targetNamespace")
"""Where Flux's and Rancher's releases are to go.

`HelmReleaseSpec` of Flux' helm-controller, `KustomizationSpec` of its kustomize-controller, and
`HelmChartSpec` of k3s-io/helm-controller
"""
_WORKLOAD_SELECTOR = "workload.user.cattle.io/workloadselector"
_TRIGGERS = "image.openshift.io/triggers"
_MESH_OWNER = "ISTIO_META_OWNER"


def _reference(value: dict[str, Any], namespace: str) -> int:
    """A reference to an object: a `name` beside a `namespace`."""
    if value.get("namespace") == namespace:
        value["namespace"] = NAMESPACE_TOKEN
        return 1
    return 0


def in_untyped(value: dict[str, Any], namespace: str) -> int:
    """A map of a custom resource: a reference, a destination, or a list of namespaces' names.

    `ApplicationDestination` in pkg/apis/application/v1alpha1/types.go of Argo CD
    """
    is_place = "name" in value or "server" in value
    hits = _reference(value, namespace) if is_place else 0
    hits += sum(_label(value, field, namespace) for field in _TARGETS)
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
    labels = inside(value, "matchLabels")
    hits = _label(labels, NAMESPACE_LABEL, namespace) + _workload(labels, namespace)
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
    noted = sum(
        _label(notes, key, namespace)
        for where, keys in _NOTED.items()
        if namespace in (notes := inside(value, where)).values()
        for key in keys
    )
    noted += _workload(inside(value, "labels"), namespace)
    triggers = _triggers(inside(value, "annotations"), namespace)
    return noted + triggers + _reference(value, namespace)


def _triggers(annotations: dict[str, Any], namespace: str) -> int:
    """The image stream, perhaps of the own namespace, that OpenShift takes an image from.

    `ObjectFieldTrigger` in image/v1/trigger of openshift/api.
    """
    if _TRIGGERS not in annotations:
        return 0
    try:
        triggers = json.loads(annotations[_TRIGGERS])
    except (TypeError, ValueError):
        return 0
    sources = [inside(trigger, "from") for trigger in maps_in({"triggers": triggers}, "triggers")]
    hits = sum(_reference(source, namespace) for source in sources if "name" in source)
    if hits:
        annotations[_TRIGGERS] = json.dumps(triggers)
    return hits


def _label(labels: dict[str, Any], key: str, namespace: str) -> int:
    if labels.get(key) != namespace:
        return 0
    labels[key] = NAMESPACE_TOKEN
    return 1


def _workload(labels: dict[str, Any], namespace: str) -> int:
    """By what Rancher's interface picks the pods of a workload: its kind, its place, its name.

    `workloadselector` in shell/models/workload.js of rancher/dashboard
    """
    selector = labels.get(_WORKLOAD_SELECTOR)
    if not isinstance(selector, str):
        return 0
    labels[_WORKLOAD_SELECTOR], hits = re.subn(
        rf"\A((?:apps|batch)\.[a-z]+-){re.escape(namespace)}(?=-)",
        rf"\g<1>{NAMESPACE_TOKEN}",
        selector,
    )
    return hits


def _mesh_owner(value: dict[str, Any], namespace: str) -> int:
    """What Istio's injector tells a sidecar of the workload it is in.

    manifests/charts/istio-control/istio-discovery/files/injection-template.yaml of Istio
    """
    owner = value.get("value")
    if value.get("name") != _MESH_OWNER or not isinstance(owner, str):
        return 0
    path = (
        rf"(kubernetes://apis/[a-z0-9./-]+/namespaces/){re.escape(namespace)}(/[a-z]+/[a-z0-9.-]+)"
    )
    value["value"], hits = re.subn(rf"\A{path}\Z", rf"\g<1>{NAMESPACE_TOKEN}\g<2>", owner)
    return hits


def _named_variables(variables: list[Any], namespace: str) -> int:
    """The only variable of a name counts for itself; of several the last one wins, by that name."""
    maps = [value for value in variables if isinstance(value, dict)]
    times = Counter(str(value.get("name")) for value in maps)
    return sum(
        _named_variable(value, namespace) for value in maps if times[str(value.get("name"))] == 1
    )


def _named_variable(value: dict[str, Any], namespace: str) -> int:
    """A variable that holds the namespace's name may carry it in its own name as well."""
    source = inside(value, "valueFrom", "fieldRef").get("fieldPath")
    name = value.get("name")
    if source != "metadata.namespace" or not isinstance(name, str) or namespace not in name:
        return 0
    value["name"] = name.replace(namespace, NAMESPACE_TOKEN)
    return 1


IN_TYPES: dict[str, Callable[[dict[str, Any], str], int]] = {
    "admissionregistration.v1.ServiceReference": _reference,
    "core.v1.EnvVar": _mesh_owner,
    "core.v1.PodAffinityTerm": lambda value, name: _names(value, "namespaces", name),
    "core.v1.ServiceSpec": lambda value, name: _workload(inside(value, "selector"), name),
    "core.v1.TypedObjectReference": _reference,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference": _reference,
    "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference": _reference,
    "meta.v1.LabelSelector": _selector,
    "meta.v1.ObjectMeta": _metadata,
    "rbac.v1.PolicyRule": _policy_rule,
    "rbac.v1.Subject": _subject,
}
"""What to do in a map of each type; every one counts its hits."""
IN_LISTS: dict[str, Callable[[list[Any], str], int]] = {"core.v1.EnvVar": _named_variables}
"""What to do in a list of each type, before anything is read of its order; likewise."""
