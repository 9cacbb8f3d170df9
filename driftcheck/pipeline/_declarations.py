"""Where a look deviates from what tools keep a record of having declared of its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve

from driftcheck.audit import Declarations, Deviation
from driftcheck.model import Document, Finding, Snapshot
from driftcheck.pipeline._judging import deviations
from driftcheck.policy import Policy

_RELEASE = "meta.helm.sh/release-name"
_NO_PLACE = "nothing shows that it speaks of this Namespace, whose uid was not seen"


def declarations_of(snapshot: Snapshot, policy: Policy) -> Declarations | None:
    """Hold a look against the declarations that were read with it.

    Args:
        snapshot: What was seen.
        policy: Says who writes under which name.

    Returns:
        Where something else stands than was declared; None where no declaration was looked for.
    """
    if snapshot.declared is None:
        return None
    look = evolve(snapshot, declared=None)
    records = [
        evolve(record, name=f"{record.declared_by}:{look.name}") for record in snapshot.declared
    ]
    gaps = tuple(_gaps(look, records))
    declared = [record for record in records if record.documents]
    if not declared or look.namespace_uid is None:
        return Declarations((), 0, gaps)
    findings, incomparable = deviations(look, declared, policy)
    return Declarations(
        deviations=tuple(_deviation(finding, look, declared) for finding in findings),
        objects=len({item.reference for record in declared for item in record.documents}),
        gaps=gaps,
        incomparable=tuple(reason for reason in incomparable if reason not in gaps),
    )


def _gaps(look: Snapshot, records: Sequence[Snapshot]) -> Iterator[str]:
    """Why less is held against a look than may be declared."""
    for record in records:
        for gap in record.declaration.gaps if record.declaration else ():
            yield f"{record.name}: {gap}"
        if record.documents and look.namespace_uid is None:
            yield f"{record.name}: {_NO_PLACE}"


def _deviation(finding: Finding, look: Snapshot, declared: Sequence[Snapshot]) -> Deviation:
    """A finding, with the first declaration that says something else than stands there."""
    having = [record for record in declared if _document(finding, record)] or declared
    seen = finding.values.get(look.name)
    others = [record for record in having if finding.values.get(record.name) != seen]
    record = (others or having)[0]
    document = _document(finding, record)
    annotations = document.metadata.get("annotations") if document else None
    return Deviation(
        declaration=record.name,
        look=look.name,
        release=str((annotations or {}).get(_RELEASE, "")),
        finding=finding,
    )


def _document(finding: Finding, record: Snapshot) -> Document | None:
    return next((item for item in record.documents if item.reference == finding.object), None)
