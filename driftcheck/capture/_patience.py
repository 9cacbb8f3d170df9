"""How long is waited for what has not settled."""

from __future__ import annotations

from functools import cached_property
from time import monotonic


class Patience:
    """The time for which environments that are looked at together may settle.

    It begins when the first of them turns out not to have settled, and is one time for all:
    what is looked at later has had as long.

    Args:
        seconds: How long it is.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    @cached_property
    def end(self) -> float:
        """When it is over, on the clock that only goes on."""
        return monotonic() + self._seconds
