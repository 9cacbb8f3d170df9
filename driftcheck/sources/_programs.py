"""Programs that give credentials: in time, and with an end to what they may say."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import IO, Any

from attrs import field, frozen

MOST_SAID = 1024**2
"""Bytes that a program may write; credentials have some thousands."""

_PIECE = 64 * 1024


class TooMuchSaidError(subprocess.SubprocessError):
    """A program wrote more than credentials can be."""


@frozen
class Ended:
    """A program that has ended: its status, output and complaints."""

    status: int
    output: bytes = field(repr=False)
    complaint: bytes = field(repr=False)


def run_program(
    command: Sequence[str],
    *,
    patience: float,
    environment: Mapping[str, str] | None = None,
    told: bytes = b"",
    is_interactive: bool = False,
) -> Ended:
    """Run a program to its end.

    One that is over its time is not waited for, nor is anything that it has started, which
    may hold its pipes.

    Args:
        command: The program and its arguments.
        patience: How many seconds it has.
        environment: Its environment variables; None for ours.
        told: What it reads, unless it is interactive.
        is_interactive: Whether it may talk to the person at the terminal.

    Raises:
        OSError: It can't be run.
        ValueError: Nor can anything that is called so.
        subprocess.SubprocessError: It takes too long, or writes too much.
    """
    deadline = monotonic() + patience
    with subprocess.Popen(  # noqa: S603 - running it is what the user set up
        command,
        env=environment,
        bufsize=0,
        stdin=None if is_interactive else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if is_interactive else subprocess.PIPE,
    ) as program:
        try:
            if program.stdin:
                with suppress(BrokenPipeError), program.stdin:
                    program.stdin.write(told)
            said = _read(filter(None, (program.stdout, program.stderr)), deadline)
            status = program.wait(_left(deadline))
        except BaseException:
            program.kill()
            raise
    output, complaint = (said.get(pipe, b"") for pipe in (program.stdout, program.stderr))
    return Ended(status, bytes(output), bytes(complaint))


def _read(pipes: Iterable[IO[bytes]], deadline: float) -> dict[Any, bytearray]:
    """All that comes out of pipes until they end."""
    said: dict[Any, bytearray] = {pipe: bytearray() for pipe in pipes}
    with DefaultSelector() as selector:
        for pipe in said:
            selector.register(pipe, EVENT_READ)
        while selector.get_map():
            ready = selector.select(_left(deadline))
            if not ready:
                raise subprocess.TimeoutExpired("", 0)
            for key, _ in ready:
                piece = os.read(key.fd, _PIECE)
                said[key.fileobj] += piece
                if not piece:
                    selector.unregister(key.fileobj)
                elif len(said[key.fileobj]) > MOST_SAID:
                    raise TooMuchSaidError
    return said


def _left(deadline: float) -> float:
    return max(deadline - monotonic(), 0.001)
