"""What reaches into environments from outside, compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import filterfalse

from attrs import evolve, frozen

from driftcheck.comparison._compare import compare_states
from driftcheck.comparison._definitions import folded
from driftcheck.comparison._permissions import permission_differences
from driftcheck.model import (
    Difference,
    GroupKind,
    ObjectReference,
    Platform,
    ReachedObject,
    State,
    unseen,
)
from driftcheck.platform import BINDING, NODE, ROLE


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
    inside: Sequence[State],
    named: Mapping[str, frozenset[str]],
) -> PlatformComparison:
    """Compare what reaches into environments from outside; the first is the baseline.

    Args:
        states: What was seen outside each, normalized.
        platforms: The same as it was seen.
        inside: What was seen inside each, normalized.
        named: The ClusterRoles that RoleBindings of each environment give to somebody.

    Returns:
        Every difference once. In one cluster, that is what reaches one environment and not the
        other, or what was changed between two looks.
    """
    comparison = compare_states(states)
    clusters = {platform.cluster for platform in platforms}
    same_cluster = len(clusters) == 1 and None not in clusters
    reached = _Reached(platforms, {kind.kind for kind in _unseen((*states, *inside))})
    of_objects = filterfalse(_is_about_permissions, comparison.differences)
    differences = [
        *folded(filterfalse(reached.is_one_object, of_objects)),
        *permission_differences(states, named),
    ]
    return PlatformComparison(
        differences=tuple(map(reached.noted, filterfalse(reached.is_unsure, differences))),
        reasons=comparison.reasons,
        same_cluster=same_cluster,
    )


def _is_about_permissions(difference: Difference) -> bool:
    """Whether it is of an object that counts by what it lets accounts do."""
    return difference.reference.group_kind in (BINDING, ROLE)


def _unseen(states: Iterable[State]) -> frozenset[GroupKind]:
    """The kinds that could not be read in one of these; what a rule leaves out names nothing."""
    return unseen(row for state in states for row in state.coverage if not row.is_left_out)


class _Reached:
    """What reaches objects outside, and when they act.

    Args:
        platforms: What was seen outside of each environment.
        unseen: The kinds that could not be read somewhere, inside or outside.
    """

    def __init__(self, platforms: Sequence[Platform], unseen: Set[str]) -> None:
        self._objects = [
            {_known_as(found): found for found in platform.objects} for platform in platforms
        ]
        self._unseen = unseen

    def noted(self, difference: Difference) -> Difference:
        """The difference, with what reaches its object where that is seen first."""
        found = self._first(difference)
        return evolve(difference, acts=found.acts, reached_by=found.reached_by)

    def is_one_object(self, difference: Difference) -> bool:
        """Whether the same reaches in everywhere, so that it only reads otherwise from each side.

        What names both namespaces of one cluster does so.
        """
        reference = difference.reference
        first, *others = (objects.get(reference) for objects in self._objects)
        return first is not None and all(
            other is not None and other.document.body == first.document.body for other in others
        )

    def is_unsure(self, difference: Difference) -> bool:
        """Whether an object on one side is reached by what nobody could read on the other."""
        by = (name.partition(" ")[0] for name in self._first(difference).reached_by)
        return not difference.path and all(kind in self._unseen for kind in by)

    def _first(self, difference: Difference) -> ReachedObject:
        reference = difference.reference
        return next(objects[reference] for objects in self._objects if reference in objects)


def _known_as(found: ReachedObject) -> ObjectReference:
    """How differences name an object."""
    reference = found.document.reference
    return reference._replace(name="") if reference.group_kind == NODE else reference
