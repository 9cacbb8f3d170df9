"""Whole reports of both recordings, as they were read and found good.

`GOLDEN=write python -m pytest tests/reports` writes them again; read what changed before it is
committed.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Result, Window, render
from driftcheck.pipeline import compare_snapshots
from tests.conftest import Captured
from tests.reports.formats import FOR_MACHINES
from tests.reports.made_results import judged

GOLDEN = Path(__file__).parents[1] / "golden"
RECORDED = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
STAGING, PRODUCTION, DEV = "bookshop-staging", "bookshop-production", "bookshop-dev"
COMPARED = {
    "drifted": ("drifted", (STAGING, PRODUCTION)),
    "equal": ("equal", (STAGING, PRODUCTION)),
    "three": ("equal", (STAGING, PRODUCTION, DEV)),
}
SHAPES: dict[str, dict[str, Any]] = {
    "txt": {"format": "text"},
    "short.txt": {"detail": "short", "unchanged": True},
    "stat.txt": {"detail": "stat"},
    "md": {"format": "markdown", "unchanged": True},
    "small.md": {"format": "markdown", "max_chars": 3_500},
    **{ending: {"format": name} for name, ending in FOR_MACHINES.items()},
}


def results(captured: Captured, name: str) -> Result:
    """A recording's result, as if it had been captured when it was recorded."""
    if name == "judged":
        return judged()
    recording, namespaces = COMPARED[name]
    found = compare_snapshots([captured(recording, namespace) for namespace in namespaces])
    window = Window(RECORDED, RECORDED, quiescent=True)
    environments = tuple(evolve(each, window=window) for each in found.environments)
    return evolve(found, environments=environments)


@pytest.mark.parametrize("name", [*COMPARED, "judged"])
@pytest.mark.parametrize("shape", SHAPES)
def test_golden(captured: Captured, name: str, shape: str) -> None:
    """A report is what it was when it was last read."""
    golden = GOLDEN / f"{name}.{shape}"
    text = render(results(captured, name), **SHAPES[shape])

    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(text.encode())
    assert text.encode() == golden.read_bytes()
