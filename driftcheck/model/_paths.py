"""Where in an object a value stands.

A path is a tuple of steps; `format_path` writes it as findings print it, and
`docs/paths.md` holds the grammar.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from attrs import frozen

Scalar = str | int | float | bool | None


@frozen
class Field:
    """Into a map, by the field's name."""

    name: str


@frozen
class Item:
    """Into a keyed list, by the values of its keys: `containers[name=web]`."""

    keys: tuple[tuple[str, Scalar], ...]


@frozen
class Member:
    """Into a set, by the value itself: `finalizers[=x]`."""

    value: Scalar


@frozen
class Index:
    """Into an ordered list, or a list without keys, by position: `args[2]`."""

    position: int


Step = Field | Item | Member | Index
FieldPath = tuple[Step, ...]

_BARE_FIELD = re.compile(r"[^\s.\[\]/\"',=*]+")
_QUOTED_IN_BRACKETS = re.compile(r"[\],\"\s]")


def format_path(path: Iterable[Step]) -> str:
    """The path as findings print it, such as `spec.ports[port=80,protocol=TCP].name`."""
    text = ""
    for step in path:
        if isinstance(step, Field):
            text = _join(text, step.name)
        else:
            text += f"[{_bracketed(step)}]"
    return text


def _join(text: str, name: str) -> str:
    if not _BARE_FIELD.fullmatch(name):
        return f"{text}[{json.dumps(name, ensure_ascii=False)}]"
    return f"{text}.{name}" if text else name


def _bracketed(step: Item | Member | Index) -> str:
    if isinstance(step, Item):
        return ",".join(f"{key}={_value(value)}" for key, value in step.keys)
    if isinstance(step, Member):
        return f"={_value(step.value)}"
    return str(step.position)


def _value(value: Scalar) -> str:
    if isinstance(value, str):
        quoted = not value or _QUOTED_IN_BRACKETS.search(value)
        return json.dumps(value, ensure_ascii=False) if quoted else value
    return json.dumps(value)
