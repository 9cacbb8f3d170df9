"""What was once said wrong: each file a pair of environments, and the right answer with its source.

To add a case, add a file. `says` is the rule, `source` where it stands; `left` and `right` are
objects, `finds` what differs, whichever side lacks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftcheck.model import Result, Snapshot
from driftcheck.pipeline import capture, compare_snapshots
from driftcheck.testing import Recording, with_definition
from tests import ways
from tests.builders import Body

HERE = Path(__file__).parent
CASES = {path.stem: path for path in sorted(HERE.glob("*.yaml"))}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    """From files, from saved snapshots and, of objects that a server has seen, live; both ways."""
    case = yaml.safe_load(CASES[name].read_text())
    wanted = case["verdict"], set(case.get("finds", ()))

    for form, sides in forms(case["left"], case["right"]):
        assert (form, answer(compare_snapshots(sides))) == (form, wanted)
        assert (form, answer(compare_snapshots(sides[::-1]))) == (form, wanted)


def answer(result: Result) -> tuple[str, set[str]]:
    found = {f"{item.object.kind} {item.object.name}: {item.path}" for item in result.findings}
    return result.verdict.value, {text.removesuffix(": ") for text in found}


def forms(left: list[Body], right: list[Body]) -> Iterator[tuple[str, list[Snapshot]]]:
    files = [capture(bodies) for bodies in (left, right)]
    yield "files", files
    yield "saved", list(map(ways.saved, files))
    if all("uid" in body["metadata"] for body in left + right):
        lives = list(map(live, (left, right)))
        yield "live", lives
        yield "saved live", list(map(ways.saved, lives))


def live(bodies: list[Body]) -> Snapshot:
    recording = ways.recording()
    for definition in definitions(bodies, recording):
        recording = with_definition(recording, definition)
    written = [body for body in bodies if body["kind"] != "CustomResourceDefinition"]
    namespace = namespace_of(written)
    inside = [body for body in written if body["kind"] != "Namespace"]
    outside = [body for body in written if body["kind"] == "Namespace"]
    recording = recording.with_objects(namespace, inside).with_objects("", outside)
    return ways.look(recording, namespace)


def namespace_of(bodies: list[Body]) -> str:
    (name,) = {
        body["metadata"]["name" if body["kind"] == "Namespace" else "namespace"] for body in bodies
    }
    return str(name)


def definitions(bodies: list[Body], recording: Recording) -> Iterator[Body]:
    """The definitions of a case, and for what else no server knows, one that takes anything."""
    known = {(found.api_version, found.kind) for found in recording.resources}
    for body in bodies:
        if body["kind"] == "CustomResourceDefinition":
            yield body
            known.update(defined(body))
    for body in bodies:
        if (body["apiVersion"], body["kind"]) not in known:
            yield definition(body)
            known.add((body["apiVersion"], body["kind"]))


def defined(definition: Body) -> Iterator[tuple[str, str]]:
    spec = definition["spec"]
    for version in spec["versions"]:
        yield f"{spec['group']}/{version['name']}", spec["names"]["kind"]


def definition(body: Body) -> dict[str, Any]:
    group, _, version = body["apiVersion"].partition("/")
    plural = f"{body['kind'].lower()}s"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": body["kind"], "plural": plural},
            "versions": [
                {"name": version, "served": True, "schema": {"openAPIV3Schema": anything}}
            ],
        },
    }
