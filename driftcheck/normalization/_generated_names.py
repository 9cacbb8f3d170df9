"""Names with a hash of the content behind them, as kustomize and `kubectl --append-hash` make.

Anybody can write such a name. What one is worth depends on the content that it
belongs to, on who names it, and on what the generation in use looks like.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from driftcheck.model import HASH, SECRET, Document, GroupKind, ObjectReference, without_hash
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._surroundings import CONTROLLER_REVISION

_HASH_LENGTH = 10
_MENTION = re.compile(f"-(?=({HASH}))".encode())
_ALPHABET = str.maketrans("013ae", "ghkmt")
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_DATA = ("data", "binaryData", "stringData")
_ACTING_METADATA = ("labels", "annotations", "finalizers", "ownerReferences")
REPLICA_SET = GroupKind("apps", "ReplicaSet")


def is_hashed(reference: ObjectReference) -> bool:
    """Whether a name has the form of one with a hash."""
    return without_hash(reference) != reference


def fits_its_name(document: Document) -> bool:
    """Whether a ConfigMap's content has the hash in its name; of a Secret the values are gone."""
    reference = document.reference
    if not is_hashed(reference):
        return False
    stem = without_hash(reference).name
    return reference.group_kind == SECRET or reference.name[len(stem) + 1 :] in _hashes(
        document.body, stem
    )


def outdated_generations(documents: Iterable[Document]) -> frozenset[ObjectReference]:
    """Generations that nothing names, each older than one that something does.

    But for its data, such an object is as the one in use: what else could make it act is not
    there. What is edited by hand is no generation.
    """
    documents = tuple(documents)
    generations: dict[ObjectReference, list[Document]] = defaultdict(list)
    for document in documents:
        if is_hashed(document.reference):
            generations[without_hash(document.reference)].append(document)
    several = [members for members in generations.values() if len(members) > 1]
    names = [member.reference.name for members in several for member in members]
    in_use = mentioned(names, documents)
    return frozenset(
        member.reference
        for members in several
        for member in members
        if member.reference.name not in in_use and fits_its_name(member)
        if any(
            newer.reference.name in in_use and _took_the_place_of(newer, member)
            for newer in members
        )
    )


def _took_the_place_of(newer: Document, older: Document) -> bool:
    """Whether the API server made one after the other, and they differ in their data alone."""
    made = str(older.metadata.get("creationTimestamp") or "")
    return (
        bool(made)
        and made < str(newer.metadata.get("creationTimestamp") or "")
        and (_but_for_data(newer) == _but_for_data(older))
    )


def _but_for_data(document: Document) -> Any:
    """What acts beside the data: labels that something may select, a type, an owner."""
    rest = {
        **{key: value for key, value in document.body.items() if key not in _DATA},
        "metadata": {
            key: value for key, value in document.metadata.items() if key in _ACTING_METADATA
        },
    }
    stem = without_hash(document.reference).name
    return msgspec.json.encode(rest, order="sorted").replace(
        document.reference.name.encode(), stem.encode()
    )


def mentioned(names: Iterable[str], documents: Iterable[Document]) -> set[str]:
    """Which of some hashed names stand anywhere in any text but an object's own and in history."""
    by_hash: dict[bytes, list[str]] = defaultdict(list)
    for name in names:
        by_hash[name[-_HASH_LENGTH:].encode()].append(name)
    found: set[str] = set()
    for document in documents if by_hash else ():
        if not _is_history(document):
            found.update(_mentions(document, by_hash))
    return found


def _mentions(document: Document, by_hash: Mapping[bytes, list[str]]) -> Iterator[str]:
    metadata = {
        key: value
        for key, value in document.metadata.items()
        if key not in ("name", "managedFields")
    }
    text = msgspec.json.encode({**document.body, "metadata": metadata})
    own = document.reference.name if is_hashed(document.reference) else ""
    for match in _MENTION.finditer(text):
        for name in by_hash.get(match[1], ()):
            if name != own and text.endswith(name.encode(), 0, match.end(1)):
                yield name


def _is_history(document: Document) -> bool:
    """Whether this is what a controller keeps to go back to, and nothing that runs.

    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#clean-up-policy
    """
    kind = document.kind
    if kind == CONTROLLER_REVISION:
        return True
    is_owned = any(
        owner.get("controller") for owner in maps_in(document.metadata, "ownerReferences")
    )
    return kind == REPLICA_SET and is_owned and inside(document.body, "spec").get("replicas") == 0


def _hashes(body: Mapping[str, Any], stem: str) -> Iterator[str]:
    """A ConfigMap's hash as kustomize computes it, without a name, and kubectl, with it.

    https://github.com/kubernetes-sigs/kustomize/blob/master/api/hasher/hasher.go
    """
    content: dict[str, Any] = {"data": body.get("data") or "", "kind": "ConfigMap"}
    if body.get("binaryData"):
        content["binaryData"] = body["binaryData"]
    for name in ("", stem):
        text = json.dumps(
            {**content, "name": name}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        digest = hashlib.sha256(text.translate(_ESCAPED).encode()).hexdigest()
        yield digest[:_HASH_LENGTH].translate(_ALPHABET)
