"""Lists: what their order means, and where a difference in them is said to be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import Body, compare, container, differences, resource, workload

POD = "spec.template.spec"


def with_container(**fields: Any) -> dict[str, Any]:
    return workload(containers=[container(**fields)])


def policy(**spec: Any) -> dict[str, Any]:
    return resource("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, **spec})


UNORDERED = {
    "volumes": (
        workload(volumes=[{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}]),
        workload(volumes=[{"name": "b", "emptyDir": {}}, {"name": "a", "emptyDir": {}}]),
    ),
    "tolerations": (
        workload(tolerations=[{"key": "a", "operator": "Exists"}, {"key": "b"}]),
        workload(tolerations=[{"key": "b"}, {"key": "a", "operator": "Exists"}]),
    ),
    "env that expands nothing": (
        with_container(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]),
        with_container(env=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]),
    ),
    "accessModes": (
        resource("v1", "PersistentVolumeClaim", spec={"accessModes": ["A", "B"]}),
        resource("v1", "PersistentVolumeClaim", spec={"accessModes": ["B", "A"]}),
    ),
    "rbac verbs and rules": (
        resource(
            "rbac.authorization.k8s.io/v1",
            "Role",
            rules=[{"resources": ["a"], "verbs": ["get", "list"]}, {"resources": ["b"]}],
        ),
        resource(
            "rbac.authorization.k8s.io/v1",
            "Role",
            rules=[{"resources": ["b"]}, {"resources": ["a"], "verbs": ["list", "get"]}],
        ),
    ),
    "autoscaler metrics": (
        resource("autoscaling/v2", "HorizontalPodAutoscaler", spec={"metrics": [{"a": 1}, {}]}),
        resource("autoscaling/v2", "HorizontalPodAutoscaler", spec={"metrics": [{}, {"a": 1}]}),
    ),
    "no ingress rules and an empty list of them": (policy(ingress=[]), policy()),
    "ports told apart by protocol": (
        with_container(
            ports=[
                {"containerPort": 53, "protocol": "UDP"},
                {"containerPort": 53, "protocol": "TCP"},
            ]
        ),
        with_container(ports=[{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]),
    ),
    "doubled pull secrets": (
        workload(imagePullSecrets=[{"name": "a"}, {"name": "a"}]),
        workload(imagePullSecrets=[{"name": "a"}]),
    ),
    "an env name that is set twice, the last wins": (
        with_container(env=[{"name": "X", "value": "1"}, {"name": "X", "value": "2"}]),
        with_container(env=[{"name": "X", "value": "2"}]),
    ),
}


@pytest.mark.parametrize(("left", "right"), UNORDERED.values(), ids=UNORDERED)
def test_order_means_nothing(left: dict[str, Any], right: dict[str, Any]) -> None:
    """Where order means nothing to Kubernetes, another order is no difference."""
    assert not differences(left, right)


DIFFERENT = {
    "an item of a set": (
        workload(nodeSelector={}, tolerations=[]),
        workload(tolerations=[{"key": "a"}]),
        [("added", f"{POD}.tolerations")],
    ),
    "init containers run in order": (
        workload(initContainers=[container("a"), container("b")]),
        workload(initContainers=[container("b"), container("a")]),
        [("reordered", f"{POD}.initContainers")],
    ),
    "containers start in order": (
        workload(containers=[container("a"), container("b")]),
        workload(containers=[container("b"), container("a")]),
        [("reordered", f"{POD}.containers")],
    ),
    "args": (
        with_container(args=["-a", "-b"]),
        with_container(args=["-b", "-a"]),
        [("reordered", f"{POD}.containers[name=web].args")],
    ),
    "one argument put in front": (
        with_container(args=["-a", "-b"]),
        with_container(args=["-z", "-a", "-b"]),
        [("added", f"{POD}.containers[name=web].args[0]")],
    ),
    "one argument changed": (
        with_container(args=["-a", "-b", "-c"]),
        with_container(args=["-a", "-x", "-c"]),
        [("changed", f"{POD}.containers[name=web].args[1]")],
    ),
    "one argument taken out": (
        with_container(args=["-a", "-b", "-c"]),
        with_container(args=["-a", "-c"]),
        [("removed", f"{POD}.containers[name=web].args[1]")],
    ),
    "env that expands another": (
        with_container(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)x"}]),
        with_container(env=[{"name": "B", "value": "$(A)x"}, {"name": "A", "value": "1"}]),
        [("reordered", f"{POD}.containers[name=web].env")],
    ),
    "env sources, the last wins": (
        with_container(envFrom=[{"prefix": "A"}, {"prefix": "B"}]),
        with_container(envFrom=[{"prefix": "B"}, {"prefix": "A"}]),
        [("reordered", f"{POD}.containers[name=web].envFrom")],
    ),
    "one protocol of one port": (
        with_container(ports=[{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]),
        with_container(ports=[{"containerPort": 53}]),
        [("removed", f"{POD}.containers[name=web].ports[containerPort=53,protocol=UDP]")],
    ),
    "an ingress rule that lets everybody in": (
        policy(ingress=[]),
        policy(ingress=[{}]),
        [("added", "spec.ingress")],
    ),
    "a rule without key, compared inside": (
        resource("networking.k8s.io/v1", "Ingress", spec={"rules": [{"host": "a", "http": {}}]}),
        resource("networking.k8s.io/v1", "Ingress", spec={"rules": [{"host": "b", "http": {}}]}),
        [("changed", "spec.rules[0].host")],
    ),
    "a volume's source": (
        workload(volumes=[{"name": "a", "emptyDir": {}}]),
        workload(volumes=[{"name": "a", "emptyDir": {"medium": "Memory"}}]),
        [("added", f"{POD}.volumes[name=a].emptyDir.medium")],
    ),
    "a template of claims": (
        resource("apps/v1", "StatefulSet", spec={"volumeClaimTemplates": [claim := {
            "metadata": {"name": "data"}, "spec": {"storageClassName": "a"}}]}),
        resource("apps/v1", "StatefulSet", spec={"volumeClaimTemplates": [
            claim | {"spec": {"storageClassName": "b"}}]}),
        [("changed", "spec.volumeClaimTemplates[metadata.name=data].spec.storageClassName")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("left", "right", "expected"), DIFFERENT.values(), ids=DIFFERENT)
def test_differences_in_lists(
    left: dict[str, Any], right: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A real difference in a list is said once, at the path of what a person would edit."""
    assert expected == differences(left, right)


