"""Objects that are there on some sides only because of what another object says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from driftcheck.model import (
    EVERY_KIND,
    GroupKind,
    Object,
    ObjectReference,
    Owner,
    State,
    unseen,
)

VOLUME_CLAIM = GroupKind("", "PersistentVolumeClaim")


def is_consequence(reference: ObjectReference, states: Iterable[State]) -> bool:
    """Whether the owner explains just this object, wherever it is missing.

    What a manifest declares, nobody made. Otherwise the owner is not there either, and so a
    difference itself; or nothing has acted on it yet, and it is known to make this object; or
    it is a StatefulSet too small for this claim.
    """
    return all(
        owner is not None and _explains(owner, reference, here, there)
        for owner, here, there in _sides(reference, states)
    )


def doubt_about(reference: ObjectReference, states: Iterable[State]) -> str | None:
    """Why nobody can say whether an object is a consequence: it may be its owner's doing.

    That is so where the owner is a custom resource that stands in a manifest on the other side,
    or of a kind that could not be read there.
    """
    said = None
    for owner, here, there in _sides(reference, states):
        if owner is None:
            return None
        if not _explains(owner, reference, here, there):
            why = _why_untold(owner, reference, here, there)
            if why is None:
                return None
            said = (
                f"{reference} in {here.environment} is said to be made by {owner.reference}, {why}"
                f" in {there.environment}: whether it is can't be told"
            )
    return said


def _why_untold(owner: Owner, reference: ObjectReference, here: State, there: State) -> str | None:
    """Why it can't be told whether an owner explains an object; None where it does not."""
    if not _may_be_made(owner, reference, here):
        return None
    if _is_unseen(owner.reference, there):
        return "whose kind could not be read"
    is_acted_on = owner.is_proven or not _is_declared(owner.reference, there)
    return None if is_acted_on else "which nothing has acted on"


def _sides(
    reference: ObjectReference, states: Iterable[State]
) -> Iterator[tuple[Owner | None, State, State]]:
    """Each pair of a side that has the object and one that has not, with the object's owner."""
    states = tuple(states)
    for here in states:
        if reference in here.objects:
            for there in states:
                if reference not in there.objects:
                    yield here.objects[reference].owner, here, there


def _explains(owner: Owner, reference: ObjectReference, here: State, there: State) -> bool:
    if not _may_be_made(owner, reference, here) or _is_unseen(owner.reference, there):
        return False
    if owner.reference not in there.objects:
        return not _is_in_circle(reference, here)
    if not owner.is_proven:
        return False
    if _is_declared(owner.reference, there):
        return True
    return reference.group_kind == VOLUME_CLAIM and not _has_ordinal(
        there.objects[owner.reference], reference.name
    )


def _may_be_made(owner: Owner, reference: ObjectReference, here: State) -> bool:
    """Whether an owner is there that may have made an object, which nobody has declared."""
    return owner.reference in here.objects and not here.objects[reference].is_declared


def _is_unseen(owner: ObjectReference, there: State) -> bool:
    """Whether an owner may be there, and could not be read."""
    kinds = {owner.group_kind, GroupKind(owner.group, EVERY_KIND)}
    return not kinds.isdisjoint(unseen(there.coverage))


def _is_in_circle(reference: ObjectReference, here: State) -> bool:
    """Whether owners lead round to one another, so that none is why the others are there."""
    passed: set[ObjectReference] = set()
    while found := here.objects.get(reference):
        if reference in passed:
            return True
        passed.add(reference)
        if found.owner is None:
            return False
        reference = found.owner.reference
    return False


def _is_declared(owner: ObjectReference, there: State) -> bool:
    found = there.objects.get(owner)
    return found is not None and found.is_declared


def _has_ordinal(stateful_set: Object, claim: str) -> bool:
    """Whether a StatefulSet is of a size to make the claim of this name, whoever holds its size."""
    seen = stateful_set.document.body if stateful_set.document else {}
    first = _number(seen, ("spec", "ordinals", "start"), default=0)
    replicas = _number(seen, ("spec", "replicas"), default=1)
    return int(claim.rpartition("-")[2]) in range(first, first + replicas)


def _number(body: Mapping[str, Any], fields: Iterable[str], *, default: int) -> int:
    """The number at the end of some fields; the default where there is none."""
    value: Any = body
    for field in fields:
        value = value.get(field) if isinstance(value, Mapping) else None
    return value if type(value) is int else default
