"""`driftcheck audit`: what was changed by hand, or does not hold still."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from driftcheck import pipeline, reports
from driftcheck.cli._html_assets import check_html_assets, html_assets_option, write_reports
from driftcheck.cli._offers import environments
from driftcheck.cli._options import (
    chosen_policy,
    cluster_options,
    files_named,
    max_chars_option,
    policy_options,
)
from driftcheck.cli._output import files_of, output_option, parse_outputs, places_of, refuse_inputs
from driftcheck.cli._progress import ProgressLine
from driftcheck.reports import AUDIT_FORMATS


@click.command(
    "audit",
    epilog="Exit status: 0 nothing certain was found, 1 mutated, 2 could not start, 3 unsure.",
)
@click.argument(
    "environments", metavar="ENV [ENV ...]", nargs=-1, required=True, shell_complete=environments
)
@output_option(AUDIT_FORMATS)
@max_chars_option
@html_assets_option
@policy_options
@click.option("--strict", is_flag=True, help="Let what is probable count like what is certain.")
@cluster_options
def audit_command(
    environments: tuple[str, ...],
    *,
    outputs: tuple[str, ...],
    max_chars: int,
    html_assets: str,
    policy: Path | None,
    no_policy: bool,
    **asked: Any,
) -> int:
    """Say what was changed by hand, is mutable, or does not run what it declares.

    Each environment is looked at by itself, and none is compared with another.
    """
    destinations = parse_outputs(outputs, AUDIT_FORMATS)
    expected = chosen_policy(policy, no_policy)
    read = [*places_of(environments), expected, *files_named(asked)]
    refuse_inputs(files_of(destinations), read)
    check_html_assets(html_assets, destinations, read)
    with ProgressLine() as progress:
        audit = pipeline.audit(*environments, policy=expected, on_progress=progress.show, **asked)
    shown = partial(reports.render_audit, audit, max_chars=max_chars)
    write_reports(destinations, audit, shown, html_assets)
    return audit.exit_status
