"""What runs where, without comparing anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from driftcheck.comparison import image_rows
from driftcheck.model import GroupKind, ImageRow, ImageTable, Snapshot
from driftcheck.normalization import running_in
from driftcheck.pipeline._judging import distinct_names
from driftcheck.verdict import gap_of

_TELLS_WHAT_RUNS = {
    GroupKind("", "Pod"),
    GroupKind("", "ReplicationController"),
    GroupKind("apps", "DaemonSet"),
    GroupKind("apps", "Deployment"),
    GroupKind("apps", "ReplicaSet"),
    GroupKind("apps", "StatefulSet"),
    GroupKind("batch", "CronJob"),
    GroupKind("batch", "Job"),
}
"""Pods, and the built-in kinds that make them."""


def images_of(snapshot: Snapshot) -> tuple[ImageRow, ...]:
    """What runs in one environment: a row for each container."""
    return image_rows({snapshot.name: running_in(snapshot)})


def image_table(snapshots: Iterable[Snapshot]) -> ImageTable:
    """What runs in several environments; a pure function of what was seen."""
    named = dict(zip(distinct_names(snapshots := tuple(snapshots)), snapshots, strict=True))
    return ImageTable(
        environments=tuple(named),
        rows=image_rows({name: running_in(snapshot) for name, snapshot in named.items()}),
        reasons=tuple(
            reason for name, snapshot in named.items() for reason in _gaps(name, snapshot)
        ),
    )


def _gaps(name: str, snapshot: Snapshot) -> Iterator[str]:
    """Why some of what runs may be missing, or be shown under another owner."""
    for row in snapshot.coverage:
        if row.group_kind in _TELLS_WHAT_RUNS and not row.is_complete:
            yield gap_of(evolve(row, environment=name))
