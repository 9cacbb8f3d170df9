"""Who wrote a differing field, as far as managedFields tells.

Evidence, not proof: a client names itself, a later writer of the same value is
not recorded, and what admission or allocation fills in has no owner.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve

from driftcheck.model import (
    Difference,
    Field,
    FieldPath,
    Item,
    Member,
    ObjectReference,
    State,
    Step,
    Writer,
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


def writers(entries: Iterable[Mapping[str, Any]], path: FieldPath) -> Iterator[Writer]:
    """The managers that own a path or something below it, the latest first."""
    owners = [entry for entry in entries if _is_writer(entry, path)]
    for entry in sorted(owners, key=_recency, reverse=True):
        yield Writer(
            manager=str(entry.get("manager", "")),
            operation=str(entry.get("operation", "")),
            subresource=str(entry.get("subresource", "")),
            time=str(entry["time"]) if entry.get("time") else None,
        )


def _is_writer(entry: Mapping[str, Any], path: FieldPath) -> bool:
    """Whether a manager owns a path; a Secret's `data` may have come as `stringData`."""
    if not path:
        return bool(entry.get("subresource") != "status")
    fields = entry.get("fieldsV1")
    return _owns(fields, path) or (
        path[0] == Field("data") and _owns(fields, (Field("stringData"), *path[1:]))
    )


def _recency(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry.get("time")), str(entry.get("manager"))


def _owns(fields: Any, path: FieldPath) -> bool:
    """Whether a FieldsV1 set holds a path, or the atomic value that the path leads into."""
    if not isinstance(fields, dict):
        return False
    for step in path:
        inner = _step_into(fields, step)
        if inner is None:
            return not fields
        fields = inner
    return True


def _step_into(fields: Mapping[str, Any], step: Step) -> Mapping[str, Any] | None:
    if isinstance(step, Field):
        return fields.get(f"f:{step.name}")
    if isinstance(step, Item):
        return _item(fields, dict(step.keys))
    if isinstance(step, Member):
        return fields.get(f"v:{json.dumps(step.value)}")
    return fields.get(f"i:{step.position}")


def _item(fields: Mapping[str, Any], keys: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The entry of a list item; its key may name fewer fields than the item is known by."""
    for name, inner in fields.items():
        if name.startswith("k:"):
            told = json.loads(name.removeprefix("k:"))
            if told.items() <= keys.items():
                found: Mapping[str, Any] = inner
                return found
    return None
