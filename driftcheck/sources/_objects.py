"""Documents of a text become objects, or say why they are none."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from attrs import frozen

from driftcheck.codec import metadata_problem
from driftcheck.errors import ManifestError
from driftcheck.model import METADATA_FIELDS, NAMESPACE, GroupKind, group_of

_KUSTOMIZE = "kustomize.config.k8s.io"
_HOLDS_STRINGS = (("v1", "ConfigMap"), ("v1", "Secret"))
_HOLDS_BYTES = {("v1", "ConfigMap"): "binaryData", ("v1", "Secret"): "data"}
_SECRET_FIELDS = frozenset(
    ("apiVersion", "kind", "metadata", "data", "stringData", "type", "immutable")
)
_ALIKE = 0.8
"""How much of a kind is `secret`, and the other way round, where one is a slip of the other."""

_SOPS = "sops"
_LIST = GroupKind("", "List")
_COLLECTION_FIELDS = frozenset(("apiVersion", "kind", "metadata", "items"))


@frozen
class Found:
    """One object and where it stands: `staging.yaml, line 12`."""

    place: str
    body: dict[str, Any]

    @property
    def group_kind(self) -> GroupKind:
        """Its kind."""
        return _group_kind(self.body)

    @property
    def name(self) -> str:
        """Its name; empty where the server is to make one up."""
        return str(self.body["metadata"].get("name", ""))

    @property
    def namespace(self) -> str | None:
        """The namespace it names; a Namespace names itself."""
        if self.group_kind == NAMESPACE:
            return self.name
        namespace: str | None = self.body["metadata"].get("namespace")
        return namespace or None

    def without_content(self) -> Found:
        """What it is and where it belongs, and nothing of what it says."""
        known = {field: self.body[field] for field in ("apiVersion", "kind")}
        names = ("name", "generateName", "namespace")
        metadata = {name: value for name, value in self.body["metadata"].items() if name in names}
        return Found(self.place, {**known, "metadata": metadata})

    def __str__(self) -> str:
        return f"{self.body['kind']} {self.name}"


@frozen
class Odd:
    """What has a kind, and is no object that a server would take.

    Args:
        group_kind: What it says to be.
        error: Where it stands, and what is wrong with it; never what it holds.
    """

    group_kind: GroupKind
    error: ManifestError


def objects_in(document: Any, place: str) -> Iterator[Found | Odd]:
    """The one object of a document, or the many of a collection.

    Args:
        document: The document, as plain JSON values.
        place: Where it stands, for errors.

    Raises:
        ManifestError: Nobody could read it as Kubernetes objects, it still has to be rendered,
            or it looks like a Secret and is none.
    """
    if not isinstance(document, dict):
        raise _not_kubernetes(place, "it is not a map")
    if str(document.get("schema")).startswith("driftcheck."):
        raise ManifestError(
            f"{place}: a {document['schema']}, and not an environment",
            hint="`driftcheck capture` writes what can be compared; `driftcheck report` renders a"
            " saved result again",
        )
    if is_kustomization(document):
        raise unrendered(place, "FOLDER")
    if _is_collection(document):
        yield from _items(document, place)
    else:
        _refuse_hidden_secrets(document, place)
        yield _object(document, place)


def is_kustomization(document: Any) -> bool:
    """Whether a document is kustomize's own, and nothing that stands in a cluster."""
    return isinstance(document, dict) and _group_kind(document).group == _KUSTOMIZE


def unrendered(place: str, folder: str) -> ManifestError:
    """Why a kustomization stops everything: it changes what stands beside it."""
    return ManifestError(
        f"{place}: a kustomization, which nobody has rendered",
        hint=f"compare its output: kubectl kustomize {folder} | driftcheck compare - ...",
    )


def _group_kind(body: Mapping[str, Any]) -> GroupKind:
    return GroupKind(group_of(str(body.get("apiVersion", ""))), str(body.get("kind")))


