"""The reports of both recordings, in the formats that machines read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

from driftcheck import Result, Snapshot, Window, render
from driftcheck.pipeline import compare_snapshots

FOLDER = Path(__file__).parent
ENDINGS = {
    "codequality": "codequality.json",
    "csv": "csv",
    "json": "json",
    "junit": "junit.xml",
    "sarif": "sarif",
}
"""How the file of each format ends."""
NAMESPACES = ("bookshop-staging", "bookshop-production")
_MOMENT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
_WINDOW = Window(_MOMENT, _MOMENT.replace(second=1), quiescent=True)


def result_of(snapshots: Iterable[Snapshot]) -> Result:
    """What a comparison says of them, as if they had been captured at one time for ever."""
    result = compare_snapshots(snapshots)
    environments = tuple(evolve(item, window=_WINDOW) for item in result.environments)
    return evolve(result, environments=environments)


def file_of(recording: str, format_: str) -> Path:
    """Where a recording's report in a format is kept."""
    return FOLDER / f"{recording}.{ENDINGS[format_]}"


def report(result: Result, format_: str) -> bytes:
    """A report as it is written to a file."""
    return render(result, format_).encode()
