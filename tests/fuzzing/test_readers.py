"""Whatever a file holds, it is read, or refused in words that are ours."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress
from datetime import date
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.codec import (
    located_documents,
    read_result,
    read_snapshot,
    result_json,
    snapshot_bytes,
)
from driftcheck.errors import ManifestError, PolicyError, ResultError, SnapshotError
from driftcheck.pipeline import compare_snapshots
from driftcheck.policy import read_policy
from tests.fuzzing.hostile import ANYTHING, bounded_work, fuzzed, spoilt
from tests.fuzzing.test_objects import DOCUMENTS, shown
from tests.ways import twin

POLICY = {
    "version": 1,
    "environments": {"staging": "shop@stage"},
    "rules": [
        {"id": "a", "path": "spec.replicas", "effect": "range", "range": "production >= staging",
         "reason": "load", "match": {"kind": "Deployment", "name": "api*", "labels": {"a": "b"}}},
        {"id": "b", "path": "**.image", "effect": "waive", "expires": "2026-12-31",
         "reason": "soon", "owner": "shop", "values": {"staging": 1, "production": 2},
         "dangerous": True},
        {"id": "c", "path": 'data["LEVEL"]', "effect": "one_of", "one_of": {"staging": ["a"]},
         "reason": "verbosity"},
        {"id": "d", "path": "**[name=B].value", "effect": "matches",
         "matches": {"staging": "^a+$"}, "reason": "own"},
        {"id": "e", "path": "spec.**", "effect": "map", "map": {"a.b": "c.d"}, "reason": "host"},
    ],
}  # fmt: skip


def snapshot_json() -> dict[str, Any]:
    """A snapshot's content without its digest, so that changed places are looked at."""
    content: dict[str, Any] = json.loads(snapshot_bytes(STAGING, compressed=False))
    del content["digest"]
    return content


STAGING, CHANGED = twin({}), twin({("Deployment", "web"): None})
SNAPSHOT = snapshot_json()
RESULT = json.loads(result_json(compare_snapshots([STAGING, CHANGED])))


@fuzzed
@given(spoilt(SNAPSHOT))
def test_snapshots(content: Any) -> None:
    """A snapshot in which places were changed is refused, or compared like any other."""
    with bounded_work():
        try:
            read = read_snapshot(json.dumps(content).encode(), source="a file")
        except SnapshotError:
            return
        shown([read, read])
        shown([STAGING, read])


@fuzzed
@given(spoilt(RESULT))
def test_results(content: Any) -> None:
    """So is a result."""
    with bounded_work():
        try:
            read = read_result(json.dumps(content).encode(), source="a file")
        except ResultError:
            return
        result_json(read)


@fuzzed
@given(spoilt(POLICY))
def test_policies(content: Any) -> None:
    """And a policy, which then judges."""
    with bounded_work():
        try:
            policy = read_policy(json.dumps(content).encode(), source="a file")
        except PolicyError:
            return
        compare_snapshots([STAGING, CHANGED], policy=policy, today=date(2026, 11, 26))


@fuzzed
@given(DOCUMENTS | ANYTHING.map(lambda value: yaml.safe_dump(value, allow_unicode=True)))
def test_manifests(text: str) -> None:
    """A text is YAML or JSON as kubectl reads it, or is not."""
    with bounded_work():
        try:
            documents = located_documents(text.encode(errors="replace"), source="a file")
        except ManifestError:
            return
    json.dumps([document.value for document in documents], allow_nan=False)


@fuzzed
@given(st.binary(max_size=60), st.booleans(), st.integers(0, 2000), st.integers(0, 255))
def test_bytes(data: bytes, packed: bool, at: int, byte: int) -> None:
    """Bytes that are nothing, and files of ours with one byte that is another."""
    file = bytearray(snapshot_bytes(STAGING, compressed=packed))
    file[at % len(file)] = byte
    for content in (data, gzip.compress(data), bytes(file), bytes(file[:at])):
        for read, refused in ((read_snapshot, SnapshotError), (read_result, ResultError)):
            with suppress(refused):
                read(content, source="a file")
