"""How each kind was looked at, as a row of the coverage says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from driftcheck.capture._kinds import exclusion_of, is_excluded_group
from driftcheck.capture._rollouts import rollout_of
from driftcheck.capture._window import Collected
from driftcheck.model import EVERY_KIND, GroupKind, KindCoverage, ReadStatus, list_names
from driftcheck.sources import NAMESPACES, Discovery, Listing, Refusal, Resource

_PERHAPS_NOT_THERE = "; nothing is in it, so perhaps there is no namespace of this name"
_FORBIDDEN = 403
_METHOD_NOT_ALLOWED = 405


def rollouts_in(reads: Mapping[Resource, Listing | Refusal]) -> dict[Resource, str]:
    """The kinds with a workload in the middle of a rollout, each with what that waits for."""
    waiting = {
        kind: [
            f"{body['metadata']['name']} ({waits_for})"
            for body in found.bodies
            if (waits_for := rollout_of(kind.group_kind, body))
        ]
        for kind, found in reads.items()
        if isinstance(found, Listing)
    }
    return {
        kind: f"rollout not finished: {list_names(names)}"
        for kind, names in waiting.items()
        if names
    }


def coverage_rows(
    discovery: Discovery, collected: Collected, left_out: Mapping[GroupKind, str]
) -> tuple[KindCoverage, ...]:
    """A row for every kind that can be listed, and for every group that is not known."""
    rows = [*_undiscovered(discovery), *_left_out(discovery), *_looked_at(collected, left_out)]
    return tuple(sorted(rows, key=lambda row: row.group_kind))


def _undiscovered(discovery: Discovery) -> Iterator[KindCoverage]:
    for group, reason in discovery.failures.items():
        if not is_excluded_group(group):
            yield KindCoverage(group, EVERY_KIND, ReadStatus.FAILED, reason=reason)


def _left_out(discovery: Discovery) -> Iterator[KindCoverage]:
    served = {kind.group_kind for kind in discovery.resources}
    for kind in discovery.resources:
        reason = exclusion_of(kind.group_kind, served)
        if reason:
            yield KindCoverage(*kind.group_kind, ReadStatus.EXCLUDED, reason=reason)


def _looked_at(collected: Collected, left_out: Mapping[GroupKind, str]) -> Iterator[KindCoverage]:
    rollouts = rollouts_in(collected.reads)
    is_empty = not any(
        found.bodies for found in collected.reads.values() if isinstance(found, Listing)
    )
    for kind, found in collected.reads.items():
        if isinstance(found, Refusal):
            doubt = _PERHAPS_NOT_THERE if kind == NAMESPACES and is_empty else ""
            yield KindCoverage(*kind.group_kind, _status(found), reason=f"{_reason(found)}{doubt}")
            continue
        moved = [said[kind] for said in (collected.unsettled, rollouts) if kind in said]
        unread = [left_out[kind.group_kind]] if kind.group_kind in left_out else []
        yield KindCoverage(
            *kind.group_kind,
            ReadStatus.UNSETTLED if moved else ReadStatus.READ,
            objects=len(found.bodies),
            reason="; ".join([*moved, *unread]) or None,
            version=kind.version,
        )


def _status(refusal: Refusal) -> ReadStatus:
    if refusal.status == _FORBIDDEN:
        return ReadStatus.FORBIDDEN
    if refusal.status == _METHOD_NOT_ALLOWED:
        return ReadStatus.EXCLUDED
    return ReadStatus.FAILED


def _reason(refusal: Refusal) -> str:
    if refusal.status == _METHOD_NOT_ALLOWED:
        return f"not-listable: {refusal.reason}"
    return refusal.reason
