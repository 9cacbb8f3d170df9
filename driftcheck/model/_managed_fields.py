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
    for step in path:
        if not isinstance(fields, dict):
            return False
        inner = _step_into(fields, step)
        if inner is None:
            return not fields
        fields = inner
    return isinstance(fields, dict)


def _step_into(fields: Mapping[str, Any], step: Step) -> Any:
    if isinstance(step, Field):
        return fields.get(f"f:{step.name}")
    if isinstance(step, Item):
        return _item(fields, dict(step.keys))
    if isinstance(step, Member):
        return fields.get(f"v:{json.dumps(step.value)}")
    return fields.get(f"i:{step.position}")


def _item(fields: Mapping[str, Any], keys: Mapping[str, Any]) -> Any:
    """The entry of a list item; its key may name fewer fields than the item is known by."""
    for name, inner in fields.items():
        told = _told(name)
        if told and told.items() <= keys.items():
            return inner
    return None


def _told(name: str) -> dict[str, Any]:
    """What `k:{"name":"web"}` tells of an item; nothing where it is no such key."""
    if not name.startswith("k:"):
        return {}
    try:
        told = json.loads(name.removeprefix("k:"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
