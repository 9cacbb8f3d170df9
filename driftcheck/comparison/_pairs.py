"""Objects whose names were made up: which one here is which one there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from attrs import evolve, frozen

from driftcheck.model import GroupKind, Object, ObjectReference, State, canonical_bytes

Found = TypeVar("Found")
Series = dict[tuple[GroupKind, str], list[Object]]
"""Objects of one kind that only their content tells apart."""


def paired(states: Iterable[State]) -> tuple[State, ...]:
    """The states, with each such object under the reference of the baseline's that it is.

    Objects of equal content are the same; so are the last two that are left of a series.
    Where one's name is spelt out on the side that lacks it, somebody means an object that
    is not there: then names are names.
    https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
    """
    baseline, *others = map(_Side, states)
    return (
        baseline.state,
        *(_renamed(side.state, dict(_partners(baseline, side))) for side in others),
    )


@frozen(slots=False)
class _Side:
    """One environment, and what its objects say."""

    state: State

    @cached_property
    def series(self) -> Series:
        series: Series = defaultdict(list)
        for reference, item in sorted(self.state.objects.items()):
            if item.series:
                series[reference.group_kind, item.series].append(item)
        return series

    def has(self, item: Object) -> bool:
        """Whether there is an object of this one's name."""
        return item.reference in self.state.objects

    def says(self, item: Object) -> bool:
        """Whether any object here spells this one's name out."""
        name = item.name.encode()
        return any(name in text for text in self._texts)

    @cached_property
    def _texts(self) -> list[bytes]:
        return [canonical_bytes(item.content) for item in self.state.objects.values()]


def _partners(baseline: _Side, side: _Side) -> Iterator[tuple[ObjectReference, ObjectReference]]:
    """The baseline's reference for each of the other side's that has a partner.

    Objects of one name on both sides are partners as they are.
    """
    for key in baseline.series.keys() & side.series.keys():
        left = [item for item in baseline.series[key] if not side.has(item)]
        right = [item for item in side.series[key] if not baseline.has(item)]
        for theirs, ours in _matched(left, right):
            if not (side.says(ours) or baseline.says(theirs)):
                yield theirs.reference, ours.reference


def _matched(left: list[Object], right: list[Object]) -> Iterator[tuple[Object, Object]]:
    """The objects of a series on the right, each with the one on the left that it is."""
    alone = []
    for item in right:
        twin = next((own for own in left if own.fingerprint == item.fingerprint), None)
        if twin:
            left.remove(twin)
            yield item, twin
        else:
            alone.append(item)
    if len(left) == len(alone) == 1:
        yield alone[0], left[0]


def _renamed(state: State, partners: Mapping[ObjectReference, ObjectReference]) -> State:
    if not partners:
        return state
    objects = {
        partners.get(reference, reference): evolve(
            item, reference=partners.get(reference, reference)
        )
        for reference, item in state.objects.items()
    }
    return evolve(
        state,
        objects=objects,
        running=_by_reference(state.running, partners),
        strays=_by_reference(state.strays, partners),
    )


def _by_reference(
    found: Mapping[ObjectReference, Found], partners: Mapping[ObjectReference, ObjectReference]
) -> dict[ObjectReference, Found]:
    return {partners.get(reference, reference): item for reference, item in found.items()}


def under_another_name(
    reference: ObjectReference, states: Sequence[State]
) -> tuple[ObjectReference, str] | None:
    """The one object that has this one's content where this one is missing, and where that is.

    Nobody but a person knows whether it is the same, so it stays another object.
    """
    with_it = [state for state in states if reference in state.objects]
    without = [state for state in states if reference not in state.objects]
    fingerprint = with_it[0].objects[reference].fingerprint
    known = {other for state in with_it for other in state.objects}
    found = [
        (item.reference, state.environment)
        for state in without
        for item in state.objects.values()
        if item.fingerprint == fingerprint
        and item.reference.group_kind == reference.group_kind
        and item.reference not in known
    ]
    return found[0] if len(found) == 1 else None
