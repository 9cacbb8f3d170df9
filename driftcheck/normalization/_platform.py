"""What reaches into a namespace from outside, ready to be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from driftcheck.model import (
    Document,
    GroupKind,
    Node,
    Object,
    ObjectReference,
    Platform,
    Reading,
    Snapshot,
    State,
    canonical_bytes,
)
from driftcheck.normalization._inside import inside
from driftcheck.normalization._normalize import IN_EVERY_NAMESPACE, normalize
from driftcheck.normalization._references import Names
from driftcheck.platform import NODE, VOLUME, substance

_CLAIM = GroupKind("", "PersistentVolumeClaim")
ALL_NODES = ObjectReference(*NODE, "")


def normalize_platform(snapshot: Snapshot, platform: Platform, *, environment: str) -> State:
    """Say what was seen outside means.

    Args:
        snapshot: What was seen inside.
        platform: What was seen outside.
        environment: The environment's name in the result.

    Returns:
        The objects outside, like those of an environment. A volume is called what its claim is,
        and all nodes are one object.
    """
    documents = [found.document for found in platform.objects]
    seen = evolve(
        snapshot,
        coverage=platform.coverage,
        documents=tuple(
            substance(found) for found in platform.objects if not _is_nodes(found.document)
        ),
        nodes=(),
    )
    state = normalize(seen, environment=environment, names=Names(dict(_called(documents))))
    objects = dict(state.objects)
    for reference in IN_EVERY_NAMESPACE:
        objects.pop(reference, None)
    for document in filter(_is_nodes, documents):
        objects[ALL_NODES] = _nodes(document)
    return evolve(state, objects=objects)


def _is_nodes(document: Document) -> bool:
    return document.reference.group_kind == NODE


def _called(documents: list[Document]) -> Iterator[tuple[ObjectReference, ObjectReference]]:
    """What volumes are called in a comparison: their names are made up, and their claims' not."""
    for document in documents:
        claim = inside(document.body, "spec", "claimRef").get("name")
        if document.reference.group_kind == VOLUME and isinstance(claim, str):
            yield document.reference, document.reference._replace(name=f"of {_CLAIM.kind} {claim}")


def _nodes(document: Document) -> Object:
    fields = {key: document.body[key] for key in ("spec", "status") if key in document.body}
    labels = inside(document.metadata, "labels")
    content = {"metadata": {"labels": dict(labels)}, **_read(fields)}
    digest = hashlib.sha256(canonical_bytes(content)).hexdigest()
    return Object(ALL_NODES, "", document.version, content, f"sha256:{digest}", document=document)


def _read(value: Any) -> Node:
    """What nodes are, each set of values as one."""
    if isinstance(value, Mapping):
        return {key: _read(inner) for key, inner in value.items()}
    return Reading(json.dumps(value), value)
