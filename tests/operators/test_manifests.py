"""Manifests against a namespace under an operator: what it made for them is no drift."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import Origin, Result
from driftcheck.pipeline import capture, compare_snapshots
from tests.builders import Body, resource
from tests.operators.places import Shape, mark

NAMESPACE = "shop"
PEOPLE = "kubectl-client-side-apply"
MADE = [
    ("openshift", "Secret web-tls"),
    ("strimzi", "Secret main-broker-0"),
    ("strimzi", "Secret main-cluster-ca"),
    ("strimzi", "Secret main-cluster-ca-cert"),
    ("cloudnative-pg", "Secret db-app"),
    ("cloudnative-pg", "Secret db-ca"),
    ("prometheus-operator", "ConfigMap prometheus-main-rulefiles-0"),
    ("prometheus-operator", "Secret prometheus-main"),
    ("eks", f"TargetGroupBinding k8s-shop-web-{mark('hex 10 group', NAMESPACE)}"),
]
FINALIZERS = {
    "composite.apiextensions.crossplane.io": ("example.com/v1", "Database", "crossplane"),
    "finalizer.apiextensions.crossplane.io": ("example.com/v1", "Claim", "crossplane"),
    "finalizer.managedresource.crossplane.io": ("s3.aws.m.upbound.io/v1", "Bucket", "provider"),
}


def answer(declared: list[Body], live: list[Body]) -> list[Result]:
    """What both directions say of manifests and a namespace."""
    sides = [capture(declared), evolve(capture(live), origin=Origin.CLUSTER)]
    return [compare_snapshots(sides), compare_snapshots(sides[::-1])]


def said(result: Result) -> set[str]:
    """Every finding and every doubt."""
    found = (f"{item.object.kind} {item.object.name} {item.path}" for item in result.findings)
    return {*map(str.strip, found), *result.gaps}


def speaks_of(result: Result, made: str) -> bool:
    return any(f"{sentence} ".startswith(f"{made} ") for sentence in said(result))


def named(made: str, live: list[Body]) -> Body:
    return next(body for body in live if f"{body['kind']} {body['metadata']['name']}" == made)


def written_by(manager: str, **fields: Any) -> Body:
    owned = {f"f:{name}": inner for name, inner in fields.items()}
    return {"manager": manager, "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": owned}


def declared_of(live: list[Body]) -> list[Body]:
    """What people wrote of a namespace, as it stands in their files."""
    theirs = [body for body in live if body["metadata"]["managedFields"][0]["manager"] == PEOPLE]
    kept = ("name", "labels", "annotations")
    return [
        {
            **{field: value for field, value in body.items() if field != "status"},
            "metadata": {key: body["metadata"][key] for key in kept if key in body["metadata"]},
        }
        for body in theirs
    ]


@pytest.mark.parametrize(("operator", "made"), MADE)
def test_what_operators_make_for_manifests(operator: str, made: str) -> None:
    """What an operator alone wrote for an object that is declared follows from it."""
    live = Shape(operator).objects(NAMESPACE)

    for result in answer(declared_of(live), live):
        assert not speaks_of(result, made)


@pytest.mark.parametrize(("operator", "made"), MADE)
def test_what_somebody_else_wrote_too(operator: str, made: str) -> None:
    """What somebody else has written to as well does not, whatever it is called."""
    live = copy.deepcopy(Shape(operator).objects(NAMESPACE))
    label = written_by("kubectl-edit", metadata={"f:labels": {"f:a": {}}})
    named(made, live)["metadata"]["managedFields"].append(label)

    for result in answer(declared_of(live), live):
        assert speaks_of(result, made)


@pytest.mark.parametrize(("operator", "made"), MADE)
def test_what_nobody_asks_for(operator: str, made: str) -> None:
    """Nor does what is made for an object that is not there."""
    alone = named(made, Shape(operator).objects(NAMESPACE))

    for result in answer([], [alone]):
        assert speaks_of(result, made)


@pytest.mark.parametrize("finalizer", FINALIZERS)
def test_finalizers_of_operators(finalizer: str) -> None:
    """An operator's finalizer is no drift where it alone has set it; by a hand it is."""
    api_version, kind, operator = FINALIZERS[finalizer]
    declared = resource(api_version, kind, "it", spec={"size": "small"})

    def live(manager: str) -> Body:
        held = {"f:finalizers": {".": {}, f'v:"{finalizer}"': {}}}
        writers = [written_by(PEOPLE, spec={"f:size": {}}), written_by(manager, metadata=held)]
        metadata = {"name": "it", "uid": "it", "finalizers": [finalizer], "managedFields": writers}
        return {**declared, "metadata": metadata}

    for result in answer([declared], [live(operator)]):
        assert said(result) == set()
    for manager in ("kubectl-edit", "controller"):
        for result in answer([declared], [live(manager)]):
            assert said(result) == {f"{kind} it metadata.finalizers"}


@pytest.mark.parametrize("manager", ["service-ca-operator", "kubectl-edit"])
def test_certificates_that_openshift_puts_in(manager: str) -> None:
    """The bundle in a ConfigMap that asks for it is no drift, unless a hand has put it there."""
    annotations = {"service.beta.openshift.io/inject-cabundle": "true"}
    metadata = {"name": "trust", "annotations": annotations}
    declared = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    writers = [written_by(manager, data={".": {}, "f:service-ca.crt": {}})]
    seen = {**metadata, "uid": "trust", "managedFields": writers}
    live = {**declared, "data": {"service-ca.crt": "a certificate"}, "metadata": seen}

    for result in answer([declared], [live]):
        assert bool(said(result)) is (manager == "kubectl-edit")
