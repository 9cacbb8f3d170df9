"""What stands in results and audits alike: environments, their coverage, objects and writers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Self

import msgspec
from attrs import asdict

from driftcheck.codec._saved import Captured, captured_of
from driftcheck.model import (
    Acceptance,
    Coverage,
    Declarer,
    Environment,
    KindCoverage,
    ManagerClass,
    ObjectReference,
    Origin,
    ReadStatus,
    Window,
    Writer,
)

Count = Annotated[int, msgspec.Meta(ge=0)]


def moment_text(moment: datetime) -> str:
    """A time in UTC, to the second, as RFC 3339 writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class SavedReference(msgspec.Struct):
    """Which object is meant."""

    group: str
    kind: str
    name: str

    def read(self) -> ObjectReference:
        """The reference."""
        return ObjectReference(self.group, self.kind, self.name)


class SavedEnvironment(msgspec.Struct):
    """What was looked at, and when."""

    name: str
    origin: Origin
    context: str | None
    namespace: str | None
    captured: Captured | None
    objects: Count
    fingerprint: str
    place: str | None = None
    declared_by: Declarer | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """An environment, as it is saved."""
        return cls(
            name=environment.name,
            origin=environment.origin,
            context=environment.context,
            namespace=environment.namespace,
            captured=None if environment.window is None else _captured(environment.window),
            objects=environment.objects,
            fingerprint=environment.fingerprint,
            place=environment.place,
            declared_by=environment.declared_by or msgspec.UNSET,
        )

    def read(self) -> Environment:
        """The environment.

        Raises:
            OverflowError: It was looked at when no calendar has a day.
        """
        return Environment(
            name=self.name,
            origin=self.origin,
            context=self.context,
            namespace=self.namespace,
            window=None if self.captured is None else _window(self.captured),
            objects=self.objects,
            fingerprint=self.fingerprint,
            place=self.place,
            declared_by=None if self.declared_by is msgspec.UNSET else self.declared_by,
        )


def _captured(window: Window) -> Captured:
    """The window to the second."""
    exact = captured_of(window)
    return Captured(
        exact.start.replace(microsecond=0), exact.end.replace(microsecond=0), exact.quiescent
    )


def _window(captured: Captured) -> Window:
    return Window(captured.start.astimezone(UTC), captured.end.astimezone(UTC), captured.quiescent)


class SavedKind(msgspec.Struct, omit_defaults=True):
    """How one kind was looked at."""

    environment: str
    group: str
    kind: str
    status: ReadStatus
    objects: Count
    reason: str | None
    version: str = ""
    excluded: dict[str, Count] = {}
    accepted: Acceptance | None = None

    @classmethod
    def of(cls, row: KindCoverage) -> Self:
        """A row of the coverage, as it is saved."""
        return cls(
            environment=row.environment,
            group=row.group,
            kind=row.kind,
            status=row.status,
            objects=row.objects,
            reason=row.reason,
            version=row.version,
            excluded=dict(row.excluded),
            accepted=row.accepted,
        )

    def read(self) -> KindCoverage:
        """The row."""
        return KindCoverage(
            group=self.group,
            kind=self.kind,
            status=self.status,
            objects=self.objects,
            reason=self.reason,
            version=self.version,
            excluded=self.excluded,
            environment=self.environment,
            accepted=self.accepted,
        )


class SavedCoverage(msgspec.Struct):
    """What was read, what was not, and why."""

    complete: bool
    kinds: tuple[SavedKind, ...]

    @classmethod
    def of(cls, coverage: Coverage) -> Self:
        """A coverage, as it is saved."""
        return cls(coverage.complete, tuple(map(SavedKind.of, coverage.kinds)))

    def read(self) -> Coverage:
        """The coverage."""
        return Coverage(tuple(row.read() for row in self.kinds))


class SavedWriter(msgspec.Struct):
    """Somebody who wrote a field."""

    manager: str
    operation: str
    subresource: str
    time: str | None
    class_: ManagerClass = msgspec.field(name="class", default=ManagerClass.UNKNOWN)

    @classmethod
    def of(cls, writer: Writer) -> Self:
        """A writer, as it is saved."""
        return cls(**asdict(writer))

    def read(self) -> Writer:
        """The writer."""
        return Writer(**msgspec.structs.asdict(self))


def coverage_record(coverage: Coverage) -> dict[str, Any]:
    """A coverage as results hold it, as plain JSON."""
    record: dict[str, Any] = msgspec.to_builtins(SavedCoverage.of(coverage))
    return record
