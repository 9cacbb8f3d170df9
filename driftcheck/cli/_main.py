"""The program: its commands, and what becomes of an error."""

from __future__ import annotations

import atexit
import io
import os
import resource
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import zip_longest
from typing import Any

import click

from driftcheck import __version__
from driftcheck.cli._options import cluster_options, scope_options
from driftcheck.cli._streams import usable_streams
from driftcheck.cli._telling import tell
from driftcheck.errors import DriftcheckError, PolicyError
from driftcheck.reports import inert
from driftcheck.starting import INTERRUPTED, program_name

COMMANDS = (
    "audit",
    "capture",
    "compare",
    "completion",
    "history",
    "images",
    "policy",
    "prove",
    "rbac",
    "report",
    "verify",
)
COULD_NOT_START = 2
READER_LEFT = 141
COMPLETION = "_DRIFTCHECK_COMPLETE"


class _Program(click.Group):
    """Commands of which each has a file of its own, loaded when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's name for it
        """All of them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One of them."""
        if cmd_name not in COMMANDS:
            return None
        file = import_module(f"driftcheck.cli._{cmd_name}")
        command: click.Command = getattr(file, f"{cmd_name}_command")
        return command


@click.group(
    name="driftcheck",
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="An environment is a namespace (shop), a namespace in a context (shop@prod-eu), "
    "a look that was kept (history:shop@prod-eu~1), a saved snapshot or manifests (./staging, "
    "staging.json.gz), or - for standard input.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@scope_options
@cluster_options
@click.pass_context
def program(context: click.Context, /, **given: Any) -> None:
    """Prove whether Kubernetes environments are the same, or say exactly what differs.

    Options that commands share may stand before the command as well.
    """
    from driftcheck.cli._log import log

    log(debug=context.obj)
    name = str(context.invoked_subcommand)
    command = program.get_command(context, name)
    if isinstance(command, click.Group):
        given = dict.fromkeys(command.commands, given)
    context.default_map = {name: given}


def main(arguments: list[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: What stands after the program's name; by default what was typed.

    Returns:
        The exit status: the verdict's; 2 where the work could not start, or its report could
        not be written; 130 on Ctrl-C; 141 where whoever read the report left before its end,
        as a shell says it of git.
    """
    atexit.register(_stop_listening)
    _leave_no_core()
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    with usable_streams():
        try:
            status = _run(arguments, debug=debug)
            sys.stdout.flush()
        except (KeyboardInterrupt, click.Abort):
            _stop_listening()
            tell(f"{program_name()}: interrupted")
            return INTERRUPTED
        except BrokenPipeError:
            return READER_LEFT
        except Exception as error:  # noqa: BLE001 - whatever it is, a user gets a sentence
            _explain(error)
            if debug and not isinstance(error, click.ClickException):
                import traceback

                tell(traceback.format_exc().rstrip("\n"))
            return COULD_NOT_START
        return status


def _run(arguments: list[str], *, debug: bool) -> int:
    """What click's own `main` does, but that would end with 1 where a reader leaves."""
    if wanted := os.environ.get(COMPLETION):
        from click.shell_completion import shell_complete

        return shell_complete(program, {}, "driftcheck", COMPLETION, wanted)
    try:
        with program.make_context(program_name(), arguments, obj=debug) as context:
            return int(program.invoke(context) or 0)
    except click.exceptions.Exit as ended:
        return ended.exit_code


def _explain_mistakes(mistakes: Sequence[DriftcheckError]) -> None:
    """Say each; a hint that is the same for several stands below the last."""
    for mistake, following in zip_longest(mistakes, mistakes[1:]):
        tell(f"{program_name()}: {inert(str(mistake))}")
        if mistake.hint and (following is None or following.hint != mistake.hint):
            tell(f"  {inert(mistake.hint)}")


def _explain(error: Exception) -> None:
    if isinstance(error, click.ClickException):
        said = io.StringIO()
        error.show(said)
        tell(said.getvalue().rstrip("\n"))
    elif isinstance(error, DriftcheckError):
        mistakes = error.mistakes if isinstance(error, PolicyError) else ()
        _explain_mistakes(mistakes or (error,))
    elif isinstance(error, OSError):
        where = error.filename or "standard output"
        tell(f"{program_name()}: {where}: {error.strerror or error}")
    else:
        tell(
            f"{program_name()}: this is a bug ({type(error).__name__}); nothing was decided\n"
            "  run it again with --debug, and report what that prints"
        )


def _leave_no_core() -> None:
    """Let no crash leave the memory on a disk, with keys and Secrets in it, as gpg and ssh do."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _stop_listening() -> None:
    """Let no Ctrl-C, and no request under way, get in the way of ending."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
