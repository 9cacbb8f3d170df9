"""A snapshot in portions that can be kept, compared and left out apart, and put together again.

What somebody declared of an object, and what was observed of it, are two portions: the status and
the bookkeeping of a server are more than half of it, and change where nobody edits anything.
What a look says besides of itself is a portion for each thing it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec
from attrs import frozen

from driftcheck.codec._saved import captured_of
from driftcheck.codec._snapshots import (
    SNAPSHOT_SCHEMA,
    SnapshotFile,
    depth_problem,
    file_of,
    snapshot_of,
)
from driftcheck.model import ObjectReference, Snapshot, Window

_OBSERVED = frozenset({"status"})
_OBSERVED_METADATA = frozenset(
    {"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"}
)
_NOT_KEPT = frozenset({"schema", "captured", "objects", "grounds", "digest"})
"""What a record says in its header, what stands in portions, and what only a file needs."""
FACT, OUTSIDE = "@", "outside:"
"""How the keys begin of what a look says of itself, and of objects outside the namespace."""

Written = dict[str, msgspec.Raw]


@frozen(slots=False)
class Portion:
    """What is kept under one key.

    Args:
        declared: What somebody declared, or what a look says; canonical JSON.
        observed: What was observed of an object; empty of what is no object.
    """

    declared: bytes
    observed: bytes = b""

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of each, one behind the other."""
        return hashlib.sha256(self.declared).digest() + hashlib.sha256(self.observed).digest()

    def completed(self, before: Portion) -> Portion:
        """All of it, where what is empty is as it was before."""
        if self.declared and self.observed:
            return self
        return Portion(self.declared or before.declared, self.observed or before.observed)


Portions = Mapping[str, Portion]


def portions_of(snapshot: Snapshot) -> dict[str, Portion]:
    """Take a snapshot apart.

    Args:
        snapshot: What was seen.

    Returns:
        Its portions by their keys; the window is none of them, and neither are the grounds
        that a later capture would build on.
    """
    encoded = msgspec.json.encode(file_of(snapshot), order="sorted")
    fields = msgspec.json.decode(encoded, type=Written)
    portions = dict(_objects(msgspec.json.decode(fields["objects"], type=list[Written])))
    if "platform" in fields:
        platform = msgspec.json.decode(fields["platform"], type=Written)
        portions |= _outside(msgspec.json.decode(platform.pop("objects"), type=list[Written]))
        fields["platform"] = msgspec.Raw(_canonical(platform))
    for field in fields.keys() - _NOT_KEPT:
        portions[f"{FACT}{field}"] = Portion(bytes(fields[field]))
    return portions


def snapshot_from(portions: Portions, window: Window | None) -> Snapshot:
    """Put a snapshot together.

    Args:
        portions: What `portions_of` gave, or all that it says of itself and some of its objects.
        window: When it was looked at.

    Returns:
        The snapshot.

    Raises:
        msgspec.MsgspecError, UnicodeDecodeError: The portions are of no snapshot.
        ValueError: An object is too deep to be walked.
    """
    fields: dict[str, Any] = {
        "schema": SNAPSHOT_SCHEMA,
        "captured": captured_of(window) if window else None,
        "digest": "",
        "objects": [],
    }
    outside = []
    for key, portion in sorted(portions.items()):
        if key.startswith(FACT):
            fields[key.removeprefix(FACT)] = msgspec.Raw(portion.declared)
        elif key.startswith(OUTSIDE):
            outside.append(_reached(portion))
        else:
            fields["objects"].append(_joined(portion.declared, portion.observed))
    if "platform" in fields:
        platform = msgspec.json.decode(fields["platform"], type=Written)
        fields["platform"] = {**platform, "objects": outside}
    file = msgspec.json.decode(msgspec.json.encode(fields), type=SnapshotFile)
    if problem := depth_problem(file):
        raise ValueError(problem)
    return snapshot_of(file)


def key_of(group: str, kind: str, name: str) -> str:
    """Under which key an object stands."""
    return f"{group}/{kind}/{name}"


def reference_of(key: str) -> ObjectReference | None:
    """Which object of the namespace stands under a key; None where none does."""
    if key.startswith((FACT, OUTSIDE)):
        return None
    return ObjectReference(*key.split("/", 2))


def root_of(portions: Portions) -> str:
    """SHA-256 over all keys and what stands under them, `sha256:...`."""
    digest = hashlib.sha256()
    for key, portion in sorted(portions.items()):
        digest.update(key.encode() + b"\0" + portion.digest)
    return f"sha256:{digest.hexdigest()}"


def _objects(objects: Iterable[Written]) -> Iterator[tuple[str, Portion]]:
    for body in objects:
        declared, observed = _apart(body)
        yield _key(body), Portion(_canonical(declared), _canonical(observed))


def _outside(objects: Iterable[Written]) -> dict[str, Portion]:
    """What reaches in, by what it is by which it does."""
    found = {}
    for reached in objects:
        body = msgspec.json.decode(reached["object"], type=Written)
        declared, observed = _apart(body)
        said = {**reached, "object": msgspec.Raw(_canonical(declared))}
        found[OUTSIDE + _key(body)] = Portion(_canonical(said), _canonical(observed))
    return found


class _Named(msgspec.Struct):
    name: str


def _key(body: Written) -> str:
    version = msgspec.json.decode(body["apiVersion"], type=str)
    kind = msgspec.json.decode(body["kind"], type=str)
    name = msgspec.json.decode(body["metadata"], type=_Named).name
    return key_of(version.rpartition("/")[0], kind, name)


def _apart(body: Written) -> tuple[Written, Written]:
    """What is declared, and what is observed."""
    metadata = msgspec.json.decode(body["metadata"], type=Written)
    declared = {key: value for key, value in body.items() if key not in _OBSERVED}
    observed = {key: value for key, value in body.items() if key in _OBSERVED}
    own = {key: value for key, value in metadata.items() if key not in _OBSERVED_METADATA}
    written = {key: value for key, value in metadata.items() if key in _OBSERVED_METADATA}
    declared["metadata"] = msgspec.Raw(_canonical(own))
    if written:
        observed["metadata"] = msgspec.Raw(_canonical(written))
    return declared, observed


def _reached(portion: Portion) -> Written:
    said = msgspec.json.decode(portion.declared, type=Written)
    return {**said, "object": msgspec.Raw(_canonical(_joined(said["object"], portion.observed)))}


def _joined(declared: bytes | msgspec.Raw, observed: bytes) -> Written:
    """The object of which the two are."""
    own = msgspec.json.decode(declared, type=Written)
    seen = msgspec.json.decode(observed, type=Written)
    metadata = msgspec.json.decode(own["metadata"], type=Written)
    if "metadata" in seen:
        metadata |= msgspec.json.decode(seen["metadata"], type=Written)
    return {**own, **seen, "metadata": msgspec.Raw(_canonical(metadata))}


def _canonical(content: Any) -> bytes:
    return msgspec.json.encode(content, order="sorted")
