"""What runs where, without comparing anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from driftcheck.comparison import image_rows
from driftcheck.model import (
    Contents,
    ImageRows,
    ImageTable,
    KindCoverage,
    Snapshot,
)
from driftcheck.normalization import NOTHING_KNOWN, running_in, says_what_runs
from driftcheck.pipeline._judging import distinct_names
from driftcheck.verdict import gaps_of


def images_of(snapshot: Snapshot) -> ImageRows:
    """What runs in one environment: a row for each container."""
    return ImageRows(image_rows({snapshot.name: running_in(snapshot)}))


def image_table(snapshots: Iterable[Snapshot], contents: Contents = NOTHING_KNOWN) -> ImageTable:
    """What runs in several environments; a pure function of what was seen."""
    named = dict(zip(distinct_names(snapshots := tuple(snapshots)), snapshots, strict=True))
    rows = (row for name, snapshot in named.items() for row in _deciding_rows(name, snapshot))
    return ImageTable(
        environments=tuple(named),
        rows=image_rows({name: running_in(snapshot, contents) for name, snapshot in named.items()}),
        reasons=gaps_of(rows),
    )


def _deciding_rows(name: str, snapshot: Snapshot) -> Iterator[KindCoverage]:
    """How the kinds were looked at without which what runs may be missing, or seem another's."""
    for row in snapshot.coverage:
        if says_what_runs(row.group_kind):
            yield evolve(row, environment=name)
