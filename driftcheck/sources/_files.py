"""Environments in files: saved snapshots, and manifests on their way to a cluster."""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from attrs import evolve, frozen

from driftcheck.codec import is_snapshot, located_documents, read_result, read_snapshot
from driftcheck.errors import ManifestError, ResultError
from driftcheck.model import NAMESPACE, GroupKind, Result, Snapshot, group_of
from driftcheck.sources._addresses import FileAddress

_SUFFIXES = frozenset((".yaml", ".yml", ".json"))
_POLICY = "driftcheck.yaml"
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml")
_KUSTOMIZE = "kustomize.config.k8s.io"
_HOLDS_STRINGS = (("v1", "ConfigMap"), ("v1", "Secret"))
_HOLDS_BYTES = {("v1", "ConfigMap"): "binaryData", ("v1", "Secret"): "data"}
_SECRET_FIELDS = frozenset(
    ("apiVersion", "kind", "metadata", "data", "stringData", "type", "immutable")
)
_DEFINITION = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")

_CLUSTER_SCOPED = {
    "": ("ComponentStatus", "Node", "PersistentVolume"),
    "admissionregistration.k8s.io": (
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "certificates.k8s.io": ("CertificateSigningRequest", "ClusterTrustBundle"),
    "flowcontrol.apiserver.k8s.io": ("FlowSchema", "PriorityLevelConfiguration"),
    "internal.apiserver.k8s.io": ("StorageVersion",),
    "networking.k8s.io": ("IPAddress", "IngressClass", "ServiceCIDR"),
    "node.k8s.io": ("RuntimeClass",),
    "policy": ("PodSecurityPolicy",),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "resource.k8s.io": ("DeviceClass", "DeviceTaintRule", "ResourceSlice"),
    "scheduling.k8s.io": ("PriorityClass",),
    "storage.k8s.io": (
        "CSIDriver",
        "CSINode",
        "StorageClass",
        "VolumeAttachment",
        "VolumeAttributesClass",
    ),
    "storagemigration.k8s.io": ("StorageVersionMigration",),
}
"""The kinds of Kubernetes itself that stand in no namespace, besides Namespace."""


@frozen
class Manifests:
    """What one environment's manifests declare.

    Args:
        objects: The environment's objects, and its Namespace where that is declared.
        namespace: The namespace they belong to; None where none is named.
        definitions: The CustomResourceDefinitions that came with them.
        cluster_scoped: How many objects outside any namespace were left aside, by kind.
    """

    objects: tuple[Mapping[str, Any], ...]
    namespace: str | None
    definitions: tuple[Mapping[str, Any], ...]
    cluster_scoped: Mapping[GroupKind, int]


@frozen
class _Found:
    """One object and where it stands: `staging.yaml, line 12`."""

    place: str
    body: dict[str, Any]

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(group_of(self.body["apiVersion"]), self.body["kind"])

    @property
    def name(self) -> str:
        return str(self.body["metadata"]["name"])

    @property
    def namespace(self) -> str | None:
        """The namespace it names; a Namespace names itself."""
        if self.group_kind == NAMESPACE:
            return self.name
        namespace: str | None = self.body["metadata"].get("namespace")
        return namespace or None

    def __str__(self) -> str:
        return f"{self.place}: {self.body['kind']} {self.name}"


def read_address(address: FileAddress, *, stdin: BinaryIO) -> Snapshot | Manifests:
    """Read what a file, a folder or standard input holds.

    Args:
        address: Which.
        stdin: Standard input, read only where the address says so.

    Returns:
        The saved snapshot under the address's name, or what the manifests declare.

    Raises:
        ManifestError: There is no such file, or it holds no Kubernetes objects, or
            those of several namespaces.
        SnapshotError: It is a broken snapshot.
    """
    if address.path is None:
        return _read_data(stdin.read(), "standard input", address)
    if _is_folder(address.path):
        found = list(_folder_objects(address.path))
        return _select(found, address.namespace, str(address.path))
    return _read_data(_content(address.path), str(address.path), address)


def read_result_file(path: Path | None, *, stdin: BinaryIO) -> Result:
    """Read a saved result.

    Args:
        path: What `driftcheck compare -o json=FILE` wrote; None for standard input.
        stdin: Standard input, read only where there is no path.

    Returns:
        The result.

    Raises:
        ResultError: There is no such file, or it is broken, not a result, or too new.
    """
    if path is None:
        return read_result(stdin.read(), source="standard input")
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise ResultError(
            f"{path}: cannot be read: {reason}",
            hint="`driftcheck compare ENV ENV -o json=FILE` writes a result",
        ) from None
    return read_result(data, source=str(path))


def read_objects(objects: Iterable[Mapping[str, Any]]) -> Manifests:
    """Take objects that a program made, as if they had stood in a file.

    Args:
        objects: Plain dicts; they are copied.

    Returns:
        What they declare.

    Raises:
        ManifestError: One of them is not a Kubernetes object, or not plain JSON.
    """
    found = [
        item
        for position, body in enumerate(objects)
        for item in _program_objects(body, f"objects[{position}]")
    ]
    return _select(found, None, "the objects")


def _program_objects(body: Mapping[str, Any], place: str) -> Iterator[_Found]:
    for document in located_documents(_json(body, place), source=place):
        yield from _objects(document.value, place)


def _json(body: Mapping[str, Any], place: str) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise ManifestError(
            f"{place}: not a plain JSON object",
            hint="use dicts, lists, strings, finite numbers, booleans and None",
        ) from None


def _read_data(data: bytes, source: str, address: FileAddress) -> Snapshot | Manifests:
    if not is_snapshot(data):
        return _select(list(_file_objects(data, source)), address.namespace, source)
    snapshot = read_snapshot(data, source=source)
    if address.namespace not in (None, snapshot.namespace):
        raise ManifestError(
            f"{source}: a snapshot of namespace {snapshot.namespace}, not of {address.namespace}",
            hint="leave the namespace out: a snapshot is of one namespace",
        )
    return evolve(snapshot, name=address.name)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ManifestError(
            f"{path}: no such file or folder",
            hint="a path has a / or a . in it; a namespace has neither",
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path | str, error: OSError | ValueError) -> ManifestError:
    reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
    return ManifestError(f"{path}: cannot be read: {reason}", hint="check the path and its mode")


def _folder_objects(folder: Path) -> Iterator[_Found]:
    files = [file for file in _manifest_files(folder) if file.name != _POLICY]
    if not files:
        raise ManifestError(
            f"{folder}: no manifests in this folder",
            hint="manifests end with .yaml, .yml or .json and are not hidden",
        )
    for file in files:
        _refuse_special_file(file)
        for line, document in located_documents(_content(file), source=str(file)):
            _refuse_kustomization(document, file)
            yield from _objects(document, f"{file}, line {line}")


def _refuse_special_file(file: Path) -> None:
    """Stop before a pipe or a device in a folder, from which reading might never end."""
    if file.exists() and not file.is_file():
        raise ManifestError(f"{file}: not a regular file", hint="name it by itself to read it")


def _refuse_kustomization(document: Any, file: Path) -> None:
    """Stop where kustomize would change what stands beside: names, images, replicas."""
    group = group_of(str(document.get("apiVersion"))) if isinstance(document, dict) else ""
    if group == _KUSTOMIZE or file.name in _KUSTOMIZATIONS:
        raise ManifestError(
            f"{file}: a kustomization, which nobody has rendered",
            hint=f"compare its output: kubectl kustomize {file.parent} | driftcheck compare - ...",
        )


def _manifest_files(folder: Path) -> Iterator[Path]:
    """Every manifest file below the folder, in the order of their paths."""

    def refuse(error: OSError) -> None:
        raise _unreadable(error.filename, error)

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and path.suffix.lower() in _SUFFIXES:
                yield path


def _file_objects(data: bytes, source: str) -> Iterator[_Found]:
    for line, document in located_documents(data, source=source):
        yield from _objects(document, f"{source}, line {line}")


def _objects(document: Any, place: str) -> Iterator[_Found]:
    """The one object of a document, or the many of a `List`."""
    if not isinstance(document, dict):
        raise _not_kubernetes(place, "it is not a map")
    if str(document.get("schema")).startswith("driftcheck."):
        raise ManifestError(
            f"{place}: a {document['schema']}, and not an environment",
            hint="`driftcheck capture` writes what can be compared; `driftcheck report` renders a"
            " saved result again",
        )
    items = document.get("items", ())
    if not str(document.get("kind")).endswith("List") or items == ():
        yield _Found(place, _checked(document, place))
        return
    if not isinstance(items, list | None):
        raise _not_kubernetes(place, "its items are not a list")
    for position, item in enumerate(items or ()):
        yield from _objects(_with_kind_of(document, item), f"{place}, items[{position}]")


def _with_kind_of(collection: Mapping[str, Any], item: Any) -> Any:
    """An item as it stands alone: the API leaves out of a `PodList` that its items are Pods."""
    kind = collection["kind"].removesuffix("List")
    if not kind or not isinstance(item, dict):
        return item
    return {"apiVersion": collection.get("apiVersion"), "kind": kind, **item}


def _checked(body: dict[str, Any], place: str) -> dict[str, Any]:
    """The object, if it has the shape that every Kubernetes object has.

    A null in its metadata is left out, and a null label is empty, as the API reads them.
    """
    for field in ("apiVersion", "kind"):
        if not _is_name(body.get(field)):
            raise _not_kubernetes(place, f"its {field} is missing, or not a string")
    place = f"{place}: {body['kind']}"
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        raise _not_kubernetes(place, "its metadata is missing, or not a map")
    metadata = {field: value for field, value in metadata.items() if value is not None}
    if "name" not in metadata and "generateName" in metadata:
        raise ManifestError(
            f"{place}: has a generateName and no name, so it cannot be compared",
            hint="give it a name, or leave it out",
        )
    if metadata.get("name", "") == "":
        raise _not_kubernetes(place, "it has no metadata.name")
    for field in ("name", "namespace"):
        if not isinstance(metadata.get(field, ""), str):
            raise _not_a_string(place, f"metadata.{field}")
    place = f"{place} {metadata['name']}"
    for field in ("labels", "annotations"):
        if field in metadata:
            metadata[field] = _strings(metadata[field], place, f"metadata.{field}")
    for field in ("data", "binaryData", "stringData"):
        if (body["apiVersion"], body["kind"]) in _HOLDS_STRINGS:
            _strings(body.get(field) or {}, place, field)
    _refuse_what_is_not_base64(body, place)
    _refuse_strange_secret(body, place)
    return {**body, "metadata": metadata}


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
    if body["kind"].lower() != "secret" or group_of(body["apiVersion"]):
        return
    if (body["apiVersion"], body["kind"]) != ("v1", "Secret"):
        raise _not_kubernetes(place, "a Secret has the apiVersion v1 and the kind Secret")
    unknown = sorted(body.keys() - _SECRET_FIELDS)
    if unknown:
        raise _not_kubernetes(place, f"a Secret has no field {', '.join(unknown)}")


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


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


def _select(found: list[_Found], chosen: str | None, source: str) -> Manifests:
    """The objects of one namespace, and what was beside them."""
    definitions = [item for item in found if item.group_kind == _DEFINITION]
    outside = _cluster_scoped_kinds(definitions)
    inside = [item for item in found if item.group_kind not in outside]
    namespaces = {namespace for item in inside if (namespace := item.namespace)}
    namespace = _one_namespace(namespaces, chosen, source)
    objects = [item for item in inside if item.namespace in (None, namespace)]
    _refuse_doubles([*objects, *definitions])
    return Manifests(
        objects=tuple(item.body for item in objects),
        namespace=namespace,
        definitions=tuple(item.body for item in definitions),
        cluster_scoped=Counter(item.group_kind for item in found if item.group_kind in outside),
    )


def _cluster_scoped_kinds(definitions: Iterable[_Found]) -> frozenset[GroupKind]:
    """The kinds of Kubernetes, and those of the definitions, that stand in no namespace."""
    built_in = {
        GroupKind(group, kind) for group, kinds in _CLUSTER_SCOPED.items() for kind in kinds
    }
    defined = set()
    for definition in definitions:
        spec = definition.body.get("spec")
        if isinstance(spec, dict) and spec.get("scope") == "Cluster":
            names = spec.get("names")
            kind = names.get("kind") if isinstance(names, dict) else None
            defined.add(GroupKind(str(spec.get("group")), str(kind)))
    return frozenset(built_in | defined)


def _one_namespace(namespaces: set[str], chosen: str | None, source: str) -> str | None:
    if chosen is not None and (chosen in namespaces or not namespaces):
        return chosen
    listed = ", ".join(sorted(namespaces))
    if chosen is not None:
        raise ManifestError(
            f"{source}: nothing in namespace {chosen}", hint=f"its namespaces are {listed}"
        )
    if len(namespaces) > 1:
        raise ManifestError(
            f"{source}: objects of several namespaces: {listed}",
            hint=f"choose one by writing it after the path: FILE:{min(namespaces)}",
        )
    return next(iter(namespaces), None)


def _refuse_doubles(objects: Iterable[_Found]) -> None:
    seen: dict[tuple[GroupKind, str], _Found] = {}
    for item in objects:
        first = seen.setdefault((item.group_kind, item.name), item)
        if first is not item:
            raise ManifestError(
                f"{item}: stands already at {first.place}",
                hint="keep one of the two: the cluster has room for one",
            )
