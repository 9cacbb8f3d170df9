"""What was written between two looks at one place, in few words."""

from __future__ import annotations

from attrs import frozen

from driftcheck.model import Result, Witness, WitnessedObject, Witnesses

_MEANS = {
    Witness.CHANGED: "something else is in it, which the findings tell",
    Witness.NEW: "made in between",
    Witness.GONE: "deleted in between",
    Witness.RECREATED: "deleted and made anew, with the same content",
    Witness.REVERTED: "changed and changed back",
    Witness.TOUCHED: "written, and the same again or still, or not to be compared",
    Witness.STATUS_ONLY: "nothing that shows was written but the status",
    Witness.UNTOUCHED: "nothing was written, not even to be undone",
}
"""Every witness, and what it means; those first that tell of most."""
_FOUND = (Witness.CHANGED, Witness.NEW, Witness.GONE)
"""Those of which a comparison of contents finds what became of the object."""
_OWNED = "made by objects beside them, and come and go with these"


@frozen
class WitnessCount:
    """How many objects a witness speaks of.

    Args:
        objects: The number.
        witness: The word for it.
        means: What it proves of each of them.
    """

    objects: int
    witness: str
    means: str


def witness_counts(found: Witnesses) -> list[WitnessCount]:
    """What is proven of how many objects; those first to which most was done."""
    told = [
        WitnessCount(found.counts[witness], witness.value, means)
        for witness, means in _MEANS.items()
        if found.counts[witness]
    ]
    return [*told, WitnessCount(found.owned, "owned", _OWNED)] if found.owned else told


def written_objects(found: Witnesses, result: Result) -> list[WitnessedObject]:
    """What is not untouched, and no finding tells already; that first to which most was done."""
    told = {each.object for each in result.findings if each.is_witness}
    differing = {each.object for each in result.findings}
    left = (
        item
        for item in found.objects
        if item.object not in (differing if item.witness in _FOUND else told)
    )
    return sorted(left, key=lambda item: list(_MEANS).index(item.witness))
