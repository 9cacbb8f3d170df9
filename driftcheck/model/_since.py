"""Since when something is as it is, as far as looks in a store tell."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class Since:
    """Between which two looks something came to be as it is.

    Args:
        environment: In which environment, by its name in the result.
        earlier: The number of the last look at which it was not so; None where it was so at
            the first look that there is.
        later: The number of the first look at which it was so; None where that is the one that
            is compared, and no look has it yet.
        time: When that look was.
    """

    environment: str
    earlier: int | None
    later: int | None
    time: datetime

    def __str__(self) -> str:
        """The interval in a word: `shop@prod-eu #40..#41`."""
        earlier, later = (
            "" if number is None else f"#{number}" for number in (self.earlier, self.later)
        )
        return f"{self.environment} {earlier}..{later}"
