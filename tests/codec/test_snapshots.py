"""Snapshot files keep what was seen, and broken ones are refused with the place."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.codec import _saved, is_snapshot, read_snapshot, snapshot_bytes
from driftcheck.errors import SnapshotError
from driftcheck.model import (
    ClusterNode,
    Document,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
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
}

LATER = {"nodes", "clusterScoped", "warnings"}
"""What the first snapshots do not have."""


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
    """Keys that a later release has added are ignored."""
    data = json.dumps({**WRITTEN, "new": [1]}).encode()
    assert read_snapshot(data, source="x") == read_snapshot(
        snapshot_bytes(SNAPSHOT, compressed=True), source="x"
    )


def with_value(**changes: Any) -> bytes:
    """The file with some of its keys changed."""
    return json.dumps({**WRITTEN, **changes}).encode()


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
        (with_value(objects=[{"kind": "A"}]), "objects[0].apiVersion"),
        (with_value(objects=[{"apiVersion": "v1", "kind": ""}]), "objects[0].kind"),
        (with_value(objects=[{"apiVersion": "v1", "kind": "A"}]), "objects[0].metadata.name"),
        (
            with_value(objects=[{"apiVersion": "v1", "kind": "A", "metadata": []}]),
            "objects[0].metadata.name",
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
    st.sampled_from(ReadStatus),
    st.integers(0, 10**6),
    st.none() | TEXT,
    TEXT,
    st.dictionaries(TEXT, st.integers(0, 10**6), max_size=2),
)
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
    documents=st.lists(BODIES.map(Document), max_size=3).map(tuple),
    schemas=st.dictionaries(TEXT, st.dictionaries(TEXT, JSON, max_size=2), max_size=2),
)


@given(SNAPSHOTS, st.booleans())
def test_round_trip(snapshot: Snapshot, compressed: bool) -> None:
    """What is written is what is read, type by type, and writes the same bytes again."""
    data = snapshot_bytes(snapshot, compressed=compressed)
    read = read_snapshot(data, source="x")
    assert read == snapshot
    assert snapshot_bytes(read, compressed=compressed) == data
