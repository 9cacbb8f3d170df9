"""How a report is to look."""

from __future__ import annotations

from typing import Literal, get_args

from attrs import frozen

Detail = Literal["full", "short", "stat"]
DETAILS: tuple[str, ...] = get_args(Detail)
MOST_CHARACTERS = 65_536
"""What GitHub takes as a comment on a pull request."""
FEWEST_CHARACTERS = 1_000
"""What every verdict fits into."""


@frozen
class Layout:
    """How a report is to look; each format takes from it what concerns it.

    Args:
        color: Whether to colour what is for a terminal; nothing is said by colour alone.
        width: How many columns a terminal has.
        detail: `full`; `short`, a line for each object that differs; or `stat`, the same with
            counts and a bar.
        unchanged: Whether to list the objects that are the same as well.
        max_chars: How many characters a report for a pull request may have.
    """

    color: bool = False
    width: int = 100
    detail: Detail = "full"
    unchanged: bool = False
    max_chars: int = MOST_CHARACTERS
