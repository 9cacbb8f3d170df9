"""Snapshot files: `driftcheck.snapshot/v1`, JSON, gzipped or not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from attrs import evolve

from driftcheck.codec._bodies import Written, body_of, written
from driftcheck.codec._declared import DeclarationInFile, DeclaredInFile
from driftcheck.codec._earlier import GroundsInFile, TakenOverInFile
from driftcheck.codec._json import inert_json
from driftcheck.codec._limits import TOO_DEEP, is_too_deep, may_be_too_deep
from driftcheck.codec._metadata import Name, NamedMetadata
from driftcheck.codec._rows import RowInFile, SecretsInFile
from driftcheck.codec._saved import GZIP, Captured, SavedFormat, captured_of, packed
from driftcheck.codec._saved import MAX_SIZE as SAVED_SIZE
from driftcheck.codec._wholeness import contradiction
from driftcheck.codec._yaml import MAX_SIZE as MANIFEST_SIZE
from driftcheck.errors import SnapshotError
from driftcheck.model import (
    Acts,
    ClusterNode,
    Document,
    GroupKind,
    Origin,
    Platform,
    ReachedObject,
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

UNPROVEN = (
    "it was saved by an early driftcheck, without a digest, so that nothing shows whether it was "
    "changed since: capture anew"
)
"""What is said of a snapshot that can't prove its own wholeness."""

_DIGEST, _END = b',"digest":"', b'"}'
"""What stands around the digest where it is the last of the keys."""
_LEFT_AS_TEXT = {"digest", "objects"}

_Count = Annotated[int, msgspec.Meta(ge=0)]
_SCHEMA_KEY = re.compile(rb'"schema"\s*:\s*"driftcheck\.snapshot/')


class _Server(msgspec.Struct):
    version: str


class _Node(msgspec.Struct):
    name: str
    platform: str
    images: list[list[str]]


class _Reached(msgspec.Struct):
    object: Written
    reached_by: list[str]
    acts: Acts


class _Platform(msgspec.Struct):
    cluster: str | None
    objects: list[_Reached]
    coverage: list[RowInFile]


class _Object(msgspec.Struct, rename="camel"):
    api_version: Name
    kind: Name
    metadata: NamedMetadata


class _Outside(msgspec.Struct):
    object: _Object


class _OutsideObjects(msgspec.Struct):
    objects: list[_Outside]


class _DeclaredObjects(msgspec.Struct):
    objects: list[_Object]


class _Objects(msgspec.Struct):
    objects: list[_Object]
    declared: list[_DeclaredObjects] | msgspec.UnsetType = msgspec.UNSET
    platform: _OutsideObjects | msgspec.UnsetType = msgspec.UNSET


class SnapshotFile(msgspec.Struct, rename="camel"):
    """What stands in a file."""

    schema: str
    name: str
    origin: Origin
    context: str | None
    namespace: str | None
    captured: Captured | None
    server: _Server | None
    secrets: SecretsInFile | None
    coverage: list[RowInFile]
    schemas: dict[str, dict[str, Any]]
    objects: list[Written]
    nodes: list[_Node] = []
    cluster_scoped: list[GroupKind] = []
    warnings: list[str] | msgspec.UnsetType = msgspec.UNSET
    grounds: GroundsInFile | msgspec.UnsetType = msgspec.UNSET
    taken_over: TakenOverInFile | msgspec.UnsetType = msgspec.UNSET
    platform: _Platform | msgspec.UnsetType = msgspec.UNSET
    declaration: DeclarationInFile | msgspec.UnsetType = msgspec.UNSET
    declared: list[DeclaredInFile] | msgspec.UnsetType = msgspec.UNSET
    digest: str | msgspec.UnsetType = msgspec.UNSET


