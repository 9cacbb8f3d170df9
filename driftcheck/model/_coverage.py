"""What was looked at, what was not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import Factory, evolve, frozen

from driftcheck.model._references import GroupKind
from driftcheck.model._shown import Shown
from driftcheck.model._words import counted


class ReadStatus(StrEnum):
    """How the look at one kind ended."""

    READ = "read"
    FORBIDDEN = "forbidden"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    EXCLUDED = "excluded"
    ACCEPTED = "accepted"
    """It was not looked at, and somebody says that it need not be."""


UNSERVED = "unserved"
"""What the reason begins with of a kind that a server does not have."""

EVERY_KIND = "*"
"""Stands for the kinds of a group that could not be discovered."""


VALUES_LEFT_OUT = "its values were not asked for (--no-secret-values)"
"""Why of Secrets nothing but their metadata was read."""


@frozen
class Acceptance:
    """Who accepts that a kind is not looked at.

    Args:
        rule: The policy's rule that does, or the option.
        reason: Why, for people to read.
        owner: Who answers for it.
        expires: The last day on which it holds, as `2026-12-31`; None for ever.
    """

    rule: str
    reason: str
    owner: str | None = None
    expires: str | None = None


@frozen
class KindCoverage:
    """How one kind was looked at in one environment."""

    group: str
    kind: str
    status: ReadStatus
    objects: int = 0
    """How many objects were seen."""
    reason: str | None = None
    """Why the kind was not read, not read in full, or left out; None where it was read."""
    version: str = ""
    """The API version it was read in; empty where it was not read."""
    excluded: Mapping[str, int] = Factory(dict)
    """How many of the objects each rule left out of the comparison."""
    environment: str = ""
    """The environment's name in a result; empty in a snapshot, which is of one place."""
    accepted: Acceptance | None = None
    """Who accepts that it was not looked at; only of what has the status `accepted`."""

    @property
    def group_kind(self) -> GroupKind:
        """The kind this row is about."""
        return GroupKind(self.group, self.kind)

    @property
    def is_complete(self) -> bool:
        """Whether this row leaves nothing unseen that a verdict needs."""
        if self.status is ReadStatus.READ:
            return self.reason is None
        return self.status is ReadStatus.EXCLUDED

    @property
    def is_gap(self) -> bool:
        """Whether this row leaves a verdict open: it is not complete, and nobody accepts that."""
        return not self.is_complete and self.status is not ReadStatus.ACCEPTED

    @property
    def lacks_values(self) -> bool:
        """Whether nothing but the objects' metadata was asked for."""
        return VALUES_LEFT_OUT in (self.reason or "")

    @property
    def is_left_out(self) -> bool:
        """Whether objects of the kind may be there all the same; an unserved kind has none."""
        is_unserved = (self.reason or "").startswith(UNSERVED)
        return self.status is ReadStatus.EXCLUDED and not is_unserved

    @property
    def was_seen(self) -> bool:
        """Whether the kind's objects are known, were they moving or not."""
        return self.status in (ReadStatus.READ, ReadStatus.UNSETTLED)


@frozen(repr=False)
class Coverage(Shown):
    """Every row of every environment of a result, sorted."""

    kinds: tuple[KindCoverage, ...]

    @property
    def complete(self) -> bool:
        """Whether everything was seen that a verdict needs."""
        return all(row.is_complete for row in self.kinds)

    def __repr__(self) -> str:
        word = "complete" if self.complete else "not complete"
        return f"<Coverage {word}: {counted(len(self.kinds), 'row')}>"

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that were looked at."""
        return tuple(dict.fromkeys(row.environment for row in self.kinds))

    def of(self, environment: str) -> tuple[KindCoverage, ...]:
        """The rows of one environment."""
        return tuple(row for row in self.kinds if row.environment == environment)


def unseen(rows: Iterable[KindCoverage]) -> frozenset[GroupKind]:
    """The kinds whose objects are not known; `*` stands for all of its group."""
    return frozenset(
        row.group_kind
        for row in rows
        if row.is_left_out or row.status in (ReadStatus.FORBIDDEN, ReadStatus.FAILED)
    )


def with_exclusions(
    row: KindCoverage, environment: str, exclusions: Mapping[GroupKind, Counter[str]]
) -> KindCoverage:
    """The row as a result shows it: whose it is, and what was left out by which rule."""
    counts = Counter(row.excluded) + exclusions.get(row.group_kind, Counter())
    return evolve(row, environment=environment, excluded=dict(sorted(counts.items())))
