"""What reaches in changes the result, and what does not reach in never does."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import Body, resource
from tests.platform.surrounded import (
    ADMISSION,
    RBAC,
    STORAGE,
    bound,
    compared,
    inside,
    look,
    pod,
    subject,
)

POD_RULE = {
    "apiGroups": [""],
    "apiVersions": ["v1"],
    "resources": ["pods"],
    "operations": ["CREATE", "UPDATE"],
}
HERE = inside(
    pod(runtimeClassName="own", priorityClassName="own", nodeSelector={"disk": "ssd"}),
    resource("v1", "PersistentVolumeClaim", "data", spec={"storageClassName": "own"}),
    resource("flags.example.com/v1", "Flag", "wishlist"),
    bound("RoleBinding", "ops", "own", [subject("Group", "operators")]),
    labels={"team": "shop"},
)


def surroundings(name: str, team: str, namespace: str) -> list[Body]:
    """One object of each sort, which reach in where they are named and selected so."""
    selector = {"matchLabels": {"team": team}}
    webhook = {
        "name": "it",
        "rules": [POD_RULE],
        "namespaceSelector": selector,
        "timeoutSeconds": 5,
    }
    account = subject("ServiceAccount", "web", namespace)
    rule = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list"]}
    node = {"nodeInfo": {"kernelVersion": "6.1"}}
    schema = {"type": "object", "required": ["spec", "status"]}
    versions = [{"name": "v1", "served": True, "schema": {"openAPIV3Schema": schema}}]
    labelled = resource("v1", "Node", f"node-{name}", status=node)
    labelled["metadata"]["labels"] = {"disk": "ssd" if name == "own" else "hdd"}
    plural = "flags" if name == "own" else "others"
    return [
        resource("node.k8s.io/v1", "RuntimeClass", name, handler="runc"),
        resource("scheduling.k8s.io/v1", "PriorityClass", name, value=5),
        resource(STORAGE, "StorageClass", name, provisioner="disk.example.com"),
        resource(
            STORAGE, "CSIDriver", f"{'disk' if name == 'own' else 'tape'}.example.com", spec={}
        ),
        resource(ADMISSION, "MutatingWebhookConfiguration", name, webhooks=[webhook]),
        resource(RBAC, "ClusterRole", name, rules=[rule]),
        resource(RBAC, "ClusterRole", f"bound-{name}", rules=[rule]),
        bound("ClusterRoleBinding", name, f"bound-{name}", [account]),
        resource(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            f"{plural}.flags.example.com",
            spec={"group": "flags.example.com", "versions": versions},
        ),
        resource(
            "policy.networking.k8s.io/v1alpha2",
            "ClusterNetworkPolicy",
            name,
            spec={"subject": {"namespaces": selector}, "priority": 5},
        ),
        labelled,
    ]


REACHING = surroundings("own", "shop", "shop")
OTHERS = surroundings("other", "other", "other")
CHANGES: dict[str, tuple[Any, ...]] = {
    "RuntimeClass": ("handler", "runsc"),
    "PriorityClass": ("value", 7),
    "StorageClass": ("reclaimPolicy", "Retain"),
    "CSIDriver": ("spec", "attachRequired", False),
    "MutatingWebhookConfiguration": ("webhooks", 0, "failurePolicy", "Ignore"),
    "ClusterRole": ("rules", 0, "verbs", ["get", "list", "delete"]),
    "ClusterRoleBinding": ("subjects", 0, "name", "api"),
    "CustomResourceDefinition": ("spec", "versions", 0, "served", False),
    "ClusterNetworkPolicy": ("spec", "priority", 7),
    "Node": ("status", "nodeInfo", "kernelVersion", "6.12"),
}
"""By kind, a change that its operator would call one."""


def changed(body: Body, *path: Any) -> Body:
    *fields, last, value = path
    inner = edited = copy.deepcopy(body)
    for field in fields:
        inner = inner[field]
    inner[last] = value
    return edited


def reversed_lists(value: Any) -> Any:
    """The same with every list the other way round."""
    if isinstance(value, dict):
        return {key: reversed_lists(inner) for key, inner in value.items()}
    return [reversed_lists(item) for item in reversed(value)] if isinstance(value, list) else value


@given(st.sets(st.sampled_from(range(len(OTHERS)))), st.sets(st.sampled_from(range(len(OTHERS)))))
@settings(max_examples=8)
def test_what_does_not_reach_in(left: set[int], right: set[int]) -> None:
    """Whatever else stands in a cluster, the platform is the same, and nothing of it is kept."""
    blue = [*REACHING, *(OTHERS[number] for number in left)]
    green = [*(changed(OTHERS[it], *CHANGES[OTHERS[it]["kind"]]) for it in right), *REACHING]

    assert look("blue", HERE, *blue).platform == look("blue", HERE, *REACHING).platform
    assert compared(blue, green, HERE).verdict.value == "same"


@given(st.sets(st.sampled_from(range(len(REACHING))), min_size=1), st.booleans())
@settings(max_examples=12)
def test_what_reaches_in(numbers: set[int], turned: bool) -> None:
    """Whatever changes of what reaches in is found, each object once, from either side."""
    green = [
        changed(body, *CHANGES[body["kind"]]) if number in numbers else body
        for number, body in enumerate(REACHING)
    ]
    sides = (green, REACHING) if turned else (REACHING, green)

    result = compared(*sides, HERE)

    assert result.verdict.value == "differs"
    found = Counter((each.object, each.path) for each in result.findings)
    assert {reference.kind for reference, _ in found} == {REACHING[it]["kind"] for it in numbers}
    assert set(found.values()) == {1}


@given(st.sampled_from(REACHING))
@settings(max_examples=12)
def test_what_is_on_one_side(body: Body) -> None:
    """What reaches in on one side alone is found."""
    rest = [other for other in REACHING if other is not body]

    result = compared(REACHING, rest, HERE)

    assert result.verdict.value == "differs"
    assert body["kind"] in {each.object.kind for each in result.findings}


@given(st.permutations(REACHING))
@settings(max_examples=8)
def test_order(bodies: list[Body]) -> None:
    """Neither the order of objects nor that of lists that mean nothing changes anything."""
    assert (
        compared(REACHING, [reversed_lists(body) for body in bodies], HERE).verdict.value == "same"
    )
