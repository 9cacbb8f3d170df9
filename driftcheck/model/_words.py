"""Words that sentences of many rooms are made of."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """A number of things: `1 object`, `2 objects`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
