"""Since when a difference stands: the turns of both objects, walked back until they agree.

What runs, and what lies outside the namespace, is no object's own, and nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import define, evolve, frozen

from driftcheck.history import Archive, Kept
from driftcheck.model import (
    Finding,
    KeptLook,
    KindCoverage,
    ObjectReference,
    ReadStatus,
    Result,
    Since,
    Snapshot,
)
from driftcheck.pipeline._judging import compare_snapshots
from driftcheck.pipeline._lives import Turn, is_about, turns_of

_RUNNING = "running"


@frozen(eq=False)
class _Moment:
    """What an object was from a look on; at the last of them, as it is compared."""

    snapshot: Snapshot | None
    earlier: KeptLook | None
    look: KeptLook | None
    time: datetime | None


@define
class _Side:
    """An object of one environment, walked back from how it is compared."""

    environment: str
    moments: list[_Moment]

    @property
    def now(self) -> _Moment:
        return self.moments[-1]

    @property
    def since(self) -> Since | None:
        """Since when it is as it is at this moment."""
        moment = self.now
        if moment.time is None:
            return None
        return Since(
            self.environment,
            moment.earlier.number if moment.earlier else None,
            moment.look.number if moment.look else None,
            moment.time,
        )


def with_since(result: Result, snapshots: Sequence[Snapshot], archive: Archive) -> Result:
    """The result, whose findings say since when they stand, as far as the store tells.

    Args:
        result: What a comparison says.
        snapshots: What was compared, in the result's order.
        archive: The store.

    Raises:
        HistoryError: A record is not what it must be.
    """
    names = [environment.name for environment in result.environments]
    places = [archive.place_of(snapshot) for snapshot in snapshots]
    if not any(places):
        return result
    seen = dict(zip(names, zip(snapshots, places, strict=True), strict=True))
    return evolve(
        result,
        findings=tuple(
            evolve(finding, since=_since(finding, names, seen, archive))
            for finding in result.findings
        ),
    )


def _since(
    finding: Finding,
    names: Sequence[str],
    seen: dict[str, tuple[Snapshot, Kept | None]],
    archive: Archive,
) -> Since | None:
    if finding.is_witness or finding.path.partition(".")[0] == _RUNNING:
        return None
    baseline, other = names[0], _other(finding, names)
    sides = [_side(name, *seen[name], finding.object, archive) for name in (baseline, other)]
    timed = [side for side in sides if side.now.time]
    since = None
    while timed and _differ(finding, sides):
        latest = max(timed, key=_began)
        since = latest.since
        if len(latest.moments) == 1:
            break
        latest.moments.pop()
    return since


def _other(finding: Finding, names: Sequence[str]) -> str:
    """The first environment that differs from the baseline."""
    values = finding.values
    baseline = (names[0] in values, values.get(names[0]))
    return next(
        (name for name in names[1:] if (name in values, values.get(name)) != baseline), names[1]
    )


def _began(side: _Side) -> datetime:
    time = side.now.time
    assert time is not None  # noqa: S101 - for the type checker: timed sides alone come here
    return time


def _side(
    environment: str,
    snapshot: Snapshot,
    kept: Kept | None,
    reference: ObjectReference,
    archive: Archive,
) -> _Side:
    """What an object was at all looks up to the one that is compared, and is at that one."""
    compared = _alone(snapshot, reference)
    if kept is None:
        return _Side(environment, [_Moment(compared, None, None, None)])
    end = snapshot.window.end if snapshot.window else kept.newest.at
    moments = [_moment(turn) for turn in turns_of(archive, kept, reference) if turn.look.at <= end]
    if not moments or _is_another(moments[-1].snapshot, compared):
        looks = [look for look in kept.looks if look.at <= end]
        moments.append(_Moment(compared, looks[-1] if looks else None, None, end))
    return _Side(environment, moments)


def _moment(turn: Turn) -> _Moment:
    return _Moment(turn.snapshot, turn.known, turn.look, turn.look.at)


def _is_another(kept: Snapshot | None, compared: Snapshot | None) -> bool:
    """Whether an object was written since it was kept, made or deleted."""
    if kept is None or compared is None:
        return kept is not compared
    return kept.documents[0].body != compared.documents[0].body


def _alone(snapshot: Snapshot, reference: ObjectReference) -> Snapshot | None:
    """The object as if it were all that there is."""
    found = [item for item in snapshot.documents if item.reference == reference]
    if not found:
        return None
    row = KindCoverage(*reference[:2], ReadStatus.READ, objects=1, version=found[0].version)
    return evolve(snapshot, documents=tuple(found), coverage=(row,), platform=None)


def _differ(finding: Finding, sides: Sequence[_Side]) -> bool:
    """Whether the difference is there at these moments."""
    ours, theirs = (side.now.snapshot for side in sides)
    if not finding.path:
        return (ours is None) is not (theirs is None)
    if ours is None or theirs is None:
        return False
    found = compare_snapshots([ours, theirs]).findings
    return any(is_about(finding.path, each.path) for each in found if each.path)
