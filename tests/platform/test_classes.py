"""Which classes, drivers and volumes stand behind what a namespace asks for."""

from __future__ import annotations

from typing import Any

import pytest

from driftcheck.model import GroupKind
from driftcheck.platform import Ask
from tests.builders import Body, resource, workload
from tests.platform.surrounded import STORAGE, asked, inside, pod, reaching

DEFAULT = "storageclass.kubernetes.io/is-default-class"


def claim(name: str = "data", **spec: Any) -> Body:
    return resource("v1", "PersistentVolumeClaim", name, spec=spec)


def storage_class(name: str, *, default: bool = False, **fields: Any) -> Body:
    body = resource(STORAGE, "StorageClass", name, provisioner="disk.example.com", **fields)
    body["metadata"]["annotations"] = {DEFAULT: "true"} if default else {}
    return body


def test_storage() -> None:
    """A claim reaches its class, its volume, and by both the driver."""
    volume = resource(
        "v1", "PersistentVolume", "pv-1", spec={"csi": {"driver": "disk.example.com"}}
    )
    driver = resource(STORAGE, "CSIDriver", "disk.example.com")
    here = inside(claim(storageClassName="fast", volumeName="pv-1"))

    found = reaching(
        here,
        storage_class("fast"),
        storage_class("other"),
        volume,
        driver,
        resource(STORAGE, "CSIDriver", "tape.example.com"),
    )

    assert {name: each.reached_by for name, each in found.items()} == {
        "StorageClass fast": ("PersistentVolumeClaim data",),
        "PersistentVolume pv-1": ("PersistentVolumeClaim data",),
        "CSIDriver disk.example.com": ("PersistentVolumeClaim data", "StorageClass fast"),
    }


def test_the_default_class() -> None:
    """The default class reaches in where something names none, and an empty name names none."""
    templates = resource("apps/v1", "StatefulSet", "db", spec={"volumeClaimTemplates": [claim()]})
    classes = storage_class("standard", default=True), storage_class("fast")

    assert set(reaching(inside(templates), *classes)) == {"StorageClass standard"}
    assert not reaching(inside(claim(storageClassName="")), *classes)
    assert not reaching(inside(), *classes)


def test_being_the_default_counts_where_it_is_taken() -> None:
    """Whether a class is the default is left out where everything names its own."""
    named = claim(storageClassName="standard")
    unnamed = resource("apps/v1", "StatefulSet", "db", spec={"volumeClaimTemplates": [claim("x")]})
    standard = storage_class("standard", default=True)

    (alone,) = reaching(inside(named), standard).values()
    (taken,) = reaching(inside(named, unnamed), standard).values()

    assert DEFAULT not in alone.document.metadata["annotations"]
    assert DEFAULT in taken.document.metadata["annotations"]


@pytest.mark.parametrize(
    ("body", "api_version", "kind"),
    [
        (pod(priorityClassName="it"), "scheduling.k8s.io/v1", "PriorityClass"),
        (workload(runtimeClassName="it"), "node.k8s.io/v1", "RuntimeClass"),
        (claim(volumeAttributesClassName="it"), STORAGE, "VolumeAttributesClass"),
        (
            resource("networking.k8s.io/v1", "Ingress", spec={"ingressClassName": "it"}),
            "networking.k8s.io/v1",
            "IngressClass",
        ),
        (
            resource("gateway.networking.k8s.io/v1", "Gateway", spec={"gatewayClassName": "it"}),
            "gateway.networking.k8s.io/v1",
            "GatewayClass",
        ),
        (
            resource(
                "snapshot.storage.k8s.io/v1",
                "VolumeSnapshot",
                spec={"volumeSnapshotClassName": "it"},
            ),
            "snapshot.storage.k8s.io/v1",
            "VolumeSnapshotClass",
        ),
        (
            resource(
                "resource.k8s.io/v1",
                "ResourceClaim",
                spec={"devices": {"requests": [{"exactly": {"deviceClassName": "it"}}]}},
            ),
            "resource.k8s.io/v1",
            "DeviceClass",
        ),
        (
            pod(volumes=[{"projected": {"sources": [{"clusterTrustBundle": {"name": "it"}}]}}]),
            "certificates.k8s.io/v1beta1",
            "ClusterTrustBundle",
        ),
        (pod(volumes=[{"csi": {"driver": "it"}}]), STORAGE, "CSIDriver"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names(body: Body, api_version: str, kind: str) -> None:
    """What names a class reaches the one of that name, and no other."""
    classes = [resource(api_version, kind, name) for name in ("it", "other")]

    assert f"{kind} it" in reaching(inside(body), *classes)
    assert f"{kind} other" not in reaching(inside(body), *classes)


def test_the_default_priority() -> None:
    """The global default reaches in where pods name no class."""
    default = resource("scheduling.k8s.io/v1", "PriorityClass", "all", globalDefault=True)

    assert "PriorityClass all" in reaching(inside(pod()), default)
    assert "PriorityClass all" not in reaching(inside(pod(priorityClassName="own")), default)


def test_devices_by_resource() -> None:
    """A class of devices reaches in where it stands for a resource that a pod asks for."""
    asks_for_gpu = {"resources": {"limits": {"cpu": "1", "example.com/gpu": "1"}}}
    gpu = resource(
        "resource.k8s.io/v1", "DeviceClass", "gpu", spec={"extendedResourceName": "example.com/gpu"}
    )

    assert "DeviceClass gpu" in reaching(inside(pod(containers=[asks_for_gpu])), gpu)
    assert "DeviceClass gpu" not in reaching(inside(pod()), gpu)


def test_nothing_is_asked_for_nothing() -> None:
    """Where nothing names a class, no class is asked for."""
    kinds = {ask.kind.kind for ask in asked(inside())}

    assert kinds == {
        "ClusterRoleBinding",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    }


@pytest.mark.parametrize("name", ["../secrets", "a/b", "..", ".", "a%2fb", ""])
def test_names_that_are_none(name: str) -> None:
    """What no object can be called is not asked for: it could mean another place."""
    asked_for = asked(inside(pod(runtimeClassName=name)))

    assert Ask(GroupKind("node.k8s.io", "RuntimeClass"), name) not in asked_for
