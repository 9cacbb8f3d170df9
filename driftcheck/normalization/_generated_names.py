"""Names with a hash of the content behind them, as kustomize and `kubectl --append-hash` make.

Another content is another name, and each reference follows. Read by the name
without the hash, it is one object whose content differs.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from driftcheck.model import SECRET, Document, GroupKind, Node, ObjectReference, Reading
from driftcheck.normalization._surroundings import SERVICE, SERVICE_ACCOUNT, VOLUME_CLAIM

CONFIG_MAP = GroupKind("", "ConfigMap")

REFERENCES: dict[str, tuple[tuple[str, GroupKind], ...]] = {
    "apps.v1.StatefulSetSpec": (("serviceName", SERVICE),),
    "core.v1.ConfigMapEnvSource": (("name", CONFIG_MAP),),
    "core.v1.ConfigMapKeySelector": (("name", CONFIG_MAP),),
    "core.v1.ConfigMapProjection": (("name", CONFIG_MAP),),
    "core.v1.ConfigMapVolumeSource": (("name", CONFIG_MAP),),
    "core.v1.LocalObjectReference": (("name", SECRET),),
    "core.v1.ObjectReference": (("name", SECRET),),
    "core.v1.PersistentVolumeClaimVolumeSource": (("claimName", VOLUME_CLAIM),),
    "core.v1.PodSpec": (
        ("serviceAccountName", SERVICE_ACCOUNT),
        ("serviceAccount", SERVICE_ACCOUNT),
    ),
    "core.v1.SecretEnvSource": (("name", SECRET),),
    "core.v1.SecretKeySelector": (("name", SECRET),),
    "core.v1.SecretProjection": (("name", SECRET),),
    "core.v1.SecretVolumeSource": (("secretName", SECRET),),
    "networking.v1.IngressServiceBackend": (("name", SERVICE),),
    "networking.v1.IngressTLS": (("secretName", SECRET),),
}
"""By type, the fields that name an object, and its kind."""

_HASHED = re.compile(r"(.+)-([2456789bcdfghkmt]{10})")
_ALPHABET = str.maketrans("013ae", "ghkmt")
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


@frozen
class GeneratedNames:
    """The hashed names of one environment.

    Args:
        stems: The name without the hash, of the objects that are in use.
        outdated: Earlier generations that nothing refers to any more.
    """

    stems: Mapping[ObjectReference, str]
    outdated: frozenset[ObjectReference]

    def stem(self, kind: GroupKind, name: str) -> str | None:
        """The name without its hash; None where it has none."""
        return self.stems.get(ObjectReference(*kind, name))

    def rename(self, shaped: dict[str, Node], type_name: str) -> int:
        """Read a reference in a map of a type by the name without the hash."""
        hits = 0
        for field, kind in REFERENCES[type_name]:
            name = shaped.get(field)
            stem = self.stem(kind, name) if isinstance(name, str) else None
            if stem is not None:
                shaped[field] = Reading(stem, name)
                hits += 1
        return hits


def generated_names(documents: Iterable[Document]) -> GeneratedNames:
    """Find the hashed names among the objects that no controller expanded from a template.

    A ConfigMap's hash is computed again; a Secret's values are gone, so that its
    name must only have the form of one. Of several generations the one that some
    object refers to is in use.
    """
    documents = tuple(documents)
    generations: dict[ObjectReference, list[ObjectReference]] = defaultdict(list)
    for document in documents:
        stem = _stem(document)
        if stem:
            generations[document.reference._replace(name=stem)].append(document.reference)
    if not generations:
        return GeneratedNames({}, frozenset())
    taken = {document.reference for document in documents}
    named = {text for document in documents for text in _texts(document.body)}
    stems: dict[ObjectReference, str] = {}
    outdated: set[ObjectReference] = set()
    for stemmed, members in generations.items():
        used = [member for member in members if member.name in named]
        in_use = used or members
        if stemmed not in taken and len(in_use) == 1:
            stems[in_use[0]] = stemmed.name
            outdated.update(member for member in members if member != in_use[0])
    return GeneratedNames(stems, frozenset(outdated))


def without_hash(reference: ObjectReference) -> ObjectReference:
    """A ConfigMap's or a Secret's name without what looks like a hash."""
    hashed = _HASHED.fullmatch(reference.name)
    if not hashed or reference.group_kind not in (CONFIG_MAP, SECRET):
        return reference
    return reference._replace(name=hashed[1])


def _stem(document: Document) -> str | None:
    """An object's name without its hash, if it has one."""
    kind = document.reference.group_kind
    hashed = _HASHED.fullmatch(document.reference.name)
    if not hashed or kind not in (CONFIG_MAP, SECRET):
        return None
    stem, suffix = hashed.groups()
    return stem if kind == SECRET or suffix in _hashes(document.body, stem) else None


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
        yield digest[:10].translate(_ALPHABET)


def _texts(body: Mapping[str, Any]) -> Iterator[str]:
    """Every string in an object but its own identity."""
    waiting: list[Any] = [value for field, value in body.items() if field != "metadata"]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
