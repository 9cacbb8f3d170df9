"""What the hashes that pods were rolled out with prove of what these have read."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from driftcheck.model import Check, Grade
from tests.audit.audited import LATER, QUIET, STAGING, audited, entry, look, of, owned
from tests.audit.test_checks import ALL, ONE, running
from tests.builders import Body, config_map, edited

HELD, OTHER = "f83e99e324ba68ccc373a58ef1eb42f8ab88646a", "0" * 40
"""What `printf 'a=1;b=2' | sha1sum` prints, as Reloader has it, and the hash of something else."""
WAVE = "e75231209275006d720764106428beb1d97e4a51399bbee26cef3aa0065c1fef"
"""`sha256sum` of what Wave counts of the same, its values in base64."""

SETTINGS = owned(
    config_map("settings", a="1", b="2"), entry("kubectl-edit", "f:data/f:a", time=LATER)
)
ANNOTATIONS = {
    "reloaded": "reloader.stakater.com/last-reloaded-from",
    "wave": "wave.pusher.com/config-hash",
}
AFTERWARDS = "2026-11-23T23:00:00Z"


def variable(value: str, name: str = "STAKATER_SETTINGS_CONFIGMAP") -> dict[str, Any]:
    """A pod's fields, with a variable as Reloader adds it."""
    given = ALL["spec"]["template"]["spec"]["containers"][0]
    return {"containers": [{**given, "env": [{"name": name, "value": value}]}]}


def annotated(pod: Body, **annotations: str) -> Body:
    return edited(
        pod,
        *("metadata", "annotations"),
        value={ANNOTATIONS[key]: value for key, value in annotations.items()},
    )


def reloaded(value: str, name: str = "settings") -> str:
    return json.dumps({"type": "CONFIGMAP", "name": name, "hash": value, "observedAt": 1})


@pytest.mark.parametrize(
    ("pod", "grade"),
    [
        (running(ALL), Grade.POSSIBLE),
        (running(ALL, **variable(HELD)), None),
        (running(ALL, **variable(OTHER)), Grade.CERTAIN),
        (running(ALL, AFTERWARDS, **variable(OTHER)), None),
        (running(ALL, **variable("of another length")), Grade.POSSIBLE),
        (running(ALL, **variable(OTHER, "STAKATER_OTHER_CONFIGMAP")), Grade.POSSIBLE),
        (annotated(running(ALL), reloaded=reloaded(HELD)), None),
        (annotated(running(ALL), reloaded=reloaded(OTHER)), Grade.CERTAIN),
        (annotated(running(ALL), reloaded=reloaded(OTHER, "other")), Grade.POSSIBLE),
        (annotated(running(ALL), reloaded="[" * 10_000), Grade.POSSIBLE),
        (annotated(running(ALL, **variable(OTHER)), reloaded=reloaded(HELD)), Grade.POSSIBLE),
        (annotated(running(ALL), wave=WAVE), None),
        (annotated(running(ALL), wave="0" * 64), Grade.POSSIBLE),
    ],
)
def test_pods_with_a_hash(pod: Body, grade: Grade | None) -> None:
    """The hash of what is there shows that it was read, another one that it was not."""
    found = of(Check.STALE_CONFIGURATION, audited(ALL, pod, SETTINGS))
    assert [each.grade for each in found] == ([grade] if grade else [])


@pytest.mark.parametrize(
    ("manager", "grade"),
    [("kube-controller-manager", None), ("kubectl-annotate", Grade.POSSIBLE)],
)
@pytest.mark.parametrize("key", ["reloaded", "wave"])
def test_a_hash_written_on_a_running_pod(key: str, manager: str, grade: Grade | None) -> None:
    """Who writes the right hash on a pod that runs has not made it read anything."""
    pod = annotated(running(ALL), **{key: {"reloaded": reloaded(HELD), "wave": WAVE}[key]})
    fields = {"f:metadata": {"f:annotations": {f"f:{ANNOTATIONS[key]}": {}}}}
    by = entry(manager, fieldsV1=fields)

    found = of(Check.STALE_CONFIGURATION, audited(ALL, owned(pod, by), SETTINGS))
    assert [each.grade for each in found] == ([grade] if grade else [])


def test_a_hash_of_more_than_is_read() -> None:
    """Where a container reads one key of two, another hash may be due to the other key."""
    given = ONE["spec"]["template"]["spec"]["containers"][0]
    added = {"name": "STAKATER_SETTINGS_CONFIGMAP", "value": OTHER}
    pod = running(ONE, containers=[{**given, "env": [*given["env"], added]}])
    (found,) = of(Check.STALE_CONFIGURATION, audited(ONE, pod, SETTINGS))
    assert found.grade is Grade.POSSIBLE


def test_a_variable_of_two() -> None:
    """Reloader calls `set.tings` and `set-tings` alike, so that nobody knows whose hash it is."""
    twin = [edited(SETTINGS, "metadata", "name", value=name) for name in ("set-tings", "set.tings")]
    body = copy.deepcopy(ALL)
    containers = body["spec"]["template"]["spec"]["containers"]
    containers[0]["envFrom"] = [{"configMapRef": {"name": "set-tings"}}]
    added = {"name": "STAKATER_SET_TINGS_CONFIGMAP", "value": OTHER}
    pod = running(body, containers=[{**containers[0], "env": [added]}])

    (alone,) = of(Check.STALE_CONFIGURATION, audited(body, pod, twin[0]))
    (found,) = of(Check.STALE_CONFIGURATION, audited(body, pod, *twin))
    assert (alone.grade, found.grade) == (Grade.CERTAIN, Grade.POSSIBLE)


def test_a_hash_in_the_name() -> None:
    """What has the content that its name promises was read, whenever its labels were written."""
    (flags,) = [
        document.body
        for document in look(QUIET, STAGING).documents
        if document.reference.kind == "ConfigMap" and document.reference.name.startswith("flags-")
    ]
    name = flags["metadata"]["name"]
    body = copy.deepcopy(ALL)
    sources = body["spec"]["template"]["spec"]["containers"][0]
    sources["envFrom"] = [{"configMapRef": {"name": name}}]
    bare = {**flags, "metadata": {"name": name}}
    written = owned(bare, entry("kustomize-controller", "f:data", time=LATER))

    assert not of(Check.STALE_CONFIGURATION, audited(body, running(body), written))
    (found,) = of(
        Check.STALE_CONFIGURATION,
        audited(body, running(body), edited(written, "data", value={"a": "b"})),
    )
    assert found.grade is Grade.CERTAIN
