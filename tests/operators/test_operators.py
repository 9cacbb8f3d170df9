"""Two real namespaces under an operator: the first report holds what a person did, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec
import pytest
from attrs import evolve

from driftcheck.model import Origin, Result, Snapshot, Verdict
from driftcheck.pipeline import capture, compare_snapshots
from tests.builders import Body
from tests.operators.places import Shape, mark, serving, shapes
from tests.ways import look, recording

STAGING, PRODUCTION = "shop-staging", "shop"
EDITS = [
    pytest.param(operator, number, id=f"{operator}: {edit}")
    for operator in shapes()
    for number, edit in enumerate(Shape(operator).edits(PRODUCTION))
]


@cache
def staged(operator: str) -> Snapshot:
    """The namespace that nobody has touched, read over HTTP."""
    return seen(STAGING, Shape(operator).objects(STAGING))


def seen(namespace: str, objects: list[Body]) -> Snapshot:
    """A namespace that holds these objects, read over HTTP."""
    return look(serving(recording(), (namespace, objects)), namespace)


def compared(operator: str, production: list[Body]) -> Iterator[Result]:
    """What both directions say of two namespaces of one cluster."""
    sides = [staged(operator), seen(PRODUCTION, production)]
    yield compare_snapshots(sides)
    yield compare_snapshots(sides[::-1])


def said(result: Result) -> frozenset[str]:
    return frozenset(
        f"{item.object.kind} {item.object.name} {item.path}".strip() for item in result.findings
    )


@pytest.mark.parametrize("operator", shapes())
def test_first_report(operator: str) -> None:
    """What an operator makes of equal objects is no difference, whatever it calls them."""
    for result in compared(operator, Shape(operator).objects(PRODUCTION)):
        assert said(result) == frozenset()
        assert result.verdict is Verdict.IDENTICAL, result.reasons


def test_secret_of_a_declared_certificate() -> None:
    """What cert-manager makes for a manifest's Certificate follows from it; another Secret is new.

    https://cert-manager.io/docs/usage/certificate/
    """
    live = Shape("cert-manager").objects(PRODUCTION)
    certificate, secret = live[:2]
    metadata = {"name": certificate["metadata"]["name"]}
    declared = {**certificate, "metadata": metadata, "status": None}
    other = {**secret, "metadata": {**secret["metadata"], "name": "other-tls", "uid": "other"}}

    made, forged = (
        compare_snapshots([capture([declared]), evolve(capture(seen), origin=Origin.CLUSTER)])
        for seen in ([certificate, secret], [certificate, secret, other])
    )

    assert made.verdict is Verdict.IDENTICAL
    assert said(forged) == {"Secret other-tls"}


def test_revision_whose_number_is_older_elsewhere() -> None:
    """A number that one namespace runs, and another keeps in reserve, is no name of both.

    https://github.com/knative/serving/blob/main/docs/spec/overview.md
    """
    shape = Shape("knative")
    newest, older = mark("number 5 revision", STAGING), mark("number 5 reserve", PRODUCTION)
    text = msgspec.json.encode(shape.objects(PRODUCTION)).decode()
    production = msgspec.json.decode(text.replace(older, newest))

    for result in compared("knative", production):
        assert said(result) == frozenset()
        assert result.verdict is Verdict.IDENTICAL, result.reasons


@pytest.mark.parametrize(("operator", "number"), EDITS)
def test_what_a_person_did(operator: str, number: int) -> None:
    """An edit of what an operator reads or makes, and what only looks like its work, is found."""
    shape = Shape(operator)
    edit = shape.edits(PRODUCTION)[number]
    changed = edit.applied(shape.objects(PRODUCTION), PRODUCTION)
    finds = {shape.edits(namespace)[number].finds for namespace in (STAGING, PRODUCTION)}

    for result in compared(operator, changed):
        assert said(result) in finds
