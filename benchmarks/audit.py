"""What an audit costs beside a comparison: `python -m benchmarks.audit [--objects N]`.

A saved snapshot of a large namespace is audited, and compared with one of 100 edits on another
server; each is a process of its own, in turn.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks._turns import in_turn, show
from benchmarks.compare import DRIFTCHECK, made

OBJECTS = 5_000
TURNS = 5
AIM = 1.5


def main() -> None:
    """Measure, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=OBJECTS)
    objects = parser.parse_args().objects
    with tempfile.TemporaryDirectory() as name:
        folder = made(Path(name), objects)
        left, edited = (str(folder / f"{each}.json") for each in ("left", "edited"))
        commands = {
            "driftcheck compare": [DRIFTCHECK, "compare", left, edited],
            "driftcheck audit": [DRIFTCHECK, "audit", left],
        }
        found = in_turn(commands, turns=TURNS)
    show(f"{objects:,} objects", found, "driftcheck compare", {"driftcheck audit": AIM})


if __name__ == "__main__":
    main()
