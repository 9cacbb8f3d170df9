"""`driftcheck capture`: look once, keep what was seen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from driftcheck import codec, pipeline
from driftcheck.cli._offers import environments
from driftcheck.cli._options import cluster_options, files_named, no_platform_option
from driftcheck.cli._output import places_of, refuse_inputs
from driftcheck.cli._progress import ProgressLine
from driftcheck.cli._telling import tell
from driftcheck.errors import UsageError
from driftcheck.model import counted
from driftcheck.reports import FORMATS, inert

if TYPE_CHECKING:
    from driftcheck.model import Snapshot, TakenOver

INCOMPLETE = 3


@click.command(
    "capture",
    epilog="Exit status: 0, 3 where something could not be read, 2 if nothing could start.",
)
@click.argument("environment", metavar="ENV", shell_complete=environments)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Where to save the snapshot (gzipped if it ends in .gz); by default standard output.",
)
@click.option(
    "--earlier",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A snapshot of the same namespace: read only what was written since.",
)
@no_platform_option
@cluster_options
def capture_command(
    environment: str,
    output: Path | None,
    earlier: Path | None,
    **look: Any,
) -> int:
    """Look at an environment once, and save what was seen as a snapshot."""
    if output and output.name.startswith(tuple(f"{name}=" for name in FORMATS)):
        raise UsageError(
            f"-o {output}: capture writes a snapshot, in no other format",
            hint=f"write -o {str(output).partition('=')[2] or 'shop.json.gz'}",
        )
    if output:
        refuse_inputs([output], [*places_of([environment]), *files_named(look)])
    with ProgressLine() as progress:
        snapshot = pipeline.capture(
            environment,
            earlier=earlier,
            on_progress=progress.show,
            **look,
        )
    if output is None or str(output) == "-":
        click.echo(codec.snapshot_bytes(snapshot, compressed=False), nl=False)
    else:
        pipeline.save(snapshot, output)
    _say_what_was_saved(snapshot, output)
    return 0 if snapshot.is_complete else INCOMPLETE


def _say_what_was_saved(snapshot: Snapshot, output: Path | None) -> None:
    """A person who watches hears of every snapshot, and everybody of one with gaps or doubts."""
    from attrs import evolve

    from driftcheck.verdict import gaps_of

    for warning in snapshot.warnings:
        tell(inert(f"{snapshot.name}: {warning}"))
    saved = f"{counted(len(snapshot.documents), 'object')} saved to {output or 'standard output'}"
    if snapshot.taken_over:
        saved += f", {_taken_over(snapshot.taken_over)}"
    rows = (evolve(row, environment=snapshot.name) for row in snapshot.coverage)
    doubts = snapshot.declaration.doubts if snapshot.declaration else ()
    gaps = [*gaps_of(rows, [snapshot]), *doubts]
    if gaps:
        tell(f"{saved}, and not everything was seen:")
        for gap in gaps:
            tell(inert(f"  {gap}"))
    elif sys.stderr.isatty():
        tell(saved)


def _taken_over(taken: TakenOver) -> str:
    """How much was taken over, or why nothing was."""
    if taken.count or not taken.whole:
        return f"{taken.count} of them taken over from {taken.earlier}"
    return f"none of them taken over from {taken.earlier}: {min(taken.whole.values())}"
