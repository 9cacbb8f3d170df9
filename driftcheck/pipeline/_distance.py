"""How far apart two environments were, at every moment at which one of them was looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

from attrs import evolve

from driftcheck.errors import HistoryError
from driftcheck.history import Archive, Kept
from driftcheck.model import DriftOverTime, DriftPoint, KeptLook, Result
from driftcheck.pipeline._judging import compare_snapshots
from driftcheck.policy import Policy

_REMEMBERED = 4
"""Snapshots, of which one stays the same while the other side's move on."""


def distance_over_time(
    archive: Archive, baseline: Kept, other: Kept, *, policy: Policy, last: int, today: date
) -> DriftOverTime:
    """Compare two environments as they were, again and again.

    Args:
        archive: The store.
        baseline: The one.
        other: The other.
        policy: What may differ.
        last: How many of the latest moments are compared; 0 for all.
        today: The day by which the policy's rules end.

    Raises:
        HistoryError: A record is not what it must be, or none of two looks was kept.
    """
    pairs = list(_pairs(baseline.looks, other.looks))
    if not pairs:
        raise HistoryError(
            f"{baseline.name} and {other.name}: not both have a look that was kept",
            hint="`driftcheck history add` adds one",
        )
    chosen = pairs[-last:] if last else pairs
    snapshot = lru_cache(_REMEMBERED)(archive.snapshot)
    points = []
    for number, (ours, theirs) in enumerate(chosen, start=1):
        sides = [
            evolve(snapshot(kept, look), name=kept.name)
            for kept, look in ((baseline, ours), (other, theirs))
        ]
        result = compare_snapshots(sides, policy=policy, today=today)
        points.append(_point(ours, theirs, result))
        if archive.on_read:
            archive.on_read(number, len(chosen))
    return DriftOverTime(baseline.name, other.name, tuple(points), len(pairs) - len(chosen))


def _pairs(
    ours: Sequence[KeptLook], theirs: Sequence[KeptLook]
) -> Iterator[tuple[KeptLook, KeptLook]]:
    """The looks that were the newest together, in the order of time."""
    newest: list[KeptLook | None] = [None, None]
    sides = [(look, side) for side, looks in enumerate((ours, theirs)) for look in looks]
    for look, side in sorted(sides, key=lambda pair: (pair[0].at, pair[1], pair[0].number)):
        if not look.is_pruned:
            newest[side] = look
            baseline, other = newest
            if baseline and other:
                yield baseline, other


def _point(ours: KeptLook, theirs: KeptLook, result: Result) -> DriftPoint:
    unexpected = [finding for finding in result.findings if finding.expected is None]
    return DriftPoint(
        time=max(ours.at, theirs.at),
        baseline=ours.number,
        other=theirs.number,
        verdict=result.verdict,
        findings=len(unexpected),
        categories=dict(Counter(finding.category.value for finding in unexpected)),
    )
