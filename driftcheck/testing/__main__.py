"""``python -m driftcheck.testing``: a recording, played as an API server from the shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from driftcheck.errors import DriftcheckError
from driftcheck.testing._kubeconfig import CURRENT_CONTEXT
from driftcheck.testing._server import PlaybackServer, kubeconfig_for

_CANNOT_START = 2
_CANNOT_RUN = 126
_NOT_FOUND = 127
_ENDED_BY_SIGNAL = 128
_PATIENCE_SECONDS = 5.0


class _Terminated(BaseException):
    """SIGTERM arrived."""


def _named(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> dict[str, Path]:
    """`NAME=RECORDING` each, by name."""
    pairs = [text.partition("=") for text in given]
    for name, _, recording in pairs:
        if not (name and recording):
            raise click.BadParameter(f"{name or recording!r} is not NAME=RECORDING")
    return {name: Path(recording) for name, _, recording in pairs}


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND ...]")
@click.option(
    "--also",
    "others",
    metavar="NAME=RECORDING",
    multiple=True,
    callback=_named,
    help="Play another one as the context NAME; may be repeated.",
)
def play(recording: Path, command: tuple[str, ...], others: Mapping[str, Path]) -> int:
    """Play RECORDING as an API server on loopback.

    Runs COMMAND with KUBECONFIG pointing at the server, and ends with COMMAND's exit status.
    Without COMMAND, prints the kubeconfig's path and serves until stopped.
    """
    with ExitStack() as stack:
        server = stack.enter_context(PlaybackServer(recording))
        kubeconfig = server.kubeconfig
        if others:
            servers = {
                name: stack.enter_context(PlaybackServer(other)) for name, other in others.items()
            }
            kubeconfig = kubeconfig.with_name("contexts")
            kubeconfig_for({CURRENT_CONTEXT: server, **servers}, kubeconfig)
        if command:
            return _run(command, kubeconfig)
        click.echo(kubeconfig)
        threading.Event().wait()
        return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Play a recording, or say in one line why that cannot be done.

    Args:
        arguments: The command line; the process's own by default.

    Returns:
        The exit status: COMMAND's; 2 where nothing could start; 126 or 127 where COMMAND could
        not be run; 130 after Ctrl-C, 143 after SIGTERM.
    """
    signal.signal(signal.SIGTERM, _raise_terminated)
    try:
        status: int = play.main(
            arguments, prog_name="python -m driftcheck.testing", standalone_mode=False
        )
    except click.ClickException as error:
        return _fail(error.format_message(), _CANNOT_START)
    except DriftcheckError as error:
        return _fail(str(error), _CANNOT_START)
    except (KeyboardInterrupt, click.Abort):
        return _ENDED_BY_SIGNAL + signal.SIGINT
    except _Terminated:
        return _ENDED_BY_SIGNAL + signal.SIGTERM
    return status


def _run(command: Sequence[str], kubeconfig: Path) -> int:
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    terminator = _Terminator()
    signal.signal(signal.SIGTERM, terminator.terminate)
    try:
        child = subprocess.Popen(command, env=environment)  # noqa: S603 - the user's own command
    except FileNotFoundError:
        return _fail(f"{command[0]}: command not found", _NOT_FOUND)
    except OSError as error:
        return _fail(f"{command[0]}: {error.strerror}", _CANNOT_RUN)
    with child:
        terminator.adopt(child)
        return _wait_for(child)


class _Terminator:
    """Passes SIGTERM on to the command, even where it arrives while the command is starting."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._is_terminated = False

    def adopt(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        if self._is_terminated:
            child.terminate()

    def terminate(self, *_: object) -> None:
        self._is_terminated = True
        if self._child is not None:
            self._child.terminate()


def _wait_for(child: subprocess.Popen[bytes]) -> int:
    try:
        status = child.wait()
    except KeyboardInterrupt:
        _let_end(child)
        raise
    return status if status >= 0 else _ENDED_BY_SIGNAL - status


def _let_end(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.terminate()


def _raise_terminated(*_: object) -> None:
    raise _Terminated


def _fail(message: str, status: int) -> int:
    click.echo(f"driftcheck.testing: {message}", err=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
