"""How much of anything is read: no file and no server may take all of the memory, or the stack.

A file may have `MAX_SIZE` bytes of its format, gzipped or not, and JSON `MAX_VALUES` values, which
take up to some hundred bytes each, however few there stand for them. Whoever walks a value does so
by recursion, and meets `MAX_DEPTH` maps and lists in one another at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

MAX_DEPTH = 100
"""How many maps and lists may stand in one another; the deepest schemas have about 50."""

TOO_DEEP = f"more than {MAX_DEPTH} maps and lists stand in one another"

MAX_VALUES = 10_000_000
"""How many values a text of JSON may have; one of 300 MB from a real cluster has fewer."""

_HOLDERS = (dict, list)

TOO_MANY = f"more than {MAX_VALUES // 10**6} million values stand in it"


def has_too_many_values(text: bytes) -> bool:
    """Whether JSON holds more values than may be read, by the marks that each of them needs."""
    return len(text) - len(text.translate(None, b",[{")) > MAX_VALUES


def may_be_too_deep(text: bytes | msgspec.Raw) -> bool:
    """Whether JSON may be too deep to be walked: indented, what is deep stands far to the right.

    The text may be that of an object's field, of which the object itself is one map more. Most
    have fewer maps and lists in all than would have to stand in one another.
    """
    written, least = bytes(text), MAX_DEPTH - 1
    holders = written.count(b"{") + written.count(b"[")
    return holders >= least and b"\n" + b" " * least in msgspec.json.format(written, indent=1)


def is_too_deep(value: Any) -> bool:
    """Whether more maps and lists stand in one another than may be walked."""
    level = _holders([value])
    for _ in range(MAX_DEPTH):
        children: list[Any] = []
        for node in level:
            children += node.values() if isinstance(node, dict) else node
        level = _holders(children)
        if not level:
            return False
    return True


def _holders(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, _HOLDERS)]
