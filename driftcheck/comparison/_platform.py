"""What reaches into environments from outside, compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from driftcheck.comparison._compare import compare_states
from driftcheck.comparison._definitions import folded
from driftcheck.comparison._permissions import permission_differences
from driftcheck.model import (
    Difference,
    ObjectReference,
    Platform,
    ReachedObject,
    State,
)
from driftcheck.platform import BINDING, NODE, ROLE

_BY_PERMISSIONS = (BINDING, ROLE)


@frozen
class PlatformComparison:
    """What comparing what lies outside gives.

    Args:
        differences: Every difference, in no order, with what reaches it and when it acts.
        reasons: What could not be compared, in sentences.
        same_cluster: Whether all environments are in one cluster.
    """

    differences: tuple[Difference, ...]
    reasons: tuple[str, ...]
    same_cluster: bool


def compare_platforms(
    states: Sequence[State],
    platforms: Sequence[Platform],
    named: Mapping[str, frozenset[str]],
) -> PlatformComparison:
    """Compare what reaches into environments from outside; the first is the baseline.

    Args:
        states: What was seen outside each, normalized.
        platforms: The same as it was seen.
        named: The ClusterRoles that something in or around each environment gives to somebody.

    Returns:
        Every difference once. In one cluster an object is as it is, so that nothing differs but
        what reaches one environment and not the other.
    """
    comparison = compare_states(states)
    clusters = {platform.cluster for platform in platforms}
    same_cluster = len(clusters) == 1 and None not in clusters
    differences = [
        *_of_objects(comparison.differences, states, same_cluster=same_cluster),
        *permission_differences(states, named),
    ]
    reaching = [{_known_as(found): found for found in platform.objects} for platform in platforms]
    return PlatformComparison(
        differences=tuple(_reached(difference, reaching) for difference in differences),
        reasons=comparison.reasons,
        same_cluster=same_cluster,
    )


def _of_objects(
    differences: Iterable[Difference], states: Sequence[State], *, same_cluster: bool
) -> Iterator[Difference]:
    """What differs in objects themselves; a definition's schemas count as one."""
    counting = (
        difference
        for difference in differences
        if difference.reference.group_kind not in _BY_PERMISSIONS
        and not (same_cluster and difference.path and _is_one(difference.reference, states))
    )
    yield from folded(counting)


def _is_one(reference: ObjectReference, states: Iterable[State]) -> bool:
    """Whether all environments have one and the same object."""
    found = [state.objects.get(reference) for state in states]
    uids = {item.document.uid if item and item.document else None for item in found}
    return len(uids) == 1 and None not in uids


def _known_as(found: ReachedObject) -> ObjectReference:
    """How differences name an object."""
    reference = found.document.reference
    return reference._replace(name="") if reference.group_kind == NODE else reference


def _reached(
    difference: Difference, reaching: Iterable[Mapping[ObjectReference, ReachedObject]]
) -> Difference:
    """The difference, with what reaches its object where that is seen first."""
    for objects in reaching:
        if found := objects.get(difference.reference):
            return evolve(difference, acts=found.acts, reached_by=found.reached_by)
    return difference
