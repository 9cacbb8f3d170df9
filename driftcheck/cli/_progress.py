"""How far the work has come: on standard error, and only for a person who watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

import click

from driftcheck.capture import Progress
from driftcheck.model import counted

_CLEAR_LINE = "\r\x1b[K"


class ProgressLine:
    """One line that is rewritten while an environment is looked at, and gone afterwards."""

    def __init__(self) -> None:
        self._is_watched = sys.stderr.isatty()

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
            f"{environment}: {progress.kinds_done} of {counted(progress.kinds_total, 'kind')}, "
            f"{counted(progress.objects, 'object')}"
        )

    def _write(self, text: str) -> None:
        if self._is_watched:
            click.echo(f"{_CLEAR_LINE}{text}", nl=False, err=True)
