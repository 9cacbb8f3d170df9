"""Snapshot files: `driftcheck.snapshot/v1`, JSON, gzipped or not.

The format has its own version: a reader takes every file of its major version,
ignores keys it does not know, and refuses a newer major version.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from driftcheck.errors import SnapshotError
from driftcheck.model import (
    ClusterNode,
    Document,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
    Window,
)

SNAPSHOT_SCHEMA = "driftcheck.snapshot/v1"

MAX_SNAPSHOT_SIZE = 2 * 1024**3
"""How many bytes a snapshot may have when it is unpacked."""

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
"""zlib's way to say: 32 KiB of window, in a gzip envelope."""

_VERSION = re.compile(r"driftcheck\.snapshot/v([2-9]|[1-9][0-9]+)")
_SCHEMA_KEY = re.compile(rb'"schema"\s*:\s*"driftcheck\.snapshot/')

_T = TypeVar("_T")
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class _Captured(msgspec.Struct):
    start: _Moment = msgspec.field(name="from")
    end: _Moment = msgspec.field(name="to")
    quiescent: bool


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


class _File(msgspec.Struct):
    schema: str
    name: str
    origin: Origin
    context: str | None
    namespace: str | None
    captured: _Captured | None
    server: _Server | None
    secrets: _Secrets | None
    coverage: list[_Row]
    schemas: dict[str, dict[str, Any]]
    objects: list[dict[str, Any]]
    nodes: list[_Node] = []


class _Versioned(msgspec.Struct):
    schema: str


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
        packer = zlib.compressobj(wbits=_GZIP_WINDOW)
        return packer.compress(encoded) + packer.flush()
    return msgspec.json.format(encoded, indent=2) + b"\n"


def _file(snapshot: Snapshot) -> _File:
    version, key_id = snapshot.server_version, snapshot.secret_key_id
    return _File(
        schema=SNAPSHOT_SCHEMA,
        name=snapshot.name,
        origin=snapshot.origin,
        context=snapshot.context,
        namespace=snapshot.namespace,
        captured=None if snapshot.window is None else _captured(snapshot.window),
        server=None if version is None else _Server(version),
        secrets=None if key_id is None else _Secrets(key_id),
        coverage=[_row(row) for row in snapshot.coverage],
        schemas={kind: dict(schema) for kind, schema in snapshot.schemas.items()},
        objects=[dict(document.body) for document in snapshot.documents],
        nodes=[_node(node) for node in snapshot.nodes],
    )


def _captured(window: Window) -> _Captured:
    return _Captured(
        start=window.start.astimezone(UTC),
        end=window.end.astimezone(UTC),
        quiescent=window.quiescent,
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
    if data.startswith(_GZIP):
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
    unpacked = _unpacked(data, source) if data.startswith(_GZIP) else data
    _check_version(_decoded(unpacked, _Versioned, source).schema, source)
    file = _decoded(unpacked, _File, source)
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
    )


def _unpacked(data: bytes, source: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
    try:
        unpacked = unpacker.decompress(data, MAX_SNAPSHOT_SIZE + 1)
    except zlib.error:
        raise _damaged(source, "its compression is damaged") from None
    if len(unpacked) > MAX_SNAPSHOT_SIZE:
        raise SnapshotError(
            f"{source}: larger than {MAX_SNAPSHOT_SIZE // 1024**3} GiB when unpacked",
            hint="no namespace is that large: is this the right file?",
        )
    if not unpacker.eof:
        raise _damaged(source, "it is cut off")
    if unpacker.unused_data:
        raise _damaged(source, "something else follows it")
    if not unpacked.lstrip().startswith(b"{"):
        raise SnapshotError(
            f"{source}: gzipped, and not a snapshot",
            hint="manifests are read unpacked only: gunzip it first",
        )
    return unpacked


def _check_version(schema: str, source: str) -> None:
    if schema == SNAPSHOT_SCHEMA:
        return
    version = _VERSION.fullmatch(schema)
    if version is None:
        raise SnapshotError(
            f"{source}: not a driftcheck snapshot",
            hint="`driftcheck capture ENV -o FILE` writes one",
        )
    raise SnapshotError(
        f"{source}: written by a newer driftcheck, in version {version[1]} of the format",
        hint="upgrade driftcheck to read it",
    )


def _decoded(data: bytes, kind: type[_T], source: str) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise _damaged(source, str(error).replace("`", "").replace("$.", "")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _damaged(source, "it is not JSON, or is cut off") from None


def _damaged(source: str, what: str) -> SnapshotError:
    return SnapshotError(
        f"{source}: not a readable snapshot: {what}",
        hint="copy the file again, or capture anew",
    )


def _window(captured: _Captured) -> Window:
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
                hint="copy the file again, or capture anew",
            )
    return Document(body)
