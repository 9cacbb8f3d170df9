"""Words that sentences of many rooms are made of."""

from __future__ import annotations

from collections.abc import Sequence

_NAMES_IN_A_LIST = 5


def counted(count: int, noun: str) -> str:
    """A number of things: `1 object`, `2 objects`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def list_names(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    first = ", ".join(names[:_NAMES_IN_A_LIST])
    more = len(names) - _NAMES_IN_A_LIST
    return f"{first} and {more} more" if more > 0 else first
