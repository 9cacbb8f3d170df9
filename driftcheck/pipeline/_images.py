"""What runs where, without comparing anything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve

from driftcheck.capture import contents_of
from driftcheck.comparison import image_rows
from driftcheck.images import parse_reference
from driftcheck.model import (
    Contents,
    ImageRows,
    ImageTable,
    ObjectReference,
    Renaming,
    RunningContainer,
    Snapshot,
)
from driftcheck.normalization import NOTHING_KNOWN, common_names, running_in, says_what_runs
from driftcheck.pipeline._judging import distinct_names
from driftcheck.sources import Refusal, Registries
from driftcheck.verdict import gap_of


def images_of(snapshot: Snapshot) -> ImageRows:
    """What runs in one environment: a row for each container."""
    return ImageRows(image_rows({snapshot.name: running_in(snapshot)}))


def contents_in(
    snapshots: Sequence[Snapshot], registries: Registries, renamings: Iterable[Renaming] = ()
) -> Contents:
    """What registries know of the images of which some container runs several."""
    together: dict[tuple[ObjectReference, str, str], list[RunningContainer]] = defaultdict(list)
    for snapshot, names in zip(snapshots, common_names(snapshots, renamings), strict=True):
        for workload, found in running_in(snapshot).items():
            for item in found.containers:
                together[names.of(workload), item.role, item.name].append(item)
    unlike = [
        item
        for items in together.values()
        if len({digest for item in items for digest in item.digests}) > 1
        for item in items
    ]
    return contents_of(registries, unlike)


def image_table(snapshots: Iterable[Snapshot], contents: Contents = NOTHING_KNOWN) -> ImageTable:
    """What runs in several environments; a pure function of what was seen."""
    named = dict(zip(distinct_names(snapshots := tuple(snapshots)), snapshots, strict=True))
    return ImageTable(
        environments=tuple(named),
        rows=image_rows({name: running_in(snapshot, contents) for name, snapshot in named.items()}),
        reasons=tuple(
            reason for name, snapshot in named.items() for reason in _gaps(name, snapshot)
        ),
    )


def with_tags_now(table: ImageTable, registries: Registries) -> ImageTable:
    """The table, with what each tag points to now, and why that is not known where it is not."""
    images = {found.image for row in table.rows for found in row.environments.values()}
    tags = {image: _tag_digest(image or "", registries) for image in images}
    refusals = {found.reason for found in tags.values() if isinstance(found, Refusal)}
    rows = tuple(
        evolve(
            row,
            environments={
                name: evolve(found, tag_digest=_known(tags[found.image]))
                for name, found in row.environments.items()
            },
        )
        for row in table.rows
    )
    said = (f"what a tag points to now is not known: {reason}" for reason in sorted(refusals))
    return evolve(table, rows=rows, reasons=(*table.reasons, *said))


def _tag_digest(image: str, registries: Registries) -> str | Refusal | None:
    reference = parse_reference(image)
    if reference is None or reference.tag is None or reference.digest:
        return None
    return registries.tag(reference.registry, reference.repository, reference.tag)


def _known(found: str | Refusal | None) -> str | None:
    return None if isinstance(found, Refusal) else found


def _gaps(name: str, snapshot: Snapshot) -> Iterator[str]:
    """Why some of what runs may be missing, or be shown under another owner."""
    for row in snapshot.coverage:
        if says_what_runs(row.group_kind) and not row.is_complete:
            yield gap_of(evolve(row, environment=name))
