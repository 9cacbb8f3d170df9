"""What of an object outside counts, and what is each cluster's own."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from attrs import evolve

from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, edited, resource
from tests.platform.surrounded import (
    ADMISSION,
    RBAC,
    STORAGE,
    bound,
    compared,
    inside,
    look,
    places,
    pod,
    subject,
)

CLAIM = resource(
    "v1", "PersistentVolumeClaim", "data", spec={"volumeName": "it", "storageClassName": "it"}
)
HERE = inside(
    CLAIM,
    pod(priorityClassName="it"),
    resource("flags.example.com/v1", "Flag", "wishlist"),
    resource("gateway.networking.k8s.io/v1", "Gateway", spec={"gatewayClassName": "it"}),
)
WEB = subject("ServiceAccount", "web", "shop")


def volume(handle: str, **fields: Any) -> Body:
    source = {"driver": "disk", "volumeHandle": handle, "volumeAttributes": {"type": "ssd"}}
    claim = {"kind": "PersistentVolumeClaim", "name": "data", "namespace": "shop", "uid": handle}
    spec = {"csi": source, "claimRef": claim, "persistentVolumeReclaimPolicy": "Delete", **fields}
    return resource("v1", "PersistentVolume", "it", spec=spec)


def webhooks(**fields: Any) -> Body:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["*"]}
    webhook = {"name": "it", "rules": [rule], "clientConfig": {"caBundle": "YQ=="}, **fields}
    return resource(ADMISSION, "ValidatingWebhookConfiguration", webhooks=[webhook])


def definition(**schema: Any) -> Body:
    version = {"name": "v1", "served": True, "schema": {"openAPIV3Schema": schema}}
    return resource(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "flags.flags.example.com",
        spec={"group": "flags.example.com", "scope": "Namespaced", "versions": [version]},
    )


STORAGE_CLASS = resource(STORAGE, "StorageClass", parameters={"type": "ssd"}, provisioner="disk")
PRIORITY = resource("scheduling.k8s.io/v1", "PriorityClass", value=5)
GATEWAY_CLASS = resource(
    "gateway.networking.k8s.io/v1", "GatewayClass", spec={"controllerName": "example.com/it"}
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (volume("vol-1"), volume("vol-2")),
        (
            volume("a"),
            edited(
                volume("a"),
                *("spec", "csi", "volumeAttributes", "subvolumeName"),
                value="csi-vol-2512f6d9-97ec-4579-a2ec-4d6e98b21e1a",
            ),
        ),
        (webhooks(), webhooks(clientConfig={"caBundle": "Yg=="})),
        (PRIORITY, {**PRIORITY, "description": "for what matters"}),
        (GATEWAY_CLASS, edited(GATEWAY_CLASS, "spec", "description", value="for the shop")),
        (STORAGE_CLASS, edited(STORAGE_CLASS, "metadata", "labels", value={"team": "x"})),
        (definition(type="object"), definition(type="object", description="what it is for")),
        (definition(type="object"), edited(definition(type="object"), "status", value={"x": 1})),
        (
            definition(required=["a", "b"], enum=["x", "y"]),
            definition(required=["b", "a"], enum=["y", "x"]),
        ),
    ],
)
def test_what_is_each_clusters_own(left: Body, right: Body) -> None:
    """What was allocated, certificates, labels and prose are no difference."""
    assert compared([left], [right], HERE).verdict.value == "same"


@pytest.mark.parametrize(
    ("left", "right", "path"),
    [
        (
            volume("a"),
            volume("b", persistentVolumeReclaimPolicy="Retain"),
            "spec.persistentVolumeReclaimPolicy",
        ),
        (volume("a"), volume("b", mountOptions=["nobarrier"]), "spec.mountOptions"),
        (
            volume("a"),
            edited(volume("b"), "spec", "csi", "volumeAttributes", "type", value="hdd"),
            "spec.csi.volumeAttributes.type",
        ),
        (webhooks(), webhooks(failurePolicy="Ignore"), "webhooks[name=it].failurePolicy"),
        (PRIORITY, {**PRIORITY, "value": 7}, "value"),
        (STORAGE_CLASS, {**STORAGE_CLASS, "parameters": {"type": "hdd"}}, "parameters.type"),
        (definition(type="object"), definition(type="string"), "spec.versions[name=v1].schema"),
        (
            definition(properties={"description": {"type": "string"}}),
            definition(properties={"description": {"type": "integer"}}),
            "spec.versions[name=v1].schema",
        ),
    ],
)
def test_what_counts(left: Body, right: Body, path: str) -> None:
    """What an object does is a difference at its place."""
    result = compared([left], [right], HERE)

    assert [found.path for found in result.findings] == [path]


def test_volumes_are_paired_by_their_claims() -> None:
    """A volume is the same under another name, and reports show the baseline's."""
    other = copy.deepcopy(volume("b", persistentVolumeReclaimPolicy="Retain"))
    other["metadata"]["name"] = "pvc-1"
    there = inside(edited(CLAIM, "spec", "volumeName", value="pvc-1"))

    result = compare_snapshots(
        [look("blue", inside(CLAIM), volume("a")), look("green", there, other)]
    ).platform

    assert places(result) == [
        ("PersistentVolume it", "changed", "spec.persistentVolumeReclaimPolicy")
    ]


