"""`driftcheck report`: a saved result, rendered again."""

from __future__ import annotations

from functools import partial

import click

from driftcheck.cli._options import DEBUG_OPTION
from driftcheck.cli._output import output_option, parse_outputs, refuse_inputs, write_outputs
from driftcheck.pipeline import load_result, other_formats, render
from driftcheck.reports import FORMATS


@click.command("report", epilog="Exit status: 0, or 2 if the result can't be read.")
@click.argument("result", metavar="RESULT")
@output_option(FORMATS)
@DEBUG_OPTION
def report_command(result: str, outputs: tuple[str, ...]) -> int:
    """Render a result again that compare saved with -o json=RESULT; - is standard input."""
    destinations = parse_outputs(outputs, FORMATS, other_formats)
    refuse_inputs(destinations, (result,))
    write_outputs(destinations, partial(render, load_result(result)))
    return 0
