"""Snapshot files keep what was seen, and broken ones are refused with the place."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.codec import _saved, is_snapshot, read_snapshot, snapshot_bytes
from driftcheck.codec._limits import MAX_DEPTH
from driftcheck.errors import SnapshotError
from driftcheck.model import (
    ClusterNode,
    Document,
    Grounds,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
    TakenOver,
    Window,
)

SNAPSHOT = Snapshot(
    name="shop",
    nodes=(ClusterNode("node-1", "linux/amd64", (frozenset({"sha256:b", "sha256:a"}),)),),
    cluster_scoped=frozenset({GroupKind("example.com", "Zone")}),
    warnings=("hidden files were not read",),
    origin=Origin.CLUSTER,
    context="prod-eu",
    namespace="shop",
    window=Window(
        datetime(2026, 11, 23, 20, 54, 1, 500, tzinfo=UTC),
        datetime(2026, 11, 23, 21, 54, 2, tzinfo=timezone(timedelta(hours=1))),
        quiescent=True,
    ),
    server_version="v1.36.1",
    secret_key_id="0123456789abcdef",
    coverage=(
        KindCoverage("", "Secret", ReadStatus.FORBIDDEN, reason="forbidden"),
        KindCoverage("apps", "Deployment", ReadStatus.READ, 1, version="v1", excluded={"x": 2}),
    ),
    documents=(
        Document(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "web"},
                "spec": {"replicas": 1, "weight": 1.0, "text": "ä\n", "none": None, "on": True},
            }
        ),
    ),
    schemas={"example.com/v1/Widget": {"type": "object"}},
    grounds=Grounds(
        "1.0",
        {GroupKind("apps", "Deployment"): 34369},
        {GroupKind("example.com", "Widget"): "sha256:d"},
    ),
    taken_over=TakenOver(
        "yesterday",
        {GroupKind("apps", "Deployment"): 1},
        {GroupKind("", "Secret"): "another key"},
    ),
)

WRITTEN = {
    "schema": "driftcheck.snapshot/v1",
    "name": "shop",
    "origin": "cluster",
    "context": "prod-eu",
    "namespace": "shop",
    "captured": {
        "from": "2026-11-23T20:54:01.000500Z",
        "to": "2026-11-23T20:54:02Z",
        "quiescent": True,
    },
    "server": {"version": "v1.36.1"},
    "secrets": {"keyId": "0123456789abcdef"},
    "coverage": [
        {
            "group": "",
            "kind": "Secret",
            "version": "",
            "status": "forbidden",
            "objects": 0,
            "reason": "forbidden",
        },
        {
            "group": "apps",
            "kind": "Deployment",
            "version": "v1",
            "status": "read",
            "objects": 1,
            "reason": None,
            "excluded": {"x": 2},
        },
    ],
    "schemas": {"example.com/v1/Widget": {"type": "object"}},
    "objects": [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"none": None, "on": True, "replicas": 1, "text": "ä\n", "weight": 1.0},
        }
    ],
    "nodes": [{"name": "node-1", "platform": "linux/amd64", "images": [["sha256:a", "sha256:b"]]}],
    "clusterScoped": [["example.com", "Zone"]],
    "warnings": ["hidden files were not read"],
    "grounds": {
        "driftcheck": "1.0",
        "revisions": [{"group": "apps", "kind": "Deployment", "revision": 34369}],
        "definitions": [{"group": "example.com", "kind": "Widget", "digest": "sha256:d"}],
    },
    "takenOver": {
        "earlier": "yesterday",
        "objects": [{"group": "apps", "kind": "Deployment", "objects": 1}],
        "whole": [{"group": "", "kind": "Secret", "reason": "another key"}],
    },
}

LATER = {"nodes", "clusterScoped", "warnings", "grounds", "takenOver", "digest"}
"""What the first snapshots do not have."""


def digest(content: dict[str, Any]) -> str:
    """As `docs/snapshots.md` has it: sorted keys, no white space, UTF-8."""
    rest = {key: value for key, value in content.items() if key != "digest"}
    written = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(written.encode()).hexdigest()}"


WRITTEN["digest"] = digest(WRITTEN)


def refusal(data: bytes) -> str:
    """The message that a file is refused with."""
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(data, source="shop.json.gz")
    assert str(caught.value).startswith("shop.json.gz: ")
    assert caught.value.hint
    return str(caught.value)


def test_format() -> None:
    """The file is the JSON that the contract describes, in its order."""
    written = json.loads(snapshot_bytes(SNAPSHOT, compressed=False))
    assert written == WRITTEN
    assert list(written) == list(WRITTEN)


def test_absent_facts() -> None:
    """What manifests do not have is null."""
    snapshot = evolve(
        SNAPSHOT, origin=Origin.MANIFESTS, window=None, server_version=None, secret_key_id=None
    )
    written = json.loads(snapshot_bytes(snapshot, compressed=False))
    assert (written["captured"], written["server"], written["secrets"]) == (None, None, None)
    assert read_snapshot(snapshot_bytes(snapshot, compressed=True), source="x") == snapshot


def test_determinism() -> None:
    """Equal snapshots give equal bytes, whatever order their maps are in."""
    body = dict(reversed(SNAPSHOT.documents[0].body.items()))
    same = evolve(SNAPSHOT, documents=(Document(body),))
    for compressed in (True, False):
        assert snapshot_bytes(same, compressed=compressed) == snapshot_bytes(
            SNAPSHOT, compressed=compressed
        )


def test_gzip() -> None:
    """A compressed file is what gunzip reads, and bears no time."""
    data = snapshot_bytes(SNAPSHOT, compressed=True)
    assert json.loads(gzip.decompress(data)) == WRITTEN
    assert data[4:8] == b"\0\0\0\0"


def test_recognition() -> None:
    """A snapshot is known by its content: gzipped, indented or with its keys in another order."""
    assert is_snapshot(snapshot_bytes(SNAPSHOT, compressed=True))
    assert is_snapshot(snapshot_bytes(SNAPSHOT, compressed=False))
    assert is_snapshot(json.dumps(WRITTEN, sort_keys=True).encode())
    assert not is_snapshot(b"apiVersion: v1\nkind: ConfigMap\n")
    assert not is_snapshot(b'{"apiVersion": "v1", "kind": "List", "items": []}')
    assert not is_snapshot(json.dumps({"data": {"x": json.dumps(WRITTEN)}}).encode())
    assert not is_snapshot(b"")


def test_unknown_keys() -> None:
    """Keys that a later release has added are ignored, and are part of the digest."""
    data = with_value(new=[1], digest=digest({**WRITTEN, "new": [1]}))
    assert read_snapshot(data, source="x") == read_snapshot(
        snapshot_bytes(SNAPSHOT, compressed=True), source="x"
    )


def with_value(**changes: Any) -> bytes:
    """The file with some of its keys changed."""
    return json.dumps({**WRITTEN, **changes}).encode()


def without_digest(**changes: Any) -> bytes:
    """The file as an early release wrote it, with some of its keys changed."""
    content = {**WRITTEN, **changes}
    del content["digest"]
    return json.dumps(content).encode()


def with_metadata(metadata: Any) -> bytes:
    """The file with one object whose metadata this is."""
    return with_value(objects=[{"apiVersion": "v1", "kind": "A", "metadata": metadata}])


@pytest.mark.parametrize("key", sorted(WRITTEN.keys() - LATER))
def test_missing_keys(key: str) -> None:
    """A file without one of the keys that each has is refused, and the key is named."""
    data = json.dumps({name: value for name, value in WRITTEN.items() if name != key}).encode()
    assert key in refusal(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (with_value(name=3), "name"),
        (with_value(origin="moon"), "origin"),
        (with_value(captured={}), "captured"),
        (with_value(captured={**WRITTEN["captured"], "to": "2026-11-23T20:54:02"}), "captured.to"),
        (with_value(server={"version": 1}), "server.version"),
        (with_value(secrets={"keyId": None}), "secrets.keyId"),
        (with_value(coverage=[{**WRITTEN["coverage"][0], "status": "x"}]), "coverage[0].status"),
        (with_value(coverage={}), "coverage"),
        (with_value(schemas=[]), "schemas"),
        (with_value(objects=[3]), "objects[0]"),
        (with_value(objects=[{"kind": "A"}]), "apiVersion - at objects[0]"),
        (with_value(objects=[{"apiVersion": "v1", "kind": ""}]), "objects[0].kind"),
        (with_value(objects=[{"apiVersion": "v1", "kind": "A"}]), "metadata - at objects[0]"),
        (with_metadata([]), "objects[0].metadata"),
        (with_metadata({}), "name - at objects[0].metadata"),
        (with_metadata({"name": ""}), "objects[0].metadata.name"),
        (with_metadata({"name": "a", "uid": ["x"]}), "objects[0].metadata.uid"),
        (with_metadata({"name": "a", "labels": ["x"]}), "objects[0].metadata.labels"),
        (with_metadata({"name": "a", "labels": {"x": 1}}), "objects[0].metadata.labels[...]"),
        (with_metadata({"name": "a", "annotations": {"x": {}}}), "objects[0].metadata.annotations"),
        (with_metadata({"name": "a", "finalizers": [["x"]]}), "metadata.finalizers[0]"),
        (with_metadata({"name": "a", "managedFields": [1]}), "metadata.managedFields[0]"),
        (with_metadata({"name": "a", "ownerReferences": {}}), "metadata.ownerReferences"),
        (
            with_metadata({"name": "a", "ownerReferences": [{"uid": {"a": 1}}]}),
            "metadata.ownerReferences[0].uid",
        ),
        (with_value(schema="driftcheck.snapshot/v2", objects="?"), "newer driftcheck"),
        (with_value(schema="driftcheck.snapshot/v10"), "newer driftcheck"),
        (with_value(schema="driftcheck.result/v1"), "a driftcheck.result/v1, and not a snapshot"),
        (with_value(schema="helm.release/v1"), "not a driftcheck snapshot"),
        (with_value(schema=1), "schema"),
        (b'{"schema": "\xff"}', "not JSON"),
        (json.dumps(WRITTEN).encode()[:-20], "cut off"),
        (b'{"schema": "driftcheck.snapshot/v1", "objects": ' + b"[" * 100_000, "not readable"),
    ],
)  # fmt: skip
def test_broken_files(data: bytes, said: str) -> None:
    """A broken file is refused with the place that is wrong, gzipped or not."""
    said = said.replace("not readable", "not a readable snapshot")
    assert said.lower() in refusal(data).lower()
    assert said.lower() in refusal(gzip.compress(data)).lower()


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "not JSON"), (b"[]", "expected object"), (b"a: b", "not JSON")]
)
def test_what_is_no_json_object(data: bytes, said: str) -> None:
    """Gzipped, it is told that only snapshots are read so."""
    assert said.lower() in refusal(data).lower()
    assert "gzipped, and not a snapshot" in refusal(gzip.compress(data))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data[:-9], "cut off"),
        (lambda data: data[:20], "cut off"),
        (lambda data: data[:20] + b"\xff" * 20 + data[40:], "damaged"),
        (lambda data: data[:-6] + b"\0\0" + data[-4:], "damaged"),
        (lambda data: data + b"x", "follows"),
    ],
)
def test_broken_gzip(damage: Callable[[bytes], bytes], said: str) -> None:
    """A gzip file that is damaged or cut off is refused."""
    assert said in refusal(damage(snapshot_bytes(SNAPSHOT, compressed=True)))


def test_decompression_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to a huge one is refused."""
    monkeypatch.setattr(_saved, "MAX_SIZE", 1024)
    assert "larger" in refusal(gzip.compress(b" " * 10_000_000))


