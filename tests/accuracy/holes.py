"""Attacks that succeed: holes that are known, each with its reason. The list should be empty."""

from __future__ import annotations

import re

from attrs import frozen

from tests.accuracy.attacks import Success


@frozen
class Hole:
    """A hole.

    Args:
        maker: Whose attacks succeed.
        attack: A pattern of what is done.
        form: A pattern of the forms in which it is not seen.
        reason: Why it is open, and what the smallest input is.
    """

    maker: str
    attack: str
    form: str
    reason: str

    def covers(self, success: Success) -> bool:
        """Whether an attack's success is this hole."""
        return (
            success.maker == self.maker
            and re.fullmatch(self.attack, success.attack) is not None
            and re.fullmatch(self.form, success.form) is not None
        )


HOLES: tuple[Hole, ...] = ()


def is_known(success: Success) -> bool:
    """Whether a success is a hole that is known."""
    return any(hole.covers(success) for hole in HOLES)
