"""`driftcheck capture`: look once, keep what was seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from driftcheck.cli._options import cluster_options
from driftcheck.cli._progress import ProgressLine
from driftcheck.codec import snapshot_bytes
from driftcheck.model import Snapshot
from driftcheck.pipeline import capture, save
from driftcheck.verdict import said_of

INCOMPLETE = 3


@click.command("capture", epilog="Exit status: 0, or 3 where something could not be read.")
@click.argument("environment", metavar="ENV")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to save the snapshot (gzipped if it ends in .gz); by default standard output.",
)
@cluster_options
def capture_command(
    environment: str,
    output: Path | None,
    **look: Any,
) -> int:
    """Look at an environment once, and save what was seen as a snapshot."""
    with ProgressLine() as progress:
        snapshot = capture(
            environment,
            on_progress=progress.show,
            **look,
        )
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(snapshot_bytes(snapshot, compressed=False))
    else:
        save(snapshot, output)
    _say_what_is_missing(snapshot)
    return 0 if snapshot.is_complete else INCOMPLETE


def _say_what_is_missing(snapshot: Snapshot) -> None:
    for row in snapshot.coverage:
        if not row.is_complete:
            click.echo(f"{row.group_kind} {said_of(row)}", err=True)
