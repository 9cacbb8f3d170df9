"""What a store of looks knows and answers: looks, since when, by whom, how far apart, how whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import Factory, field, frozen

from driftcheck.model._findings import Change, Writer
from driftcheck.model._references import ObjectReference
from driftcheck.model._results import Verdict
from driftcheck.model._shown import Shown
from driftcheck.model._snapshots import Origin, Window
from driftcheck.model._words import counted

BEFORE, AFTER = "from", "to"
"""The two sides of a change, as its values are called by."""

HISTORY = "history:"
"""What the name of a look begins with that is kept in a store."""


@frozen
class KeptLook:
    """One look in a store, as its header says it, which stays when all else is pruned.

    Args:
        store: The store's own id.
        environment: The environment's id in the store.
        number: Its number there; the first is 1.
        digest: SHA-256 of its header, by which the next one names it, `sha256:...`.
        previous: The digest of the look before it; None of the first.
        name: What the environment was called when it was looked at, `shop@prod-eu`.
        origin: Whether it was seen in a cluster or read from manifests.
        cluster: The cluster's own uid; None where that was not seen.
        namespace: The Namespace's name; None for manifests that name none.
        namespace_uid: The Namespace's own uid; None where that was not seen.
        window: When it was looked at; None for manifests.
        written: When it came into the store, which goes one way.
        driftcheck: The version of driftcheck that wrote it.
        secret_key_id: Which key its Secret fingerprints were made with.
        is_complete: Whether everything was seen that a verdict needs.
        unseen: The kinds that were not seen, sorted.
        objects: How many objects were seen.
        changed: In how many of them something else is declared than before, made and deleted
            ones among them; what reaches in from outside counts as well.
        stirred: In how many more something else was observed: a status, or who wrote.
        root: SHA-256 over all that was seen, `sha256:...`.
        body: SHA-256 of the rest of its record, `sha256:...`.
        base: The number of the look that its record builds on; None where it builds on none.
        is_pruned: Whether nothing but the header is left of it.
        tags: What it is called besides.
    """

    store: str
    environment: str
    number: int
    digest: str
    previous: str | None
    name: str
    origin: Origin
    cluster: str | None
    namespace: str | None
    namespace_uid: str | None
    window: Window | None
    written: datetime
    driftcheck: str
    secret_key_id: str | None
    is_complete: bool
    unseen: tuple[str, ...]
    objects: int
    changed: int
    stirred: int
    root: str
    body: str
    base: int | None
    is_pruned: bool = False
    tags: tuple[str, ...] = ()

    @property
    def at(self) -> datetime:
        """When the environment was like this: at the end of the look, or of the writing."""
        return self.window.end if self.window else self.written

    @property
    def address(self) -> str:
        """How the look is named: `history:shop@prod-eu#42`."""
        return f"{HISTORY}{self.name}#{self.number}"


@frozen(repr=False)
class HistoryLog(Shown):
    """The looks of one environment, the latest first.

    Args:
        environment: What it is called now.
        looks: Each look.
    """

    environment: str
    looks: tuple[KeptLook, ...]

    def __repr__(self) -> str:
        return f"<HistoryLog {self.environment!r}: {counted(len(self.looks), 'look')}>"


class Became(StrEnum):
    """What became of a place in an object, or of the object, between two looks."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"
    MADE = "made"
    DELETED = "deleted"
    RECREATED = "recreated"
    FIRST_SEEN = "first-seen"
    """It was so at the first look that there is."""
    INCOMPARABLE = "incomparable"
    """What it was before can't be compared with what it is since."""


@frozen
class BlamedChange:
    """One change of an object, between two looks.

    Args:
        became: What became of it.
        path: Where in the object, as `docs/paths.md` writes it; empty for the whole of it.
        earlier: The last look at which it was as before; None where there is none.
        later: The first look at which it was as after.
        values: What stood there, by `from` and `to`; a side with nothing there has no key.
        written_by: Who wrote it, as the later look's managedFields have it, the latest first.
        notes: What a reader should know besides, in sentences.
    """

    became: Became
    path: str
    earlier: KeptLook | None
    later: KeptLook
    values: Mapping[str, Any] = Factory(dict)
    written_by: tuple[Writer, ...] = ()
    notes: tuple[str, ...] = ()


@frozen(repr=False)
class Blame(Shown):
    """Since when an object is as it is, between which two looks that came, and by whom.

    Args:
        environment: What the environment is called now.
        object: Which object.
        path: Which place in it was asked about; empty for all of it.
        changes: The last change of each place, the latest first.
        looked_through: How many looks this rests on.
    """

    environment: str
    object: ObjectReference
    path: str
    changes: tuple[BlamedChange, ...]
    looked_through: int

    def __repr__(self) -> str:
        return f"<Blame {self.object}: {counted(len(self.changes), 'change')}>"


