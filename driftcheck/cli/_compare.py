"""`driftcheck compare`: the main job."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from driftcheck import pipeline
from driftcheck.cli._html_assets import check_html_assets, html_assets_option, write_reports
from driftcheck.cli._offers import environments
from driftcheck.cli._options import (
    chosen_policy,
    cluster_options,
    files_named,
    gate_options,
    platform_option,
    policy_options,
    registry_options,
    report_options,
    scope_options,
)
from driftcheck.cli._output import files_of, output_option, parse_outputs, places_of, refuse_inputs
from driftcheck.cli._progress import ProgressLine
from driftcheck.cli._servers import tell_server
from driftcheck.reports import FORMATS

if TYPE_CHECKING:
    from driftcheck.reports import Detail


@click.command("compare", epilog="Exit status: 0 the same, 1 drifted, 2 could not start, 3 unsure.")
@click.argument(
    "environments",
    metavar="ENV ENV [ENV ...]",
    nargs=-1,
    required=True,
    shell_complete=environments,
)
@output_option(FORMATS)
@report_options
@html_assets_option
@policy_options
@gate_options
@scope_options
@platform_option
@registry_options
@cluster_options
def compare_command(
    environments: tuple[str, ...],
    *,
    outputs: tuple[str, ...],
    detail: Detail,
    unchanged: bool,
    max_chars: int,
    html_assets: str,
    policy: Path | None,
    no_policy: bool,
    **asked: Any,
) -> int:
    """Say whether environments are the same, and every difference; the first is the baseline."""
    destinations = parse_outputs(outputs, FORMATS, pipeline.other_formats)
    expected = chosen_policy(policy, no_policy)
    read = [*places_of(environments), expected, *files_named(asked)]
    refuse_inputs(files_of(destinations), read)
    check_html_assets(html_assets, destinations, read)
    with ProgressLine() as progress:
        result = pipeline.compare(
            *environments, policy=expected, on_progress=progress.show, **asked
        )
    shown = partial(
        pipeline.render, result, detail=detail, unchanged=unchanged, max_chars=max_chars
    )
    write_reports(destinations, result, shown, html_assets)
    tell_server(result, destinations)
    return result.exit_status