def test_likeliest_items_pair() -> None:
    """Items without key pair with the item they have most in common with."""
    first = {"host": "a", "http": {"paths": [{"path": "/a", "pathType": "Exact"}]}}
    second = {"host": "b", "http": {"paths": [{"path": "/b", "pathType": "Prefix"}]}}
    changed = {"host": "b", "http": {"paths": [{"path": "/x", "pathType": "Prefix"}]}}
    left = resource("networking.k8s.io/v1", "Ingress", spec={"rules": [first, second]})
    right = resource("networking.k8s.io/v1", "Ingress", spec={"rules": [changed, first]})

    assert differences(left, right) == [("changed", "spec.rules[1].http.paths[0].path")]


@pytest.mark.parametrize(
    ("field", "items"),
    [
        ("containers", [{"name": {"a": 1}, "image": "x"}]),
        ("containers", ["web"]),
        ("containers", [{"name": "web", "env": ["A=1"]}]),
        ("containers", [{"name": "web", "env": [{"name": ["A"]}]}]),
        ("containers", [{"name": "web", "ports": [{"containerPort": []}]}]),
        ("volumes", [{"name": {}}]),
    ],
    ids=str,
)
def test_custom_lists_under_familiar_names(field: str, items: list[Any]) -> None:
    """Where nothing can tell a custom list's items apart, they are compared all the same."""

    def custom(*more: Any) -> Body:
        spec = {"containers": [{"name": "x", "image": "y"}], field: [*items, *more]}
        return resource("shop.io/v1", "Till", spec={"template": {"spec": spec}})

    assert compare([custom()], [custom()]).findings == ()
    assert compare([custom()], [custom({"name": "more", "image": "z"})]).findings
