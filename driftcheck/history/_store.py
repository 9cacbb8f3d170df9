"""A store of looks: a folder with a marker, and the chains of its environments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from attrs import frozen

from driftcheck.codec import marker_bytes, read_marker, read_tag, tag_bytes
from driftcheck.errors import HistoryError, UsageError
from driftcheck.history._chain import LOG, Chain
from driftcheck.history._folder import Folder
from driftcheck.model import KeptLook

MARKER = "driftcheck-history.json"
TAGS = "tags"
_ENVIRONMENT = re.compile("[0-9a-f]{16}")
TAG = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@frozen
class Store:
    """A store of looks.

    Args:
        folder: Where it is.
        id: Its own id, which a copy of it has as well.
    """

    folder: Folder
    id: str

    def __str__(self) -> str:
        return str(self.folder)

    @classmethod
    def opened(cls, path: Path) -> Store:
        """A store that is there.

        Raises:
            HistoryError: None is, or it can't be read.
        """
        folder = Folder(path)
        marker = folder.read(MARKER)
        if marker is None:
            raise HistoryError(
                f"{path}: no store of looks",
                hint="`driftcheck history add ENV` makes one; --store FOLDER or"
                " DRIFTCHECK_STORE says where it is",
            )
        return cls(folder, read_marker(marker, source=folder.place(MARKER)))

    @classmethod
    def made(cls, path: Path) -> Store:
        """A store that is there now, whether it was there before or not.

        Raises:
            HistoryError: It can't be made, or something else is in its place.
        """
        folder = Folder(path)
        if folder.read(MARKER) is None:
            if path.exists() and (not path.is_dir() or folder.stamps(".")):
                raise HistoryError(
                    f"{path}: no store of looks, and not empty", hint="name an empty folder"
                )
            folder.create(MARKER, marker_bytes(str(uuid4())))
        return cls.opened(path)

    def chains(self) -> Iterator[Chain]:
        """The looks of each environment."""
        for environment in sorted(self.folder.stamps(LOG)):
            if _ENVIRONMENT.fullmatch(environment):
                yield self.chain(environment)

    def chain(self, environment: str) -> Chain:
        """The looks of one environment, by its id; there may be none."""
        return Chain.of(self.folder, self.id, environment)

    def tag(self, look: KeptLook, name: str) -> None:
        """Give a look a name, which no other look of its environment ever has.

        Raises:
            UsageError: The name is none.
            HistoryError: Another look has it, or it can't be written.
        """
        if not TAG.fullmatch(name) or name.isdecimal():
            raise UsageError(
                f"{name!r} is no tag",
                hint="use letters, digits, dots, dashes and underscores, and not digits alone",
            )
        if not self.folder.create(self._tag_file(look.environment, name), tag_bytes(look)):
            number = self.tags(look.environment)[name]
            if number != look.number:
                raise HistoryError(
                    f"#{name} is #{number} already, and a tag is never moved",
                    hint=f"choose another name for {look.address}",
                )

    def tags(self, environment: str) -> dict[str, int]:
        """The tags of an environment, and the number of the look that each names.

        Raises:
            HistoryError: One can't be read, or names a look that is another one now.
        """
        return {name: number for name, (number, _) in self.tagged(environment).items()}

    def tagged(self, environment: str) -> dict[str, tuple[int, str]]:
        """The tags of an environment, each with the number and the digest of its look."""
        found = {}
        for file in sorted(self.folder.stamps(f"{TAGS}/{environment}")):
            name = file.removesuffix(".json")
            path = self._tag_file(environment, name)
            data = self.folder.read(path)
            if data is not None and TAG.fullmatch(name):
                found[name] = read_tag(data, source=self.folder.place(path))
        return found

    def _tag_file(self, environment: str, name: str) -> str:
        return f"{TAGS}/{environment}/{name}.json"
