"""For how long credentials are used."""

from __future__ import annotations

from datetime import datetime
from math import inf
from time import monotonic, time

_LONGEST = 600.0
"""Seconds after which rotated tokens and certificates are read again."""

_SKEW = 60.0
"""Seconds before they expire that credentials are renewed."""


class Life:
    """The time for which credentials are used: until they expire, or a server refuses them.

    Args:
        expires: When they expire; None where nobody says.
    """

    least = 30.0
    """Seconds for which nobody is asked for others, so that a plugin never runs in a loop."""

    def __init__(self, expires: datetime | None = None) -> None:
        left = expires.timestamp() - time() - _SKEW if expires else _LONGEST
        self._begin = monotonic()
        self._end = self._begin + max(self.least, min(_LONGEST, left))

    @property
    def has_just_begun(self) -> bool:
        """Whether it is too early to ask for others."""
        return monotonic() < self._begin + self.least

    @property
    def is_over(self) -> bool:
        """Whether whoever needs credentials needs others."""
        return monotonic() >= self._end

    def end(self) -> None:
        """End it: a server refused them."""
        self._end = -inf
