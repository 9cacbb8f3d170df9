"""`driftcheck report`: a saved result or audit, rendered again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from driftcheck import model, pipeline, reports
from driftcheck.cli._html_assets import check_html_assets, html_assets_option, write_reports
from driftcheck.cli._offers import files
from driftcheck.cli._options import DEBUG_OPTION, report_options
from driftcheck.cli._output import files_of, output_option, parse_outputs, refuse_inputs
from driftcheck.errors import UsageError
from driftcheck.reports import AUDIT_FORMATS, FORMATS

if TYPE_CHECKING:
    from driftcheck.reports import Detail


@click.command("report", epilog="Exit status: 0, or 2 if the file can't be read.")
@click.argument("saved", metavar="FILE", shell_complete=files)
@output_option(FORMATS)
@report_options
@html_assets_option
@DEBUG_OPTION
def report_command(
    saved: str,
    *,
    outputs: tuple[str, ...],
    detail: Detail,
    unchanged: bool,
    max_chars: int,
    html_assets: str,
) -> int:
    """Render again what compare or audit saved with -o json=FILE; - is standard input."""
    destinations = parse_outputs(outputs, FORMATS, pipeline.other_formats)
    read = [Path("/dev/stdin" if saved == "-" else saved)]
    refuse_inputs(files_of(destinations), read)
    check_html_assets(html_assets, destinations, read)
    answer = pipeline.load_answer(saved)
    shown: Callable[..., str]
    if isinstance(answer, model.Audit):
        parse_outputs(outputs, AUDIT_FORMATS)
        _check_options_of_audits(detail, unchanged=unchanged)
        shown = partial(reports.render_audit, answer, max_chars=max_chars)
    else:
        shown = partial(
            pipeline.render, answer, detail=detail, unchanged=unchanged, max_chars=max_chars
        )
    write_reports(destinations, answer, shown, html_assets)
    return 0


def _check_options_of_audits(detail: Detail, *, unchanged: bool) -> None:
    """Refuse what is asked of a comparison."""
    if detail != "full" or unchanged:
        raise UsageError(
            "--short, --stat and --show-unchanged are about comparisons",
            hint="leave them out: the file is an audit",
        )
