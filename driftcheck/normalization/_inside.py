"""Looking into objects that anybody may have written: what has the wrong shape is not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def inside(value: Any, *fields: str) -> dict[str, Any]:
    """The map at the end of some fields; an empty one where there is none."""
    for field in fields:
        if type(value) is not dict and not isinstance(value, Mapping):
            return {}
        value = value.get(field)
    return value if isinstance(value, dict) else {}


def maps_in(values: Any, field: str) -> list[dict[str, Any]]:
    """The maps in a list field; nothing else that may stand there."""
    return [item for item in items_in(values, field) if isinstance(item, dict)]


def items_in(values: Any, field: str) -> list[Any]:
    """What stands in a list field; nothing where it is no list."""
    is_map = type(values) is dict or isinstance(values, Mapping)
    items = values.get(field) if is_map else None
    return items if isinstance(items, list) else []


def drop(values: dict[str, Any], *fields: str) -> int:
    """Take fields out of a map; how many were there."""
    return sum(values.pop(field, None) is not None for field in fields)


def drop_entries(values: dict[str, Any], field: str, *keys: str) -> int:
    """Take entries out of a map field; an emptied map goes as well."""
    hits = drop(inside(values, field), *keys)
    if hits and not values[field]:
        del values[field]
    return hits


def drop_items(values: dict[str, Any], field: str, unwanted: Collection[Any]) -> int:
    """Take items out of a list field; an emptied list goes as well."""
    items = values.get(field)
    if not unwanted or not isinstance(items, list):
        return 0
    for item in unwanted:
        items.remove(item)
    if not items:
        del values[field]
    return len(unwanted)
