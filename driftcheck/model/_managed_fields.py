"""Who owns which fields of an object, as its managedFields tell.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, overload

import msgspec

from driftcheck.model._paths import Field, FieldPath, Item, Member, Step

Manager = Mapping[str, Any]
"""An entry of managedFields: who, how and when, and the fields in `fieldsV1`."""

_entries = msgspec.json.Decoder(list[dict[str, Any]], float_hook=float)
"""Reads what a file may hold as well: a number that is larger than any float."""


@lru_cache(maxsize=1)
def _read(text: bytes) -> list[dict[str, Any]]:
    """The entries, of which nobody changes anything; one object's are asked for several times."""
    return _entries.decode(text)


class Managers(Sequence[Manager]):
    """The managedFields of an object that was saved: text, until somebody asks who wrote.

    Args:
        text: The entries in JSON, known to be a list of maps.
    """

    __slots__ = ("_text",)

    def __init__(self, text: bytes) -> None:
        self._text = text

    def _read(self) -> list[dict[str, Any]]:
        return _read(self._text)

    def __iter__(self) -> Iterator[Manager]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    @overload
    def __getitem__(self, position: int) -> Manager: ...

    @overload
    def __getitem__(self, position: slice) -> Sequence[Manager]: ...

    def __getitem__(self, position: int | slice) -> Manager | Sequence[Manager]:
        return self._read()[position]

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._read())


def managers_of(metadata: Mapping[str, Any]) -> Sequence[Manager]:
    """Who owns which fields, as an object's metadata say; nobody where they are no such list."""
    entries = metadata.get("managedFields")
    if isinstance(entries, Managers):
        return entries
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]


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
