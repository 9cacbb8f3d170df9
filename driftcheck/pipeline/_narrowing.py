"""Is what somebody asks for there, and may it be left out?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from driftcheck.errors import UsageError
from driftcheck.model import (
    EVERY_KIND,
    EXCLUDED_KINDS,
    SECRET,
    GroupKind,
    ObjectReference,
    Scope,
    Snapshot,
    is_called,
    names_of,
)
from driftcheck.normalization import says_what_runs
from driftcheck.policy import dangers_of


def check_scope(scope: Scope, snapshots: Collection[Snapshot]) -> None:
    """Refuse to compare what is not there, and not to look at what no option may leave out.

    Raises:
        UsageError: No environment knows a kind, or leaving one out is dangerous.
    """
    known = {row.group_kind for snapshot in snapshots for row in snapshot.coverage}
    for name in (*scope.kinds, *scope.exclude_kinds):
        if not (any(is_called(kind, name) for kind in known) or _may_be_unknown(name, known)):
            raise UsageError(f"no environment has a kind {name!r}", hint=_meant(name, known))
    for kind in sorted(filter(scope.excludes, known)):
        if said := _why_not(kind, snapshots):
            raise UsageError(
                f"{EXCLUDED_KINDS} {kind}: {said}",
                hint="accept in a policy that it is not seen, and say why: "
                f"unseen: [{{id: …, match: {{kind: {kind}}}, reason: …}}]",
            )


def _may_be_unknown(name: str, known: Iterable[GroupKind]) -> bool:
    """Whether a kind may be one of a group that could not be discovered."""
    groups = {kind.group for kind in known if kind.kind == EVERY_KIND}
    return name.lower().partition(".")[2] in groups


def _meant(name: str, known: Iterable[GroupKind]) -> str:
    """The kinds that a name may have been meant for; else all that there are."""
    spelled = {
        word: kind
        for kind in sorted(known)
        for called in names_of(kind)
        for word in (called, f"{called}.{kind.group}")
    }
    close = get_close_matches(name.lower(), spelled, n=3)
    if close:
        return f"did you mean {' or '.join(dict.fromkeys(str(spelled[word]) for word in close))}?"
    return f"there are: {', '.join(sorted({kind.kind for kind in known}))}"


def _why_not(kind: GroupKind, snapshots: Iterable[Snapshot]) -> str:
    """Why a kind may not be left out by an option; empty where it may."""
    if kind == SECRET:
        return "no option leaves out Secrets"
    if says_what_runs(kind):
        return "no option leaves out what runs, or says what does"
    objects = [
        (document.reference, document.body)
        for snapshot in snapshots
        for document in snapshot.documents
        if document.reference.group_kind == kind
    ]
    dangers = {
        danger.value
        for reference, body in [(ObjectReference(*kind, ""), {}), *objects]
        for danger in dangers_of(reference, body)
    }
    named = ", ".join(sorted(dangers))
    return f"no option leaves out what is dangerous ({named})" if dangers else ""
