"""Snapshot files: `driftcheck.snapshot/v1`, JSON, gzipped or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from driftcheck.codec._saved import GZIP, Captured, SavedFormat, captured_of, packed
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

_FORMAT = SavedFormat(
    "snapshot",
    SnapshotError,
    writer="`driftcheck capture ENV -o FILE` writes one",
    again="copy the file again, or capture anew",
)
SNAPSHOT_SCHEMA = _FORMAT.schema

_SCHEMA_KEY = re.compile(rb'"schema"\s*:\s*"driftcheck\.snapshot/')


class _Server(msgspec.Struct):
    version: str


class _Secrets(msgspec.Struct, rename="camel"):
    key_id: str


class _Row(msgspec.Struct, omit_defaults=True):
    group: str
    kind: str
    version: str
    status: ReadStatus
    objects: int
    reason: str | None
    excluded: dict[str, int] = {}


class _Node(msgspec.Struct):
    name: str
    platform: str
    images: list[list[str]]


class _File(msgspec.Struct, rename="camel"):
    schema: str
    name: str
    origin: Origin
    context: str | None
    namespace: str | None
    captured: Captured | None
    server: _Server | None
    secrets: _Secrets | None
    coverage: list[_Row]
    schemas: dict[str, dict[str, Any]]
    objects: list[dict[str, Any]]
    nodes: list[_Node] = []
    cluster_scoped: list[GroupKind] = []
    warnings: list[str] = []


def snapshot_bytes(snapshot: Snapshot, *, compressed: bool) -> bytes:
    """Write a snapshot as a file's content.

    Args:
        snapshot: What was seen.
        compressed: Whether to gzip it; otherwise it is indented, for people and `git diff`.

    Returns:
        The bytes, the same for equal snapshots: keys sorted, no clock.
    """
    encoded = msgspec.json.encode(_file(snapshot), order="deterministic")
    if compressed:
        return packed(encoded)
    return msgspec.json.format(encoded, indent=2) + b"\n"


def _file(snapshot: Snapshot) -> _File:
    version, key_id = snapshot.server_version, snapshot.secret_key_id
    return _File(
        schema=SNAPSHOT_SCHEMA,
        name=snapshot.name,
        origin=snapshot.origin,
        context=snapshot.context,
        namespace=snapshot.namespace,
        captured=None if snapshot.window is None else captured_of(snapshot.window),
        server=None if version is None else _Server(version),
        secrets=None if key_id is None else _Secrets(key_id),
        coverage=[_row(row) for row in snapshot.coverage],
        schemas={kind: dict(schema) for kind, schema in snapshot.schemas.items()},
        objects=[dict(document.body) for document in snapshot.documents],
        nodes=[_node(node) for node in snapshot.nodes],
        cluster_scoped=sorted(snapshot.cluster_scoped),
        warnings=list(snapshot.warnings),
    )


def _node(node: ClusterNode) -> _Node:
    return _Node(node.name, node.platform, sorted(map(sorted, node.images)))


def _row(row: KindCoverage) -> _Row:
    return _Row(
        group=row.group,
        kind=row.kind,
        version=row.version,
        status=row.status,
        objects=row.objects,
        reason=row.reason,
        excluded=dict(row.excluded),
    )


def is_snapshot(data: bytes) -> bool:
    """Whether a file's content is a saved snapshot rather than manifests, judged by its looks.

    Only snapshots are gzipped; a plain one is a JSON object that says so in `schema`.
    """
    if data.startswith(GZIP):
        return True
    return data[:256].lstrip()[:1] == b"{" and _SCHEMA_KEY.search(data) is not None


def read_snapshot(data: bytes, *, source: str) -> Snapshot:
    """Read a snapshot from a file's content.

    Args:
        data: The content, gzipped or not.
        source: What to call the file in errors.

    Returns:
        The snapshot.

    Raises:
        SnapshotError: The file is broken, not a snapshot, or newer than this version.
    """
    file = _FORMAT.decoded(data, _File, source)
    return Snapshot(
        name=file.name,
        origin=file.origin,
        context=file.context,
        namespace=file.namespace,
        window=None if file.captured is None else _window(file.captured),
        server_version=None if file.server is None else file.server.version,
        secret_key_id=None if file.secrets is None else file.secrets.key_id,
        coverage=tuple(_coverage(row) for row in file.coverage),
        documents=tuple(
            _document(body, f"{source}: objects[{position}]")
            for position, body in enumerate(file.objects)
        ),
        schemas=file.schemas,
        nodes=tuple(
            ClusterNode(node.name, node.platform, tuple(map(frozenset, node.images)))
            for node in file.nodes
        ),
        cluster_scoped=frozenset(file.cluster_scoped),
        warnings=tuple(file.warnings),
    )


def _window(captured: Captured) -> Window:
    return Window(start=captured.start, end=captured.end, quiescent=captured.quiescent)


def _coverage(row: _Row) -> KindCoverage:
    return KindCoverage(
        group=row.group,
        kind=row.kind,
        version=row.version,
        status=row.status,
        objects=row.objects,
        reason=row.reason,
        excluded=row.excluded,
    )


def _document(body: Mapping[str, Any], place: str) -> Document:
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    for path, value in (
        ("apiVersion", body.get("apiVersion")),
        ("kind", body.get("kind")),
        ("metadata.name", name),
    ):
        if not (isinstance(value, str) and value):
            raise SnapshotError(
                f"{place}.{path} is missing, or not a string",
                hint=_FORMAT.again,
            )
    return Document(body)
