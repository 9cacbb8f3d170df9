"""What of a store is forgotten: bodies, and never a header, so that the chain stays whole.

Days and weeks are those of the time at which looks came into the store, which goes one way, and
what is kept of the last days counts from the newest look, or from now where that is earlier: no
clock that is wrong makes a look seem older than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from driftcheck.codec import pruned_bytes, state_bytes
from driftcheck.history._chain import HEADER, RECORD, STATE, Chain, check_clocks
from driftcheck.model import KeptLook, PrunedLook, Retention

_PERIODS: tuple[tuple[str, Callable[[datetime], object]], ...] = (
    ("daily", lambda at: at.date()),
    ("weekly", lambda at: at.isocalendar()[:2]),
    ("monthly", lambda at: (at.year, at.month)),
    ("yearly", lambda at: at.year),
)


def plan_pruning(
    looks: Sequence[KeptLook], retention: Retention, now: datetime
) -> tuple[PrunedLook, ...]:
    """Say which looks of an environment are kept, and by what.

    Args:
        looks: All of them, the earliest first, with their tags.
        retention: What is to be kept.
        now: The time.

    Returns:
        Each look that has a body, the latest first.

    Raises:
        HistoryError: A look is from the future.
    """
    check_clocks(looks, now)
    there = [look for look in reversed(looks) if not look.is_pruned]
    kept = {look.number: set(_always(look, looks)) for look in there}
    for look in there[: retention.last]:
        kept[look.number].add("last")
    since = min(now, looks[-1].written) - timedelta(days=retention.within_days)
    for look in there:
        if retention.within_days and look.written >= since:
            kept[look.number].add("within")
    for name, period in _PERIODS:
        for look in _latest_of_each(there, period, getattr(retention, name)):
            kept[look.number].add(name)
    return tuple(PrunedLook(look, tuple(sorted(kept[look.number]))) for look in there)


def _always(look: KeptLook, looks: Sequence[KeptLook]) -> Iterable[str]:
    """What keeps a look whatever is asked for."""
    if look is looks[-1]:
        yield "newest"
    yield from (f"tag {tag}" for tag in look.tags)


def _latest_of_each(
    looks: Iterable[KeptLook], period: Callable[[datetime], object], count: int
) -> list[KeptLook]:
    """The latest look of each of so many periods."""
    latest: dict[object, KeptLook] = {}
    for look in looks:
        latest.setdefault(period(look.written.astimezone(UTC)), look)
    return list(latest.values())[:count]


def prune(chain: Chain, looks: Iterable[PrunedLook]) -> None:
    """Forget what nothing keeps; whoever is stopped in between leaves a store that is whole.

    First, what builds on something that goes is written in full. Then, from the latest look on,
    so that nothing that is left builds on what is gone, a header is made and the rest deleted.

    Raises:
        HistoryError: The store is not what it must be, or can't be written.
    """
    looks = list(looks)
    gone = {item.look.number for item in looks if not item.kept_by}
    for item in looks:
        if item.kept_by and item.look.base in gone and not chain.has_state(item.look.number):
            record = chain.record(item.look.number)
            full = state_bytes(record, chain.portions(item.look.number))
            chain.folder.create(chain.file(item.look.number, STATE), full)
    for number in sorted(gone, reverse=True):
        record = chain.record(number)
        chain.folder.create(chain.file(number, HEADER), pruned_bytes(record))
        chain.folder.delete(chain.file(number, RECORD))
        chain.folder.delete(chain.file(number, STATE))
