"""Objects whose names the API server made up: which one here is which one there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from driftcheck.model import GroupKind, Object, ObjectReference, State

Series = dict[tuple[GroupKind, str], list[Object]]
"""Objects of one kind and one `metadata.generateName`, which tell nobody who they are."""


def paired(states: Iterable[State]) -> tuple[State, ...]:
    """The states, with each such object under the reference of the baseline's that it is.

    Objects of equal content are the same; so are the last two that are left of a series.
    https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
    """
    baseline, *others = states
    ours = _series(baseline)
    return (
        baseline,
        *(_renamed(state, _partners(ours, _series(state), state.objects)) for state in others),
    )


def _series(state: State) -> Series:
    series: Series = defaultdict(list)
    for reference, item in sorted(state.objects.items()):
        if item.generate_name:
            series[reference.group_kind, item.generate_name].append(item)
    return series


def _partners(
    ours: Series, theirs: Series, known: Mapping[ObjectReference, Object]
) -> dict[ObjectReference, ObjectReference]:
    """The baseline's reference for each of the other side's that has a partner.

    Objects of one name on both sides are partners as they are.
    """
    partners: dict[ObjectReference, ObjectReference] = {}
    for key in ours.keys() & theirs.keys():
        names = {item.reference for item in ours[key]}
        left = [item for item in ours[key] if item.reference not in known]
        right = []
        for item in theirs[key]:
            if item.reference in names:
                continue
            twin = next((own for own in left if own.fingerprint == item.fingerprint), None)
            if twin:
                left.remove(twin)
                partners[item.reference] = twin.reference
            else:
                right.append(item)
        if len(left) == len(right) == 1:
            partners[right[0].reference] = left[0].reference
    return partners


def _renamed(state: State, partners: Mapping[ObjectReference, ObjectReference]) -> State:
    if not partners:
        return state
    objects = {
        partners.get(reference, reference): evolve(
            item, reference=partners.get(reference, reference)
        )
        for reference, item in state.objects.items()
    }
    running = {
        partners.get(reference, reference): found for reference, found in state.running.items()
    }
    return evolve(state, objects=objects, running=running)


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
