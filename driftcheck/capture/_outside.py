"""Objects outside any namespace: compared between files, left out beside a live Namespace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from attrs import evolve

from driftcheck.model import (
    Document,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
    counted,
    list_names,
)
from driftcheck.sources import cluster_scoped_kinds

_RULE = "cluster-scoped"


def without_cluster_scoped(snapshots: Iterable[Snapshot]) -> tuple[Snapshot, ...]:
    """What is compared where a live Namespace is among the snapshots.

    Args:
        snapshots: What was seen.

    Returns:
        The same; beside a live Namespace without what manifests declare outside any, which
        coverage and warnings name. Which kinds those are say Kubernetes, the definitions that
        came along, and the servers that were asked.
    """
    snapshots = tuple(snapshots)
    live = [snapshot for snapshot in snapshots if snapshot.origin is Origin.CLUSTER]
    if not live:
        return snapshots
    bodies = [document.body for snapshot in snapshots for document in snapshot.documents]
    discovered = frozenset().union(*(snapshot.cluster_scoped for snapshot in live))
    namespaced = {row.group_kind for snapshot in live for row in snapshot.coverage}
    outside = (cluster_scoped_kinds(bodies) | discovered) - namespaced
    return tuple(
        snapshot if snapshot.origin is Origin.CLUSTER else _without(snapshot, outside)
        for snapshot in snapshots
    )


def _without(snapshot: Snapshot, outside: Collection[GroupKind]) -> Snapshot:
    left_out = [item for item in snapshot.documents if item.reference.group_kind in outside]
    return evolve(
        snapshot,
        documents=tuple(
            item for item in snapshot.documents if item.reference.group_kind not in outside
        ),
        coverage=tuple(
            _excluded(row, left_out) if row.group_kind in outside else row
            for row in snapshot.coverage
        ),
        warnings=(*snapshot.warnings, *_said(left_out)),
    )


def _excluded(row: KindCoverage, left_out: Iterable[Document]) -> KindCoverage:
    names = [
        item.reference.name for item in left_out if item.reference.group_kind == row.group_kind
    ]
    reason = f"{_RULE}: {list_names(names)}" if names else _RULE
    return evolve(row, status=ReadStatus.EXCLUDED, reason=reason, version="")


def _said(left_out: list[Document]) -> Iterator[str]:
    if left_out:
        were = "was" if len(left_out) == 1 else "were"
        names = list_names([str(item.reference) for item in left_out])
        yield f"{counted(len(left_out), 'object')} outside any namespace {were} left out: {names}"
