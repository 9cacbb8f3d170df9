"""`driftcheck compare`: the main job."""

from __future__ import annotations

from typing import Any

import click

from driftcheck.cli._html_assets import check_html_assets, html_assets_option, write_reports
from driftcheck.cli._options import cluster_options, registry_options, scope_options
from driftcheck.cli._output import parse_outputs, refuse_inputs
from driftcheck.cli._progress import ProgressLine
from driftcheck.pipeline import compare


@click.command("compare", epilog="Exit status: 0 the same, 1 drifted, 2 could not start, 3 unsure.")
@click.argument("environments", metavar="ENV ENV [ENV ...]", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "outputs",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help="text (default), html or json, to standard output or into a file; may be repeated.",
)
@html_assets_option
@scope_options
@registry_options
@cluster_options
def compare_command(
    environments: tuple[str, ...], outputs: tuple[str, ...], html_assets: str, **asked: Any
) -> int:
    """Say whether environments are the same, and every difference; the first is the baseline."""
    destinations = parse_outputs(outputs)
    refuse_inputs(destinations, environments)
    check_html_assets(html_assets, destinations, environments)
    with ProgressLine() as progress:
        result = compare(*environments, on_progress=progress.show, **asked)
    write_reports(destinations, result, html_assets)
    return result.verdict.exit_status
