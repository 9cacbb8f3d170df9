"""`driftcheck images`: what runs where."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from driftcheck import pipeline, reports
from driftcheck.cli._offers import environments
from driftcheck.cli._options import files_named, look_options, registry_options
from driftcheck.cli._output import (
    files_of,
    output_option,
    parse_outputs,
    places_of,
    refuse_inputs,
    write_outputs,
)
from driftcheck.cli._progress import ProgressLine
from driftcheck.reports import IMAGE_FORMATS


@click.command("images", epilog="Exit status: 0, or 2 if nothing could start.")
@click.argument(
    "environments", metavar="ENV [ENV ...]", nargs=-1, required=True, shell_complete=environments
)
@output_option(IMAGE_FORMATS)
@registry_options
@look_options
def images_command(environments: tuple[str, ...], outputs: tuple[str, ...], **asked: Any) -> int:
    """Say what runs where, by digest, and compare nothing else."""
    destinations = parse_outputs(outputs, IMAGE_FORMATS)
    refuse_inputs(files_of(destinations), [*places_of(environments), *files_named(asked)])
    with ProgressLine() as progress:
        table = pipeline.list_images(*environments, on_progress=progress.show, **asked)
    write_outputs(destinations, partial(reports.render_images, table))
    return 0
