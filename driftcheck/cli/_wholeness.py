"""`driftcheck history sign` and `verify`: that a store is what was written into it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from driftcheck import pipeline, reports
from driftcheck.cli._keys import key_files, passphrase_prompt
from driftcheck.cli._options import DEBUG_OPTION, STORE_OPTION, signing_options, timeout_option
from driftcheck.cli._output import (
    files_of,
    output_option,
    parse_outputs,
    refuse_inputs,
    write_outputs,
)
from driftcheck.cli._progress import ProgressLine
from driftcheck.reports import HISTORY_FORMATS


@click.command(
    "sign", epilog="Exit status: 0, or 2 if the store is not whole, or nothing can be signed."
)
@signing_options
@click.option("--new-key", is_flag=True, help="Sign although another key has signed last.")
@timeout_option
@output_option(HISTORY_FORMATS)
@STORE_OPTION
@DEBUG_OPTION
def sign_command(*, outputs: tuple[str, ...], store: str | None, **asked: Any) -> int:
    """Read all of the store, and sign the last look of each environment, for verify --key."""
    destinations = parse_outputs(outputs, HISTORY_FORMATS)
    refuse_inputs(files_of(destinations), key_files(asked))
    with ProgressLine() as progress:
        answer = pipeline.History(store, progress.count).sign(
            ask_passphrase=passphrase_prompt(), **asked
        )
    write_outputs(destinations, partial(reports.render_history, answer))
    return 0


@click.command(
    "verify",
    epilog="Exit status: 0 whole, 1 not whole, 2 could not start, 3 its end is not proved.",
)
@click.option(
    "--key", metavar="PUB", help="The public key, in PEM, that must have signed the store last."
)
@click.option(
    "--at-least",
    metavar="REF|FILE",
    multiple=True,
    help="A look that must be there, or a file that -o json=FILE wrote; may be repeated.",
)
@output_option(HISTORY_FORMATS)
@STORE_OPTION
@DEBUG_OPTION
def verify_command(
    key: str | None, at_least: tuple[str, ...], *, outputs: tuple[str, ...], store: str | None
) -> int:
    """Read all of the store, and say whether it is what was written into it."""
    destinations = parse_outputs(outputs, HISTORY_FORMATS)
    refuse_inputs(files_of(destinations), [Path(key) if key else None])
    with ProgressLine() as progress:
        answer = pipeline.History(store, progress.count).verify(at_least, key=key)
    write_outputs(destinations, partial(reports.render_history, answer))
    return answer.exit_status
