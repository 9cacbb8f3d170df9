"""Pods that are not what their maker's template gives, by the workload a person would edit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import msgspec

from driftcheck.model import Document, Node, ObjectReference, StrayPod, canonical_bytes
from driftcheck.normalization._given import as_given, as_it_is
from driftcheck.normalization._inside import maps_in
from driftcheck.normalization._makers import maker_of, root_of
from driftcheck.normalization._surroundings import Surroundings

Normalize = Callable[[Document], Mapping[str, Node]]
"""What a document means."""


def strays_among(
    pods: Iterable[Document], around: Surroundings, normalize: Normalize
) -> dict[ObjectReference, tuple[StrayPod, ...]]:
    """The pods that somebody or something has changed, or made by another template.

    Args:
        pods: Pods that run.
        around: Their environment.
        normalize: Says what a pod means.

    Returns:
        Those that differ from what they should be, by workload; pods that nobody made, and
        those whose maker has no pod template, are not among them.
    """
    strays: dict[ObjectReference, list[StrayPod]] = defaultdict(list)
    normalize_once = _cached(normalize)
    for pod in pods:
        maker = maker_of(pod, around)
        given = as_given(pod, maker, around) if maker else None
        if given is None:
            continue
        seen, wanted = normalize(as_it_is(pod)), normalize_once(given)
        if canonical_bytes(seen) != canonical_bytes(wanted):
            strays[root_of(pod, around).reference].append(
                StrayPod(pod.reference.name, seen, wanted, maps_in(pod.metadata, "managedFields"))
            )
    return {workload: tuple(found) for workload, found in strays.items()}


def _cached(normalize: Normalize) -> Normalize:
    """What most pods of a template should be is the same, but for their names."""
    known: dict[bytes, Mapping[str, Node]] = {}

    def once(pod: Document) -> Mapping[str, Node]:
        metadata = [pod.metadata.get(field) for field in ("labels", "annotations", "finalizers")]
        key = msgspec.json.encode([metadata, pod.body["spec"]])
        if key not in known:
            known[key] = normalize(pod)
        return known[key]

    return once
