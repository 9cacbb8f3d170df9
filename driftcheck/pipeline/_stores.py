"""Stores of looks, as people name them, and the looks in them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

from driftcheck.capture import without_collection
from driftcheck.errors import UsageError
from driftcheck.history import Archive, OnRead
from driftcheck.model import Snapshot
from driftcheck.sources import HistoryAddress

STORE = "DRIFTCHECK_STORE"
"""The variable that says where the store is."""
DEFAULT_STORE = "driftcheck-history"
"""Where it is where nothing says so: in this folder."""
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def store_path(named: str | Path | None) -> Path:
    """The folder of the store that is meant.

    Args:
        named: Where somebody said that it is.

    Raises:
        UsageError: It is no folder.
    """
    place = str(named or os.environ.get(STORE) or DEFAULT_STORE)
    if _URL.match(place):
        raise UsageError(
            f"{place}: a URL, and stores are folders so far",
            hint="name a folder, such as one that is mounted from there and has hard links",
        )
    return Path(place)


@contextmanager
def opened(named: str | Path | None, on_read: OnRead | None = None) -> Iterator[Archive]:
    """The store that is meant, opened for reading.

    Raises:
        StartError: There is none, or it can't be read.
    """
    with (
        without_collection(),
        Archive.opened(store_path(named), os.environ, datetime.now(UTC), on_read) as archive,
    ):
        yield archive


def kept_snapshots(addresses: Iterable[HistoryAddress], named: str | Path | None) -> list[Snapshot]:
    """What was seen at looks in a store, each under the name that was typed.

    Raises:
        StartError: There is no such look, or it is not what it must be.
    """
    with opened(named) as archive:
        return [
            evolve(archive.snapshot(*archive.look(address.name)), name=address.name)
            for address in addresses
        ]


def kept_records(
    addresses: Mapping[str, Snapshot], named: str | Path | None
) -> dict[str, tuple[int, str]]:
    """Where in a store looks stand: by environments' names, the number and the header's digest.

    Args:
        addresses: By what was typed, what was seen there. A look that came into the store since
            then may have taken the name; the one that is meant has its window.
        named: Where somebody said that the store is.
    """
    with opened(named) as archive:
        found: dict[str, tuple[int, str]] = {}
        for address, snapshot in addresses.items():
            kept, look = archive.look(address)
            looks = (it for it in (look, *reversed(kept.looks)) if it.window == snapshot.window)
            meant = next(looks)
            found[snapshot.name] = meant.number, meant.digest
        return found
