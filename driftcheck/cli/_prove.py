"""`driftcheck prove`: what a comparison says, stated so that others can check it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from driftcheck import pipeline
from driftcheck.cli._keys import key_files, passphrase_prompt
from driftcheck.cli._offers import environments
from driftcheck.cli._options import (
    chosen_policy,
    cluster_options,
    files_named,
    platform_option,
    policy_options,
    scope_options,
    signing_options,
)
from driftcheck.cli._output import places_of, refuse_inputs
from driftcheck.cli._progress import ProgressLine
from driftcheck.cli._telling import show, tell
from driftcheck.errors import DriftError, UsageError

if TYPE_CHECKING:
    from driftcheck.model import Statement

PREDICATES = ("comparison", "svr", "vsa")


@click.command("prove", epilog="Exit status: 0 the same, 1 drifted, 2 could not start, 3 unsure.")
@click.argument(
    "environments",
    metavar="ENV ENV [ENV ...]",
    nargs=-1,
    required=True,
    shell_complete=environments,
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the statement goes, and beside it the snapshots that are not saved yet; with "
    "--for-images a folder.",
)
@click.option(
    "--predicate",
    type=click.Choice(PREDICATES),
    default=PREDICATES[0],
    show_default=True,
    help="In whose words: driftcheck's own, in-toto's for a pass alone, or SLSA's.",
)
@click.option("--for-images", is_flag=True, help="State the same of each image that runs.")
@click.option(
    "--attach",
    is_flag=True,
    help="Push these statements to the images' registries, with your Docker config file's logins.",
)
@click.option(
    "--object",
    "objects",
    metavar="KIND/NAME",
    multiple=True,
    help="Show this object by itself, and nothing of the others; may be repeated.",
)
@signing_options
@policy_options
@click.option(
    "--untouched",
    is_flag=True,
    help="Of one namespace at several moments: state that no object was written since.",
)
@scope_options
@platform_option
@cluster_options
def prove_command(
    environments: tuple[str, ...],
    *,
    output: Path,
    attach: bool,
    policy: Path | None,
    no_policy: bool,
    **asked: Any,
) -> int:
    """Compare environments, and state what came out in a file that others can check.

    Environments that are no saved snapshots are saved beside it: it is about these files.
    """
    if attach and not (asked["for_images"] and asked["key"]):
        raise UsageError(
            "--attach is for signed statements of images", hint="write --for-images and --key too"
        )
    expected = chosen_policy(policy, no_policy)
    read = [*places_of(environments), expected, *files_named(asked), *key_files(asked)]
    refuse_inputs([output], read)
    try:
        with ProgressLine() as progress:
            statement = pipeline.prove(
                *environments,
                policy=expected,
                on_progress=progress.show,
                ask_passphrase=passphrase_prompt(),
                **asked,
            )
    except DriftError as error:
        tell(f"{error}\n  {error.hint}")
        return int(error.result.exit_status)
    written = pipeline.files_of_statement(statement, output)
    refuse_inputs(written, read)
    pipeline.save_statement(statement, output)
    _say_what_was_stated(statement, written)
    if attach:
        for name in pipeline.attach(statement, timeout=asked["timeout"]):
            show(f"attached to {name}")
    return statement.exit_status


def _say_what_was_stated(statement: Statement, written: Iterable[Path]) -> None:
    verdict = statement.result.verdict.value
    show(f"{verdict}: {'; '.join(statement.result.reasons)}")
    show("signed, and written:" if statement.bundle else "written, and signed by nobody:")
    for file in written:
        show(f"  {file}")