def snapshot_bytes(snapshot: Snapshot, *, compressed: bool) -> bytes:
    """Write a snapshot as a file's content.

    Args:
        snapshot: What was seen.
        compressed: Whether to gzip it; otherwise it is indented and inert, for people and
            `git diff`.

    Returns:
        The bytes, the same for equal snapshots: keys sorted, no clock.
    """
    file = file_of(snapshot)
    canonical = _canonical(file)
    file.digest = _sha256(canonical)
    if compressed:
        return packed(canonical[:-1] + _DIGEST + file.digest.encode() + _END)
    encoded = msgspec.json.encode(file, order="deterministic")
    return inert_json(msgspec.json.format(encoded, indent=2).decode()).encode() + b"\n"


def file_of(snapshot: Snapshot) -> SnapshotFile:
    """The snapshot as its file has it, without a digest."""
    version, key_id = snapshot.server_version, snapshot.secret_key_id
    return SnapshotFile(
        schema=SNAPSHOT_SCHEMA,
        name=snapshot.name,
        origin=snapshot.origin,
        context=snapshot.context,
        namespace=snapshot.namespace,
        captured=None if snapshot.window is None else captured_of(snapshot.window),
        server=None if version is None else _Server(version),
        secrets=None if key_id is None else SecretsInFile(key_id),
        coverage=[RowInFile.of(row) for row in snapshot.coverage],
        schemas={kind: dict(schema) for kind, schema in snapshot.schemas.items()},
        objects=[written(document.body) for document in snapshot.documents],
        nodes=[_node(node) for node in snapshot.nodes],
        cluster_scoped=sorted(snapshot.cluster_scoped),
        warnings=list(snapshot.warnings) or msgspec.UNSET,
        grounds=GroundsInFile.of(snapshot.grounds) if snapshot.grounds else msgspec.UNSET,
        taken_over=(
            TakenOverInFile.of(snapshot.taken_over) if snapshot.taken_over else msgspec.UNSET
        ),
        platform=msgspec.UNSET if snapshot.platform is None else _platform(snapshot.platform),
        declaration=(
            DeclarationInFile.of(snapshot.declaration) if snapshot.declaration else msgspec.UNSET
        ),
        declared=(
            msgspec.UNSET
            if snapshot.declared is None
            else list(map(DeclaredInFile.of, snapshot.declared))
        ),
    )


def _platform(platform: Platform) -> _Platform:
    return _Platform(
        cluster=platform.cluster,
        objects=[
            _Reached(written(found.document.body), list(found.reached_by), found.acts)
            for found in platform.objects
        ],
        coverage=[RowInFile.of(row) for row in platform.coverage],
    )


def _canonical(content: Any) -> bytes:
    """What stands in a file, whatever its keys' order and however it is indented."""
    return msgspec.json.encode(content, order="sorted")


def _sha256(canonical: bytes) -> str:
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"


def _node(node: ClusterNode) -> _Node:
    return _Node(node.name, node.platform, sorted(map(sorted, node.images)))


def is_snapshot(data: bytes) -> bool:
    """Whether a file's content is a saved snapshot rather than manifests, judged by its looks.

    Only snapshots are gzipped; a plain one is a JSON object that says so in `schema`.
    """
    if data.startswith(GZIP):
        return True
    return data[:256].lstrip()[:1] == b"{" and _SCHEMA_KEY.search(data) is not None


def most_bytes(head: bytes) -> int:
    """How many bytes a file may have that begins like this: manifests fewer than what we write."""
    return SAVED_SIZE if head.lstrip()[:1] == b"{" or head.startswith(GZIP) else MANIFEST_SIZE


def read_snapshot(data: bytes, *, source: str) -> Snapshot:
    """Read a snapshot from a file's content.

    Args:
        data: The content, gzipped or not.
        source: What to call the file in errors.

    Returns:
        The snapshot.

    Raises:
        SnapshotError: The file is broken, not a snapshot, newer than this version, or was
            changed after it was written.
    """
    text = _compact(_FORMAT.unpacked(data, source), source)
    file = _FORMAT.read(text, SnapshotFile, source)
    with _FORMAT.refusals(source):
        msgspec.json.decode(text, type=_Objects)
        is_whole = file.digest is msgspec.UNSET or _fits(file.digest, text)
        snapshot = snapshot_of(file)
    if not is_whole:
        raise SnapshotError(
            f"{source}: changed after it was written: what stands in it does not fit its digest",
            hint=f"{_FORMAT.again}; to leave objects out of a comparison, use --kind or --selector",
        )
    lie = depth_problem(file) or contradiction(snapshot)
    if lie:
        raise _FORMAT.damaged(source, lie)
    return snapshot


