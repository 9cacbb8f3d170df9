"""`driftcheck history`: looks that are kept, and what they tell."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from driftcheck import pipeline, reports
from driftcheck.cli._html_assets import check_html_assets, html_assets_option, write_reports
from driftcheck.cli._offers import environments as environments_to_complete
from driftcheck.cli._options import (
    DEBUG_OPTION,
    STORE_OPTION,
    chosen_policy,
    cluster_options,
    no_platform_option,
    policy_options,
    report_options,
)
from driftcheck.cli._output import (
    files_of,
    output_option,
    parse_outputs,
    refuse_inputs,
    write_outputs,
)
from driftcheck.cli._progress import ProgressLine
from driftcheck.cli._telling import show, tell
from driftcheck.cli._wholeness import sign_command, verify_command
from driftcheck.errors import UsageError
from driftcheck.reports import FORMATS, HISTORY_FORMATS, PLOTTED_FORMATS, inert

if TYPE_CHECKING:
    from driftcheck.reports import Detail

INCOMPLETE = 3
_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]+)?)(h|d|w|y)")
_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "y": 365.0}


def _days(_context: click.Context, _option: click.Parameter, given: str | None) -> float:
    """`30d`, in days."""
    if given is None:
        return 0.0
    found = _DURATION.fullmatch(given)
    if not found:
        raise UsageError(f"--keep-within {given}: no duration", hint="write 36h, 30d, 8w or 2y")
    return float(found[1]) * _DAYS[found[2]]


@click.group("history")
def history_command() -> None:
    """Keep looks over time, and say since when, and by whom, something differs."""


history_command.add_command(sign_command)
history_command.add_command(verify_command)


@history_command.command(
    "add", epilog="Exit status: 0, 3 where something could not be read, 2 if nothing was added."
)
@click.argument(
    "environments",
    metavar="ENV [ENV ...]",
    nargs=-1,
    required=True,
    shell_complete=environments_to_complete,
)
@click.option("--new-key", is_flag=True, help="Let Secrets be fingerprinted with another key.")
@no_platform_option
@cluster_options
def add_command(
    environments: tuple[str, ...], *, new_key: bool, store: str | None, **look: Any
) -> int:
    """Look at environments once, and keep what was seen; prints the name of each look."""
    with ProgressLine() as progress:
        looks = pipeline.History(store).add(
            *environments, new_key=new_key, on_progress=progress.show, **look
        )
    for found in looks:
        show(found.address)
        if not found.is_complete:
            tell(inert(f"{found.address}: not everything was seen"))
    return 0 if all(found.is_complete for found in looks) else INCOMPLETE


@history_command.command("log", epilog="Exit status: 0, or 2 if the store can't be read.")
@click.argument("environment", metavar="[ENV]", default="")
@output_option(PLOTTED_FORMATS)
@STORE_OPTION
@DEBUG_OPTION
def log_command(environment: str, *, outputs: tuple[str, ...], store: str | None) -> int:
    """List the looks at an environment, or at all of them, the latest first."""
    destinations = parse_outputs(outputs, PLOTTED_FORMATS)
    with ProgressLine() as progress:
        answer = pipeline.History(store, progress.count).log(environment)
    write_outputs(destinations, partial(reports.render_history, answer))
    return 0


@history_command.command(
    "diff", epilog="Exit status: 0 the same, 1 drifted, 2 could not start, 3 unsure."
)
@click.argument("earlier", metavar="REF")
@click.argument("later", metavar="[REF]", required=False)
@output_option(FORMATS)
@report_options
@html_assets_option
@policy_options
@click.option("--untouched", is_flag=True, help="Stop at every object that was written in between.")
@STORE_OPTION
@DEBUG_OPTION
def diff_command(
    earlier: str,
    later: str | None,
    *,
    outputs: tuple[str, ...],
    detail: Detail,
    unchanged: bool,
    max_chars: int,
    html_assets: str,
    policy: Path | None,
    no_policy: bool,
    untouched: bool,
    store: str | None,
) -> int:
    """Compare two looks; of one alone, it with the look before it."""
    destinations = parse_outputs(outputs, FORMATS, pipeline.other_formats)
    expected = chosen_policy(policy, no_policy)
    check_html_assets(html_assets, destinations, [expected])
    refuse_inputs(files_of(destinations), [expected])
    with ProgressLine() as progress:
        result = pipeline.History(store, progress.count).diff(
            earlier, later, policy=expected, untouched=untouched
        )
    shown = partial(
        pipeline.render, result, detail=detail, unchanged=unchanged, max_chars=max_chars
    )
    write_reports(destinations, result, shown, html_assets)
    return result.exit_status


@history_command.command("blame", epilog="Exit status: 0, or 2 if there never was such an object.")
@click.argument("environment", metavar="ENV")
@click.argument("subject", metavar="KIND/NAME")
@click.argument("path", metavar="[PATH]", default="")
@output_option(HISTORY_FORMATS)
@STORE_OPTION
@DEBUG_OPTION
def blame_command(
    environment: str, subject: str, path: str, *, outputs: tuple[str, ...], store: str | None
) -> int:
    """Say since when an object is as it is, between which two looks that came, and by whom."""
    destinations = parse_outputs(outputs, HISTORY_FORMATS)
    with ProgressLine() as progress:
        answer = pipeline.History(store, progress.count).blame(environment, subject, path)
    write_outputs(destinations, partial(reports.render_history, answer))
    return 0


@history_command.command("drift", epilog="Exit status: 0, or 2 if the store can't be read.")
@click.argument("baseline", metavar="ENV")
@click.argument("other", metavar="ENV")
@click.option(
    "--last",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="Compare this many of the latest moments; 0 for all.",
)
@output_option(PLOTTED_FORMATS)
@policy_options
@STORE_OPTION
@DEBUG_OPTION
def drift_command(
    baseline: str,
    other: str,
    *,
    last: int,
    outputs: tuple[str, ...],
    policy: Path | None,
    no_policy: bool,
    store: str | None,
) -> int:
    """Say how far apart two environments were, look by look; as html, with a plot."""
    destinations = parse_outputs(outputs, PLOTTED_FORMATS)
    expected = chosen_policy(policy, no_policy)
    with ProgressLine() as progress:
        answer = pipeline.History(store, progress.count).drift(
            baseline, other, policy=expected, last=last
        )
    write_outputs(destinations, partial(reports.render_history, answer))
    return 0


@history_command.command("tag", epilog="Exit status: 0, or 2 if another look has the name.")
@click.argument("look", metavar="REF")
@click.argument("name", metavar="NAME")
@STORE_OPTION
@DEBUG_OPTION
def tag_command(look: str, name: str, *, store: str | None) -> int:
    """Give a look a name, which no other look of its environment ever has."""
    found = pipeline.History(store).tag(look, name)
    show(f"{found.address} is {found.address.rpartition('#')[0]}#{name}")
    return 0


@history_command.command("prune", epilog="Exit status: 0, or 2 if the store can't be written.")
@click.argument("environment", metavar="[ENV]", default="")
@click.option(
    "--keep-last",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    default=0,
    help="Keep so many of the latest.",
)
@click.option(
    "--keep-within",
    "keep_within_days",
    metavar="DURATION",
    callback=_days,
    help="Keep those of so long before the latest: 36h, 30d, 8w, 2y.",
)
@click.option(
    "--keep-daily",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    default=0,
    help="Keep the latest look of each of so many days.",
)
@click.option(
    "--keep-weekly",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    default=0,
    help="Of so many weeks.",
)
@click.option(
    "--keep-monthly",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    default=0,
    help="Of so many months.",
)
@click.option(
    "--keep-yearly",
    metavar="NUMBER",
    type=click.IntRange(min=0),
    default=0,
    help="Of so many years.",
)
@click.option("--yes", is_flag=True, help="Do it; otherwise it is only said what would be done.")
@output_option(HISTORY_FORMATS)
@STORE_OPTION
@DEBUG_OPTION
def prune_command(
    environment: str, *, outputs: tuple[str, ...], store: str | None, **asked: Any
) -> int:
    """Forget looks but for their headers; what a tag names, and the newest look, stay."""
    destinations = parse_outputs(outputs, HISTORY_FORMATS)
    with ProgressLine() as progress:
        answer = pipeline.History(store, progress.count).prune(environment, **asked)
    write_outputs(destinations, partial(reports.render_history, answer))
    return 0
