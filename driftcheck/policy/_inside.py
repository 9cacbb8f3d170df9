"""What is inside a value that is there on some sides only, and so is one difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.model import Field, FieldPath, Index, Item, Member, Step


def places_inside(path: FieldPath, value: Any) -> Iterator[tuple[FieldPath, Any]]:
    """Every place from a path on, with what stands there: the place itself, then those below.

    Plain values do not tell which kind of list theirs are: an item is known by its scalars, of
    which a pattern may tell any, or by its value; one that has neither by its position.
    """
    yield path, value
    for step, inner in _parts(value):
        yield from places_inside((*path, step), inner)


def parts_at(path: FieldPath, values: Mapping[str, Any]) -> dict[FieldPath, dict[str, Any]]:
    """What a map or a list at a path is made of, one step further inside.

    Args:
        path: The place.
        values: What stands there, by environment.

    Returns:
        By path, what stands there by environment; nothing where a value has no parts.
    """
    parts: dict[FieldPath, dict[str, Any]] = defaultdict(dict)
    for environment, value in values.items():
        of_value = list(_parts(value))
        if not of_value:
            return {}
        for step, inner in of_value:
            parts[*path, step][environment] = inner
    return dict(parts)


def _parts(value: Any) -> Iterator[tuple[Step, Any]]:
    if isinstance(value, dict):
        yield from ((Field(name), inner) for name, inner in value.items())
    elif isinstance(value, list):
        yield from ((_step(position, inner), inner) for position, inner in enumerate(value))


def _step(position: int, item: Any) -> Step:
    if isinstance(item, dict):
        return Item(tuple((key, value) for key, value in item.items() if _is_scalar(value)))
    return Member(item) if _is_scalar(item) else Index(position)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)
