"""What was written between two looks at one place, in few words."""

from __future__ import annotations

from driftcheck.model import Result, Witness, WitnessedObject, Witnesses

_MOST_DONE_FIRST = (
    Witness.CHANGED,
    Witness.NEW,
    Witness.GONE,
    Witness.RECREATED,
    Witness.REVERTED,
    Witness.TOUCHED,
    Witness.STATUS_ONLY,
)


def counts_text(found: Witnesses) -> str:
    """How many objects each witness speaks of: `21 untouched, 12 changed; 35 owned`."""
    said = [f"{count} {witness.value}" for witness, count in found.counts.items() if count]
    return f"{', '.join(said) or 'nothing compared'}; {found.owned} owned"


def written_objects(found: Witnesses, result: Result) -> list[WitnessedObject]:
    """What is not untouched, and no finding tells already; that first to which most was done."""
    told = {finding.object for finding in result.findings if finding.is_witness}
    left = (item for item in found.objects if item.object not in told)
    return sorted(left, key=lambda item: _MOST_DONE_FIRST.index(item.witness))
