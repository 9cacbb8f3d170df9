"""What a statement rests on: snapshots with their files' bytes, and what is made of them.

Whoever proves and whoever verifies compute it by the same function, from the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

from driftcheck import __version__
from driftcheck.capture import without_collection
from driftcheck.codec import snapshot_bytes
from driftcheck.errors import UsageError
from driftcheck.images import parse_mirrors
from driftcheck.model import (
    ObjectReference,
    SavedSnapshot,
    Scope,
    Snapshot,
    State,
    is_called,
    parse_renaming,
    parse_selector,
)
from driftcheck.pipeline._judging import Asked, distinct_names, judge_snapshots
from driftcheck.pipeline._looking import EnvironmentLike, look_at_all
from driftcheck.pipeline._options import Look
from driftcheck.pipeline._rules import rules_digest
from driftcheck.policy import Policy
from driftcheck.proof import Evidence, Options
from driftcheck.sources import FileAddress, file_address, parse_address, read_saved


def saved_snapshots(
    environments: Sequence[EnvironmentLike], look: Look
) -> tuple[SavedSnapshot, ...]:
    """Look at environments; a saved snapshot is the bytes of its file, and no others."""
    with without_collection():
        saved = [_saved(environment) for environment in environments]
    given = [
        found.snapshot if found else environment
        for found, environment in zip(saved, environments, strict=True)
    ]
    seen = look_at_all(given, look)
    names = distinct_names(seen)
    return tuple(
        _named(found or _to_save(snapshot), name)
        for found, snapshot, name in zip(saved, seen, names, strict=True)
    )


def evidence_of(
    snapshots: Sequence[SavedSnapshot],
    options: Options,
    policy: Policy,
    *,
    made: datetime,
    objects: Iterable[str] = (),
) -> Evidence:
    """Compare snapshots, and keep all that a statement of it says.

    Args:
        snapshots: What was seen, each under its name in the result.
        options: What is asked.
        policy: What may differ.
        made: The moment that the statement bears; rules of the policy end by its day.
        objects: Which objects it is to show by themselves, each as `KIND/NAME`.

    Returns:
        What the statement rests on.

    Raises:
        UsageError: The options make no sense, or there is no such object.
    """
    asked = _asked(options, policy, made)
    judged = judge_snapshots((saved.snapshot for saved in snapshots), **asked)
    return Evidence(
        result=judged.result,
        states=judged.states,
        snapshots=tuple(snapshots),
        options=options,
        rules=rules_digest(),
        tool=__version__,
        made=made,
        shown=tuple(_references(objects, judged.states)),
    )


def named(snapshot: Snapshot, content: bytes, name: str) -> SavedSnapshot:
    """A snapshot that was read from a file, as a statement names it."""
    return _named(SavedSnapshot(snapshot, content, is_saved=True), name)


def _saved(environment: EnvironmentLike) -> SavedSnapshot | None:
    """A saved snapshot; None of what is none."""
    if isinstance(environment, Path):
        return read_saved(file_address(environment))
    if not isinstance(environment, str):
        return None
    address = parse_address(environment)
    return read_saved(address) if isinstance(address, FileAddress) else None


def _to_save(snapshot: Snapshot) -> SavedSnapshot:
    return SavedSnapshot(snapshot, snapshot_bytes(snapshot, compressed=True), is_saved=False)


def _named(saved: SavedSnapshot, name: str) -> SavedSnapshot:
    """The same by another name; where its file lies is no part of a statement."""
    return evolve(saved, snapshot=evolve(saved.snapshot, name=name, place=None))


def _asked(options: Options, policy: Policy, made: datetime) -> Asked:
    """A statement has no place for what no declaration speaks of, so that its world is closed."""
    return Asked(
        scope=Scope(
            kinds=options.kinds,
            selector=parse_selector(options.selector) if options.selector else (),
            exclude_kinds=options.exclude_kinds,
        ),
        renamings=tuple(parse_renaming(*names) for names in options.renamed.items()),
        mirrors=parse_mirrors(options.mirrors),
        policy=policy,
        untouched=options.untouched,
        platform=options.platform,
        closed=True,
        today=made.astimezone(UTC).date(),
    )


def _references(objects: Iterable[str], states: Sequence[State]) -> Iterator[ObjectReference]:
    """The objects that are called so, wherever they are.

    Raises:
        UsageError: One is nowhere.
    """
    everywhere = sorted({reference for state in states for reference in state.objects})
    for text in objects:
        found = [reference for reference in everywhere if _is_named(reference, text)]
        if not found:
            raise UsageError(
                f"no environment has an object {text}",
                hint="write its kind and name: Deployment/web",
            )
        yield from found


def _is_named(reference: ObjectReference, text: str) -> bool:
    """Whether an object is what `KIND/NAME` says."""
    kind, _, name = text.partition("/")
    return reference.name == name and is_called(reference.group_kind, kind)
