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


def test_one_of_several_defaults() -> None:
    """Of several default classes the newest is taken, of priorities the lowest; no other counts."""
    old, new, other = (storage_class(name, default=True) for name in ("old", "new", "other"))
    for body, year in ((old, 2024), (new, 2026), (other, 2026)):
        body["metadata"]["creationTimestamp"] = f"{year}-01-01T00:00:00Z"
    low, high = (
        resource("scheduling.k8s.io/v1", "PriorityClass", name, globalDefault=True, value=value)
        for name, value in (("low", 1), ("high", 2))
    )
    unnamed = resource("apps/v1", "StatefulSet", "db", spec={"volumeClaimTemplates": [claim("x")]})

    found = reaching(inside(claim(storageClassName="old"), unnamed), old, new, other)

    assert set(found) == {"StorageClass old", "StorageClass new"}
    assert DEFAULT in found["StorageClass new"].document.metadata["annotations"]
    assert DEFAULT not in found["StorageClass old"].document.metadata["annotations"]
    assert set(reaching(inside(pod()), high, low)) == {"PriorityClass low"}


def test_the_default_class_has_a_driver() -> None:
    """The driver of a class is followed, whether the class is named or is the default one."""
    unnamed = resource("apps/v1", "StatefulSet", "db", spec={"volumeClaimTemplates": [claim("x")]})
    driver = resource(STORAGE, "CSIDriver", "disk.example.com")

    found = reaching(inside(unnamed), storage_class("standard", default=True), driver)

    assert found["CSIDriver disk.example.com"].reached_by == ("StorageClass standard",)


def test_attributes_of_claims_to_come() -> None:
    """A template of claims and an ephemeral volume name attributes as a claim does."""
    wanted = {"storageClassName": "", "volumeAttributesClassName": "gold"}
    templates = [{"spec": wanted}]
    database = resource("apps/v1", "StatefulSet", "db", spec={"volumeClaimTemplates": templates})
    ephemeral = {"name": "x", "ephemeral": {"volumeClaimTemplate": {"spec": wanted}}}
    gold = resource(STORAGE, "VolumeAttributesClass", "gold")

    for body in (database, workload(volumes=[ephemeral])):
        assert set(reaching(inside(body), gold)) == {"VolumeAttributesClass gold"}


def test_a_device_class_by_its_own_resource() -> None:
    """The resource that every class of devices has by itself names the class."""
    limits = {"deviceclass.resource.kubernetes.io/gpu": "1"}
    body = pod(containers=[{"name": "web", "resources": {"limits": limits}}])
    classes = (resource("resource.k8s.io/v1", "DeviceClass", name) for name in ("gpu", "tpu"))

    assert set(reaching(inside(body), *classes)) == {"DeviceClass gpu"}


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
