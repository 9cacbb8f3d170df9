"""Keys on the command line: the files they are in, and what opens them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from driftcheck import sources
from driftcheck.cli._telling import ask_hidden


def key_files(asked: Mapping[str, Any]) -> list[Path | None]:
    """The files that keys are in."""
    named = (asked["key"], asked["public_key"], asked["key_passphrase_file"])
    return [Path(name) for name in named if name and not sources.is_key_service(str(name))]


def passphrase_prompt() -> Callable[[], str] | None:
    """Asks for what a key is encrypted with; None where nobody is at the terminal."""
    return partial(ask_hidden, "Passphrase of the key") if sys.stdin.isatty() else None
