"""How a report is to look."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from driftcheck.errors import UsageError
from driftcheck.reports._choices import DETAILS, FEWEST_CHARACTERS, MOST_CHARACTERS, Detail


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

    Raises:
        UsageError: There is no such detail, or no report is as small as that.
    """

    color: bool = False
    width: int = 100
    detail: Detail = field(default="full")
    unchanged: bool = False
    max_chars: int = field(default=MOST_CHARACTERS)

    @detail.validator
    def _check_detail(self, _: Any, detail: str) -> None:
        if detail not in DETAILS:
            raise UsageError(
                f"{detail!r} is no detail", hint=f"choose one of: {', '.join(DETAILS)}"
            )

    @max_chars.validator
    def _check_size(self, _: Any, size: int) -> None:
        if size < FEWEST_CHARACTERS:
            raise UsageError(
                f"no report fits into {size} characters",
                hint=f"let it have {FEWEST_CHARACTERS} at least",
            )
