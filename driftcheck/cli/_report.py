"""`driftcheck report`: a saved result, rendered again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from driftcheck import pipeline
from driftcheck.cli._html_assets import check_html_assets, html_assets_option, write_reports
from driftcheck.cli._offers import files
from driftcheck.cli._options import DEBUG_OPTION, report_options
from driftcheck.cli._output import files_of, output_option, parse_outputs, refuse_inputs
from driftcheck.reports import FORMATS

if TYPE_CHECKING:
    from driftcheck.reports import Detail


@click.command("report", epilog="Exit status: 0, or 2 if the result can't be read.")
@click.argument("result", metavar="RESULT", shell_complete=files)
@output_option(FORMATS)
@report_options
@html_assets_option
@DEBUG_OPTION
def report_command(
    result: str,
    *,
    outputs: tuple[str, ...],
    detail: Detail,
    unchanged: bool,
    max_chars: int,
    html_assets: str,
) -> int:
    """Render a result again that compare saved with -o json=RESULT; - is standard input."""
    destinations = parse_outputs(outputs, FORMATS, pipeline.other_formats)
    read = [Path("/dev/stdin" if result == "-" else result)]
    refuse_inputs(files_of(destinations), read)
    check_html_assets(html_assets, destinations, read)
    saved = pipeline.load_result(result)
    shown = partial(pipeline.render, saved, detail=detail, unchanged=unchanged, max_chars=max_chars)
    write_reports(destinations, saved, shown, html_assets)
    return 0
