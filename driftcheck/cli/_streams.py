"""Standard streams as a shell may hand them over: closed, full, unbuffered, or narrow."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


@contextmanager
def usable_streams() -> Iterator[None]:
    """Make every stream usable for as long as the program runs.

    A descriptor that is closed would go to the next file that is opened, which would then
    get what is printed. What an encoding lacks is written as escapes. Whatever can't be
    written whole to standard output fails; `PYTHONUNBUFFERED` would have it cut off
    without a word. What can't be written to standard error changes nothing.
    """
    for descriptor in range(3):
        _plug(descriptor)
    handed_over = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = sys.stdin or _null("r")
    sys.stdout = _rewritten(sys.stdout, io.FileIO) if sys.stdout else _null("r")
    sys.stderr = _rewritten(sys.stderr, _Forgiving) if sys.stderr else _null("w")
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = handed_over


class _Forgiving(io.FileIO):
    """A descriptor for words: what nobody can be told is lost."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _rewritten(stream: TextIO, writer: type[io.FileIO]) -> TextIO:
    """A stream of our own to the same descriptor, where there is one."""
    try:
        descriptor = stream.fileno()
    except (OSError, AttributeError):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(writer(descriptor, "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.isatty(),
    )


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
