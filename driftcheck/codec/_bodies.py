"""The objects of a snapshot file, read as far as anybody looks into them.

Who wrote which field takes up half of a file, and is asked of few objects: it stays text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from driftcheck.model import Managers

Written = dict[str, msgspec.Raw]
"""A map whose values are still text."""

_fields: Callable[[msgspec.Raw], Written] = msgspec.json.Decoder(Written).decode
_value: Callable[[msgspec.Raw], Any] = msgspec.json.Decoder().decode


def written(body: Mapping[str, Any]) -> Written:
    """An object as it stands in a file: keys sorted."""
    return {
        field: msgspec.Raw(msgspec.json.encode(value, order="sorted", enc_hook=list))
        for field, value in body.items()
    }


def body_of(written: Written) -> dict[str, Any]:
    """The object that stands in a file.

    Raises:
        UnicodeDecodeError, msgspec.ValidationError: A text is not in UTF-8, or a number is
            larger than any float.
    """
    return {
        field: _metadata(_fields(text)) if field == "metadata" else _value(text)
        for field, text in written.items()
    }


def _metadata(written: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    return {
        field: _managers(text) if field == "managedFields" else _value(text)
        for field, text in written.items()
    }


def _managers(text: msgspec.Raw) -> Managers | None:
    """A copy of the text, which would keep all of its file in memory otherwise."""
    entries = bytes(text)
    if not entries.isascii():
        entries.decode()
    return None if entries == b"null" else Managers(entries)
