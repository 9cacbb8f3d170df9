"""Every check, what it needs to see, and how all of them go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from attrs import evolve, frozen

from driftcheck.audit import (
    _configuration,
    _declarations,
    _hands,
    _images,
    _machines,
    _progress,
    _staleness,
)
from driftcheck.audit._found import Finder, Found
from driftcheck.audit._inspection import POD, Inspection
from driftcheck.audit._uses import CONFIG_MAP
from driftcheck.model import (
    DECLARED_UNREAD,
    AuditFinding,
    Check,
    CheckRow,
    GroupKind,
    KindCoverage,
    ManagerRow,
    ObjectReference,
)

NOT_LIVE = "files do not say who wrote what, nor when: name a namespace"
NO_WRITERS = "it was saved without managedFields, which say who wrote what"
NOTHING = "there was nothing to audit: no object besides its Namespace"
SaidOf = Callable[[Iterable[KindCoverage]], tuple[str, ...]]
_EVERY_KIND: tuple[GroupKind, ...] = ()
"""That a check looks at objects of every kind."""


@frozen
class _Checked:
    """A check, and what it needs.

    Args:
        find: What it finds.
        kinds: The kinds that it can't do without; none for all.
        is_of_writers: Whether it asks who wrote something.
    """

    find: Finder
    kinds: tuple[GroupKind, ...] = _EVERY_KIND
    is_of_writers: bool = False


_RUNNING = (POD,)
CHECKS = {
    Check.HAND_WRITTEN: _Checked(_hands.hand_written, is_of_writers=True),
    Check.UNDECLARED_OBJECT: _Checked(_hands.undeclared_objects, is_of_writers=True),
    Check.NOT_AS_DECLARED: _Checked(_declarations.not_as_declared),
    Check.POD_NOT_ITS_TEMPLATE: _Checked(_images.strays, _RUNNING),
    Check.STALE_CONFIGURATION: _Checked(
        _staleness.stale_configuration, (POD, CONFIG_MAP), is_of_writers=True
    ),
    Check.EDITED_GENERATED: _Checked(_configuration.edited_generated, (CONFIG_MAP,)),
    Check.MACHINE_NOT_ITS_TEMPLATE: _Checked(_machines.other_machines, (_machines.MACHINE,)),
    Check.EPHEMERAL_CONTAINER: _Checked(_images.ephemeral_containers, _RUNNING),
    Check.MIXED_DIGESTS: _Checked(_images.mixed_digests, _RUNNING),
    Check.MUTABLE_IMAGE: _Checked(_images.mutable_images),
    Check.NEVER_UPDATES: _Checked(_configuration.never_updates),
    Check.NOT_IMMUTABLE: _Checked(_configuration.not_immutable, (POD, CONFIG_MAP)),
    Check.PAUSED: _Checked(_progress.paused),
    Check.SUSPENDED: _Checked(_progress.suspended),
    Check.IN_ROLLOUT: _Checked(_progress.in_rollout),
    Check.ATTRIBUTION_WIPED: _Checked(_hands.wiped_attribution, is_of_writers=True),
}


@frozen
class Audited:
    """What the checks make of one environment.

    Args:
        findings: Everything that was found, in the order of the checks.
        checks: How each check went.
        managers: Who writes there.
        gaps: Why some checks could not look, in sentences; these cost the verdict.
    """

    findings: tuple[AuditFinding, ...]
    checks: tuple[CheckRow, ...]
    managers: tuple[ManagerRow, ...]
    gaps: tuple[str, ...]


def audit_environment(look: Inspection, said_of: SaidOf) -> Audited:
    """Do every check on one environment.

    Args:
        look: What was seen.
        said_of: Says of rows of coverage what was not seen, and why.

    Returns:
        The findings, and how each check went.
    """
    findings = tuple(
        _finding(look, check, found)
        for check, checked in CHECKS.items()
        if not _blindness(look, checked)
        for found in _once(checked.find(look))
    )
    counts = Counter(finding.check for finding in findings)
    return Audited(
        findings=findings,
        checks=tuple(_row(look, check, counts[check], said_of) for check in Check),
        managers=_hands.managers_in(look),
        gaps=tuple(dict.fromkeys(_gaps(look, said_of))),
    )


def _gaps(look: Inspection, said_of: SaidOf) -> Iterator[str]:
    """Why some checks could not look."""
    if not look.objects:
        yield NOTHING
    yield from look.declarations.gaps if look.declarations else ()
    for checked in CHECKS.values():
        if blindness := _blindness(look, checked):
            yield blindness
    yield from said_of(row for row in look.state.coverage if row.is_gap)


def _once(found: Iterable[Found]) -> Iterable[Found]:
    """The findings of one check, one for each object: the first, with the places of the others."""
    first: dict[ObjectReference, Found] = {}
    for each in found:
        known = first.setdefault(each.object, each)
        if known is not each:
            first[each.object] = evolve(known, also=(*known.also, each.path, *each.also))
    return first.values()


def _finding(look: Inspection, check: Check, found: Found) -> AuditFinding:
    return AuditFinding(
        environment=look.environment,
        check=check,
        grade=found.grade,
        object=found.object,
        path=found.path,
        says=found.says,
        advice=found.advice,
        written_by=found.writers,
        also=found.also,
    )


def _blindness(look: Inspection, checked: _Checked) -> str | None:
    """Why a check that asks for writers has nobody to ask; None where it has."""
    if not checked.is_of_writers or not look.objects:
        return None
    if not look.is_live:
        return NOT_LIVE
    return None if look.has_writers else NO_WRITERS


def _row(look: Inspection, check: Check, findings: int, said_of: SaidOf) -> CheckRow:
    checked = CHECKS[check]
    if check is Check.NOT_AS_DECLARED:
        return _row_of_declarations(look, findings, said_of(_missing(look, checked)))
    missing = said_of(_missing(look, checked))
    reason = _blindness(look, checked) or "; ".join(missing) or None
    return CheckRow(
        check=check,
        is_looked=reason is None,
        reason=reason,
        looked_at=_looked_at(look, checked),
        findings=findings,
    )


def _row_of_declarations(look: Inspection, findings: int, missing: Iterable[str]) -> CheckRow:
    """How what was declared was held against what was seen, as far as anybody could.

    What was declared long ago, in a version that is no longer read, costs no verdict.
    """
    declared = look.declarations
    reason = "; ".join((*declared.gaps, *missing)) if declared else DECLARED_UNREAD
    if declared and declared.incomparable and not reason:
        reason = f"{DECLARED_UNREAD} in full: {'; '.join(declared.incomparable)}"
    return CheckRow(
        check=Check.NOT_AS_DECLARED,
        is_looked=not reason,
        reason=reason or None,
        looked_at=declared.objects if declared else 0,
        findings=findings,
    )


def _missing(look: Inspection, checked: _Checked) -> Iterator[KindCoverage]:
    """The rows of what a check needs, and could not be seen whole."""
    for row in look.state.coverage:
        if row.is_gap and (not checked.kinds or row.group_kind in checked.kinds):
            yield row


def _looked_at(look: Inspection, checked: _Checked) -> int:
    """How many objects a check has looked at: pods where it is about them, else what is edited."""
    if checked.kinds == _RUNNING:
        return sum(map(len, look.pods.values()))
    return sum(
        not checked.kinds or POD in checked.kinds or seen.reference.group_kind in checked.kinds
        for seen in look.objects
    )
