"""What is inside a value that is there on some sides only, and so is one difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from driftcheck.model import Field, FieldPath, Index, Item, Member, Step


def places_inside(path: FieldPath, value: Any) -> Iterator[tuple[FieldPath, Any]]:
    """Every place from a path on, with what stands there: the place itself, then those below.

    Plain values do not tell which kind of list theirs are: an item is known by its scalars, of
    which a pattern may tell any, or by its value; one that has neither by its position.
    """
    yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places_inside((*path, Field(name)), inner)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from places_inside((*path, _step(position, inner)), inner)


def _step(position: int, item: Any) -> Step:
    if isinstance(item, dict):
        return Item(tuple((key, value) for key, value in item.items() if _is_scalar(value)))
    return Member(item) if _is_scalar(item) else Index(position)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)
