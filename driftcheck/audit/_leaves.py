"""The fields that a manager owns, one by one.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
https://pkg.go.dev/sigs.k8s.io/structured-merge-diff/v6/fieldpath, which writes them as FieldsV1
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.model import Field, FieldPath, Index, Item, Manager, Member, Step

_ITSELF = "."
"""That the map or the item itself is owned, which its fields say as well."""


def leaves(manager: Manager) -> frozenset[FieldPath]:
    """The places that one owns and that nothing below is said of.

    Args:
        manager: An entry of managedFields.

    Returns:
        Their paths; what is no FieldsV1 has none.
    """
    return frozenset(_leaves(manager.get("fieldsV1"), ()))


def _leaves(fields: Any, path: FieldPath) -> Iterator[FieldPath]:
    inner = (
        {} if not isinstance(fields, Mapping) else {k: v for k, v in fields.items() if k != _ITSELF}
    )
    if path and not inner:
        yield path
    for name, below in inner.items():
        step = _step(name)
        if step is not None:
            yield from _leaves(below, (*path, step))


def _step(name: str) -> Step | None:
    """One step as FieldsV1 writes it: `f:spec`, `k:{"name":"web"}`, `v:"x"`, `i:0`."""
    sort, colon, said = name.partition(":")
    if not colon:
        return None
    if sort == "f":
        return Field(said)
    try:
        told = json.loads(said)
    except ValueError:
        return None
    if sort == "k" and isinstance(told, dict):
        return Item(tuple(told.items()))
    if sort == "v" and not isinstance(told, list | dict):
        return Member(told)
    if sort == "i" and type(told) is int:
        return Index(told)
    return None
