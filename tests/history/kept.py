"""Stores with looks at one place at three recorded moments, and what is done to them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve

from driftcheck import History, KeptLook, Snapshot
from driftcheck.history import Store, add
from driftcheck.model import Window
from tests.moments import HANDS, PRODUCTION, QUIET, STAGED, seen

ENVIRONMENT = f"{PRODUCTION}@playback"
NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


def keep(path: Path, *snapshots: Snapshot, now: datetime = NOW, **asked: Any) -> list[KeptLook]:
    """Add snapshots to a store."""
    store = Store.made(path)
    return [add(store, snapshot, now=now, driftcheck="0.1.0", **asked) for snapshot in snapshots]


def three_looks(path: Path) -> History:
    """A store with production staged, quiet, and after an afternoon of hands."""
    keep(path, *map(seen, (STAGED, QUIET, HANDS)))
    return History(path)


def at(snapshot: Snapshot, moment: datetime) -> Snapshot:
    """The same, seen at another time."""
    return evolve(snapshot, window=Window(moment, moment + timedelta(seconds=1), quiescent=True))


def record(path: Path, number: int) -> Path:
    """The file of a look in a store of one environment."""
    (found,) = path.glob(f"log/*/{number:08}.json.gz")
    return found


def lines(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the body of a record."""
    header, body = gzip.decompress(file.read_bytes()).splitlines()
    return json.loads(header), json.loads(body)


def rewrite(file: Path, header: dict[str, Any], body: dict[str, Any]) -> None:
    """What somebody makes of a record who has no other way to write it."""
    texts = [json.dumps(part, sort_keys=True, separators=(",", ":")) for part in (header, body)]
    file.write_bytes(gzip.compress("".join(f"{text}\n" for text in texts).encode(), mtime=0))
