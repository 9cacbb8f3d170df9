"""ConfigMaps whose names have a hash of what they held before somebody edited them."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from driftcheck.model import Difference, Field, ObjectReference, State

_HASHED_FIELDS = (Field("data"), Field("binaryData"))


def noted_if_edited(
    difference: Difference, reference: ObjectReference, states: Iterable[State]
) -> Difference:
    """The difference, and where it comes from the hash in the object's name no longer fitting."""
    fits = {state.environment: state.objects[reference].fits_its_name for state in states}
    edited = [environment for environment, is_fitting in fits.items() if is_fitting is False]
    is_about_content = difference.path[:1] and difference.path[0] in _HASHED_FIELDS
    if not is_about_content or not edited or True not in fits.values():
        return difference
    said = f"content no longer fits the hash in its name in {', '.join(edited)}: edited by hand"
    return evolve(difference, note=f"{difference.note}; {said}" if difference.note else said)
