"""In which API version a kind is looked at, so that environments can be compared."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from driftcheck.model import (
    EVERY_KIND,
    UNSERVED,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
)

_UNSERVED = f"{UNSERVED}: this server has no such kind"


def versions_of(snapshots: Iterable[Snapshot]) -> dict[GroupKind, str]:
    """The versions in which kinds were read; of several, the first snapshot's."""
    versions: dict[GroupKind, str] = {}
    for snapshot in snapshots:
        outside = snapshot.platform.coverage if snapshot.platform else ()
        for row in (*snapshot.coverage, *outside):
            if row.version:
                versions.setdefault(row.group_kind, row.version)
    return versions


def with_unserved(snapshots: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """The snapshots, with a row for every kind that another cluster serves and this one doesn't."""
    snapshots = tuple(snapshots)
    live = [snapshot for snapshot in snapshots if snapshot.origin is Origin.CLUSTER]
    kinds = {row.group_kind for snapshot in live for row in snapshot.coverage}
    return tuple(
        evolve(snapshot, coverage=(*snapshot.coverage, *_unserved(snapshot, kinds)))
        if snapshot.origin is Origin.CLUSTER
        else snapshot
        for snapshot in snapshots
    )


def _unserved(snapshot: Snapshot, kinds: Iterable[GroupKind]) -> Iterable[KindCoverage]:
    """Rows for the kinds that are not served; a group that is not known may serve any kind."""
    known = {row.group_kind for row in snapshot.coverage}
    for kind in sorted(set(kinds) - known):
        if kind.kind != EVERY_KIND and GroupKind(kind.group, EVERY_KIND) not in known:
            yield KindCoverage(*kind, ReadStatus.EXCLUDED, reason=_UNSERVED)