def _is_collection(document: Mapping[str, Any]) -> bool:
    """Whether a document is a `List`, or a kind's list: `items`, and metadata without a name.

    https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#types-kinds
    """
    if not _group_kind(document).kind.endswith("List") or "items" not in document:
        return False
    metadata = document.get("metadata")
    is_named = isinstance(metadata, dict) and bool(metadata.keys() & {"name", "generateName"})
    return _group_kind(document) == _LIST or not is_named


def _items(collection: Mapping[str, Any], place: str) -> Iterator[Found | Odd]:
    items = collection["items"]
    if not isinstance(items, list | None):
        raise _not_kubernetes(place, "its items are not a list")
    unknown = sorted(collection.keys() - _COLLECTION_FIELDS)
    if unknown:
        problem = f"a {collection['kind']} has no field {', '.join(unknown)}"
        yield Odd(_group_kind(collection), _not_kubernetes(place, problem))
    for position, item in enumerate(items or ()):
        yield from objects_in(_with_kind_of(collection, item), f"{place}, items[{position}]")


def _with_kind_of(collection: Mapping[str, Any], item: Any) -> Any:
    """An item as it stands alone: the API leaves out of a `PodList` that its items are Pods."""
    kind = str(collection.get("kind")).removesuffix("List")
    if not kind or not isinstance(item, dict):
        return item
    return {"apiVersion": collection.get("apiVersion"), "kind": kind, **item}


def _object(body: dict[str, Any], place: str) -> Found | Odd:
    for field in ("apiVersion", "kind"):
        if not (isinstance(body.get(field), str) and body[field]):
            raise _not_kubernetes(place, f"its {field} is missing, or not a string")
    try:
        return Found(place, _checked(body, f"{place}: {body['kind']}"))
    except ManifestError as error:
        if _looks_like_a_secret(body):
            raise
        return Odd(_group_kind(body), error)


def _checked(body: dict[str, Any], place: str) -> dict[str, Any]:
    """The object, if it has the shape that every Kubernetes object has.

    A null in its metadata is left out, and a null label is empty, as the API reads them.
    """
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        raise _not_kubernetes(place, "its metadata is missing, or not a map")
    metadata = {field: value for field, value in metadata.items() if value is not None}
    for field in ("name", "generateName", "namespace"):
        if not isinstance(metadata.get(field, ""), str):
            raise _not_a_string(place, f"metadata.{field}")
    if not (metadata.get("name") or metadata.get("generateName")):
        raise _not_kubernetes(place, "it has no metadata.name")
    place = f"{place} {metadata.get('name') or metadata['generateName']}"
    for field in ("labels", "annotations"):
        if field in metadata:
            metadata[field] = _strings(metadata[field], place, f"metadata.{field}")
    problem = metadata_problem(metadata)
    if problem:
        raise _not_kubernetes(place, f"its metadata: {problem}")
    for field in ("data", "binaryData", "stringData"):
        if (body["apiVersion"], body["kind"]) in _HOLDS_STRINGS:
            _strings(body.get(field) or {}, place, field)
    if _SOPS not in body:
        _refuse_what_is_not_base64(body, place)
    _refuse_strange_secret(body, place)
    return {**body, "metadata": metadata}


def _looks_like_a_secret(body: Mapping[str, Any]) -> bool:
    """Whether somebody may have meant a Secret: a slip in the kind, or the group that is none.

    Groups of custom resources have a dot in their names, and are not Kubernetes' own:
    `ValidateCustomResourceDefinition` in the apiextensions-apiserver.
    """
    group, kind = _group_kind(body)
    if not _is_nearly_secret(kind):
        return not _is_custom(group) and _has_fields_of_a_secret(body)
    return not _is_custom(group) or "stringData" in body


@lru_cache(maxsize=1024)
def _is_nearly_secret(kind: str) -> bool:
    """Whether a kind is written almost like a Secret's; a file has many objects of few kinds."""
    letters = re.sub(r"[^a-z]", "", kind.casefold()).removesuffix("list")
    return SequenceMatcher(None, letters, "secret").ratio() >= _ALIKE


