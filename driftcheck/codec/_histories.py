"""What a store of looks answers, as the JSON that scripts read: one schema for each question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from driftcheck.codec._json import indented_json
from driftcheck.codec._parts import Count, SavedReference, SavedWriter, moment_text
from driftcheck.codec._saved import Captured, SavedFormat, captured_of
from driftcheck.errors import HistoryError
from driftcheck.model import (
    Became,
    Blame,
    BlamedChange,
    DriftOverTime,
    DriftPoint,
    Head,
    HistoryLog,
    KeptLook,
    Pruning,
    SignedHeads,
    Verdict,
    Wholeness,
    WholenessVerdict,
)

_WHOLENESS = SavedFormat(
    "wholeness",
    HistoryError,
    writer="`driftcheck history verify -o json=FILE` writes one",
    again="copy the file again",
)
LOG_SCHEMA = "driftcheck.log/v1"
BLAME_SCHEMA = "driftcheck.blame/v1"
DRIFT_SCHEMA = "driftcheck.drift/v1"
PRUNING_SCHEMA = "driftcheck.pruning/v1"
WHOLENESS_SCHEMA = _WHOLENESS.schema
SIGNATURE_SCHEMA = "driftcheck.signature/v1"


class _Look(msgspec.Struct):
    name: str
    number: Count
    digest: str
    environment: str
    captured: Captured | None
    written: str
    objects: Count
    changed: Count
    stirred: Count
    complete: bool
    unseen: tuple[str, ...]
    pruned: bool
    tags: tuple[str, ...]
    root: str
    secret_key: str | None
    driftcheck: str

    @classmethod
    def of(cls, look: KeptLook) -> _Look:
        return cls(
            name=look.address,
            number=look.number,
            digest=look.digest,
            environment=look.environment,
            captured=captured_of(look.window) if look.window else None,
            written=moment_text(look.written),
            objects=look.objects,
            changed=look.changed,
            stirred=look.stirred,
            complete=look.is_complete,
            unseen=look.unseen,
            pruned=look.is_pruned,
            tags=look.tags,
            root=look.root,
            secret_key=look.secret_key_id,
            driftcheck=look.driftcheck,
        )


class _Bound(msgspec.Struct):
    """One end of an interval."""

    look: str
    number: Count
    time: str

    @classmethod
    def of(cls, look: KeptLook) -> _Bound:
        return cls(look.address, look.number, moment_text(look.at))


class _Change(msgspec.Struct):
    became: Became
    path: str
    earlier: _Bound | None = msgspec.field(name="from")
    later: _Bound = msgspec.field(name="to")
    values: Mapping[str, Any]
    written_by: tuple[SavedWriter, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, change: BlamedChange) -> _Change:
        return cls(
            became=change.became,
            path=change.path,
            earlier=_Bound.of(change.earlier) if change.earlier else None,
            later=_Bound.of(change.later),
            values=dict(change.values),
            written_by=tuple(map(SavedWriter.of, change.written_by)),
            notes=change.notes,
        )


class _Point(msgspec.Struct):
    time: str
    baseline: Count
    other: Count
    verdict: Verdict
    findings: Count
    categories: Mapping[str, int]

    @classmethod
    def of(cls, point: DriftPoint) -> _Point:
        return cls(
            time=moment_text(point.time),
            baseline=point.baseline,
            other=point.other,
            verdict=point.verdict,
            findings=point.findings,
            categories=dict(sorted(point.categories.items())),
        )


class _Signature(msgspec.Struct):
    number: Count
    key: str
    made: str
    driftcheck: str
    heads: tuple[Head, ...]

    @classmethod
    def of(cls, signed: SignedHeads) -> _Signature:
        return cls(
            number=signed.number,
            key=signed.key,
            made=moment_text(signed.made),
            driftcheck=signed.driftcheck,
            heads=signed.heads,
        )


class _WholenessFile(msgspec.Struct):
    schema: str
    verdict: WholenessVerdict
    store: str
    looks: Count
    pruned: Count
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    heads: Annotated[tuple[Head, ...], msgspec.Meta(max_length=1_000_000)]
    signature: _Signature | None = None


def log_json(log: HistoryLog) -> str:
    """Write looks as `driftcheck.log/v1`, indented, with a newline at the end."""
    return indented_json(
        {
            "schema": LOG_SCHEMA,
            "environment": log.environment or None,
            "looks": [_Look.of(look) for look in log.looks],
        }
    )


def blame_json(blame: Blame) -> str:
    """Write since when an object is as it is, as `driftcheck.blame/v1`."""
    return indented_json(
        {
            "schema": BLAME_SCHEMA,
            "environment": blame.environment,
            "object": SavedReference(*blame.object),
            "path": blame.path,
            "looks": blame.looked_through,
            "changes": [_Change.of(change) for change in blame.changes],
        }
    )


def drift_json(drift: DriftOverTime) -> str:
    """Write how far apart two environments were, as `driftcheck.drift/v1`."""
    return indented_json(
        {
            "schema": DRIFT_SCHEMA,
            "baseline": drift.baseline,
            "other": drift.other,
            "left_out": drift.left,
            "points": [_Point.of(point) for point in drift.points],
        }
    )


def pruning_json(pruning: Pruning) -> str:
    """Write what pruning makes of looks, as `driftcheck.pruning/v1`."""
    return indented_json(
        {
            "schema": PRUNING_SCHEMA,
            "done": pruning.is_done,
            "looks": [
                {"look": item.look.address, "kept_by": item.kept_by} for item in pruning.looks
            ],
        }
    )


def wholeness_json(found: Wholeness) -> str:
    """Write whether a store is whole, as `driftcheck.wholeness/v1`; it holds all heads."""
    return indented_json(
        _WholenessFile(
            schema=WHOLENESS_SCHEMA,
            verdict=found.verdict,
            store=found.store,
            looks=found.looks,
            pruned=found.pruned,
            problems=found.problems,
            notes=found.notes,
            heads=found.heads,
            signature=_Signature.of(found.signature) if found.signature else None,
        )
    )


def signature_json(signed: SignedHeads) -> str:
    """Write which heads of a store are signed, as `driftcheck.signature/v1`."""
    return indented_json(
        {
            "schema": SIGNATURE_SCHEMA,
            "store": signed.store,
            "new": signed.is_new,
            **msgspec.structs.asdict(_Signature.of(signed)),
        }
    )


def read_heads(data: bytes, source: str) -> tuple[Head, ...]:
    """Read the heads of a store from what `wholeness_json` wrote.

    Raises:
        HistoryError: The file is broken, something else, or newer than this version.
    """
    return _WHOLENESS.decoded(data, _WholenessFile, source).heads