def test_upgrade_hint() -> None:
    """A newer file's hint says what to do."""
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(with_value(schema="driftcheck.snapshot/v2"), source="x")
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"objects": [], "coverage": WRITTEN["coverage"][:1]},
        {"objects": [{**WRITTEN["objects"][0], "spec": {}}]},
        {"coverage": WRITTEN["coverage"][1:]},
        {"schemas": {}},
        {"nodes": []},
        {"namespace": "other"},
        {"captured": {**WRITTEN["captured"], "quiescent": False}},
        {"secrets": {"keyId": "other"}},
        {"server": {"version": "v1.30.0"}},
        {"origin": "manifests"},
        {"digest": f"sha256:{'0' * 64}"},
    ],
)
def test_what_was_changed_by_hand(changes: dict[str, Any]) -> None:
    """Whatever a verdict rests on is part of the digest, which an editor's file no longer fits."""
    assert "changed after it was written" in refusal(with_value(**changes))


@pytest.mark.parametrize(
    "written",
    [
        json.dumps(WRITTEN, indent=4),
        json.dumps(WRITTEN, sort_keys=True),
        json.dumps(WRITTEN, ensure_ascii=True),
        json.dumps(dict(reversed(WRITTEN.items())), ensure_ascii=False),
    ],
)
def test_formatting(written: str) -> None:
    """The order of keys and white space are no part of the digest: people pretty-print."""
    assert read_snapshot(written.encode(), source="x") == SNAPSHOT


