"""What the API server gives a Service: addresses, ports and IP families.

https://kubernetes.io/docs/concepts/services-networking/service/
"""

from __future__ import annotations

from typing import Any

from driftcheck.model import Document, Field, Item, Keyed
from driftcheck.normalization._choices import Picks, is_chosen, taken
from driftcheck.normalization._inside import drop, inside
from driftcheck.normalization._metadata import Content
from driftcheck.normalization._surroundings import Surroundings

_SPEC = Field("spec")
_API_SERVERS = frozenset({"kube-apiserver", "k3s"})
_OTHER_FAMILY = {"IPv4": "IPv6", "IPv6": "IPv4"}


def drop_repeated_address(content: Content, _seen: Document, _around: Surroundings) -> int:
    """`clusterIPs` where it says nothing but `clusterIP` once more.

    `NormalizeClusterIPs` in pkg/registry/core/service/strategy.go of Kubernetes.
    """
    spec = inside(content, "spec")
    if spec.get("clusterIPs") != [spec.get("clusterIP")]:
        return 0
    return drop(spec, "clusterIPs")


def fill_families(content: Content, _seen: Document, _around: Surroundings) -> int:
    """The other family of a Service that may have two, where its cluster has both.

    `initIPFamilyFields` in pkg/registry/core/service/storage/alloc.go of Kubernetes.
    """
    spec = inside(content, "spec")
    families = spec.get("ipFamilies")
    is_dual = spec.get("ipFamilyPolicy") in ("PreferDualStack", "RequireDualStack")
    if not is_dual or not isinstance(families, list) or len(families) != 1:
        return 0
    other = _OTHER_FAMILY.get(str(families[0]))
    families += [other] if other else []
    return int(bool(other))


def take_allocations(content: Content, seen: Document, around: Surroundings) -> Picks:
    """Addresses, families and ports that the server allocated, which is after it notes owners.

    `allocateCreate` in pkg/registry/core/service/storage/alloc.go of Kubernetes. A headless
    Service's `None` is no address. The port on which an API server itself listens is written by
    `CreateOrUpdateMasterServiceIfNeeded` in pkg/controlplane/controller/kubernetesservice.
    """
    spec = inside(content, "spec")
    fields = ["clusterIPs", "healthCheckNodePort", "ipFamilies"]
    if spec.get("clusterIP") != "None":
        fields.append("clusterIP")
    for field in fields:
        path = (_SPEC, Field(field))
        yield from taken(spec, field, path, is_chosen(seen, path))
    yield from _ports(spec, seen, "nodePort")
    if around.is_of_api_server(seen):
        yield from _ports(spec, seen, "targetPort", controllers=_API_SERVERS)


def _ports(
    spec: dict[str, Any], seen: Document, field: str, *, controllers: frozenset[str] = frozenset()
) -> Picks:
    ports = spec.get("ports")
    if isinstance(ports, Keyed):
        for key, port in ports.by_key().items():
            item = Item(tuple(zip(ports.keys, key, strict=True)))
            path = (_SPEC, Field("ports"), item, Field(field))
            yield from taken(port, field, path, is_chosen(seen, path, controllers=controllers))
