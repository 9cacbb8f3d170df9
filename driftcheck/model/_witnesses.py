"""What two looks at one place prove of each object: whether it was written in between."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from driftcheck.model._references import ObjectReference


class Witness(StrEnum):
    """What is proven of one object between two looks, and no more than that."""

    UNTOUCHED = "untouched"
    """Nothing was written: one uid, one resourceVersion."""
    STATUS_ONLY = "status-only"
    """Nothing but its status was written, as far as managedFields tell."""
    TOUCHED = "touched"
    """It was written, and is the same again or still."""
    REVERTED = "reverted"
    """It was changed and changed back, which its generation counted."""
    RECREATED = "recreated"
    """It is another object of the same content."""
    CHANGED = "changed"
    """It holds something else."""
    NEW = "new"
    """It is in the later look alone."""
    GONE = "gone"
    """It is in the earlier look alone."""

    @property
    def is_quiet(self) -> bool:
        """Whether nobody but controllers, by their status, wrote anything."""
        return self in (Witness.UNTOUCHED, Witness.STATUS_ONLY)


@frozen
class WitnessedObject:
    """One object that was written between two looks, or of which there is but one.

    Args:
        object: The object, named as in the baseline.
        witness: What is proven of it.
        says: By what, and what would not show, in words.
    """

    object: ObjectReference
    witness: Witness
    says: str


@frozen
class Witnesses:
    """What two looks at one place prove of all that was compared.

    Args:
        earlier: The name of the earlier look, whichever of the two is the baseline.
        later: The name of the later one.
        counts: How many objects each witness speaks of; every witness has its number.
        owned: How many objects there are besides that captured owners make.
        objects: Every object that is not untouched, sorted.
        doubts: Why less is proven than is said here, in sentences; mostly none.
    """

    earlier: str
    later: str
    counts: Mapping[Witness, int]
    owned: int
    objects: tuple[WitnessedObject, ...]
    doubts: tuple[str, ...] = ()
