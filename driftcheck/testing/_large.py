"""Namespaces too large to record, made on the fly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from driftcheck.errors import UsageError
from driftcheck.testing._recording import Collection, Recording, with_other_uids
from driftcheck.testing._requests import Place

JSON = dict[str, Any]


def large_namespace(recording: Recording, namespace: str, objects: int = 5000) -> Recording:
    """Grow a namespace by copies of its own objects, which own each other as the originals do.

    Args:
        recording: What to begin with.
        namespace: The namespace to grow; where it does not exist, a copy of the fullest one.
        objects: How many objects it has at least, events apart.

    Returns:
        Another recording.

    Raises:
        UsageError: There is nothing to copy.
    """
    if namespace not in recording.namespaces:
        recording = recording.copied(_fullest(recording), namespace)
    pattern = _without_events(recording.of_namespace(namespace))
    originals = [(place, found) for place, held in pattern.items() for found in held.objects]
    uids = frozenset(found["metadata"].get("uid", "") for _, found in originals) - {""}
    if not uids:
        raise UsageError(f'the namespace "{namespace}" has no objects to copy')
    grown = {place: list(held.objects) for place, held in pattern.items()}
    for generation in range(1, -(-objects // len(uids))):
        copies = with_other_uids([found for _, found in originals], uids, str(generation))
        for (place, _), copy in zip(originals, copies, strict=True):
            grown[place].append(_renumbered(copy, generation))
    return _with_lists(recording, grown)


def _fullest(recording: Recording) -> str:
    sizes = dict.fromkeys(recording.namespaces, 0)
    for place, held in recording.collections.items():
        if place.namespace:
            sizes[place.namespace] += len(held.objects)
    return max(sorted(sizes), key=sizes.__getitem__)


def _without_events(lists: dict[Place, Collection]) -> dict[Place, Collection]:
    return {place: held for place, held in lists.items() if held.kind != "Event"}


def _renumbered(copy: JSON, generation: int) -> JSON:
    metadata = copy["metadata"]
    for named in (metadata, *metadata.get("ownerReferences", ())):
        named["name"] = f"{named['name']}-{generation:04}"
    return copy


def _with_lists(recording: Recording, lists: dict[Place, list[JSON]]) -> Recording:
    collections = dict(recording.collections)
    for place, objects in lists.items():
        collections[place] = attrs.evolve(collections[place], objects=_in_order(objects))
    return attrs.evolve(recording, collections=collections)


def _in_order(objects: Iterable[JSON]) -> tuple[JSON, ...]:
    return tuple(sorted(objects, key=lambda found: str(found["metadata"]["name"])))
