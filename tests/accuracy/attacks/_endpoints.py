"""Backends of a Service that somebody wrote by hand, under the labels of controllers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.hostile import Body, resource
from tests.accuracy.worlds import edit, served

SLICE_MANAGERS = (
    "endpointslice-controller.k8s.io",
    "endpointslicemirroring-controller.k8s.io",
    "endpoint-controller",
    "staff",
)
ENDPOINTS_LABELS = (
    {},
    {"endpoints.kubernetes.io/managed-by": "endpoint-controller"},
    {"endpoints.kubernetes.io/managed-by": "staff"},
)
_PORT = {"port": 5432, "protocol": "TCP"}

SERVICES: dict[str, dict[str, object]] = {
    "without a selector": {"ports": [_PORT]},
    "headless, without a selector": {"clusterIP": "None", "ports": [_PORT]},
    "with an empty selector": {"selector": {}, "ports": [_PORT]},
    "of an external name": {"type": "ExternalName", "externalName": "db.example.com"},
}
"""Services for which no controller writes endpoints.

https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors
"""


def service(spec: dict[str, object]) -> Body:
    body = resource("v1", "Service", "ledger", spec={"sessionAffinity": "None", **spec})
    if "externalName" in spec:
        return served(body)
    address = spec.get("clusterIP", "10.96.0.77")
    families = ["IPv4"] if "selector" in spec or address != "None" else ["IPv4", "IPv6"]
    policy = "SingleStack" if len(families) == 1 else "RequireDualStack"
    return served(
        body,
        type="ClusterIP",
        internalTrafficPolicy="Cluster",
        clusterIP=address,
        clusterIPs=[address],
        ipFamilies=families,
        ipFamilyPolicy=policy,
    )


def slice_of(service: str, address: str, **labels: str) -> Body:
    named = {"kubernetes.io/service-name": service, **labels}
    return served(
        resource(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            f"{service}-x7k2p",
            addressType="IPv4",
            endpoints=[{"addresses": [address], "conditions": {"ready": True}}],
            ports=[{"name": "", **_PORT}],
            metadata={"labels": named},
        )
    )


def endpoints_of(service: str, address: str, **labels: str) -> Body:
    return served(
        resource(
            "v1",
            "Endpoints",
            service,
            subsets=[{"addresses": [{"ip": address}], "ports": [_PORT]}],
            metadata={"labels": labels},
        )
    )


@against("managed-endpoints")
def slices_with_forged_labels() -> Iterator[Attack]:
    """A slice under a controller's label, for a Service that the controller leaves alone."""
    for (said, spec), manager in product(SERVICES.items(), SLICE_MANAGERS):
        it = service(spec)
        label = {"endpointslice.kubernetes.io/managed-by": manager}
        ours, theirs = (slice_of("ledger", ip, **label) for ip in ("10.0.0.5", "203.0.113.9"))
        for owners in ((), (ways.owner(it),)):
            by = " and its owner reference" if owners else ""
            mine, evil = (
                {
                    **b,
                    "metadata": {
                        **b["metadata"],
                        **({"ownerReferences": list(owners)} if owners else {}),
                    },
                }
                for b in (ours, theirs)
            )
            yield Attack(
                f"another address, Service {said}, label of {manager}{by}",
                left=edit(it, mine),
                right=edit(it, evil),
            )
            yield added(
                f"a slice more, Service {said}, label of {manager}{by}", evil, left=edit(it)
            )


@against("managed-endpoints")
def slices_of_no_service() -> Iterator[Attack]:
    """A slice under a controller's label whose Service is not there, or has another name."""
    for manager, name in product(SLICE_MANAGERS, ("gone", "")):
        label = {"endpointslice.kubernetes.io/managed-by": manager}
        yield added(
            f"a slice of Service {name!r}, label of {manager}",
            slice_of("gone", "203.0.113.9", **{**label, "kubernetes.io/service-name": name}),
        )


@against("managed-endpoints")
def endpoints_with_forged_labels() -> Iterator[Attack]:
    """Endpoints of a Service without a selector, under a controller's label."""
    for (said, spec), labels in product(SERVICES.items(), ENDPOINTS_LABELS):
        it = service(spec)
        ours, theirs = (endpoints_of("ledger", ip, **labels) for ip in ("10.0.0.5", "203.0.113.9"))
        yield Attack(
            f"another address, Service {said}, {labels}",
            left=edit(it, ours),
            right=edit(it, theirs),
        )
        yield added(f"Endpoints more, Service {said}, {labels}", theirs, left=edit(it))


@against("managed-endpoints")
def endpoints_of_no_service() -> Iterator[Attack]:
    """Endpoints whose Service is not there: another program may read them."""
    for labels in ENDPOINTS_LABELS:
        yield added(
            f"Endpoints of no Service, {labels}", endpoints_of("gone", "203.0.113.9", **labels)
        )


@against("managed-endpoints")
def a_slice_more_of_a_selecting_service() -> Iterator[Attack]:
    """A slice written by hand for a Service with a selector: kube-proxy takes every slice.

    https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ownership
    """
    for label in ({}, {"endpointslice.kubernetes.io/managed-by": "staff"}):
        for owners in ((), (ways.owner(ways.recorded("Service", "web")),)):
            it = slice_of("web", "203.0.113.9", **label)
            body = (
                {**it, "metadata": {**it["metadata"], "ownerReferences": list(owners)}}
                if owners
                else it
            )
            yield added(f"a slice more of Service web, {label}, {len(owners)} owners", body)
