"""Fields that the CustomResourceDefinition on one side does not know."""

from __future__ import annotations

from typing import Any

import pytest

from driftcheck.model import Verdict
from tests.builders import Body, compare, resource

ANALYSIS = {
    "type": "object",
    "default": {},
    "properties": {"interval": {"type": "string", "default": "5m"}},
}


def definition(**fields: Any) -> Body:
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": {"replicas": {"type": "integer"}, **fields}}
        },
    }
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Canary", "plural": "canaries"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    return resource(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", "canaries.example.com", spec=spec
    )


def canary(**spec: Any) -> Body:
    return resource("example.com/v1", "Canary", "web", spec={"replicas": 2, **spec})


def notes(left: list[Body], right: list[Body]) -> dict[str, str | None]:
    """What is said beside each finding about the custom resource."""
    result = compare(left, right)
    assert result.verdict is Verdict.DRIFTED
    return {item.path: item.note for item in result.findings if item.object.kind == "Canary"}


def test_default_of_a_newer_definition() -> None:
    """A default that only one definition has is a difference, and says what it comes from.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
    """
    older, newer = [definition(), canary()], [definition(analysis=ANALYSIS), canary()]
    said = (
        "the CustomResourceDefinition in objects does not know this field;"
        " it is the default in objects (2)"
    )

    assert notes(older, newer) == {"spec.analysis": said}
    assert notes(newer, older) == {
        "spec.analysis": "the CustomResourceDefinition in objects (2) does not know this field;"
        " it is the default in objects"
    }


def test_defaults_that_differ() -> None:
    """Where both know a field and fill in other values, that is where these come from."""
    slow = {**ANALYSIS, "properties": {"interval": {"type": "string", "default": "9m"}}}

    assert notes(
        [definition(analysis=ANALYSIS), canary()], [definition(analysis=slow), canary()]
    ) == {
        "spec.analysis.interval": "it is the default that the CustomResourceDefinition has in"
        " objects, objects (2)"
    }


def test_value_that_somebody_chose() -> None:
    """What is not the default was written, and is not said to be one."""
    chosen = [definition(analysis=ANALYSIS), canary(analysis={"interval": "1m"})]

    assert notes([definition(), canary()], chosen) == {
        "spec.analysis": "the CustomResourceDefinition in objects does not know this field"
    }


def test_field_that_both_know() -> None:
    """Where both definitions know a field, and where none is known, nothing is said of them."""
    known = definition(paused={"type": "boolean"})

    assert notes([known, canary()], [known, canary(paused=True)]) == {"spec.paused": None}
    assert notes([canary()], [canary(paused=True)]) == {"spec.paused": None}


def test_definition_that_keeps_what_it_does_not_know() -> None:
    """A field that a server would keep may have been left out.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#controlling-pruning
    """
    open_ended = definition()
    spec = open_ended["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    spec["x-kubernetes-preserve-unknown-fields"] = True
    newer = [definition(analysis=ANALYSIS), canary()]

    assert notes([open_ended, canary()], newer) == {"spec.analysis": None}


@pytest.mark.parametrize("broken", [None, "text", {"properties": []}, {"default": {"a": 1}}])
def test_a_schema_that_is_none(broken: Any) -> None:
    """A definition may hold anything in a file: what is no schema knows of nothing."""
    left = [definition(analysis=broken), canary()]
    right = [definition(analysis=ANALYSIS), canary(analysis={"interval": "1m"})]

    for found in (notes(left, right), notes(right, left)):
        assert any(path.startswith("spec.analysis") for path in found)
