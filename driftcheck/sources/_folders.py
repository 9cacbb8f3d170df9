"""A folder of manifests: which of its files are read, and which are told to be passed over."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from driftcheck.errors import ManifestError
from driftcheck.sources._reading import read_whole

_SUFFIXES = frozenset((".yaml", ".yml", ".json"))
_COMPRESSED = ".gz"
_VERSION_CONTROL = ".git"
_LOOKS_LIKE_AN_OBJECT = re.compile(rb"apiVersion[\"']?\s*:")


def manifest_files(folder: Path) -> Iterator[Path]:
    """Every manifest below a folder, in the order of their paths.

    What is hidden is read as well where it holds objects, as kubectl reads it:
    `ExpandPathsToFileVisitors` in staging/src/k8s.io/cli-runtime/pkg/resource/visitor.go.

    Args:
        folder: Where to look; links are followed, and no folder is read twice.

    Raises:
        ManifestError: A folder cannot be read, or a manifest is a pipe or a device, from
            which reading might never end.
    """
    for file in _files(folder):
        is_manifest = file.suffix.lower() in _SUFFIXES
        if is_manifest and (not _is_hidden(file, folder) or _looks_like_objects(file)):
            if file.exists() and not file.is_file():
                raise ManifestError(
                    f"{file}: not a regular file", hint="name it by itself to read it"
                )
            yield file


def passed_over(folder: Path) -> list[str]:
    """The files below a folder that are not read and may hold objects all the same.

    Args:
        folder: Where to look.

    Returns:
        Compressed manifests, as paths in the folder.
    """
    return [str(file.relative_to(folder)) for file in _files(folder) if _is_compressed(file)]


def unreadable(path: Path | str, error: OSError | ValueError) -> ManifestError:
    """Why a file or a folder cannot be read."""
    reason = (error.strerror if isinstance(error, OSError) else None) or "not a file name"
    return ManifestError(f"{path}: cannot be read: {reason}", hint="check the path and its mode")


def _files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise unreadable(error.filename, error)

    seen = {folder.resolve()}
    for parent, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        found = {name: Path(parent, name).resolve() for name in sorted(folders)}
        folders.clear()
        for name, real in found.items():
            if name != _VERSION_CONTROL and real not in seen:
                _refuse_folder_around(folder, Path(parent, name), real)
                folders.append(name)
                seen.add(real)
        yield from (Path(parent, name) for name in sorted(names))


def _refuse_folder_around(folder: Path, link: Path, real: Path) -> None:
    """Stop at a link to a folder that holds this one, and perhaps the whole disk."""
    if folder.resolve().is_relative_to(real):
        raise ManifestError(
            f"{link}: a link to a folder around this one", hint="remove it, or name what is meant"
        )


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _is_compressed(file: Path) -> bool:
    return file.suffix.lower() == _COMPRESSED and Path(file.stem).suffix.lower() in _SUFFIXES


def _looks_like_objects(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with file.open("rb") as opened:
            return _LOOKS_LIKE_AN_OBJECT.search(read_whole(opened)) is not None
    except OSError:
        return True
