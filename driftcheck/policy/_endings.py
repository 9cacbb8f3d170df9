"""When rules end, and how that is said."""

from __future__ import annotations

from datetime import date, timedelta

from driftcheck.model import counted

SOON = timedelta(days=14)
"""How long before its end a rule is said to be ending."""


def has_ended(expires: date | None, today: date) -> bool:
    """Whether the last day is over."""
    return expires is not None and expires < today


def ending(expires: date | None, today: date, *, reopened: str = "") -> str | None:
    """That a rule has ended, or is about to; None where it goes on.

    Args:
        expires: Its last day; None where it has none.
        today: The day, in UTC.
        reopened: What is open again since it ended, such as `2 differences`.
    """
    if expires is None or expires - today > SOON:
        return None
    if has_ended(expires, today):
        return f"ended on {expires}{f': {reopened} open again' if reopened else ''}"
    days = (expires - today).days
    left = f"in {counted(days, 'day')}" if days else "today"
    return f"ends {left}, on {expires}"
