"""`driftcheck verify`: whether a signed statement holds, and what it says."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from driftcheck import pipeline, reports
from driftcheck.cli._offers import files
from driftcheck.cli._options import DEBUG_OPTION, timeout_option
from driftcheck.cli._output import (
    files_of,
    output_option,
    parse_outputs,
    refuse_inputs,
    write_outputs,
)
from driftcheck.errors import UsageError
from driftcheck.reports import VERIFICATION_FORMATS


@click.command(
    "verify",
    epilog="Exit status: 0 it holds and says identical or equivalent; 1 it does not hold, says "
    "drifted, or is not what was demanded; 2 could not start; 3 it says inconclusive, or is too "
    "old or not complete.",
)
@click.argument("named", metavar="[FILE] [SNAPSHOT ...]", nargs=-1, shell_complete=files)
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
@click.option(
    "--image",
    metavar="DIGEST|REF",
    default="",
    help="Demand that it is about this image; by the image's reference, take the statement that "
    "is attached to it, and no FILE.",
)
@click.option(
    "--timestamp-chain",
    metavar="FILE",
    help="The certificates of time-stamping authorities that are trusted, in PEM.",
)
@timeout_option
@DEBUG_OPTION
def verify_command(
    named: tuple[str, ...],
    *,
    outputs: tuple[str, ...],
    policy: Path | None,
    image: str,
    **demanded: Any,
) -> int:
    """Check a statement that prove wrote: whose it is, what it is about, and what it says.

    With all of its snapshots, what it says is computed again.
    """
    destinations = parse_outputs(outputs, VERIFICATION_FORMATS)
    read = [*map(Path, named), policy, Path(demanded["key"])]
    refuse_inputs(files_of(destinations), read)
    file, *snapshots = (None, *named) if _is_reference(image) else named or (None,)
    if file is None and not image:
        raise UsageError(
            "no statement is named", hint="name its file, or the image that it is attached to"
        )
    verification = pipeline.verify(
        file, *filter(None, snapshots), policy=policy, image=image, **demanded
    )
    write_outputs(destinations, partial(reports.render_verification, verification))
    return verification.exit_status


def _is_reference(image: str) -> bool:
    """Whether an image is named by where it is, and not by its digest alone."""
    return bool(image) and not image.startswith("sha256:")
