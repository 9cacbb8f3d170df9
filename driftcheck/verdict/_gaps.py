"""What was not seen, in sentences: what is alike once, and with it what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from shlex import quote
from typing import NamedTuple

from driftcheck.model import (
    EVERY_KIND,
    VALUES_LEFT_OUT,
    Acceptance,
    Environment,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
    counted,
)

Look = Environment | Snapshot
"""What was looked at, and where."""

_SAID = {
    ReadStatus.READ: "was read in part",
    ReadStatus.FORBIDDEN: "may not be read",
    ReadStatus.FAILED: "could not be read",
    ReadStatus.UNSETTLED: "had not settled",
    ReadStatus.ACCEPTED: "was not looked at",
}
_OF_MANY = {
    ReadStatus.READ: "were read in part",
    ReadStatus.ACCEPTED: "were not looked at",
}
_EACH_FOR_ITSELF = (ReadStatus.FORBIDDEN, ReadStatus.ACCEPTED)
"""Where a reason is but the kind said once more."""

_MOST_NAMED = 5
_WHERE = " in the namespace "
"""What an API server ends with that refuses a list.

https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/handlers/responsewriters/errors.go
"""


class _Kind(NamedTuple):
    """A kind that was not seen, and why."""

    kind: GroupKind
    reason: str


class _Gap(NamedTuple):
    """What is alike of kinds that were not seen: how, where, and why, unless that is of each."""

    status: ReadStatus
    environments: tuple[str, ...]
    reason: str
    accepted: Acceptance | None


def gaps_of(
    rows: Iterable[KindCoverage], environments: Iterable[Look] = (), *, outside: bool = False
) -> tuple[str, ...]:
    """What was not seen and nobody accepts, in sentences.

    Args:
        rows: How each kind was looked at.
        environments: Where that was; of others no next step is known.
        outside: Whether it lies outside the namespaces.

    Returns:
        Such as `2 kinds may not be read in blue, green: Role.…, Secret; next: driftcheck rbac …`.
    """
    looks = {environment.name: environment for environment in environments}
    gaps = _alike(row for row in rows if row.is_gap)
    steps = _STEPS | {ReadStatus.FORBIDDEN: _leave_outside} if outside else _STEPS
    return tuple(f"{_said(gap, kinds)}{_next(gap, kinds, looks, steps)}" for gap, kinds in gaps)


def acceptances_of(rows: Iterable[KindCoverage]) -> tuple[str, ...]:
    """What was not looked at, and who accepts that, in sentences."""
    gaps = _alike(row for row in rows if row.accepted)
    return tuple(f"{_said(gap, kinds)}; {_acceptance(gap.accepted)}" for gap, kinds in gaps)


def _alike(rows: Iterable[KindCoverage]) -> Iterable[tuple[_Gap, list[_Kind]]]:
    """The kinds of which the same is to be said."""
    where: dict[tuple[GroupKind, _Gap], list[str]] = defaultdict(list)
    for row in rows:
        reason = (row.reason or "").partition(_WHERE)[0]
        where[row.group_kind, _Gap(row.status, (), reason, row.accepted)].append(row.environment)
    alike: dict[_Gap, list[_Kind]] = defaultdict(list)
    for (kind, gap), names in where.items():
        reason = "" if gap.status in _EACH_FOR_ITSELF else gap.reason
        alike[gap._replace(environments=tuple(names), reason=reason)].append(
            _Kind(kind, gap.reason)
        )
    return alike.items()


def _said(gap: _Gap, kinds: Sequence[_Kind]) -> str:
    """Which kinds were not seen, where, and why."""
    named = _listed([name for name in gap.environments if name])
    where = f" in {named}" if named else ""
    if len(kinds) == 1:
        ((kind, reason),) = kinds
        return f"{_named(kind)} {_SAID[gap.status]}{where}{f': {reason}' if reason else ''}"
    said = _OF_MANY.get(gap.status, _SAID[gap.status])
    reason = f": {gap.reason}" if gap.reason else ""
    names = _listed([_named(kind) for kind, _ in kinds])
    return f"{counted(len(kinds), 'kind')} {said}{where}{reason}: {names}"


def _listed(names: Sequence[str]) -> str:
    left = len(names) - _MOST_NAMED
    first = ", ".join(names[:_MOST_NAMED])
    return f"{first} and {left} more" if left > 0 else first


def _named(kind: GroupKind) -> str:
    return f"every kind of {kind.group}" if kind.kind == EVERY_KIND else str(kind)


def _acceptance(accepted: Acceptance | None) -> str:
    """Who accepts it, until when, and why."""
    if accepted is None:
        return ""
    until = f"until {accepted.expires}" if accepted.expires else ""
    who = ", ".join(filter(None, (accepted.owner, until)))
    return f"accepted by {accepted.rule}{f' ({who})' if who else ''}: {accepted.reason}"


def _next(gap: _Gap, kinds: Sequence[_Kind], looks: Mapping[str, Look], steps: _Steps) -> str:
    """What to do about it."""
    where = [looks[name] for name in gap.environments if name in looks]
    if not where:
        return ""
    step = steps[gap.status](where, kinds)
    return f"; next: {step}" if step else ""


def _leave_outside(where: Sequence[Look], kinds: Sequence[_Kind]) -> str:
    """How to be allowed to read what lies outside the namespace."""
    return _leave(where, kinds, " --platform")


def _leave(where: Sequence[Look], _kinds: Sequence[_Kind], option: str = "") -> str:
    """How to be allowed to read it."""
    live = [item for item in where if item.origin is Origin.CLUSTER and not item.place]
    if not live:
        return "capture it again as somebody who may"
    first, *others = live
    context = f" --context {quote(first.context)}" if first.context else ""
    same = f", and the same for {_listed([item.name for item in others])}" if others else ""
    return f"driftcheck rbac {_address(first)}{option} | kubectl apply -f -{context}{same}"


def _address(environment: Look) -> str:
    """A live environment as the command line takes it."""
    context = f"@{environment.context}" if environment.context else ""
    return quote(f"{environment.namespace}{context}")


def _patience(where: Sequence[Look], _kinds: Sequence[_Kind]) -> str:
    """How to wait for what had not settled."""
    if any(item.place for item in where):
        return "capture it again with --settle 120"
    return "--settle 120 waits for it; what never ends is to be mended, or rolled back"


def _another_try(where: Sequence[Look], kinds: Sequence[_Kind]) -> str:
    """How to see why a server gave no answer."""
    if any(item.place for item in where):
        return "capture it again"
    if any(kind.kind == EVERY_KIND for kind, _ in kinds):
        return "kubectl get apiservices says which of them does not answer"
    return "try again; --debug shows what was asked"


def _the_rest(where: Sequence[Look], kinds: Sequence[_Kind]) -> str:
    """How to read the whole."""
    if any(VALUES_LEFT_OUT in reason for _, reason in kinds):
        return "look without --no-secret-values"
    if all(item.origin is Origin.MANIFESTS for item in where):
        return "mend the file, or take it out"
    return ""


_Steps = Mapping[ReadStatus, Callable[[Sequence[Look], Sequence[_Kind]], str]]
_STEPS: dict[ReadStatus, Callable[[Sequence[Look], Sequence[_Kind]], str]] = {
    ReadStatus.READ: _the_rest,
    ReadStatus.FORBIDDEN: _leave,
    ReadStatus.FAILED: _another_try,
    ReadStatus.UNSETTLED: _patience,
}
