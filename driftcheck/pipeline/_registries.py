"""What registries are asked about images, and as whom."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence

from attrs import evolve

from driftcheck.capture import contents_of
from driftcheck.images import parse_reference
from driftcheck.model import (
    Contents,
    ImageTable,
    ObjectReference,
    Renaming,
    RunningContainer,
    Snapshot,
)
from driftcheck.normalization import common_names, running_in
from driftcheck.pipeline._looking import EnvironmentLike, logins_of
from driftcheck.pipeline._options import Look
from driftcheck.sources import Refusal, Registries, docker_logins


def registries_for(environments: Iterable[EnvironmentLike], look: Look) -> Registries:
    """Registries that are asked with this user's logins, and those of environments' pods."""
    logins = [docker_logins(os.environ), *logins_of(environments, look)]
    return Registries(logins, timeout=look.timeout)


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