def test_early_files() -> None:
    """A file without a digest is read, with a warning that stays in what is made of it."""
    read = read_snapshot(without_digest(), source="x")

    *known, warning = read.warnings
    assert "without a digest" in warning
    assert evolve(read, warnings=tuple(known)) == SNAPSHOT
    again = read_snapshot(snapshot_bytes(read, compressed=False), source="x")
    assert again.warnings == read.warnings


def row(kind: str = "ConfigMap", objects: int = 1, status: str = "read") -> dict[str, Any]:
    return {
        "group": "",
        "kind": kind,
        "version": "v1",
        "status": status,
        "objects": objects,
        "reason": None,
    }


def body(kind: str = "ConfigMap", name: str = "a") -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}


@pytest.mark.parametrize(
    ("coverage", "objects", "said"),
    [
        ([], [], "no row"),
        ([], [body()], "no row"),
        ([row("Secret", 2)], [], "says 2 objects of the kind Secret, and it holds 0"),
        ([row("Secret", 0)], [body("Secret")], "says 0 objects of the kind Secret"),
        ([row(objects=1)], [body(), body("Secret")], "1 object of the kind Secret"),
        ([row(objects=2)], [body(), body()], "two objects that are ConfigMap a"),
        ([row(), row()], [body()], "two rows for ConfigMap"),
        ([row(), row(objects=0)], [body()], "two rows for ConfigMap"),
        ([row(objects=-1)], [], "coverage[0].objects"),
        ([{**row(), "excluded": {"x": -1}}], [body()], "coverage[0].excluded"),
        ([row(status="forbidden", objects=0)], [body()], "says 0 objects"),
        ([row(status="failed", objects=1)], [], "says 1 object"),
        ([row(status="excluded")], [body()], "says 0 objects"),
        ([row(status="seen")], [body()], "coverage[0].status"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_early", [True, False])
def test_contradictions(
    coverage: list[Any], objects: list[Any], said: str, *, is_early: bool
) -> None:
    """Rows and objects that do not agree are refused, whether a digest vouches for them or not."""
    changes = {"coverage": coverage, "objects": objects}
    proof = digest({**WRITTEN, **changes})
    data = without_digest(**changes) if is_early else with_value(**changes, digest=proof)
    assert said in refusal(data)


TEXT = st.text(st.characters(codec="utf-8"))
NAME = TEXT.filter(bool)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda children: st.lists(children) | st.dictionaries(TEXT, children),
    max_leaves=10,
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
BODIES = st.builds(
    lambda rest, group, kind, name: {
        **rest,
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": name},
    },
    st.dictionaries(TEXT, JSON, max_size=3),
    NAME,
    NAME,
    NAME,
)
ROWS = st.builds(
    KindCoverage,
    TEXT,
    TEXT,
    st.sampled_from([status for status in ReadStatus if status is not ReadStatus.ACCEPTED]),
    reason=st.none() | TEXT,
    version=TEXT,
    excluded=st.dictionaries(TEXT, st.integers(0, 10**6), max_size=2),
)


def agreeing(snapshot: Snapshot) -> Snapshot:
    """The snapshot with rows that count its objects."""
    counts = Counter(document.reference.group_kind for document in snapshot.documents)
    rows = {row.group_kind: row for row in snapshot.coverage if row.group_kind not in counts}
    read = (KindCoverage(*kind, ReadStatus.READ, count) for kind, count in counts.items())
    coverage = (*rows.values(), *read)
    origin = snapshot.origin if coverage else Origin.MANIFESTS
    return evolve(snapshot, coverage=coverage, origin=origin)


SNAPSHOTS = st.builds(
    Snapshot,
    name=TEXT,
    origin=st.sampled_from(Origin),
    context=st.none() | TEXT,
    namespace=st.none() | TEXT,
    window=st.none() | st.builds(Window, MOMENTS, MOMENTS, st.booleans()),
    server_version=st.none() | TEXT,
    secret_key_id=st.none() | TEXT,
    coverage=st.lists(ROWS, max_size=3).map(tuple),
    documents=st.lists(
        BODIES.map(Document), max_size=3, unique_by=lambda document: document.reference
    ).map(tuple),
    schemas=st.dictionaries(TEXT, st.dictionaries(TEXT, JSON, max_size=2), max_size=2),
    warnings=st.lists(TEXT, max_size=2).map(tuple),
).map(agreeing)


@given(SNAPSHOTS, st.booleans())
def test_round_trip(snapshot: Snapshot, compressed: bool) -> None:
    """What is written is what is read, type by type, and writes the same bytes again."""
    data = snapshot_bytes(snapshot, compressed=compressed)
    read = read_snapshot(data, source="x")
    assert read == snapshot
    assert snapshot_bytes(read, compressed=compressed) == data


def holding(depth: int, field: str) -> bytes:
    """The file with an object that has so many maps in one another, the last of them empty."""
    body = {**WRITTEN["objects"][0], "metadata": {"name": "web"}}
    inner: dict[str, Any] = {}
    for _ in range(depth - (2 if field == "spec" else 4)):
        inner = {"a": inner}
    if field == "spec":
        body["spec"] = inner
    else:
        body["metadata"]["managedFields"] = [inner]
    return with_value(objects=[body], digest=digest({**WRITTEN, "objects": [body]}))


@pytest.mark.parametrize("field", ["spec", "managedFields"])
def test_depth(field: str) -> None:
    """A hundred maps and lists in one another are read, wherever they are; one more is refused."""
    assert read_snapshot(holding(MAX_DEPTH, field), source="x").documents
    assert "Deployment web: more than 100 maps" in refusal(holding(MAX_DEPTH + 1, field))


ENTRIES = [{"manager": "kubectl", "fieldsV1": {"f:spec": {'k:{"uid":"8e400"}': {}}}}, {}]


@pytest.mark.parametrize("compressed", [True, False])
def test_managers(compressed: bool) -> None:
    """Who wrote which field is what was seen, and is written as it was."""
    body = {**WRITTEN["objects"][0], "metadata": {"name": "web", "managedFields": ENTRIES}}
    seen = evolve(SNAPSHOT, documents=(Document(body),))
    data = snapshot_bytes(seen, compressed=compressed)
    loaded = read_snapshot(data, source="x")
    managers = loaded.documents[0].metadata["managedFields"]
    assert loaded == seen
    assert (list(managers), managers[0], managers[1:]) == (ENTRIES, ENTRIES[0], ENTRIES[1:])
    assert snapshot_bytes(loaded, compressed=compressed) == data


@pytest.mark.parametrize("field", ["spec", "managedFields"])
def test_what_is_not_utf_8(field: str) -> None:
    """A text that is not in UTF-8 is refused, wherever it stands."""
    data = holding(9, field).replace(b'"a"', b'"\xff"', 1)
    assert "not JSON" in refusal(data)


@pytest.mark.parametrize("field", ["spec", "managedFields"])
def test_numbers_beyond_any_float(field: str) -> None:
    """A number that is larger than any float is refused, wherever it stands."""
    data = holding(9, field).replace(b"{}", b'{"a": 1e999}', 1)
    assert "Number out of range" in refusal(data)
