"""Whether what stands in a snapshot agrees with itself.

Nobody but an editor makes one that does not: no digest is needed to see it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from driftcheck.model import (
    GroupKind,
    KindCoverage,
    Origin,
    Platform,
    ReadStatus,
    Snapshot,
    counted,
)

_T = TypeVar("_T")


def contradiction(snapshot: Snapshot) -> str | None:
    """What can't be true of a snapshot, in words; None where its parts agree."""
    if snapshot.origin is Origin.CLUSTER and not snapshot.coverage:
        return "no row of its coverage says what was read"
    kind = _twice(row.group_kind for row in snapshot.coverage)
    if kind:
        return f"its coverage has two rows for {kind}"
    accepted = next((row for row in snapshot.coverage if row.status is ReadStatus.ACCEPTED), None)
    if accepted:
        return f"its coverage says that {accepted.group_kind} is accepted, which no look can say"
    reference = _twice(document.reference for document in snapshot.documents)
    if reference:
        return f"it holds two objects that are {reference}"
    outside = _doubled(snapshot.platform) if snapshot.platform else None
    declared = filter(None, map(contradiction, snapshot.declared or ()))
    return _miscounted(snapshot) or outside or next(declared, None)


def _doubled(platform: Platform) -> str | None:
    """What stands twice in what was seen outside."""
    kind = _twice(row.group_kind for row in platform.coverage)
    if kind:
        return f"the coverage of its platform has two rows for {kind}"
    reference = _twice(found.document.reference for found in platform.objects)
    return f"its platform holds two objects that are {reference}" if reference else None


def _miscounted(snapshot: Snapshot) -> str | None:
    """Where rows say other than the objects that are there."""
    there = Counter(document.reference.group_kind for document in snapshot.documents)
    said = {row.group_kind: _held(row) for row in snapshot.coverage}
    for kind in sorted(there.keys() | said.keys()):
        if kind not in said:
            return f"it holds {_objects(kind, there[kind])}, and its coverage has no row for them"
        if there[kind] != said[kind]:
            return f"its coverage says {_objects(kind, said[kind])}, and it holds {there[kind]}"
    return None


def _held(row: KindCoverage) -> int:
    """How many objects a snapshot with this row holds: none of a kind that was left out."""
    return 0 if row.status is ReadStatus.EXCLUDED else row.objects


def _objects(kind: GroupKind, count: int) -> str:
    return f"{counted(count, 'object')} of the kind {kind}"


def _twice(items: Iterable[_T]) -> _T | None:
    """The first of the items that come more than once."""
    return next((item for item, count in Counter(items).items() if count > 1), None)