def test_another_default() -> None:
    """Another default class counts where a claim is still to be made that names none."""
    template = resource(
        "apps/v1", "StatefulSet", "db", spec={"volumeClaimTemplates": [{"spec": {}}]}
    )
    note = "storageclass.kubernetes.io/is-default-class"
    default = edited(STORAGE_CLASS, "metadata", "annotations", value={note: "true"})

    named = compared([default], [STORAGE_CLASS], HERE)
    taken = compared([default], [STORAGE_CLASS], inside(CLAIM, template))

    assert named.verdict.value == "same"
    assert places(taken) == [("StorageClass it", "changed", f'metadata.annotations["{note}"]')]
    assert taken.findings[0].category.value == "storage"


def role(name: str, *verbs: str, **fields: Any) -> Body:
    rule = {"apiGroups": [""], "resources": ["nodes"], "verbs": list(verbs), **fields}
    return resource(RBAC, "ClusterRole", name, rules=[rule])


def given(name: str, to: str, *subjects: Body) -> Body:
    return bound("ClusterRoleBinding", name, to, subjects or [WEB])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([given("a", "r"), role("r", "get")], [given("b", "s"), role("s", "get")]),
        (
            [given("a", "r"), role("r", "get", "list")],
            [given("a", "r"), given("b", "s"), role("r", "get"), role("s", "list")],
        ),
        (
            [given("a", "r"), role("r", "get"), given("all", "every"), role("every", "*")],
            [given("all", "every"), role("every", "*")],
        ),
        (
            [
                given("a", "r", WEB, subject("Group", "system:authenticated")),
                role("r", "get"),
            ],
            [given("a", "r", subject("Group", "system:authenticated")), role("r", "get")],
        ),
    ],
)
def test_permissions_that_are_the_same(left: list[Body], right: list[Body]) -> None:
    """What an account may do in all is the same, whatever gives it that."""
    assert compared(left, right, inside()).verdict.value == "same"


@pytest.mark.parametrize(
    ("left", "right", "place"),
    [
        (
            [given("a", "r"), role("r", "get")],
            [given("a", "r"), role("r", "get", "delete")],
            ("ClusterRole r", "changed", "rules"),
        ),
        (
            [given("a", "r"), role("r", "get")],
            [given("a", "s"), role("s", "*")],
            ("ClusterRoleBinding a", "changed", "roleRef"),
        ),
        ([given("a", "r"), role("r", "get")], [], ("ClusterRoleBinding a", "removed", "")),
        (
            [given("a", "r"), role("r", "get")],
            [given("a", "r")],
            ("ClusterRole r", "removed", ""),
        ),
        (
            [given("a", "r", WEB, subject("ServiceAccount", "api", "shop")), role("r", "get")],
            [given("a", "r"), role("r", "get")],
            ("ClusterRoleBinding a", "changed", "subjects"),
        ),
        (
            [given("a", "r"), role("r", "get")],
            [given("a", "r", subject("Group", "system:serviceaccounts:shop")), role("r", "get")],
            ("ClusterRoleBinding a", "changed", "subjects"),
        ),
        (
            [given("a", "r"), role("r", "get", resourceNames=["one"])],
            [given("a", "r"), role("r", "get")],
            ("ClusterRole r", "changed", "rules"),
        ),
    ],
)
def test_permissions_that_differ(
    left: list[Body], right: list[Body], place: tuple[str, str, str]
) -> None:
    """What an account may do on one side alone is said once, of what makes it, from both ends."""
    turned = {"removed": "added", "changed": "changed"}

    assert places(compared(left, right, inside())) == [place]
    assert places(compared(right, left, inside())) == [(place[0], turned[place[1]], place[2])]


@pytest.mark.parametrize(
    ("group", "verb", "writer", "is_expected"),
    [
        ("resource.k8s.io", "get", "kube-apiserver", True),
        ("resource.k8s.io", "get", "kubectl-edit", False),
        ("resource.k8s.io", "*", "kube-apiserver", False),
        ("rbac.authorization.k8s.io", "get", "kube-apiserver", False),
        ("example.com", "get", "kube-apiserver", False),
        ("", "get", "kube-apiserver", False),
    ],
)
def test_roles_of_another_version(group: str, verb: str, writer: str, is_expected: bool) -> None:
    """What a newer server gives by itself is expected; what others may have put there is not."""
    here = inside(bound("RoleBinding", "readers", "view", [subject("Group", "readers")]))
    old = role("view", "get")
    old["metadata"]["labels"] = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    old["metadata"]["managedFields"] = [{"manager": writer, "operation": "Update"}]
    new = copy.deepcopy(old)
    new["rules"].append({"apiGroups": [group], "resources": ["claims"], "verbs": [verb]})
    looks = [
        evolve(look(name, here, body), server_version=version)
        for name, body, version in (("blue", old, "v1.34.1"), ("green", new, "v1.36.2"))
    ]

    result = compare_snapshots(looks)

    (found,) = result.platform.findings
    assert (found.expected is not None) is is_expected
    assert result.platform.verdict.value == ("same" if is_expected else "differs")
