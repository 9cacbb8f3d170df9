"""What fuzzing has found once, kept; none of it stops what stands beside it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Verdict
from driftcheck.model import Document
from tests.fuzzing.test_objects import shown, staging

MANY_DIGITS = "9" * 5000

FOUND: dict[str, tuple[str, tuple[str | int, ...], Any]] = {
    "tolerations of a pod": ("Pod", ("spec", "tolerations"), True),
    "tolerations of a template": ("Deployment", ("spec", "template", "spec", "tolerations"), 5),
    "a range of users": (
        "Namespace", ("metadata", "annotations", "openshift.io/sa.scc.uid-range"), MANY_DIGITS,
    ),
    "replicas that are no number": ("ReplicaSet", ("spec", "replicas"), ["1"]),
    "replicas that are no number, of another template": (
        "ReplicaSet", ("spec",), {"replicas": ["1"], "template": {}},
    ),
    "replicas that are a text": ("StatefulSet", ("spec", "replicas"), "two"),
    "ordinals that are none": ("StatefulSet", ("spec", "ordinals"), [1]),
    "conditions of a rollout": ("Deployment", ("status", "conditions"), ["x"]),
    "a container's name that is a list": (
        "StatefulSet", ("spec", "template", "spec", "containers"), [{"name": [], "image": "a"}],
    ),
    "a node that is no list": (
        "Pod", ("spec", "affinity"), {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchFields": [{"values": {"0": 0.5}}]}]}}},
    ),
    "a digest of many digits": ("Pod", ("status", "containerStatuses"), {"imageID": MANY_DIGITS}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "value"), FOUND.values(), ids=FOUND.keys())
def test_found(kind: str, path: tuple[str | int, ...], value: Any) -> None:
    """An object that makes no sense is compared for what it is; the rest is compared as ever."""
    seen = staging()
    other = evolve(
        seen,
        name="other",
        documents=tuple(_spoilt(item, kind, path, value) for item in seen.documents),
    )

    assert shown([other, evolve(other, name="twin")]).verdict is not Verdict.DRIFTED
    assert shown([seen, other]).verdict is shown([other, seen]).verdict


def _spoilt(document: Document, kind: str, path: tuple[str | int, ...], value: Any) -> Document:
    if document.reference.kind != kind:
        return document
    body = copy.deepcopy(dict(document.body))
    *way, last = path
    holder: Any = body
    for step in way:
        holder = holder.setdefault(step, {})
    holder[last] = value
    return Document(body)