def _has_fields_of_a_secret(body: Mapping[str, Any]) -> bool:
    """Whether it has what of all kinds of Kubernetes only a Secret has."""
    return "stringData" in body or ("data" in body and "type" in body)


def _is_custom(group: str) -> bool:
    return "." in group and not group.endswith(".k8s.io")


def _refuse_hidden_secrets(body: Mapping[str, Any], place: str) -> None:
    """Stop at what is no list, but holds Secrets as one does: nobody would look for them there."""
    if _lists_a_secret(body):
        raise _not_kubernetes(place, "only a List without a name holds Secrets")


def _lists_a_secret(body: Mapping[str, Any]) -> bool:
    fields = ("items",) if _is_custom(_group_kind(body).group) else tuple(body)
    listed = (body[field] for field in fields if isinstance(body.get(field), list))
    items = (item for items in listed for item in items if isinstance(item, dict))
    return any(
        _looks_like_a_secret(_with_kind_of(body, item)) or _lists_a_secret(item) for item in items
    )


def _refuse_what_is_not_base64(body: Mapping[str, Any], place: str) -> None:
    """Stop at bytes that nobody has encoded, or not as the API reads them, in strict base64.

    Go's `encoding/base64` passes over line breaks: https://pkg.go.dev/encoding/base64#Encoding.Strict
    """
    field = _HOLDS_BYTES.get((body["apiVersion"], body["kind"]), "")
    for key, value in (body.get(field) or {}).items():
        try:
            base64.b64decode((value or "").replace("\r", "").replace("\n", ""), validate=True)
        except ValueError:
            raise ManifestError(
                f"{place}: {field}[{json.dumps(key)}] is not base64, which the API server refuses",
                hint="encode it (`base64 -w0`), or use stringData, or data of a ConfigMap",
            ) from None


def _refuse_strange_secret(body: Mapping[str, Any], place: str) -> None:
    """Stop at what only looks like a Secret: nobody would take its values for secret ones."""
    if not _looks_like_a_secret(body):
        return
    if (body["apiVersion"], body["kind"]) != ("v1", "Secret"):
        raise _not_kubernetes(
            place, "it looks like a Secret, which has the apiVersion v1 and the kind Secret"
        )
    known = {*_SECRET_FIELDS, _SOPS} if isinstance(body.get(_SOPS), dict) else _SECRET_FIELDS
    unknown = sorted(body.keys() - known)
    unknown += [f"metadata.{name}" for name in sorted(body["metadata"].keys() - METADATA_FIELDS)]
    if unknown:
        raise _not_kubernetes(place, f"a Secret has no field {', '.join(unknown)}")
    if not isinstance(body.get("type"), str | None):
        raise _not_a_string(place, "type")
    if not isinstance(body.get("immutable"), bool | None):
        raise _not_kubernetes(place, "its immutable is neither true nor false")


def _strings(mapping: Any, place: str, path: str) -> dict[str, str]:
    if not isinstance(mapping, dict):
        raise _not_kubernetes(place, f"its {path} is not a map")
    strings = {key: "" if value is None else value for key, value in mapping.items()}
    for key, value in strings.items():
        if not isinstance(value, str):
            raise _not_a_string(place, f"{path}[{json.dumps(key)}]")
    return strings


def _not_a_string(place: str, path: str) -> ManifestError:
    return ManifestError(
        f"{place}: {path} is not a string",
        hint="put numbers and words like true, yes, on, y and n in quotes: YAML reads them as"
        " kubectl does",
    )


def _not_kubernetes(place: str, problem: str) -> ManifestError:
    return ManifestError(
        f"{place}: not a Kubernetes object: {problem}",
        hint="give manifests only; render charts and kustomizations first"
        " (`helm template`, `kubectl kustomize`) and compare what comes out",
    )
