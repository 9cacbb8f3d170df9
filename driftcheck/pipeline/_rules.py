"""By which rules environments are compared: one digest for the code and the tables that decide."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_SAY_NOTHING = ("cli", "reports", "sources", "testing")
"""The rooms that decide nothing about what was seen."""
_KINDS = (".py", ".json", ".csv")


@cache
def rules_digest() -> str:
    """The digest of the rules, `sha256:...`: another one may give another answer."""
    digest = hashlib.sha256()
    for name, content in sorted(_rules(files("driftcheck"), "")):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"sha256:{digest.hexdigest()}"


def _rules(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for item in folder.iterdir():
        name = f"{path}{item.name}"
        if item.is_dir() and name not in _SAY_NOTHING:
            yield from _rules(item, f"{name}/")
        elif item.name.endswith(_KINDS):
            yield name, item.read_bytes()
