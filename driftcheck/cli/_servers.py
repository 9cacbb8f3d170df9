"""What a CI server is told besides: it adds to the reports that were asked for, and changes none.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from driftcheck import pipeline, reports
from driftcheck.cli._output import Output
from driftcheck.cli._telling import tell
from driftcheck.reports import FEWEST_CHARACTERS

if TYPE_CHECKING:
    from driftcheck.model import Result

_MOST_BYTES = 1024 * 1024
"""What GitHub takes as the summary of a step."""
_BYTES_OF_A_CHARACTER = 4


def tell_server(result: Result, outputs: Iterable[Output]) -> None:
    """Annotate the run and add to its summary, where the environment says that this is GitHub.

    Args:
        result: What `compare` returned.
        outputs: The reports that were written; annotations go where a text report went, if that
            was standard output.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    if any(output.format == "text" and output.file is None for output in outputs):
        click.echo(reports.github_annotations(result), nl=False)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        _add_to_summary(result, Path(summary))


def _add_to_summary(result: Result, file: Path) -> None:
    """The summary is an extra: if it can't be written, that is said and nothing else changes."""
    try:
        taken = file.stat().st_size if file.exists() else 0
        room = (_MOST_BYTES - taken) // _BYTES_OF_A_CHARACTER
        if room < FEWEST_CHARACTERS:
            tell(f"driftcheck: {file} is full: no summary was added")
            return
        with file.open("ab") as summary:
            summary.write(pipeline.render(result, "markdown", max_chars=room).encode())
    except OSError as error:
        tell(f"driftcheck: {file}: {error.strerror}: no summary was added")
