"""Since when an object is as it is: the turns of its life, compared by the rules of today.

Every turn is looked at, from the latest on: a value that flips back and forth has no one place
where halving an interval would find it.
"""

from __future__ import annotations

from collections.abc import Iterator

from driftcheck.comparison import later_entries
from driftcheck.errors import UsageError
from driftcheck.history import Archive, Kept
from driftcheck.managers import writer_of
from driftcheck.model import (
    AFTER,
    BECAME_BY_CHANGE,
    SECRET,
    Became,
    Blame,
    BlamedChange,
    Finding,
    GroupKind,
    KeptLook,
    ObjectReference,
    Writer,
    is_called,
)
from driftcheck.pipeline._lives import Turn, compared, is_about, pairs_of, turns_of

_NO_ENTRY = "whoever did it left no entry in managedFields"
_MANY = 3


def blame_object(archive: Archive, kept: Kept, subject: str, path: str) -> Blame:
    """Say since when an object, or a place in it, is as it is, and who made it so.

    Args:
        archive: The store.
        kept: The environment.
        subject: The object, as `KIND/NAME`.
        path: Which place in it, as findings print it; empty for all of it.

    Raises:
        UsageError: There never was such an object, or several may be meant.
        HistoryError: A record is not what it must be.
    """
    reference = _reference(archive, kept, subject)
    turns = turns_of(archive, kept, reference)
    changes: list[BlamedChange] = []
    told: set[str] = set()
    for before, after in pairs_of(turns):
        for change in _changes(kept, reference, before, after):
            if is_about(path, change.path) and change.path not in told:
                changes.append(change)
            if change.path:
                told.add(change.path)
        if path and any(_ends(change) for change in changes):
            break
    return Blame(kept.name, reference, path, tuple(changes), len(kept.looks))


def _ends(change: BlamedChange) -> bool:
    """Whether nothing before a change says since when a place is as it is."""
    return change.became is not Became.RECREATED


def _reference(archive: Archive, kept: Kept, subject: str) -> ObjectReference:
    kind, slash, name = subject.partition("/")
    if not (kind and slash and name):
        raise UsageError(f"{subject!r} is no object", hint="write KIND/NAME: deployment/web")
    known = archive.references(kept)
    called = [item for item in known if item.name == name and is_called(item.group_kind, kind)]
    if not called:
        near = [str(item) for item in known if item.name == name]
        raise UsageError(
            f"{kept.name} never had a {subject!r}",
            hint=f"there are: {', '.join(near)}" if near else "names are written as in kubectl",
        )
    if len(called) > 1:
        meant = ", ".join(f"{item.group_kind}/{item.name}" for item in called)
        raise UsageError(f"{subject!r} may be any of {meant}", hint="write one of these")
    return called[0]


def _changes(
    kept: Kept, reference: ObjectReference, before: Turn | None, after: Turn
) -> Iterator[BlamedChange]:
    """What became of the object between two turns; a place that is the same is none."""
    notes = tuple(_notes(kept, reference.group_kind, after))
    if after.snapshot is None:
        yield BlamedChange(Became.DELETED, "", after.known, after.look, notes=notes)
    elif before is None or before.snapshot is None:
        became = Became.MADE if after.known else Became.FIRST_SEEN
        yield BlamedChange(
            became, "", after.known, after.look, written_by=_between(None, after), notes=notes
        )
    else:
        yield from _changes_inside(before, after, notes)


def _changes_inside(before: Turn, after: Turn, notes: tuple[str, ...]) -> Iterator[BlamedChange]:
    result = compared(before, after)
    if result is None or before.document is None or after.document is None:
        return
    if before.document.uid != after.document.uid:
        yield BlamedChange(Became.RECREATED, "", after.known, after.look, notes=notes)
    for finding in result.findings:
        writers = _writers(finding, before, after)
        left = () if writers else (_NO_ENTRY,)
        yield BlamedChange(
            became=BECAME_BY_CHANGE[finding.change],
            path=finding.path,
            earlier=after.known,
            later=after.look,
            values=finding.values,
            written_by=writers,
            notes=(*filter(None, [finding.note]), *left, *notes),
        )
    if result.gaps and not result.findings and _is_otherwise(before, after):
        said = (*result.gaps, *notes)
        yield BlamedChange(Became.INCOMPARABLE, "", after.known, after.look, notes=said)


def _is_otherwise(before: Turn, after: Turn) -> bool:
    """Whether something else was declared, as far as the bytes tell."""
    return bool(
        before.portion and after.portion and before.portion.declared != after.portion.declared
    )


def _writers(finding: Finding, before: Turn, after: Turn) -> tuple[Writer, ...]:
    """Those who own the place and wrote in between; of what is gone, all who wrote in between."""
    inside = _between(before, after)
    if AFTER not in finding.values:
        return inside
    return tuple(writer for writer in finding.written_by.get(AFTER, ()) if writer in inside)


def _between(before: Turn | None, after: Turn) -> tuple[Writer, ...]:
    """Whoever wrote the object after it was seen before, but for its status, the latest first."""
    if after.document is None:
        return ()
    entries = (
        later_entries(before.document, after.document)
        if before and before.document
        else after.document.metadata.get("managedFields") or ()
    )
    writers = [writer_of(entry) for entry in entries if entry.get("subresource") != "status"]
    return tuple(sorted(writers, key=lambda writer: writer.time or "", reverse=True))


def _notes(kept: Kept, kind: GroupKind, after: Turn) -> Iterator[str]:
    """What a reader should know of the interval."""
    known, look = after.known, after.look
    if known is None:
        return
    between = [kept.look(number) for number in range(known.number + 1, look.number)]
    pruned = [each for each in between if each.is_pruned]
    blind = [each for each in between if not each.is_pruned]
    if pruned:
        yield f"{_numbers(pruned)} pruned"
    if blind:
        yield f"{_numbers(blind)} not able to see {kind}"
    if kind == SECRET and known.secret_key_id != look.secret_key_id:
        yield "the Secret key is another one since: values can't be compared across that"
    if known.driftcheck != look.driftcheck:
        yield f"driftcheck {known.driftcheck} wrote the one look, and {look.driftcheck} the other"


def _numbers(looks: list[KeptLook]) -> str:
    """Looks by their numbers."""
    if len(looks) == 1:
        return f"#{looks[0].number} was"
    first, last = looks[0].number, looks[-1].number
    if last - first + 1 == len(looks):
        return f"#{first} to #{last} were"
    return f"{', '.join(f'#{each.number}' for each in looks[:_MANY])} and others were"
