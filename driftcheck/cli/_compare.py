"""`driftcheck compare`: the main job."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from driftcheck.cli._options import (
    cluster_options,
    registry_options,
    report_options,
    scope_options,
)
from driftcheck.cli._output import parse_outputs, refuse_inputs, write_outputs
from driftcheck.cli._progress import ProgressLine
from driftcheck.cli._servers import tell_server
from driftcheck.pipeline import compare
from driftcheck.reports import Detail, render


@click.command("compare", epilog="Exit status: 0 the same, 1 drifted, 2 could not start, 3 unsure.")
@click.argument("environments", metavar="ENV ENV [ENV ...]", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "outputs",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="text (default), json or markdown, to standard output or into a file; may be repeated.",
)
@report_options
@scope_options
@registry_options
@cluster_options
def compare_command(
    environments: tuple[str, ...],
    outputs: tuple[str, ...],
    detail: Detail,
    unchanged: bool,
    max_chars: int,
    **asked: Any,
) -> int:
    """Say whether environments are the same, and every difference; the first is the baseline."""
    destinations = parse_outputs(outputs)
    refuse_inputs(destinations, environments)
    with ProgressLine() as progress:
        result = compare(*environments, on_progress=progress.show, **asked)
    shown = partial(render, result, detail=detail, unchanged=unchanged, max_chars=max_chars)
    write_outputs(destinations, shown)
    tell_server(result, destinations)
    return result.verdict.exit_status
