"""What was read of a store, so that it need not be read again: for this user, and for a while.

Everything in it follows from the store, so that it may be deleted at any time. What it holds was
held to the chain when it was read; a record whose file is another one since is read again, and one
that is not there any more is missed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import define, evolve, field, frozen

from driftcheck.codec import Portion, Record, Step, read_record
from driftcheck.errors import HistoryError
from driftcheck.history._chain import Chain, OnRead
from driftcheck.history._folder import Stamp
from driftcheck.model import KeptLook

_VERSION = 1
"""Of the tables; an index of another version is another file."""
_TABLES = """
CREATE TABLE IF NOT EXISTS look (
    environment TEXT, number INTEGER, header BLOB, pruned INTEGER, size INTEGER, changed INTEGER,
    PRIMARY KEY (environment, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS portion (
    environment TEXT, key TEXT, number INTEGER, declared BLOB, observed BLOB,
    PRIMARY KEY (environment, key, number)
) WITHOUT ROWID;
"""
_PATIENCE = 30.0
"""Seconds for which another process may write."""


@frozen
class Version:
    """What stands under a key from a look on.

    Args:
        number: The look's.
        portion: What stands there; None where nothing does any more.
    """

    number: int
    portion: Portion | None


@define
class Index:
    """The index of one store.

    Args:
        place: Its file, for errors.
        connection: To its database.
    """

    place: str
    connection: sqlite3.Connection = field(repr=False)
    _looks: dict[str, tuple[dict[int, dict[str, Stamp]], list[KeptLook]]] = field(
        factory=dict, repr=False
    )

    @classmethod
    @contextmanager
    def opened(cls, store: str, environ: Mapping[str, str]) -> Iterator[Index]:
        """The index of a store, in this user's cache; in memory where there can be none.

        Args:
            store: The store's id.
            environ: The environment: `XDG_CACHE_HOME`, `HOME`.
        """
        file = _file(store, environ)
        place = str(file) if file else ":memory:"
        try:
            connection = _connected(place)
        except sqlite3.DatabaseError:
            place = _anew(file)
            connection = _connected(place)
        try:
            yield cls(place, connection)
        except sqlite3.DatabaseError as error:
            raise HistoryError(
                f"{place}: the index of the store can't be used: {error}",
                hint="delete it: it is made again from the store",
            ) from None
        finally:
            connection.close()

    def looks(self, chain: Chain, on_read: OnRead | None = None) -> list[KeptLook]:
        """All looks of an environment, the earliest first; what is new is read.

        Args:
            chain: The environment's looks.
            on_read: Told how far that has come.

        Raises:
            HistoryError: A record is not what it must be, or not what it was.
        """
        if chain.environment in self._looks:
            files, looks = self._looks[chain.environment]
            if files == chain.files:
                return looks
        with self.connection:
            self.connection.execute("BEGIN IMMEDIATE")
            looks = self._known(chain)
            looks += self._new(chain, looks[-1] if looks else None, on_read)
        self._looks[chain.environment] = chain.files, looks
        return looks

    def _known(self, chain: Chain) -> list[KeptLook]:
        """The looks that were read before, and are what they were."""
        rows = self.connection.execute(
            "SELECT number, header, pruned, size, changed FROM look WHERE environment = ?"
            " ORDER BY number",
            (chain.environment,),
        ).fetchall()
        if rows and rows[-1][0] > chain.length:
            raise HistoryError(
                f"{chain.folder}: cut off: {self._seen(rows[-1])} was there when this machine"
                f" read the store last, and it ends with #{chain.length}",
                hint=f"take it from a backup; if somebody did this knowingly, delete {self.place}",
            )
        looks = []
        for number, header, was_pruned, size, changed in rows:
            look = read_record(header, source=chain.place(number), is_pruned=True).look
            if chain.stamp(number) != (size, changed):
                record = chain.record(number)
                if record.look.digest != look.digest:
                    raise chain.broken(number, "it is another one than when it was read before")
                if record.look.is_pruned and not was_pruned:
                    self._forget(chain)
                    return []
                self._insert(chain, record)
            looks.append(evolve(look, is_pruned=bool(was_pruned)))
        return looks

    def _seen(self, row: tuple[int, bytes]) -> str:
        look = read_record(row[1], source=self.place, is_pruned=True).look
        return look.address

    def _forget(self, chain: Chain) -> None:
        """What was pruned is forgotten, with all that rests on it."""
        for table in ("look", "portion"):
            self.connection.execute(
                f"DELETE FROM {table} WHERE environment = ?",  # noqa: S608 - one of two names
                (chain.environment,),
            )

    def _new(
        self, chain: Chain, last: KeptLook | None, on_read: OnRead | None
    ) -> Iterator[KeptLook]:
        start = last.number + 1 if last else 1
        current = self._current(chain) if last else {}
        is_known = last is not None and not last.is_pruned
        for record in chain.records(start, last, on_read):
            look = record.look
            self._insert(chain, record)
            step = chain.step(record)
            if step is not None:
                is_whole = look.base is None or chain.has_state(look.number)
                if not (is_whole or is_known):
                    raise chain.broken(look.number, "the look that it builds on was pruned")
                moved = Step.between(current, step.kept) if is_whole else step
                self._keep(chain, look.number, current, moved)
            is_known = step is not None
            yield look

    def _keep(self, chain: Chain, number: int, current: dict[str, Portion], moved: Step) -> None:
        """Write what a look has otherwise, and bring what stands there up to it."""
        rows: list[tuple[str, str, int, bytes | None, bytes | None]] = []
        for key in moved.gone:
            current.pop(key, None)
            rows.append((chain.environment, key, number, None, None))
        for key, portion in moved.kept.items():
            before = current.get(key)
            whole = portion if before is None else portion.completed(before)
            current[key] = whole
            rows.append((chain.environment, key, number, whole.declared, whole.observed))
        self.connection.executemany("INSERT OR REPLACE INTO portion VALUES (?, ?, ?, ?, ?)", rows)

    def _insert(self, chain: Chain, record: Record) -> None:
        look = record.look
        size, changed = chain.stamp(look.number) or (0, 0)
        self.connection.execute(
            "INSERT OR REPLACE INTO look VALUES (?, ?, ?, ?, ?, ?)",
            (
                chain.environment,
                look.number,
                record.header + b"\n",
                look.is_pruned,
                size,
                changed,
            ),
        )

    def _current(self, chain: Chain) -> dict[str, Portion]:
        rows = self.connection.execute(
            "SELECT key, declared, observed, MAX(number) FROM portion WHERE environment = ?"
            " GROUP BY key",
            (chain.environment,),
        )
        return {
            key: Portion(declared, observed)
            for key, declared, observed, _ in rows
            if declared is not None
        }

    def keys(self, chain: Chain) -> Iterable[str]:
        """Every key under which anything ever stood."""
        rows = self.connection.execute(
            "SELECT DISTINCT key FROM portion WHERE environment = ?", (chain.environment,)
        )
        return [key for (key,) in rows]

    def versions(self, chain: Chain, key: str) -> list[Version]:
        """What stood under a key, the earliest first, from the look on at which it first did."""
        rows = self.connection.execute(
            "SELECT number, declared, observed FROM portion WHERE environment = ? AND key = ?"
            " ORDER BY number",
            (chain.environment, key),
        )
        return [
            Version(number, None if declared is None else Portion(declared, observed))
            for number, declared, observed in rows
        ]

    def facts(self, chain: Chain) -> dict[str, Portion]:
        """What the last look that was kept says of itself."""
        rows = self.connection.execute(
            "SELECT key, declared, MAX(number) FROM portion"
            " WHERE environment = ? AND key >= '@' AND key < 'A' GROUP BY key",
            (chain.environment,),
        )
        return {key: Portion(declared) for key, declared, _ in rows if declared is not None}


def _file(store: str, environ: Mapping[str, str]) -> Path | None:
    """https://specifications.freedesktop.org/basedir-spec/latest/."""
    named, home = Path(environ.get("XDG_CACHE_HOME", "")), Path(environ.get("HOME", ""))
    if not (named.is_absolute() or home.is_absolute()):
        return None
    folder = (named if named.is_absolute() else home / ".cache") / "driftcheck"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / f"history-{_VERSION}-{store}.sqlite"
        file.touch(mode=0o600)
    except OSError:
        return None
    return file if os.access(file, os.W_OK) else None


def _anew(file: Path | None) -> str:
    """What can't be read is made again."""
    if file is None:
        return ":memory:"
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    return str(file)


def _connected(place: str) -> sqlite3.Connection:
    connection = sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(_TABLES)
    return connection
