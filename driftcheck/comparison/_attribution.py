"""Who wrote a differing field, as far as managedFields tells.

Evidence, not proof: a client names itself, a later writer of the same value is
not recorded, and what admission or allocation fills in has no owner.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from driftcheck.managers import writer_of
from driftcheck.model import (
    Difference,
    Field,
    FieldPath,
    Manager,
    ObjectReference,
    State,
    Writer,
    owns,
)


def attributed(
    difference: Difference, reference: ObjectReference, states: Iterable[State]
) -> Difference:
    """The difference with those who wrote what stands there, by environment.

    Args:
        difference: A difference in what is declared.
        reference: The object, as the states call it.
        states: The environments.
    """
    written_by = {
        state.environment: told
        for state in states
        if state.environment in difference.values
        and (told := tuple(writers(state.objects[reference].managed_fields, difference.path)))
    }
    return evolve(difference, written_by=written_by)


def writers(entries: Iterable[Manager], path: FieldPath) -> Iterator[Writer]:
    """The managers that own a path or something below it, the latest first."""
    owners = [entry for entry in entries if _is_writer(entry, path)]
    for entry in sorted(owners, key=_recency, reverse=True):
        yield writer_of(entry)


def _is_writer(entry: Manager, path: FieldPath) -> bool:
    """Whether a manager owns a path; a Secret's `data` may have come as `stringData`."""
    if not path:
        return bool(entry.get("subresource") != "status")
    return owns(entry, path) or (
        path[0] == Field("data") and owns(entry, (Field("stringData"), *path[1:]))
    )


def _recency(entry: Manager) -> tuple[str, str]:
    return str(entry.get("time")), str(entry.get("manager"))
