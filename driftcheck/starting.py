"""Ctrl-C while the program is being loaded, before there is anything to put in order."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 and the number of the signal, as shells say it."""

_PROGRAMS = ("driftcheck", "kubectl-driftcheck", "-m", "driftcheck/__main__")
"""How `sys.argv[0]` ends while the program is loaded; the last two are of `python -m`."""


@contextmanager
def loading() -> Iterator[None]:
    """Let Ctrl-C end the program at once, and not leave an import somewhere in the middle.

    Where this is no program but a library, and where Ctrl-C is ignored or somebody else's
    business, everything stays as it is.
    """
    if not _is_ours():
        yield
        return
    usual = signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def program_name() -> str:
    """What was typed: `kubectl driftcheck` for the plugin, else `driftcheck`."""
    is_plugin = PurePath(sys.argv[0]).name.startswith("kubectl-")
    return "kubectl driftcheck" if is_plugin else "driftcheck"


def _is_ours() -> bool:
    called = PurePath(sys.argv[0]).with_suffix("") if sys.argv and sys.argv[0] else PurePath()
    is_program = any(called.match(name) for name in _PROGRAMS)
    return is_program and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _end(*_: object) -> None:
    try:
        os.write(2, f"{program_name()}: interrupted\n".encode())
    finally:
        os._exit(INTERRUPTED)
