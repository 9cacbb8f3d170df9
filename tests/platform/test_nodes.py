"""What the nodes are on which a namespace's pods run or could run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import Body, resource
from tests.platform.surrounded import inside, pod, reaching

GPU = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}


def node(name: str, architecture: str = "amd64", **spec: Any) -> Body:
    info = {"architecture": architecture, "bootID": name, "machineID": name}
    body = resource("v1", "Node", name, spec=spec, status={"nodeInfo": info, "allocatable": {}})
    body["metadata"]["labels"] = {"kubernetes.io/hostname": name, "disk": "ssd"}
    return body


def seen(*bodies: Body, **spec: Any) -> Body:
    """What is said of nodes where one pod may run."""
    found = reaching(inside(pod(**spec)), *bodies)
    return dict(found["Node *"].document.body) if found else {}


def architectures(*bodies: Body, **spec: Any) -> list[str]:
    return list(seen(*bodies, **spec).get("status", {}).get("nodeInfo", {}).get("architecture", []))


def test_neither_names_nor_numbers() -> None:
    """More nodes that are alike are the same as one."""
    assert seen(node("a"), node("b"), node("c")) == seen(node("d"))
    assert architectures(node("a"), node("b", "arm64")) == ["amd64", "arm64"]


@pytest.mark.parametrize(
    ("spec", "can_run"),
    [
        ({}, True),
        ({"nodeSelector": {"disk": "ssd"}}, True),
        ({"nodeSelector": {"disk": "hdd"}}, False),
        ({"nodeName": "b"}, True),
    ],
)
def test_selectors(spec: dict[str, Any], can_run: bool) -> None:
    """A node counts where a pod's selector picks it, or where the pod runs."""
    assert bool(architectures(node("b"), **spec)) is can_run


@pytest.mark.parametrize(
    ("operator", "values", "can_run"),
    [("In", ["ssd"], True), ("NotIn", ["ssd"], False), ("Exists", [], True), ("Gt", ["1"], False)],
)
def test_affinity(operator: str, values: list[str], can_run: bool) -> None:
    """A node counts where what a pod requires of it is met."""
    expression = {"key": "disk", "operator": operator, "values": values}
    required = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}

    assert bool(architectures(node("b"), affinity=affinity)) is can_run


@pytest.mark.parametrize(
    ("toleration", "can_run"),
    [
        ({"operator": "Exists"}, True),
        ({"key": "gpu", "operator": "Exists"}, True),
        ({"key": "gpu", "value": "yes"}, True),
        ({"key": "gpu", "value": "no"}, False),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
    ],
)
def test_taints(toleration: Body, can_run: bool) -> None:
    """A node with a taint counts where a pod tolerates that."""
    tainted = node("b", taints=[GPU])

    assert not architectures(tainted)
    assert bool(architectures(tainted, tolerations=[toleration])) is can_run


def test_passing_taints() -> None:
    """What a node's condition keeps out for a while keeps nothing out here."""
    cordoned = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}

    assert seen(node("a", taints=[cordoned])) == seen(node("b"))


def test_what_is_asked_for() -> None:
    """Labels and resources count where a pod asks for them, and a pool's size never does."""
    large = node("a")
    large["status"]["allocatable"] = {"cpu": "64", "nvidia.com/gpu": "8"}
    asks_for_gpu = {"containers": [{"resources": {"limits": {"nvidia.com/gpu": "1"}}}]}

    assert seen(large) == seen(node("b"))
    assert seen(large, **asks_for_gpu)["status"]["allocatable"] == ["nvidia.com/gpu"]
    assert seen(large, nodeSelector={"disk": "ssd"})["metadata"]["labels"] == {"disk": "ssd"}


def test_zones() -> None:
    """Over how many zones pods are spread counts, and not what these are called."""
    spread = [{"topologyKey": "zone"}, {"topologyKey": "kubernetes.io/hostname"}]
    one, two, three = node("a"), node("b"), node("c")
    one["metadata"]["labels"]["zone"] = two["metadata"]["labels"]["zone"] = "eu-1a"
    three["metadata"]["labels"]["zone"] = "us-1b"

    def zones(*bodies: Body) -> Body:
        return dict(seen(*bodies, topologySpreadConstraints=spread)["metadata"]["labels"])

    assert zones(one, two) == zones(three)
    assert zones(one, three) != zones(three)


def test_what_a_runtime_class_adds() -> None:
    """A runtime class sends pods to the nodes that it selects, and tolerates what keeps others."""
    scheduling = {
        "nodeSelector": {"disk": "hdd"},
        "tolerations": [{"key": "gpu", "operator": "Exists"}],
    }
    runtime = resource("node.k8s.io/v1", "RuntimeClass", "sandboxed", scheduling=scheduling)
    tainted = node("b", "arm64", taints=[GPU])
    tainted["metadata"]["labels"]["disk"] = "hdd"

    assert architectures(node("a"), tainted, runtime, runtimeClassName="sandboxed") == ["arm64"]
    assert architectures(node("a"), tainted) == ["amd64"]
