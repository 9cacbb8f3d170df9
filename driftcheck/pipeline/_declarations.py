"""Where a look deviates from what tools keep a record of having declared of its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from driftcheck.audit import Declarations, Deviation
from driftcheck.model import Declaration, Finding, ObjectReference, Snapshot
from driftcheck.pipeline._judging import deviations
from driftcheck.policy import Policy

_RELEASE = "meta.helm.sh/release-name"
_NO_PLACE = "nothing shows that it speaks of this Namespace, whose uid was not seen"


def declarations_of(snapshot: Snapshot, policy: Policy) -> Declarations | None:
    """Hold a look against each record that was read with it.

    Args:
        snapshot: What was seen.
        policy: Says who writes under which name.

    Returns:
        Where something else stands than was declared; None where no record was looked for.
    """
    if snapshot.declared is None:
        return None
    look = evolve(snapshot, declared=None)
    found: list[Deviation] = []
    gaps: list[str] = []
    objects: set[ObjectReference] = set()
    for record in snapshot.declared:
        if record.declaration is None:
            continue
        if not record.documents or snapshot.namespace_uid is None:
            gaps += _gaps(record, record.declaration)
            continue
        findings, incomparable = deviations(record, look, policy)
        found += _found(record, record.declaration, findings)
        gaps += incomparable
        objects |= {document.reference for document in record.documents}
    return Declarations(tuple(found), len(objects), tuple(gaps))


def _gaps(record: Snapshot, declaration: Declaration) -> Iterator[str]:
    """Why a record is held against nothing, where it should be."""
    reasons = (*declaration.gaps, _NO_PLACE) if record.documents else declaration.gaps
    for reason in reasons:
        yield f"{record.name}: {reason}"


def _found(
    record: Snapshot, declaration: Declaration, findings: Iterable[Finding]
) -> Iterator[Deviation]:
    releases = {
        document.reference: str((document.metadata.get("annotations") or {}).get(_RELEASE, ""))
        for document in record.documents
    }
    for finding in findings:
        release = releases.get(finding.object, "")
        yield Deviation(declaration.by, record.name, release, finding)
