"""Who owns which fields of an object, as its managedFields tell.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from driftcheck.model._paths import Field, FieldPath, Item, Member, Step

Manager = Mapping[str, Any]
"""An entry of managedFields: who, how and when, and the fields in `fieldsV1`."""


def owns(manager: Manager, path: FieldPath) -> bool:
    """Whether one owns a path, something below it, or the atomic value that it leads into."""
    fields = manager.get("fieldsV1")
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
