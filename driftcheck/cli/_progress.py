"""How far the work has come: on standard error, and only for a person who watches."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from driftcheck.model import counted
from driftcheck.reports import inert

if TYPE_CHECKING:
    from driftcheck.capture import Progress

_CLEAR_LINE = "\r\x1b[K"
_STEP = 10
"""Looks after which one sees that it goes on."""


class ProgressLine:
    """One line that is rewritten while an environment is looked at, and gone afterwards."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write("")

    def show(self, environment: str, progress: Progress) -> None:
        """Say how many kinds and objects have been read."""
        self._write(
            f"{inert(environment)}: {progress.kinds_done} of "
            f"{counted(progress.kinds_total, 'kind')}, {counted(progress.objects, 'object')}"
        )

    def count(self, done: int, total: int) -> None:
        """Say how many looks have been read."""
        if done % _STEP == 0:
            self._write(f"{done} of {counted(total, 'look')}")

    def _write(self, text: str) -> None:
        if self._is_watched:
            click.echo(f"{_CLEAR_LINE}{_fitted(text)}", nl=False, err=True)


def _fitted(text: str) -> str:
    """As much of a text as stands in one line: of two, only the last would be cleared."""
    from wcwidth import wcswidth

    room = os.get_terminal_size(sys.stderr.fileno()).columns - 1
    for end in range(len(text), 0, -1):
        if room < 0 or 0 <= wcswidth(text[:end]) <= room:
            return text[:end]
    return ""
