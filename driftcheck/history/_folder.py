"""A folder in which files are made once, whole or not at all, and are never written over.

A file is written beside its place and linked into it: a link fails where something is, which a
rename would replace. So there is no lock, and nobody who is killed leaves more than a temporary
file, which no reader looks at.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import NamedTuple

from driftcheck.errors import HistoryError
from driftcheck.sources import read_whole

TEMPORARY = ".tmp-"
_DAY = 24 * 3600
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


class Stamp(NamedTuple):
    """By what one sees that a file is the one that was read before."""

    size: int
    changed: int


class Folder:
    """The folder of a store.

    Args:
        path: Where it is; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def place(self, name: str) -> str:
        """What a file in it is called in errors."""
        return str(self.path / name)

    def stamps(self, folder: str) -> dict[str, Stamp]:
        """The files in a folder of it, each with its stamp; none where there is no such folder."""
        with self._readable(folder):
            try:
                entries = list(os.scandir(self.path / folder))
            except (FileNotFoundError, NotADirectoryError):
                return {}
            return {
                entry.name: Stamp(found.st_size, found.st_mtime_ns)
                for entry in entries
                if not entry.name.startswith(TEMPORARY) and (found := entry.stat())
            }

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none.

        Raises:
            HistoryError: It can't be read.
        """
        with self._readable(name):
            try:
                with (self.path / name).open("rb") as file:
                    return read_whole(file)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def create(self, name: str, data: bytes) -> bool:
        """Make a file, whole or not at all.

        Args:
            name: Which.
            data: All of its content.

        Returns:
            Whether it was made; not where there is one already.

        Raises:
            HistoryError: It can't be made, and nothing of it is there.
        """
        place = self.path / name
        temporary = place.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")
        with self._writable(name):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                return self._link(temporary, place)
            finally:
                temporary.unlink(missing_ok=True)

    def delete(self, name: str) -> None:
        """Delete a file.

        Raises:
            HistoryError: It can't be.
        """
        with self._writable(name):
            (self.path / name).unlink(missing_ok=True)
            _synchronize((self.path / name).parent)

    def sweep(self, folder: str) -> None:
        """Delete what writers left behind that were killed a day ago or more."""
        with self._writable(folder):
            for file in (self.path / folder).glob(f"{TEMPORARY}*"):
                if file.stat().st_mtime < time() - _DAY:
                    file.unlink(missing_ok=True)

    def _link(self, temporary: Path, place: Path) -> bool:
        try:
            os.link(temporary, place)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno in _NO_LINKS:
                raise HistoryError(
                    f"{self.path}: this file system has no hard links, by which a look is kept"
                    " whole or not at all",
                    hint="keep the store in a folder on another one",
                ) from None
            raise
        _synchronize(place.parent)
        return True

    @contextmanager
    def _readable(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise HistoryError(
                f"{self.place(name)}: cannot be read: {error.strerror}",
                hint="ask whoever keeps the store for leave to read it",
            ) from None

    @contextmanager
    def _writable(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise HistoryError(
                f"{self.place(name)}: cannot be written: {error.strerror}",
                hint="the store is as it was; it needs room, and leave to write into it",
            ) from None


def _synchronize(folder: Path) -> None:
    """Have the folder's own entries written to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
