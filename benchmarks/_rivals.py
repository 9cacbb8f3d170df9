"""What else one can do with two files: `python -m benchmarks._rivals WHAT LEFT RIGHT`.

Python's cycle collector rests, as it does in a comparison of ours.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any


def parse(left: bytes, right: bytes) -> None:
    """The least that anybody can do with two files of JSON."""
    import msgspec

    _ = msgspec.json.decode(left), msgspec.json.decode(right)


def parse_yaml(left: bytes, right: bytes) -> None:
    """PyYAML's C loader on two files of YAML."""
    import yaml

    _ = [list(yaml.load_all(file, yaml.CSafeLoader)) for file in (left, right)]


def deepdiff(left: bytes, right: bytes) -> None:
    """DeepDiff, object by object, without their metadata."""
    from deepdiff import DeepDiff

    for ours, theirs in _pairs(left, right):
        DeepDiff(ours, theirs)


def deepdiff_of_others(left: bytes, right: bytes) -> None:
    """DeepDiff of the objects that Python finds unequal."""
    from deepdiff import DeepDiff

    for ours, theirs in _pairs(left, right):
        if ours != theirs:
            DeepDiff(ours, theirs)


def _pairs(left: bytes, right: bytes) -> list[tuple[Any, Any]]:
    """The objects of two snapshots, which hold the same ones in the same order."""
    import msgspec

    sides = [msgspec.json.decode(file)["objects"] for file in (left, right)]
    return [tuple(map(_said, pair)) for pair in zip(*sides, strict=True)]  # type: ignore[misc]


def _said(body: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in body.items() if field not in ("metadata", "status")}


if __name__ == "__main__":
    gc.disable()
    globals()[sys.argv[1]](*(Path(file).read_bytes() for file in sys.argv[2:]))
