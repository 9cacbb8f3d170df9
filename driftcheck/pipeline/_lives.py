"""One object at every look of a store at which it was another one than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from attrs import evolve, frozen

from driftcheck.codec import FACT, Portion, key_of
from driftcheck.history import Archive, Kept
from driftcheck.model import (
    AFTER,
    BEFORE,
    EVERY_KIND,
    Document,
    GroupKind,
    KeptLook,
    KindCoverage,
    ObjectReference,
    ReadStatus,
    Result,
    Snapshot,
)
from driftcheck.pipeline._judging import compare_snapshots

_NOT_ITS_OWN = frozenset({f"{FACT}platform", f"{FACT}takenOver"})
_MOST_PAIRS = 10_000


@frozen(eq=False)
class Turn:
    """A look at which an object was first seen to be as it was until the next turn.

    Args:
        look: The look.
        known: The last look before it that was kept and could see the object's kind; None where
            there is none.
        portion: What stood there; None where nothing did.
        snapshot: The object alone, as a snapshot; None where there was none.
    """

    look: KeptLook
    known: KeptLook | None
    portion: Portion | None
    snapshot: Snapshot | None

    @property
    def document(self) -> Document | None:
        """The object; None where there was none."""
        return self.snapshot.documents[0] if self.snapshot else None


def turns_of(archive: Archive, kept: Kept, reference: ObjectReference) -> list[Turn]:
    """What an object was at all looks, the earliest first.

    A look that could not see its kind says nothing of it.

    Raises:
        HistoryError: A record is not what it must be.
    """
    key = key_of(*reference)
    facts = {
        fact: portion for fact, portion in archive.facts(kept).items() if fact not in _NOT_ITS_OWN
    }
    turns: list[Turn] = []
    for version in archive.versions(kept, key):
        look = kept.look(version.number)
        if version.portion is None and not sees(look, reference.group_kind):
            continue
        if turns and turns[-1].portion == version.portion:
            continue
        snapshot = _alone(kept, look, facts, key, version.portion)
        turns.append(Turn(look, _known_before(kept, look, reference), version.portion, snapshot))
    return turns


def sees(look: KeptLook, kind: GroupKind) -> bool:
    """Whether a look was kept, and could see a kind."""
    names = (str(kind), str(GroupKind(kind.group, EVERY_KIND)))
    return not look.is_pruned and not any(name in look.unseen for name in names)


def _known_before(kept: Kept, look: KeptLook, reference: ObjectReference) -> KeptLook | None:
    earlier = (kept.look(number) for number in range(look.number - 1, 0, -1))
    return next((each for each in earlier if sees(each, reference.group_kind)), None)


def _alone(
    kept: Kept,
    look: KeptLook,
    facts: Mapping[str, Portion],
    key: str,
    portion: Portion | None,
) -> Snapshot | None:
    """The object as if it were all that there is, by what is known of the cluster now."""
    if portion is None:
        return None
    snapshot = kept.chain.assembled(look, {**facts, key: portion})
    (document,) = snapshot.documents
    row = KindCoverage(*document.kind, ReadStatus.READ, objects=1, version=document.version)
    return evolve(snapshot, secret_key_id=look.secret_key_id, coverage=(row,))


@lru_cache(maxsize=_MOST_PAIRS)
def compared(before: Turn, after: Turn) -> Result | None:
    """How an object differs at two turns; None where it was not there at one of them."""
    if before.snapshot is None or after.snapshot is None:
        return None
    sides = (evolve(before.snapshot, name=BEFORE), evolve(after.snapshot, name=AFTER))
    return compare_snapshots(sides)


def is_about(asked: str, path: str) -> bool:
    """Whether what stands at a path is in what was asked about, or the other way round."""
    return not asked or not path or _is_in(asked, path) or _is_in(path, asked)


def _is_in(inner: str, outer: str) -> bool:
    return inner == outer or (inner.startswith(outer) and inner[len(outer)] in ".[")


def pairs_of(turns: list[Turn]) -> Iterator[tuple[Turn | None, Turn]]:
    """Each turn with the one before it, the latest first."""
    for place in range(len(turns) - 1, -1, -1):
        yield turns[place - 1] if place else None, turns[place]
