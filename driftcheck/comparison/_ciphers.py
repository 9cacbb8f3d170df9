"""Cipher texts that are not equal: what they hold is known where it was opened, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driftcheck.comparison._sides import ABSENT, Place
from driftcheck.model import SECRET, CipherText, Field, ObjectReference, State, format_path

SEALED_VALUES = "sealed-values"


def is_encrypted(place: Place) -> bool:
    """Whether a value is there everywhere, and somewhere as a text that nobody here can read."""
    nodes = place.sides.nodes.values()
    return all(node is not ABSENT for node in nodes) and any(
        isinstance(node, CipherText) for node in nodes
    )


def is_compared_opened(place: Place, reference: ObjectReference, states: Iterable[State]) -> bool:
    """Whether the Secrets that were made of the cipher texts are compared in all environments."""
    nodes = place.sides.nodes.values()
    is_opened = all(isinstance(node, CipherText) and node.is_opened for node in nodes)
    return is_opened and all(_has_opened(place, reference, state) for state in states)


def _has_opened(place: Place, sealed: ObjectReference, state: State) -> bool:
    """Whether a Secret of this name says to come of it, and has a value under this key."""
    secret = state.objects.get(ObjectReference(*SECRET, sealed.name))
    if secret is None or secret.owner is None or secret.owner.reference != sealed:
        return False
    key = place.sides.path[-1]
    return isinstance(key, Field) and key.name in secret.content.get("data", {})


def encrypted_reasons(places: Iterable[Place]) -> Iterator[str]:
    """Why the values can't be compared, in a sentence for each object."""
    by_object: dict[ObjectReference, list[Place]] = {}
    for place in places:
        by_object.setdefault(place.sides.reference, []).append(place)
    for reference, found in by_object.items():
        paths = ", ".join(format_path(place.sides.path) for place in found)
        sides = dict.fromkeys(
            name
            for place in found
            for name, node in place.sides.nodes.items()
            if isinstance(node, CipherText)
        )
        yield (
            f"{reference}: what is encrypted in {' and '.join(sides)} can't be compared: {paths}"
        )
