"""What a snapshot's file says of the looks before and after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self, TypeVar

import msgspec

from driftcheck.model import Grounds, GroupKind, TakenOver

Value = TypeVar("Value")
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Kind(msgspec.Struct):
    group: str
    kind: str

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(self.group, self.kind)


class _Revision(_Kind):
    revision: _Count


class _Definition(_Kind):
    digest: str


class _Taken(_Kind):
    objects: _Count


class _Whole(_Kind):
    reason: str


class GroundsInFile(msgspec.Struct):
    """What a later look must know."""

    driftcheck: str
    revisions: list[_Revision]
    definitions: list[_Definition]

    @classmethod
    def of(cls, grounds: Grounds) -> Self:
        """As the file has it."""
        return cls(
            grounds.driftcheck,
            [_Revision(*kind, revision) for kind, revision in _sorted(grounds.revisions)],
            [_Definition(*kind, digest) for kind, digest in _sorted(grounds.definitions)],
        )

    def read(self) -> Grounds:
        """As the model has it."""
        return Grounds(
            self.driftcheck,
            {found.group_kind: found.revision for found in self.revisions},
            {found.group_kind: found.digest for found in self.definitions},
        )


class TakenOverInFile(msgspec.Struct):
    """What was taken over, and what was not."""

    earlier: str
    objects: list[_Taken]
    whole: list[_Whole]

    @classmethod
    def of(cls, taken: TakenOver) -> Self:
        """As the file has it."""
        return cls(
            taken.earlier,
            [_Taken(*kind, count) for kind, count in _sorted(taken.objects)],
            [_Whole(*kind, reason) for kind, reason in _sorted(taken.whole)],
        )

    def read(self) -> TakenOver:
        """As the model has it."""
        return TakenOver(
            self.earlier,
            {found.group_kind: found.objects for found in self.objects},
            {found.group_kind: found.reason for found in self.whole},
        )


def _sorted(by_kind: Mapping[GroupKind, Value]) -> list[tuple[GroupKind, Value]]:
    return sorted(by_kind.items(), key=lambda item: item[0])
