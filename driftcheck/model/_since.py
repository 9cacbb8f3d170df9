"""Since when something is as it is, as far as looks in a store tell."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen


@frozen
class Since:
    """Between which two looks something came to be as it is.

    Args:
        environment: In which environment, by its name in the result.
        earlier: The number of the last look at which it was not so; None where the first look
            that there is has it.
        later: The number of the first look at which it was so.
        time: When that look was.
    """

    environment: str
    earlier: int | None
    later: int
    time: datetime
