"""Which network policies of the whole cluster speak of a namespace's pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from driftcheck.model import GroupKind
from driftcheck.platform._expressions import picks
from driftcheck.platform._inside import Body, Inside, inside, maps_in, text
from driftcheck.platform._outside import Ask, Outside, Reach, Said, name_of
from driftcheck.platform._selectors import selects

_POLICY_API = "policy.networking.k8s.io"
_OF_POLICY_API = tuple(
    GroupKind(_POLICY_API, kind)
    for kind in ("ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy")
)
_CILIUM = GroupKind("cilium.io", "CiliumClusterwideNetworkPolicy")
_CALICO = (
    GroupKind("projectcalico.org", "GlobalNetworkPolicy"),
    GroupKind("crd.projectcalico.org", "GlobalNetworkPolicy"),
)
"""One and the same policies, as Calico's own API server has them, and as it keeps them."""

_CILIUM_PREFIXES = ("k8s:", "k8s.", "any:", "any.")
_NAMESPACE = "io.kubernetes.pod.namespace"
_NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."
_ACCOUNT = "io.cilium.k8s.policy.serviceaccount"
_CLUSTER = "io.cilium.k8s.policy.cluster"
"""Which cluster of a mesh a pod is in: how this one is called there, no object says."""

_SERVICE_ACCOUNT = GroupKind("", "ServiceAccount")


def policies(here: Inside, outside: Outside) -> Said:
    """The policies that a cluster serves and that pick pods of the namespace."""
    if not here.pods:
        return
    for kind in _OF_POLICY_API:
        yield from _picking(kind, here, outside)
    yield from _picking(_CILIUM, here, outside)
    calico = next((kind for kind in _CALICO if kind in here.cluster_scoped), _CALICO[0])
    yield from _picking(calico, here, outside)
    for body in outside.every(calico):
        tier = GroupKind(calico.group, "Tier")
        name = text(inside(body, "spec"), "tier")
        if name and tier in here.cluster_scoped and _is_picking(calico, body, here):
            yield from outside.follow(tier, name, f"{calico.kind} {name_of(body)}")


def _picking(kind: GroupKind, here: Inside, outside: Outside) -> Said:
    if kind in here.cluster_scoped:
        yield Ask(kind)
        for body in outside.every(kind):
            if _is_picking(kind, body, here):
                yield Reach(kind, name_of(body), f"Namespace {here.namespace}", body)


def _is_picking(kind: GroupKind, body: Body, here: Inside) -> bool:
    if kind == _CILIUM:
        specs = [inside(body, "spec"), *maps_in(body, "specs")]
        return any(_picks_endpoints(spec, here) for spec in specs if "endpointSelector" in spec)
    if kind in _CALICO:
        return _picks_by_expression(inside(body, "spec"), here)
    return _picks_subject(inside(body, "spec", "subject"), here)


def _picks_subject(subject: Body, here: Inside) -> bool:
    """https://network-policy-api.sigs.k8s.io/reference/spec/."""
    pods = inside(subject, "pods")
    if not pods:
        return selects(inside(subject, "namespaces"), here.labels)
    return selects(pods.get("namespaceSelector"), here.labels) and any(
        selects(pods.get("podSelector"), pod.labels) for pod in here.pods
    )


def _picks_endpoints(spec: Body, here: Inside) -> bool:
    """https://docs.cilium.io/en/stable/network/kubernetes/policy/."""
    selector = _plain(inside(spec, "endpointSelector"))
    return any(selects(selector, labels) for labels in _endpoints(here))


def _plain(selector: Body) -> Body:
    """What of a selector can be told, without the prefixes that say where a label is from."""
    wanted = {_without_prefix(key): value for key, value in inside(selector, "matchLabels").items()}
    expressions = [
        {**expression, "key": _without_prefix(text(expression, "key"))}
        for expression in maps_in(selector, "matchExpressions")
    ]
    return {
        "matchLabels": {key: value for key, value in wanted.items() if key != _CLUSTER},
        "matchExpressions": [each for each in expressions if each["key"] != _CLUSTER],
    }


def _without_prefix(key: str) -> str:
    return next((key[len(each) :] for each in _CILIUM_PREFIXES if key.startswith(each)), key)


def _endpoints(here: Inside) -> Iterator[Mapping[str, str]]:
    """The labels that Cilium gives to the endpoints of pods."""
    own = {f"{_NAMESPACE_LABELS}{key}": value for key, value in here.labels.items()}
    for pod in here.pods:
        account = text(pod.spec, "serviceAccountName") or "default"
        yield {**pod.labels, **own, _NAMESPACE: here.namespace, _ACCOUNT: account}


def _picks_by_expression(spec: Body, here: Inside) -> bool:
    """https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy."""
    namespace = {**here.labels, "projectcalico.org/name": here.namespace}
    if not picks(text(spec, "namespaceSelector"), namespace):
        return False
    accounts = {
        document.reference.name: inside(document.metadata, "labels")
        for document in here.of(_SERVICE_ACCOUNT)
    }
    for pod in here.pods:
        account = text(pod.spec, "serviceAccountName") or "default"
        own = {**accounts.get(account, {}), "projectcalico.org/name": account}
        labels = {
            **{f"pcsa.{key}": value for key, value in own.items()},
            **{f"pcns.{key}": value for key, value in here.labels.items()},
            **pod.labels,
            "projectcalico.org/namespace": here.namespace,
            "projectcalico.org/serviceaccount": account,
            "projectcalico.org/orchestrator": "k8s",
        }
        if picks(text(spec, "selector"), labels) and picks(
            text(spec, "serviceAccountSelector"), own
        ):
            return True
    return False
