"""What the rooms log goes to standard error, inert: warnings, and with `--debug` requests."""

from __future__ import annotations

import logging
import sys

from driftcheck.cli._telling import inert_lines


class _InertFormatter(logging.Formatter):
    """Log records, whatever they quote."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's message, and its traceback if it has one."""
        return inert_lines(super().format(record))


def log(*, debug: bool) -> None:
    """Write warnings from now on, and everything where that is wanted.

    Args:
        debug: Whether it is.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_InertFormatter())
    logging.basicConfig(handlers=[handler])
    if debug:
        logging.getLogger("driftcheck").setLevel(logging.DEBUG)
