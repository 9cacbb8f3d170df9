"""What a real API server makes of manifests: as one answered, and on a cluster that is at hand.

`every-field.yaml` has each kind that needs no definition, and each field that a server completes;
`every-field.json.gz` is what a Kubernetes 1.36 API server, with its controllers, made of it.
The tests marked `cluster` write into two namespaces of their own, and delete them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from attrs import frozen
from kubernetes import config
from kubernetes.dynamic import DynamicClient

import driftcheck

HERE = Path(__file__).parent
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
CONTAINER = "/spec/template/spec/containers/0"

Body = dict[str, Any]
Shop = Mapping[str, str]


def test_what_a_server_made_of_every_field() -> None:
    """Manifests, and what a server keeps of them, are the same; from either side."""
    sides = HERE / "every-field.yaml", driftcheck.load(HERE / "every-field.json.gz")

    for result in (driftcheck.compare(*sides), driftcheck.compare(*sides[::-1])):
        assert not result.findings
        assert result.verdict == "identical"


@frozen
class Edit:
    """What somebody writes into one object, how it is undone, and what is to be found."""

    kind: tuple[str, str]
    name: str
    body: Any
    undo: Any
    path: str


@pytest.fixture(scope="module")
def context(users_kubeconfig: str) -> Iterator[str]:
    """The context that was named for tests, in the kubeconfig of whoever runs them."""
    name = os.environ.get("DRIFTCHECK_TEST_CONTEXT")
    if not name:
        pytest.skip("DRIFTCHECK_TEST_CONTEXT names no cluster")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", users_kubeconfig)
        yield name


@pytest.fixture(scope="module")
def cluster(context: str, users_kubeconfig: str) -> DynamicClient:
    return DynamicClient(config.new_client_from_config(users_kubeconfig, context))


@pytest.fixture(scope="module")
def shops(cluster: DynamicClient, context: str) -> Iterator[Shop]:
    """Two namespaces, each with the same objects; by what they are called in tests."""
    mark = uuid4().hex[:8]
    names = {side: f"driftcheck-test-{mark}-{side}" for side in ("staging", "production")}
    namespaces = cluster.resources.get(api_version="v1", kind="Namespace")
    for name in names.values():
        namespaces.create({"metadata": {"name": name}})
        apply(cluster, name, HERE / "shop.yaml")
    yield {side: f"{name}@{context}" for side, name in names.items()}
    for name in names.values():
        namespaces.delete(name=name)


def apply(cluster: DynamicClient, namespace: str, manifests: Path) -> None:
    for body in yaml.safe_load_all(manifests.read_text()):
        kind = cluster.resources.get(api_version=body["apiVersion"], kind=body["kind"])
        name = body["metadata"]["name"]
        kind.server_side_apply(body, name=name, namespace=namespace, field_manager="tests")


def compared(shops: Shop) -> driftcheck.Result:
    return driftcheck.compare(*shops.values(), settle=60, platform=False)


def found(result: driftcheck.Result) -> list[str]:
    return [f"{item.object.kind} {item.object.name}: {item.path}" for item in result.findings]


@pytest.mark.cluster
def test_two_namespaces_of_the_same_manifests(shops: Shop) -> None:
    """What was made of the same manifests is the same."""
    assert not found(compared(shops))


@pytest.mark.cluster
def test_a_namespace_and_its_manifests(shops: Shop) -> None:
    """Manifests are the same as what a cluster made of them."""
    for sides in (
        (HERE / "shop.yaml", shops["production"]),
        (shops["production"], HERE / "shop.yaml"),
    ):
        assert not found(driftcheck.compare(*sides, settle=60))


EDITS = {
    "an argument": Edit(
        ("apps/v1", "Deployment"),
        "web",
        [{"op": "replace", "path": f"{CONTAINER}/args/1", "value": "8081"}],
        [{"op": "replace", "path": f"{CONTAINER}/args/1", "value": "8080"}],
        "spec.template.spec.containers[name=web].args[1]",
    ),
    "a value inside a document": Edit(
        ("v1", "ConfigMap"),
        "web-config",
        {"data": {"settings.yaml": "cache:\n  ttl: 600\nservers: [a, b]\n"}},
        {"data": {"settings.yaml": "cache:\n  ttl: 300\nservers: [a, b]\n"}},
        'data["settings.yaml"].cache.ttl',
    ),
    "a password": Edit(
        ("v1", "Secret"),
        "db",
        {"stringData": {"password": "another one"}},
        {"stringData": {"password": "velvet-hammer-42"}},
        "data.password",
    ),
    "a verb": Edit(
        ("rbac.authorization.k8s.io/v1", "Role"),
        "reader",
        [{"op": "add", "path": "/rules/0/verbs/-", "value": "delete"}],
        [{"op": "remove", "path": "/rules/0/verbs/2"}],
        "rules[0].verbs[=delete]",
    ),
    "a host": Edit(
        ("networking.k8s.io/v1", "Ingress"),
        "web",
        [{"op": "replace", "path": "/spec/rules/0/host", "value": "other.example.com"}],
        [{"op": "replace", "path": "/spec/rules/0/host", "value": "shop.example.com"}],
        "spec.rules[0].host",
    ),
    "an address": Edit(
        ("discovery.k8s.io/v1", "EndpointSlice"),
        "outside-1",
        [{"op": "replace", "path": "/endpoints/0/addresses/0", "value": "192.0.2.11"}],
        [{"op": "replace", "path": "/endpoints/0/addresses/0", "value": "192.0.2.10"}],
        "endpoints[0].addresses[0]",
    ),
    "a schedule": Edit(
        ("batch/v1", "CronJob"),
        "report",
        {"spec": {"schedule": "0 4 * * *"}},
        {"spec": {"schedule": "0 3 * * *"}},
        "spec.schedule",
    ),
    "what an autoscaler may ask for": Edit(
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        "web",
        {"spec": {"maxReplicas": 7}},
        {"spec": {"maxReplicas": 6}},
        "spec.maxReplicas",
    ),
}


@pytest.mark.cluster
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_one_edit(cluster: DynamicClient, shops: Shop, edit: Edit) -> None:
    """One edit is one finding, and none once it is undone."""
    version, kind = edit.kind
    edited = cluster.resources.get(api_version=version, kind=kind)
    namespace, _, _ = shops["production"].partition("@")

    def patch(body: Any) -> None:
        content_type = JSON_PATCH if isinstance(body, list) else MERGE_PATCH
        edited.patch(name=edit.name, namespace=namespace, body=body, content_type=content_type)

    patch(edit.body)
    assert found(compared(shops)) == [f"{kind} {edit.name}: {edit.path}"]
    patch(edit.undo)
    assert not found(compared(shops))


@pytest.mark.cluster
def test_a_namespace_of_its_own(context: str) -> None:
    """A namespace of a real cluster, looked at twice, is identical with itself."""
    seen = driftcheck.capture("kube-system", context=context, settle=30)

    assert not driftcheck.compare(seen, seen).findings
