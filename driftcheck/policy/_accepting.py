"""Holds the gaps in the evidence against a policy: which of them somebody accepts.

What was looked at and did not stand still is no such gap: what it has become would be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attrs import Factory, define, evolve, frozen

from driftcheck.model import (
    Effect,
    KindCoverage,
    ReadStatus,
    RuleHits,
    RuleState,
    counted,
)
from driftcheck.policy._endings import ending, has_ended
from driftcheck.policy._rules import Policy, Unseen


@frozen
class Acceptances:
    """What a policy makes of gaps in the evidence.

    Args:
        rows: The coverage, with who accepts what was not looked at.
        rules: What became of each rule, in the policy's order.
        warnings: What is to be mended in the policy, in sentences.
    """

    rows: tuple[KindCoverage, ...]
    rules: tuple[RuleHits, ...]
    warnings: tuple[str, ...]


def accept(policy: Policy, rows: Iterable[KindCoverage], *, today: date) -> Acceptances:
    """Say which gaps in the evidence are accepted, and by whom.

    Args:
        policy: What need not be looked at.
        rows: How each kind was looked at.
        today: The day, in UTC, by which rules end.
    """
    records = [_Record(rule, today) for rule in policy.unseen]
    accepted = tuple(_accepted(row, records) for row in rows)
    warnings = (record.warning(policy) for record in records)
    return Acceptances(
        rows=accepted,
        rules=tuple(record.judged() for record in records),
        warnings=tuple(warning for warning in warnings if warning),
    )


def _accepted(row: KindCoverage, records: Iterable[_Record]) -> KindCoverage:
    """The row, accepted by the first rule that holds."""
    for record in records:
        if record.accepts(row):
            return evolve(row, status=ReadStatus.ACCEPTED, accepted=record.rule.acceptance)
    return row


@define
class _Record:
    """What one rule did.

    Args:
        rule: The rule.
        today: The day, in UTC.
        hits: How many rows it accepts.
        reopened: How many it would accept if it had not ended.
        moving: The kinds that it speaks of and that did not stand still.
    """

    rule: Unseen
    today: date
    hits: int = 0
    reopened: int = 0
    moving: list[str] = Factory(list)

    def accepts(self, row: KindCoverage) -> bool:
        """Whether the rule accepts that a kind was not seen."""
        if not (row.is_gap and self.rule.match.is_of(row.group_kind)):
            return False
        if row.status is ReadStatus.UNSETTLED:
            self.moving.append(str(row.group_kind))
            return False
        if has_ended(self.rule.expires, self.today):
            self.reopened += 1
            return False
        self.hits += 1
        return True

    def judged(self) -> RuleHits:
        """The rule as a result shows it."""
        state, note = self._state()
        return RuleHits(
            id=self.rule.id,
            hits=self.hits,
            state=state,
            effect=Effect.UNSEEN,
            reason=self.rule.reason,
            owner=self.rule.owner,
            expires=self.rule.acceptance.expires,
            note=note,
        )

    def warning(self, policy: Policy) -> str | None:
        """What the reader of a report should mend; None where nothing is wrong."""
        _, note = self._state()
        if note is None:
            return None
        return f"{policy.named(self.rule)}: {note}"

    def _state(self) -> tuple[RuleState, str | None]:
        reopened = counted(self.reopened, "gap") if self.reopened else ""
        said = ending(self.rule.expires, self.today, reopened=reopened)
        if has_ended(self.rule.expires, self.today):
            return RuleState.EXPIRED, said
        if not self.hits:
            return RuleState.UNUSED, self._unused()
        return (RuleState.EXPIRING if said else RuleState.USED), said

    def _unused(self) -> str:
        if self.moving:
            kinds = ", ".join(dict.fromkeys(self.moving))
            return (
                f"accepts nothing: {kinds} was seen, and did not stand still, which --settle is for"
            )
        return "accepts nothing, for what it speaks of was seen: mend it or take it out"