def _compact(unpacked: bytes, source: str) -> bytes:
    with _FORMAT.refusals(source):
        return msgspec.json.format(unpacked, indent=-1)


def _fits(digest: str, text: bytes) -> bool:
    """Whether a digest is that of the rest of its file, whose objects are mostly canonical."""
    content = msgspec.json.decode(text, type=Written)
    rest = {key: msgspec.json.decode(content[key]) for key in content.keys() - _LEFT_AS_TEXT}
    return any(
        _sha256(_canonical({**rest, "objects": read(content["objects"])})) == digest
        for read in (msgspec.Raw, msgspec.json.decode)
    )


def depth_problem(file: SnapshotFile) -> str | None:
    """Which object of a file is too deep to be walked, in words; None where none is."""
    return _too_deep(file.objects) or _too_deep(_beside(file))


def _too_deep(objects: Iterable[Written]) -> str | None:
    """Which of the objects is too deep to be walked, in words."""
    for fields in objects:
        if any(map(may_be_too_deep, fields.values())):
            body = {field: msgspec.json.decode(text) for field, text in fields.items()}
            if is_too_deep(body):
                return f"{Document(body).reference}: {TOO_DEEP}"
    return None


def _beside(file: SnapshotFile) -> list[Written]:
    """The objects that reach in from outside, or are declared."""
    reached = [] if file.platform is msgspec.UNSET else file.platform.objects
    declared = [] if file.declared is msgspec.UNSET else file.declared
    return [
        *(found.object for found in reached),
        *(written for record in declared for written in record.objects),
    ]


def snapshot_of(file: SnapshotFile) -> Snapshot:
    """The snapshot that stands in a file."""
    seen = _seen(file)
    if file.declared is msgspec.UNSET:
        return seen
    return evolve(seen, declared=tuple(item.read(seen) for item in file.declared))


def _seen(file: SnapshotFile) -> Snapshot:
    return Snapshot(
        name=file.name,
        origin=file.origin,
        context=file.context,
        namespace=file.namespace,
        window=None if file.captured is None else _window(file.captured),
        server_version=None if file.server is None else file.server.version,
        secret_key_id=None if file.secrets is None else file.secrets.key_id,
        coverage=tuple(row.read() for row in file.coverage),
        documents=tuple(Document(body_of(written)) for written in file.objects),
        schemas=file.schemas,
        nodes=tuple(
            ClusterNode(node.name, node.platform, tuple(map(frozenset, node.images)))
            for node in file.nodes
        ),
        cluster_scoped=frozenset(file.cluster_scoped),
        warnings=_warnings(file),
        grounds=None if file.grounds is msgspec.UNSET else file.grounds.read(),
        taken_over=None if file.taken_over is msgspec.UNSET else file.taken_over.read(),
        platform=None if file.platform is msgspec.UNSET else _read_platform(file.platform),
        declaration=None if file.declaration is msgspec.UNSET else file.declaration.read(),
    )


def _read_platform(platform: _Platform) -> Platform:
    return Platform(
        cluster=platform.cluster,
        objects=tuple(
            ReachedObject(Document(body_of(found.object)), tuple(found.reached_by), found.acts)
            for found in platform.objects
        ),
        coverage=tuple(row.read() for row in platform.coverage),
    )


def _warnings(file: SnapshotFile) -> tuple[str, ...]:
    """What was known against it when it was written, and what its file tells besides."""
    known = () if file.warnings is msgspec.UNSET else tuple(file.warnings)
    return known if file.digest is not msgspec.UNSET else tuple(dict.fromkeys((*known, UNPROVEN)))


def _window(captured: Captured) -> Window:
    return Window(start=captured.start, end=captured.end, quiescent=captured.quiescent)
