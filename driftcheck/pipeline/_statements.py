"""Where a statement goes: into a file, with the snapshots that it is about beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from driftcheck.errors import StartError
from driftcheck.model import FilePath, Statement
from driftcheck.sources import write_atomically

_ENDINGS = re.compile(r"(?<=.)(\.(sigstore|intoto|json))+$")
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_OF_ALL = "comparison"


def save_statement(statement: Statement, file: str | FilePath) -> None:
    """Write a statement and its snapshots; see `Statement.save`."""
    for path, content in files_of_statement(statement, Path(file)).items():
        if statement.images:
            _make_folder(path.parent)
        write_atomically(path, content)


def files_of_statement(statement: Statement, file: Path) -> Mapping[Path, bytes]:
    """What is written, the statements last: who finds one finds what it is about."""
    if not statement.images:
        stem = _ENDINGS.sub("", file.name)
        return {**_snapshots(statement, file.parent, f"{stem}."), file: statement.content}
    ending = ".sigstore.json" if statement.bundle else ".intoto.json"
    images = {
        file / f"{image.subjects[0].digest.replace(':', '-')}{ending}": image.content
        for image in statement.images
    }
    return {
        **_snapshots(statement, file, ""),
        **images,
        file / f"{_OF_ALL}{ending}": statement.content,
    }


def _snapshots(statement: Statement, folder: Path, prefix: str) -> dict[Path, bytes]:
    """Those that stand in no file yet, by names of their own."""
    names = iter(_file_names(statement.snapshots))
    pairs = [(saved, next(names)) for saved in statement.snapshots.values()]
    return {
        folder / f"{prefix}{name}.json.gz": saved.content
        for saved, name in pairs
        if not saved.is_saved
    }


def _file_names(names: Mapping[str, object]) -> Iterator[str]:
    """Names of environments as names of files, no two of them equal."""
    taken: set[str] = set()
    for name in names:
        plain = _NO_NAME.sub("-", name)
        while plain in taken:
            plain = f"{plain}-2"
        taken.add(plain)
        yield plain


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise StartError(
            f"{folder} could not be made: {error.strerror}",
            hint="name a folder that is there, or one that can be made",
        ) from None
