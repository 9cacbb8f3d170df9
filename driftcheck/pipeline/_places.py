"""Whether environments are one place: at several moments, or as it is and as it was declared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from driftcheck.errors import UsageError
from driftcheck.model import Origin, Snapshot, State

_HINT = "--untouched asks of one namespace what was written between two looks at it"


def is_one_place_declared(snapshots: Sequence[Snapshot]) -> bool:
    """Whether some are declarations of the one place that all the others are looks at."""
    declarations = [snapshot.declaration for snapshot in snapshots if snapshot.declaration]
    looks = [snapshot for snapshot in snapshots if snapshot.declaration is None]
    uids = {item.namespace_uid for item in declarations} | {item.namespace_uid for item in looks}
    return bool(declarations and looks) and len(uids) == 1 and None not in uids


def doubtful_places(snapshots: Sequence[Snapshot]) -> Iterator[str]:
    """Which declarations may be of a place that was looked at, though nothing shows it."""
    looks = [snapshot for snapshot in snapshots if snapshot.origin is Origin.CLUSTER]
    for declared, look in product(snapshots, looks):
        if declared.declaration is None or declared.namespace != look.namespace:
            continue
        if None in (declared.declaration.namespace_uid, look.namespace_uid):
            yield (
                f"whether {declared.name} is declared of {look.name} is not known, so that what it"
                f" does not declare is a difference: the uid of the Namespace was not seen"
            )


def check_one_place(states: Sequence[State]) -> None:
    """Refuse what can't be one place at several moments.

    Raises:
        UsageError: One of the environments is manifests, or another place than the baseline.
    """
    baseline, *others = states
    for state in states:
        if state.origin is Origin.MANIFESTS:
            raise UsageError(
                f"{state.environment} is manifests, and nothing shows who wrote to them",
                hint=f"{_HINT}: name snapshots, or a namespace of a cluster",
            )
    for other in others:
        if other.namespace != baseline.namespace:
            raise _two_places(baseline, other, f"{baseline.namespace} and {other.namespace}")
        uids = {baseline.namespace_uid, other.namespace_uid}
        if None not in uids and len(uids) > 1:
            said = f"the namespace {baseline.namespace} of each has a uid of its own"
            raise _two_places(baseline, other, said)


def unknown_places(states: Sequence[State]) -> Iterator[str]:
    """Of which looks nobody can tell whether they are at one place, in sentences."""
    for state in states:
        if state.namespace_uid is None:
            yield (
                f"whether {state.environment} is the same place at another moment is not known:"
                f" the uid of its Namespace was not seen"
            )


def _two_places(baseline: State, other: State, why: str) -> UsageError:
    return UsageError(
        f"{baseline.environment} and {other.environment} are two places: {why}", hint=_HINT
    )
