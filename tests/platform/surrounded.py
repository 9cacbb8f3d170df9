"""A namespace, and what stands around it, as a test has written them down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from attrs import evolve

from driftcheck.model import (
    Document,
    GroupKind,
    KindCoverage,
    Origin,
    Platform,
    PlatformResult,
    ReachedObject,
    ReadStatus,
    Snapshot,
    group_of,
    names_of,
)
from driftcheck.pipeline import compare_snapshots
from driftcheck.platform import Ask, Inside, Outside, asks, reached
from tests.builders import Body, resource, snapshot

SHOP = "shop"
RBAC = "rbac.authorization.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"
STORAGE = "storage.k8s.io/v1"
OUTSIDE = frozenset(
    {
        GroupKind("cert-manager.io", "ClusterIssuer"),
        GroupKind("cilium.io", "CiliumClusterwideNetworkPolicy"),
        GroupKind("crd.projectcalico.org", "GlobalNetworkPolicy"),
        GroupKind("crd.projectcalico.org", "Tier"),
        GroupKind("example.com", "Limits"),
        GroupKind("external-secrets.io", "ClusterSecretStore"),
        GroupKind("instancetype.kubevirt.io", "VirtualMachineClusterInstancetype"),
        GroupKind("policy.networking.k8s.io", "ClusterNetworkPolicy"),
    }
)


def inside(*bodies: Body, labels: dict[str, str] | None = None) -> Inside:
    """A namespace with these objects, in a cluster that knows a few operators."""
    shop = resource("v1", "Namespace", SHOP)
    shop["metadata"]["labels"] = labels or {}
    documents = [Document(body) for body in (shop, *bodies)]
    kinds = {document.reference.group_kind for document in documents}
    made = {
        GroupKind("", "PersistentVolumeClaim"),
        GroupKind("", "Pod"),
        GroupKind("batch", "Job"),
    }
    plurals = {kind: max(names_of(kind), key=len) for kind in kinds | made}
    return Inside(
        namespace=SHOP,
        documents=documents,
        plurals=plurals,
        definitions={
            kind: f"{plural}.{kind.group}"
            for kind, plural in plurals.items()
            if kind.group.endswith(".example.com")
        },
        cluster_scoped=OUTSIDE,
    )


def outside(*bodies: Body) -> Outside:
    """All that stands outside, read already."""
    by_kind: dict[GroupKind, dict[str, Body]] = defaultdict(dict)
    for body in bodies:
        kind = GroupKind(group_of(body["apiVersion"]), body["kind"])
        by_kind[kind][body["metadata"]["name"]] = body
    return Outside(by_kind)


def reaching(here: Inside, *bodies: Body) -> dict[str, ReachedObject]:
    """What reaches in of these, by kind and name."""
    return {str(each.document.reference): each for each in reached(here, outside(*bodies))}


def asked(here: Inside, *bodies: Body) -> frozenset[Ask]:
    return asks(here, outside(*bodies))


def pod(name: str = "web", **spec: Any) -> Body:
    body = resource("v1", "Pod", name, spec={"containers": [{"name": "web"}], **spec})
    body["metadata"]["labels"] = {"app": name}
    return body


def subject(kind: str, name: str, namespace: str | None = None) -> Body:
    return {"kind": kind, "name": name, **({"namespace": namespace} if namespace else {})}


def bound(kind: str, name: str, role: str, subjects: Iterable[Body]) -> Body:
    """A binding of a ClusterRole."""
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
    return resource(RBAC, kind, name, subjects=list(subjects), roleRef=reference)


def look(name: str, here: Inside, *bodies: Body, cluster: str | None = None) -> Snapshot:
    """What a look at a namespace gives, in a cluster of its own unless one is named."""
    objects = reached(here, outside(*bodies))
    kinds = sorted({ask.kind for ask in asked(here, *bodies)})
    return evolve(
        snapshot(*(document.body for document in here.documents), namespace=here.namespace),
        name=name,
        origin=Origin.CLUSTER,
        platform=Platform(
            cluster=cluster or name,
            objects=objects,
            coverage=tuple(KindCoverage(*kind, ReadStatus.READ) for kind in kinds),
        ),
    )


def compared(left: Iterable[Body], right: Iterable[Body], here: Inside) -> PlatformResult:
    """What is said of one namespace in two clusters."""
    return compare_snapshots([look("blue", here, *left), look("green", here, *right)]).platform


def places(result: PlatformResult) -> list[tuple[str, str, str]]:
    """Each finding's object, change and path."""
    return [(str(each.object), each.change.value, each.path) for each in result.findings]
