"""How each kind was looked at, and by which key, as snapshot files have it."""

from __future__ import annotations

from typing import Annotated, Self

import msgspec

from driftcheck.model import KindCoverage, ReadStatus

_Count = Annotated[int, msgspec.Meta(ge=0)]


class SecretsInFile(msgspec.Struct, rename="camel"):
    """Which key Secret values were fingerprinted with."""

    key_id: str


class RowInFile(msgspec.Struct, omit_defaults=True):
    """How one kind was looked at."""

    group: str
    kind: str
    version: str
    status: ReadStatus
    objects: _Count
    reason: str | None
    excluded: dict[str, _Count] = {}

    @classmethod
    def of(cls, row: KindCoverage) -> Self:
        """A row of the coverage, as it is saved."""
        return cls(
            group=row.group,
            kind=row.kind,
            version=row.version,
            status=row.status,
            objects=row.objects,
            reason=row.reason,
            excluded=dict(row.excluded),
        )

    def read(self) -> KindCoverage:
        """The row."""
        return KindCoverage(
            group=self.group,
            kind=self.kind,
            version=self.version,
            status=self.status,
            objects=self.objects,
            reason=self.reason,
            excluded=self.excluded,
        )