@frozen
class DriftPoint:
    """How far apart two environments were at one moment.

    Args:
        time: When the later of the two looks was.
        baseline: The number of the baseline's look.
        other: The number of the other one's.
        verdict: What a comparison of them says.
        findings: How many differences there were that no rule expects.
        categories: How many of these were about what, by category.
    """

    time: datetime
    baseline: int
    other: int
    verdict: Verdict
    findings: int
    categories: Mapping[str, int] = Factory(dict)


@frozen(repr=False)
class DriftOverTime(Shown):
    """How far apart two environments were, look by look, the earliest first.

    Args:
        baseline: What the baseline is called now.
        other: What the other one is called.
        points: Each moment at which one of them was looked at.
        left: How many moments before these were left out.
    """

    baseline: str
    other: str
    points: tuple[DriftPoint, ...]
    left: int = 0

    def __repr__(self) -> str:
        return (
            f"<DriftOverTime {self.baseline!r}, {self.other!r}:"
            f" {counted(len(self.points), 'point')}>"
        )


@frozen
class Head:
    """The last look of an environment: with it, all looks before it are named.

    Args:
        environment: The environment's id in the store.
        name: What it is called now.
        number: The last look's number.
        digest: The digest of its header.
    """

    environment: str
    name: str
    number: int
    digest: str


@frozen(repr=False)
class SignedHeads(Shown):
    """The heads of a store, as a key has signed them.

    Args:
        store: The store's own id.
        number: The signature's number in the store; the first is 1.
        key: SHA-256 of the public key, `sha256:...`.
        made: When it was signed, by the signer's word.
        driftcheck: The version of driftcheck that signed.
        heads: The last look of each environment by then.
        is_new: Whether it was made just now.
    """

    store: str
    number: int
    key: str
    made: datetime
    driftcheck: str
    heads: tuple[Head, ...]
    is_new: bool = False

    def __repr__(self) -> str:
        return f"<SignedHeads {self.number}: {counted(len(self.heads), 'head')}>"


class WholenessVerdict(StrEnum):
    """Whether a store is what was written into it."""

    WHOLE = "whole"
    NOT_WHOLE = "not-whole"
    END_NOT_PROVED = "end-not-proved"
    """Every look that is there is whole, and one is not there that was asked for, or unsigned."""

    @property
    def exit_status(self) -> int:
        """The command line's exit status for this verdict."""
        return {WholenessVerdict.NOT_WHOLE: 1, WholenessVerdict.END_NOT_PROVED: 3}.get(self, 0)


@frozen(repr=False)
class Wholeness(Shown):
    """Whether a store is what was written into it.

    Args:
        store: The store's own id.
        verdict: The answer.
        problems: What is wrong, each with the record that it is wrong of, in sentences.
        heads: The last look of each environment that is whole.
        looks: How many looks were read.
        pruned: Of how many of these only the header is left.
        notes: What a reader should know besides, in sentences.
        signature: The newest signature, where it is the key's that was named.
    """

    store: str
    verdict: WholenessVerdict
    problems: tuple[str, ...]
    heads: tuple[Head, ...]
    looks: int
    pruned: int
    notes: tuple[str, ...] = ()
    signature: SignedHeads | None = None

    def __repr__(self) -> str:
        return f"<Wholeness {self.verdict.value}: {counted(self.looks, 'look')}>"

    @property
    def exit_status(self) -> int:
        """The command line's exit status: the verdict's."""
        return self.verdict.exit_status


@frozen
class Retention:
    """Which looks are kept when a store is pruned; a look that any of these keeps is kept.

    Args:
        last: So many of the latest.
        within_days: Those of so many days before the latest one.
        daily: The latest of each of so many days.
        weekly: The same of weeks, which begin on Monday.
        monthly: The same of months.
        yearly: The same of years.
    """

    last: int = 0
    within_days: float = 0.0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0

    @property
    def keeps_nothing(self) -> bool:
        """Whether nothing is asked to be kept."""
        return not any(
            (self.last, self.within_days, self.daily, self.weekly, self.monthly, self.yearly)
        )


@frozen
class PrunedLook:
    """What pruning makes of one look.

    Args:
        look: The look.
        kept_by: What keeps it, such as `daily`; nothing where it is pruned.
    """

    look: KeptLook
    kept_by: tuple[str, ...]


@frozen(repr=False)
class Pruning(Shown):
    """What pruning makes, or would make, of a store.

    Args:
        looks: Each look that has more than a header, the latest first.
        is_done: Whether it was done.
    """

    looks: tuple[PrunedLook, ...]
    is_done: bool = field(default=False)

    def __repr__(self) -> str:
        done = "done" if self.is_done else "to be done"
        return f"<Pruning {done}: {counted(len(self.gone), 'look')}>"

    @property
    def gone(self) -> tuple[KeptLook, ...]:
        """The looks of which only the header stays."""
        return tuple(pruned.look for pruned in self.looks if not pruned.kept_by)


BECAME_BY_CHANGE: Mapping[Change, Became] = {
    Change.ADDED: Became.ADDED,
    Change.REMOVED: Became.REMOVED,
    Change.CHANGED: Became.CHANGED,
    Change.REORDERED: Became.REORDERED,
}
"""What a difference between an earlier and a later look says became of a place."""
