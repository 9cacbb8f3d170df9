"""What reloaders leave in pods: hashes of the ConfigMaps that these were rolled out with.

Of Secrets no value is kept, so that no hash that they go into can be computed here; Helm's
`checksum/...` is that of a template's text, which no object holds.
https://github.com/stakater/Reloader, internal/pkg/util/util.go and internal/pkg/handler at 655a2b3
https://github.com/wave-k8s/wave, pkg/core/hash.go and pkg/core/children.go at b4e8d70
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.audit._inspection import (
    Inspection,
    containers_of,
    entry_of,
    maps_at,
    pod_spec_of,
)
from driftcheck.audit._uses import CONFIG_MAP, MOUNTED, Use, uses_of
from driftcheck.model import Document, Field, ManagerClass, ObjectReference, managers_of, owns

_RELOADED = "reloader.stakater.com/last-reloaded-from"
_WAVE = "wave.pusher.com/config-hash"
_SHA1 = re.compile(r"[0-9a-f]{40}")


def has_read(pod: Document, use: Use, look: Inspection) -> bool | None:
    """Whether a pod was rolled out with what a ConfigMap holds now.

    Args:
        pod: The pod, with what its reloader has left in it.
        use: What a container of it reads.
        look: What else was seen.

    Returns:
        None where no reloader tells: one that sees more than a container reads tells nothing of
        that where it differs.
    """
    source = look.document(use.source)
    if source is None or source.reference.group_kind != CONFIG_MAP:
        return None
    told = _by_reloader(pod, source, look)
    if told is False and use.keys and use.keys != _data(source).keys():
        told = None
    return _by_wave(pod, source, look) if told is None else told


def _by_reloader(pod: Document, source: Document, look: Inspection) -> bool | None:
    hashes = set(_hashes(pod, source, look))
    if len(hashes) != 1 or not all(map(_SHA1.fullmatch, hashes)):
        return None
    pairs = sorted(f"{key}={value}" for key, value in _data(source).items())
    text = _bytes(";".join(pairs))
    return hashes == {hashlib.sha1(text, usedforsecurity=False).hexdigest()}


def _hashes(pod: Document, source: Document, look: Inspection) -> Iterator[str]:
    """The hashes that Reloader has put into a pod for a ConfigMap: a variable, or an annotation."""
    variable = _variable(source.reference)
    for _, container in containers_of(entry_of(pod.body, "spec") or {}):
        for item in maps_at(container, "env"):
            if item.get("name") == variable and _is_alone(source.reference, look):
                yield str(item.get("value"))
    said = _reloaded_from(pod, look)
    if (said.get("type"), said.get("name")) == ("CONFIGMAP", source.reference.name):
        yield str(said.get("hash"))


def _variable(reference: ObjectReference) -> str:
    words = re.sub(r"[^A-Z0-9]+", "_", reference.name.upper().lstrip("-."))
    return f"STAKATER_{words}_CONFIGMAP"


def _is_alone(reference: ObjectReference, look: Inspection) -> bool:
    """Whether no other ConfigMap has the same variable, `a-b` and `a.b`."""
    variable = _variable(reference)
    others = (document.reference for document in look.snapshot.documents)
    return not any(
        other.group_kind == CONFIG_MAP and other != reference and _variable(other) == variable
        for other in others
    )


def _reloaded_from(pod: Document, look: Inspection) -> Mapping[str, Any]:
    try:
        said = json.loads(_noted(pod, _RELOADED, look) or "")
    except (TypeError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _noted(pod: Document, annotation: str, look: Inspection) -> Any:
    """An annotation that a pod was made with; None where somebody has written it since.

    It can be written on a pod that runs, which then has read nothing anew.
    """
    path = (Field("metadata"), Field("annotations"), Field(annotation))
    writers = [entry for entry in managers_of(pod.metadata) if owns(entry, path)]
    is_as_made = all(look.class_of(entry) is ManagerClass.CONTROLLER for entry in writers)
    return entry_of(pod.metadata, "annotations", annotation) if is_as_made else None


def _by_wave(pod: Document, source: Document, look: Inspection) -> bool | None:
    """Wave has one hash for all that a template names; another one tells nothing of any of it."""
    carried = _noted(pod, _WAVE, look)
    root = look.document(look.roots.get(pod.reference, pod.reference))
    given = pod_spec_of(root.body) if root else None
    if not carried or given is None:
        return None
    named = _named_by(given[1])
    found = {reference: look.document(reference) for reference in named}
    if source.reference not in named or any(each.group_kind != CONFIG_MAP for each in named):
        return None
    held = {
        reference.name: _in_base64(document, named[reference])
        for reference, document in found.items()
        if document
    }
    text = json.dumps({"configMaps": held, "secrets": {}}, sort_keys=True, separators=(",", ":"))
    return True if carried == hashlib.sha256(text.encode()).hexdigest() else None


def _named_by(spec: Mapping[str, Any]) -> dict[ObjectReference, frozenset[str]]:
    """The sources that Wave counts, with the keys of each; none for all of them."""
    read: dict[ObjectReference, list[frozenset[str]]] = defaultdict(list)
    for reference, keys in _mounted(spec):
        read[reference].append(keys)
    for use in uses_of({"containers": spec["containers"]}):
        read[use.source].append(use.keys)
    return {
        reference: frozenset().union(*parts) if all(parts) else frozenset()
        for reference, parts in read.items()
    }


def _mounted(spec: Mapping[str, Any]) -> Iterator[tuple[ObjectReference, frozenset[str]]]:
    for volume in maps_at(spec, "volumes"):
        for field, name, kind in MOUNTED:
            if mounted := entry_of(volume, field, name):
                yield ObjectReference(*kind, str(mounted)), frozenset()
            for source in maps_at(volume, "projected", "sources"):
                if projected := entry_of(source, field, "name"):
                    keys = {str(item.get("key")) for item in maps_at(source, field, "items")}
                    yield ObjectReference(*kind, str(projected)), frozenset(keys)


def _in_base64(source: Document, keys: frozenset[str]) -> Mapping[str, str]:
    texts = _texts(source, "data").items()
    encoded = {key: b64encode(_bytes(text)).decode() for key, text in texts}
    held = {**encoded, **_texts(source, "binaryData")}
    return {key: value for key, value in held.items() if not keys or key in keys}


def _data(source: Document) -> Mapping[str, str]:
    """What a ConfigMap holds, bytes in base64 as it has them."""
    return {**_texts(source, "data"), **_texts(source, "binaryData")}


def _texts(source: Document, field: str) -> Mapping[str, str]:
    found = entry_of(source.body, field)
    items = found.items() if isinstance(found, Mapping) else ()
    return {key: value for key, value in items if isinstance(value, str)}


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
