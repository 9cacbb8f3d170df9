"""Holds what was compared against a policy, and the policy against what was compared.

A rule that is violated keeps a difference open, whatever wider rules say; only a waiver of
just these values is stronger. What can't be evaluated, has ended, or would hide something
dangerous explains nothing: every failure is toward reporting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from attrs import evolve, frozen

from driftcheck.model import (
    Difference,
    Effect,
    FieldPath,
    Finding,
    ObjectReference,
    RuleHits,
    SecretValue,
    parse_pattern,
)
from driftcheck.policy._effects import Answer, Mapped, has_secret
from driftcheck.policy._findings import presented
from driftcheck.policy._records import Record
from driftcheck.policy._rules import Policy
from driftcheck.policy._sides import Sides
from driftcheck.policy._speaking import Compared, Speaking

EVERY_PLACE = parse_pattern("**")


@frozen
class Judgement:
    """What a policy makes of differences.

    Args:
        findings: Every difference, worst first, and what the policy finds fault with besides.
        rules: What became of each rule, in the policy's order.
        warnings: What is to be mended in the policy, in sentences.
    """

    findings: tuple[Finding, ...]
    rules: tuple[RuleHits, ...]
    warnings: tuple[str, ...]


def judge(
    policy: Policy, differences: Iterable[Difference], compared: Compared, *, today: date
) -> Judgement:
    """Say which differences are expected, and which rules deserve belief.

    Args:
        policy: What is expected.
        differences: What differs.
        compared: What was compared, to ask about places where nothing differs.
        today: The day, in UTC, by which rules end.

    Returns:
        The findings, each with the rule that expects or forbids it, and the rules.
    """
    judging = _Judging(policy, compared, today)
    differences = tuple(differences)
    judging.pair_mapped(differences)
    numbers: dict[SecretValue, int] = {}
    findings = [
        judging.judged(difference, finding)
        for difference, finding in presented(differences, numbers)
    ]
    findings += (finding for _, finding in presented(judging.faults(), numbers))
    warnings = (record.warning(policy) for record in judging.records)
    return Judgement(
        findings=tuple(sorted(findings, key=Finding.sort_key)),
        rules=tuple(record.judged() for record in judging.records),
        warnings=tuple(warning for warning in warnings if warning),
    )


class _Judging:
    """One policy at work on one comparison."""

    def __init__(self, policy: Policy, compared: Compared, today: date) -> None:
        self._compared = compared
        self._sides = Sides(compared.environments, policy.aliases)
        self.records = [Record(rule, self._sides, today) for rule in policy.rules]
        self._speaking = Speaking(self.records, compared)

    def pair_mapped(self, differences: Iterable[Difference]) -> None:
        """Tell each map which items of lists it makes of others, so that both are one thing."""
        spoken: dict[int, list[Difference]] = defaultdict(list)
        one_sided = (
            difference
            for difference in differences
            if len(difference.values) < len(self._sides.environments)
        )
        for difference in one_sided:
            for record in self._speaking.of(difference):
                if isinstance(record.rule.demand, Mapped):
                    spoken[id(record)].append(difference)
        for record in self.records:
            if isinstance(record.rule.demand, Mapped):
                found = record.rule.demand.moved(spoken[id(record)], self._sides)
                record.moved = frozenset(found)

    def judged(self, difference: Difference, finding: Finding) -> Finding:
        """The finding of a difference, with the rule that expects or forbids it."""
        if difference.expected:
            return finding
        answers = [
            (record, self._answer(record, difference, finding))
            for record in self._speaking.of(difference)
        ]
        holding = [record for record, answer in answers if answer is Answer.HOLDS]
        violated = [record for record, answer in answers if answer is Answer.VIOLATED]
        explaining = [
            record for record in holding if record.may_explain(difference, finding.category)
        ]
        if violated:
            explaining = [record for record in explaining if record.rule.is_pinned]
        for record in explaining or violated:
            record.hits += 1
        if explaining:
            return evolve(finding, expected=explaining[0].rule.expectation)
        if violated:
            return evolve(finding, violates=violated[0].rule.expectation)
        return finding

    def faults(self) -> list[Difference]:
        """The places where nothing differs, which a rule forbids; each once."""
        found: dict[tuple[ObjectReference, FieldPath], Difference] = {}
        for record in self.records:
            for place in self._forbidden(record):
                record.hits += 1
                fault = evolve(place, violates=record.rule.expectation)
                found.setdefault((place.reference, place.path), fault)
        return list(found.values())

    def _answer(self, record: Record, difference: Difference, finding: Finding) -> Answer:
        """What a rule says of a difference; values that are told are told as findings show them."""
        if not record.rule.is_pinned:
            return record.answer(difference)
        if any(map(has_secret, difference.values.values())):
            return record.fail("a Secret's value can't be told in a policy")
        return record.answer(evolve(difference, values=finding.values))

    def _forbidden(self, record: Record) -> Iterator[Difference]:
        """The places where all environments agree that a rule is violated by."""
        for place in self._agreeing(record):
            if record.answer(place) is Answer.VIOLATED:
                yield place
            elif record.rule.effect is Effect.EQUAL:
                return

    def _agreeing(self, record: Record) -> Iterator[Difference]:
        """The places where all environments agree that a rule has a say in."""
        if record.judges_agreement:
            for reference in self._speaking.objects_of(record):
                for pattern in record.rule.paths or (EVERY_PLACE,):
                    yield from self._compared.agreeing(reference, pattern)
