"""Fields that one server has and another can't have, since its version does not know them."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from driftcheck.model import Difference, Expectation, Field, SkewedField, State

VERSION_SKEW = Expectation("version-skew", "only one of the server versions knows this field")


def skewed(difference: Difference, states: Iterable[State]) -> Difference:
    """The difference, expected where it follows from the servers' versions alone.

    That is so where a field on the way is unknown to every server that does not have it. A
    server of an unknown version, or a manifest, may just have left it out.
    """
    lacking = [state for state in states if state.environment not in difference.values]
    minors = [state.minor for state in lacking]
    for step in difference.path:
        if isinstance(step, Field) and isinstance(step.name, SkewedField):
            known_by = step.name.known_by
            if minors and all(minor is not None and minor not in known_by for minor in minors):
                note = f"the server is {_which(minors, known_by)}"
                return evolve(difference, expected=VERSION_SKEW, note=note)
    return difference


def _which(minors: Iterable[int | None], known_by: range) -> str:
    """How the server that has the field stands to those that don't know it."""
    return "newer" if all(minor < known_by.start for minor in minors if minor) else "older"
