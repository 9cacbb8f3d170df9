"""Standard streams as a shell may hand them over: closed, or of a narrow encoding."""

from __future__ import annotations

import io
import os
import sys


def prepare_streams() -> None:
    """Make every stream usable; what is written to a closed standard output fails.

    A descriptor that is closed would go to the next file that is opened, which would then
    get what is printed. What an encoding lacks is written as escapes.
    """
    for descriptor in range(3):
        _plug(descriptor)
    if sys.stdin is None:
        sys.stdin = _null("r")
    if sys.stdout is None:
        sys.stdout = _null("r")
    if sys.stderr is None:
        sys.stderr = _null("w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _plug(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        os.open(os.devnull, os.O_RDWR)


def _null(mode: str) -> io.TextIOWrapper:
    """A stream that reads nothing; written to, one for reading says that it can't be."""
    stream = open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123, SIM115 - lives on
    assert isinstance(stream, io.TextIOWrapper)  # noqa: S101 - for the type checker
    return stream
