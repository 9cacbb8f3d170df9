"""`driftcheck verify`: whether a signed statement holds, and what it says."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from driftcheck import pipeline, reports
from driftcheck.cli._offers import files
from driftcheck.cli._options import DEBUG_OPTION
from driftcheck.cli._output import (
    files_of,
    output_option,
    parse_outputs,
    refuse_inputs,
    write_outputs,
)
from driftcheck.reports import VERIFICATION_FORMATS


@click.command(
    "verify",
    epilog="Exit status: 0 it holds and says identical or equivalent; 1 it does not hold, says "
    "drifted, or is not what was demanded; 2 could not start; 3 it says inconclusive, or is too "
    "old or not complete.",
)
@click.argument("file", metavar="FILE", shell_complete=files)
@click.argument("snapshots", metavar="[SNAPSHOT ...]", nargs=-1, shell_complete=files)
@click.option("--key", metavar="PUB", required=True, help="The public key that is trusted, in PEM.")
@output_option(VERIFICATION_FORMATS)
@click.option(
    "--policy",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The policy that it must have been made with.",
)
@click.option("--max-age", metavar="TIME", help="How old may be what was looked at: 30m, 24h, 7d.")
@click.option(
    "--require-complete", is_flag=True, help="Demand that everything was seen and compared."
)
@click.option(
    "--object",
    "objects",
    metavar="KIND/NAME",
    multiple=True,
    help="Demand that it shows this object; may be repeated.",
)
@click.option(
    "--expect",
    metavar="NAMESPACE[@CLUSTER-UID]",
    multiple=True,
    help="Demand that it is of this environment; may be repeated.",
)
@click.option("--image", metavar="DIGEST", default="", help="Demand that it is about this image.")
@click.option(
    "--timestamp-chain",
    metavar="FILE",
    help="The certificates of time-stamping authorities that are trusted, in PEM.",
)
@DEBUG_OPTION
def verify_command(
    file: str,
    snapshots: tuple[str, ...],
    *,
    outputs: tuple[str, ...],
    policy: Path | None,
    **demanded: Any,
) -> int:
    """Check a statement that prove wrote: whose it is, what it is about, and what it says.

    With all of its snapshots, what it says is computed again.
    """
    destinations = parse_outputs(outputs, VERIFICATION_FORMATS)
    read = [Path(file), *map(Path, snapshots), policy, Path(demanded["key"])]
    refuse_inputs(files_of(destinations), read)
    verification = pipeline.verify(file, *snapshots, policy=policy, **demanded)
    write_outputs(destinations, partial(reports.render_verification, verification))
    return verification.exit_status
