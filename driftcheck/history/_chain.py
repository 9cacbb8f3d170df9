"""The looks of one environment in a store, each naming the one before it.

They are numbered from 1 on, without a gap. Nothing of a look is believed before its header fits
the one before it, and its body its header; what was seen at a look is put together from the last
look that has all of it, and held to the root in its header.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from attrs import field, frozen

from driftcheck.codec import (
    Portion,
    Portions,
    Record,
    Step,
    contradiction,
    read_record,
    read_state,
    root_of,
    snapshot_from,
)
from driftcheck.errors import HistoryError
from driftcheck.history._folder import Folder, Stamp
from driftcheck.model import KeptLook, Snapshot

RECORD, HEADER, STATE = ".json.gz", ".h.json", ".state.json.gz"
"""How the names of files end: of a whole record, of a header alone, and of all of a look."""
_FILE = re.compile(r"([0-9]{8})(\.json\.gz|\.h\.json|\.state\.json\.gz)")
LOG = "log"
CLOCKS_DIFFER = timedelta(minutes=5)
"""How much earlier than the look before it a look may be, and how much later than now."""
_BACKUP = "take the store from a backup, and find out who may write into it"

OnRead = Callable[[int, int], None]
"""Told how many looks have been read, and of how many."""


@frozen
class Chain:
    """The looks of one environment.

    Args:
        folder: The store's.
        store: The store's id.
        environment: The environment's id.
        files: Its files by number, each with how its name ends, and its stamp.
    """

    folder: Folder
    store: str
    environment: str
    files: dict[int, dict[str, Stamp]] = field(repr=False)

    @classmethod
    def of(cls, folder: Folder, store: str, environment: str) -> Chain:
        """What there is now."""
        files: dict[int, dict[str, Stamp]] = {}
        for name, stamp in folder.stamps(f"{LOG}/{environment}").items():
            if found := _FILE.fullmatch(name):
                files.setdefault(int(found[1]), {})[found[2]] = stamp
        return cls(folder, store, environment, files)

    @property
    def length(self) -> int:
        """How many looks there are, by the last one's number."""
        return max(self.files, default=0)

    def file(self, number: int, ending: str = RECORD) -> str:
        """The name of a look's file."""
        return f"{LOG}/{self.environment}/{number:08}{ending}"

    def place(self, number: int) -> str:
        """What a look's record is called in errors."""
        return self.folder.place(self.file(number, self._ending(number)))

    def stamp(self, number: int) -> Stamp | None:
        """The stamp of a look's record."""
        return self.files.get(number, {}).get(self._ending(number))

    def _ending(self, number: int) -> str:
        """A record that is half pruned has a header of its own, and is read whole."""
        there = self.files.get(number, {})
        return HEADER if HEADER in there and RECORD not in there else RECORD

    def record(self, number: int) -> Record:
        """Read one record, and hold it to its name and its own body.

        Raises:
            HistoryError: It is missing, or is not what it must be.
        """
        for ending in (self._ending(number), HEADER):
            data = self.folder.read(self.file(number, ending))
            if data is not None:
                place = self.folder.place(self.file(number, ending))
                record = read_record(data, source=place, is_pruned=ending == HEADER)
                self._check_name(record.look, number)
                return record
        raise HistoryError(
            f"{self.place(number)}: missing, and later looks are there", hint=_BACKUP
        )

    def _check_name(self, look: KeptLook, number: int) -> None:
        said = (look.store, look.environment, look.number)
        if said != (self.store, self.environment, number):
            raise self.broken(
                number, f"it is #{look.number} of environment {look.environment}, and not itself"
            )

    def broken(self, number: int, what: str) -> HistoryError:
        """The error that a record is refused with."""
        return HistoryError(f"{self.place(number)}: {what}", hint=_BACKUP)

    def records(
        self, start: int = 1, before: KeptLook | None = None, on_read: OnRead | None = None
    ) -> Iterator[Record]:
        """Read records in their order, each held to the one before it.

        Args:
            start: The number of the first.
            before: The look before that; where it is not given, nobody holds the first to it.
            on_read: Told how far it has come.

        Raises:
            HistoryError: One of them is not what it must be.
        """
        for number in range(start, self.length + 1):
            record = self.record(number)
            if before is not None or number == 1:
                self.check_order(before, record.look)
            before = record.look
            yield record
            if on_read:
                on_read(number, self.length)

    def check_order(self, before: KeptLook | None, look: KeptLook) -> None:
        """Hold a look to the one before it.

        Raises:
            HistoryError: It names another one, or is from before it.
        """
        if look.previous != (before.digest if before else None):
            said = self.place(before.number) if before else "none"
            raise self.broken(
                look.number, f"the look before it, {said}, is not the one that it names"
            )
        if before and (look.written < before.written or look.at < before.at - CLOCKS_DIFFER):
            raise self.broken(look.number, f"it says it is from before #{before.number}")

    def newest(self) -> Record | None:
        """The last record; None where there is none."""
        return self.record(self.length) if self.length else None

    def portions(self, number: int) -> dict[str, Portion]:
        """What was seen at a look, held to the root that its header names.

        Raises:
            HistoryError: It was pruned, or is not what it must be.
        """
        look, portions = self._put_together(number)
        if root_of(portions) != look.root:
            raise self.broken(number, "what was seen does not fit the root that its header names")
        return portions

    def _put_together(self, number: int) -> tuple[KeptLook, dict[str, Portion]]:
        steps: list[Record] = []
        record = self.record(number)
        wanted = record.look
        portions: dict[str, Portion] = {}
        while True:
            if (state := self._state(record.look)) is not None:
                portions = state
                break
            if record.look.is_pruned:
                raise self._pruned(wanted)
            steps.append(record)
            if record.look.base is None:
                break
            earlier = self.record(record.look.number - 1)
            self.check_order(earlier.look, record.look)
            record = earlier
        for record in reversed(steps):
            portions = record.step(self.place(record.look.number)).taken(portions)
        return wanted, portions

    def has_state(self, number: int) -> bool:
        """Whether pruning has left all of a look in a file of its own."""
        return STATE in self.files.get(number, {})

    def step(self, record: Record) -> Step | None:
        """What a look has otherwise than the one before it, or all of it; None of a pruned one.

        Raises:
            HistoryError: It is not what it must be.
        """
        if (state := self._state(record.look)) is not None:
            return Step(state, frozenset())
        return None if record.look.is_pruned else record.step(self.place(record.look.number))

    def _state(self, look: KeptLook) -> dict[str, Portion] | None:
        """All of a look, where pruning has left it in a file of its own."""
        if not self.has_state(look.number):
            return None
        name = self.file(look.number, STATE)
        data = self.folder.read(name)
        return (
            None
            if data is None
            else read_state(data, look, source=self.folder.place(name)).taken({})
        )

    def _pruned(self, look: KeptLook) -> HistoryError:
        kept = [number for number in self.files if self._ending(number) == RECORD]
        latest = f"the first look that was kept is #{min(kept)}" if kept else "no look was kept"
        return HistoryError(f"{look.address}: pruned: nothing but its header is left", hint=latest)

    def snapshot(self, number: int) -> tuple[KeptLook, Snapshot]:
        """What was seen at a look, as a snapshot.

        Raises:
            HistoryError: It was pruned, or is not what it must be.
        """
        look = self.record(number).look
        snapshot = self.assembled(look, self.portions(number))
        if problem := contradiction(snapshot):
            raise self.broken(number, problem)
        return look, snapshot

    def assembled(self, look: KeptLook, portions: Portions) -> Snapshot:
        """A snapshot of a look, of all or of some of its portions.

        Raises:
            HistoryError: They are of no snapshot.
        """
        try:
            return snapshot_from(portions, look.window)
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
            raise self.broken(look.number, f"it holds no snapshot: {error}") from None


def check_clocks(looks: Iterable[KeptLook], now: datetime) -> None:
    """Refuse looks that are from the future.

    Raises:
        HistoryError: One is.
    """
    for look in looks:
        if max(look.written, look.at) > now + CLOCKS_DIFFER:
            raise HistoryError(
                f"{look.address}: it says it is from {max(look.written, look.at):%Y-%m-%d %H:%M}"
                " UTC, which is later than now",
                hint="set this machine's clock; or find out whose clock was wrong, or who lied",
            )
