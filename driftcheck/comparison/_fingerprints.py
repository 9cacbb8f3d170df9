"""Fingerprints that say nothing of each other: of another key, or of an object of another name."""

from __future__ import annotations

from collections.abc import Iterable

from driftcheck.model import (
    Difference,
    Field,
    SecretValue,
    State,
    format_path,
    without_hash,
)

_OTHER_KEYS = (
    "Secret values were fingerprinted with different keys: use one DRIFTCHECK_SECRET_KEY for all"
)


def without_incomparable(
    differences: Iterable[Difference], states: Iterable[State]
) -> tuple[list[Difference], list[str]]:
    """The differences that are some, and why of others nobody can say it."""
    comparable: list[Difference] = []
    reasons: dict[str, None] = {}
    for difference in differences:
        reason = _why_incomparable(difference, states)
        if reason:
            reasons[reason] = None
        else:
            comparable.append(difference)
    return comparable, list(reasons)


def _why_incomparable(difference: Difference, states: Iterable[State]) -> str:
    """Why unequal fingerprints may stand for equal texts; empty where they may not.

    What may repeat a value is fingerprinted with its object's name, so that no equality shows
    between two Secrets of one namespace.
    """
    if not all(isinstance(value, SecretValue) for value in difference.values.values()):
        return ""
    holders = [state for state in states if state.environment in difference.values]
    if len({state.secret_key_id for state in holders}) > 1:
        return _OTHER_KEYS
    is_named = difference.path[:1] == (Field("metadata"),)
    if is_named and len({_name(difference, state) for state in holders}) > 1:
        return (
            f"{difference.reference}: what a fingerprint stands for can't be compared with an"
            f" object of another name: {format_path(difference.path)}"
        )
    return ""


def _name(difference: Difference, state: State) -> str:
    name = state.objects[difference.reference].name
    return without_hash(difference.reference._replace(name=name)).name
