"""Environments in files: saved snapshots, and manifests on their way to a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard, TypeVar

from attrs import evolve

from driftcheck.codec import KnownTexts, is_snapshot, located_documents, read_snapshot
from driftcheck.errors import ManifestError, ResultError
from driftcheck.model import Audit, Head, Result, SavedSnapshot, Snapshot
from driftcheck.sources._addresses import FileAddress
from driftcheck.sources._folders import manifest_files, passed_over, unreadable
from driftcheck.sources._objects import Found, Odd, is_kustomization, objects_in, unrendered
from driftcheck.sources._reading import read_whole
from driftcheck.sources._scopes import is_surely_namespaced
from driftcheck.sources._selection import Manifests, select

MAX_FOLDER = 512 * 1024**2
"""How many bytes the files of one environment may have; a namespace is far from it."""

Answer = TypeVar("Answer", bound=Result | Audit | tuple[Head, ...])
_POLICY = "driftcheck.yaml"
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml")


def read_address(
    address: FileAddress, *, stdin: BinaryIO, known: KnownTexts | None = None
) -> Snapshot | Manifests:
    """Read what a file, a folder or standard input holds.

    Args:
        address: Which.
        stdin: Standard input, read only where the address says so.
        known: What stood in other files, so that no document need be read twice.

    Returns:
        The saved snapshot under the address's name, or what the manifests declare.

    Raises:
        ManifestError: There is no such file, or it holds no Kubernetes objects, or
            those of several namespaces.
        SnapshotError: It is a broken snapshot.
    """
    if address.path is None:
        return _read_data(_something(read_whole(stdin)), "standard input", address, known)
    if _is_folder(address.path):
        return _read_folder(address.path, address.namespace, known)
    return _read_data(_content(address.path), str(address.path), address, known)


def read_saved(address: FileAddress) -> SavedSnapshot | None:
    """Read a saved snapshot with the bytes that it stands in; None where the file holds none.

    Raises:
        ManifestError: There is no such file, or it is of another namespace.
        SnapshotError: It is a broken snapshot.
    """
    if address.path is None or _is_folder(address.path):
        return None
    data = _content(address.path)
    if not is_snapshot(data):
        return None
    found = _read_data(data, str(address.path), address, None)
    assert isinstance(found, Snapshot)  # noqa: S101 - as its content has just said
    return SavedSnapshot(evolve(found, place=address.place), data, is_saved=True)


def read_answer_file(
    path: Path | None, read: Callable[[bytes, str], Answer], *, stdin: BinaryIO
) -> Answer:
    """Read a saved result or audit.

    Args:
        path: What `-o json=FILE` wrote; None for standard input.
        read: Makes it of a file's content and name.
        stdin: Standard input, read only where there is no path.

    Returns:
        What was read.

    Raises:
        ResultError: There is no such file, or it is broken, something else, or too new.
    """
    if path is None:
        return read(read_whole(stdin), "standard input")
    try:
        data = _bytes(path)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
        raise ResultError(
            f"{path}: cannot be read: {reason}",
            hint="`driftcheck compare ENV ENV -o json=FILE` writes a result",
        ) from None
    return read(data, str(path))


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
    return select(found, None, "the objects")


def _program_objects(body: Mapping[str, Any], place: str) -> Iterator[Found | Odd]:
    for document in located_documents(_json(body, place), source=place):
        yield from objects_in(document.value, place)


def _json(body: Mapping[str, Any], place: str) -> bytes:
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        raise ManifestError(
            f"{place}: not a plain JSON object",
            hint="use dicts, lists, strings, finite numbers, booleans and None",
        ) from None


def _read_data(
    data: bytes, source: str, address: FileAddress, known: KnownTexts | None
) -> Snapshot | Manifests:
    if not is_snapshot(data):
        return select(list(_file_objects(data, source, known)), address.namespace, source)
    snapshot = read_snapshot(data, source=source)
    if address.namespace not in (None, snapshot.namespace):
        raise ManifestError(
            f"{source}: a snapshot of namespace {snapshot.namespace}, not of {address.namespace}",
            hint="leave the namespace out: a snapshot is of one namespace",
        )
    return evolve(snapshot, name=address.name)


def _something(data: bytes) -> bytes:
    if not data.strip():
        raise ManifestError(
            "standard input is empty",
            hint="did the command fail that was to write it? `set -o pipefail` shows it",
        )
    return data


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return read_whole(file)


def _content(path: Path) -> bytes:
    try:
        return _bytes(path)
    except FileNotFoundError:
        raise ManifestError(
            f"{path}: no such file or folder",
            hint="a path has a / or a . in it; a namespace has neither",
        ) from None
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None


def _read_folder(folder: Path, namespace: str | None, known: KnownTexts | None) -> Manifests:
    files = list(manifest_files(folder))
    if all(file.name == _POLICY for file in files):
        files = [file for file in files if any(_documents(file, known))]
    if not files:
        raise ManifestError(
            f"{folder}: no manifests in this folder",
            hint="manifests end with .yaml, .yml or .json",
        )
    found = list(_objects_of_folder(folder, files, namespace, known))
    unread = passed_over(folder)
    warnings = [f"not read, since compressed: {', '.join(unread)}"] if unread else []
    return select(found, namespace, str(folder), warnings)


def _objects_of_folder(
    folder: Path, files: Iterable[Path], namespace: str | None, known: KnownTexts | None
) -> Iterator[Found | Odd]:
    """What stands in the files; of what is sure to be of other namespaces only what it is.

    So the memory is that of one namespace, of however many there are.

    Raises:
        ManifestError: There is more than memory is meant for.
    """
    room = MAX_FOLDER
    for file in files:
        items = list(_objects_of(file, known))
        if not all(_is_elsewhere(item, namespace) for item in items):
            room -= file.stat().st_size
        if room < 0:
            raise ManifestError(
                f"{folder}: more than {MAX_FOLDER // 2**20} MiB of manifests",
                hint=f"choose a namespace of it: {folder}:NAMESPACE",
            )
        for item in items:
            yield item.without_content() if _is_elsewhere(item, namespace) else item


def _objects_of(file: Path, known: KnownTexts | None) -> Iterator[Found | Odd]:
    for place, document in _documents(file, known):
        yield from objects_in(document, place)


def _is_elsewhere(item: Found | Odd, namespace: str | None) -> TypeGuard[Found]:
    """Whether an object is sure to be of another namespace than the chosen one."""
    return (
        namespace is not None
        and isinstance(item, Found)
        and item.namespace not in (None, namespace)
        and is_surely_namespaced(item.group_kind)
    )


def _documents(file: Path, known: KnownTexts | None) -> Iterator[tuple[str, Any]]:
    """What a file in a folder holds, and where; a policy is no part of the environment."""
    for line, document in located_documents(_content(file), source=str(file), known=known):
        if file.name in _KUSTOMIZATIONS or is_kustomization(document):
            raise unrendered(str(file), str(file.parent))
        if not (file.name == _POLICY and _is_policy(document)):
            yield f"{file}, line {line}", document


def _is_policy(document: Any) -> bool:
    return isinstance(document, dict) and "version" in document and "kind" not in document


def _file_objects(data: bytes, source: str, known: KnownTexts | None) -> Iterator[Found | Odd]:
    for line, document in located_documents(data, source=source, known=known):
        yield from objects_in(document, f"{source}, line {line}")
