"""Holds what was compared against a policy, and the policy against what was compared.

A rule that is violated keeps a difference open, whatever wider rules say; only a waiver of
just these values is stronger. What can't be evaluated, has ended, or would hide something
dangerous explains nothing, and what fails is kept open: every failure is toward reporting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache, partial
from itertools import islice
from typing import Any, TypeVar

from attrs import evolve, frozen

from driftcheck.model import (
    Difference,
    Effect,
    FieldPath,
    Finding,
    ObjectReference,
    RuleHits,
    SecretValue,
    format_path,
    parse_pattern,
)
from driftcheck.policy._danger import dangers
from driftcheck.policy._effects import Answer, Mapped, has_secret
from driftcheck.policy._findings import presented
from driftcheck.policy._inside import parts_at, places_inside
from driftcheck.policy._records import Record
from driftcheck.policy._rules import Policy
from driftcheck.policy._sides import Sides
from driftcheck.policy._speaking import Compared, Speaking

EVERY_PLACE = parse_pattern("**")
KEEPING_OPEN = (Answer.VIOLATED, Answer.FAILED)
_Thing = TypeVar("_Thing", Difference, Finding)


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
    judging.learn_maps(differences)
    numbers: dict[SecretValue, int] = {}
    findings = [
        judging.judged(difference, finding)
        for difference, finding in presented(differences, compared, numbers, policy.class_of)
    ]
    findings += (
        finding for _, finding in presented(judging.faults(), compared, numbers, policy.class_of)
    )
    judging.look_below()
    warnings = (record.warning(policy) for record in judging.records)
    return Judgement(
        findings=tuple(sorted(findings, key=Finding.sort_key)),
        rules=tuple(record.judged() for record in judging.records),
        warnings=(*policy.taken_for_others, *(warning for warning in warnings if warning)),
    )


class _Judging:
    """One policy at work on one comparison."""

    def __init__(self, policy: Policy, compared: Compared, today: date) -> None:
        self._compared = compared
        self._sides = Sides(compared.environments, policy.aliases)
        self.records = [Record(rule, self._sides, today) for rule in policy.of_comparisons]
        self._speaking = Speaking(self.records, compared)

    def learn_maps(self, differences: Iterable[Difference]) -> None:
        """Tell each map what it maps, and which items of lists it makes of others."""
        spoken: dict[int, list[Difference]] = defaultdict(list)
        maps = {
            id(record): (record, record.rule.demand)
            for record in self.records
            if isinstance(record.rule.demand, Mapped)
        }
        for difference in differences if maps else ():
            for record in self._speaking.of(difference):
                if id(record) in maps:
                    spoken[id(record)].append(difference)
        for key, (record, demand) in maps.items():
            record.moved = frozenset(demand.moved(spoken[key], self._sides))
            for place in spoken[key]:
                record.learn(place)

    def judged(self, difference: Difference, finding: Finding) -> Finding:
        """The finding of a difference, with the rule that expects or forbids it."""
        if difference.expected:
            return finding
        answers = [
            (record, self._answer(record, difference, finding))
            for record in self._speaking.of(difference)
        ]
        answers += self._violated_inside(difference)
        holding = [record for record, answer in answers if answer is Answer.HOLDS]
        against = [(record, answer) for record, answer in answers if answer in KEEPING_OPEN]
        danger = cache(partial(dangers, difference, self._compared.held(difference)))
        explaining = [record for record in holding if record.may_explain(difference, danger)]
        if against:
            explaining = [record for record in explaining if record.rule.is_pinned]
        elif not explaining:
            explaining = self._explaining_together(difference)
        if explaining:
            for record in explaining:
                record.hits += 1
            return evolve(finding, expected=explaining[0].rule.expectation)
        for record, _ in against:
            record.hits += 1
        return _kept_open(finding, *against[0]) if against else finding

    def _violated_inside(self, difference: Difference) -> Iterator[tuple[Record, Answer]]:
        """The rules that are violated inside of what is there on some sides only."""
        if not difference.path or len(difference.values) == len(self._sides.environments):
            return
        if not any(isinstance(value, dict | list) for value in difference.values.values()):
            return
        inside: dict[FieldPath, dict[str, Any]] = defaultdict(dict)
        for environment, value in difference.values.items():
            for path, inner in islice(places_inside(difference.path, value), 1, None):
                inside[path][environment] = inner
        violated: set[int] = set()
        for path, values in inside.items():
            place = evolve(difference, path=path, values=values)
            for record in self._speaking.of(place):
                if id(record) not in violated and record.is_violated_inside(place):
                    violated.add(id(record))
                    yield record, Answer.VIOLATED

    def _explaining_together(self, whole: Difference) -> list[Record]:
        """The rules that explain every part of what is there on some sides only, in their order.

        Had the other side a sibling of these parts, they would be differences of their own.
        """
        if not whole.path or len(whole.values) == len(self._sides.environments):
            return []
        missing = [name for name in self._sides.environments if name not in whole.values]
        above = f"{format_path(whole.path)} as a whole is missing in {', '.join(missing)}"
        explaining = {id(record) for record in self._explaining_parts(whole, above)}
        found = [record for record in self.records if id(record) in explaining]
        for record in found:
            record.spoken += 1
        return found

    def _explaining_parts(self, whole: Difference, above: str) -> list[Record]:
        """A rule for each part, or for each part of a part; none where one has none."""
        parts = parts_at(whole.path, whole.values) if self.records else {}
        of_parts = [
            self._explaining_part(evolve(whole, path=path, values=values), above)
            for path, values in parts.items()
        ]
        return [record for found in of_parts for record in found] if all(of_parts) else []

    def _explaining_part(self, part: Difference, above: str) -> list[Record]:
        danger = cache(partial(dangers, part, ()))
        for record in self._speaking.of(part):
            if record.holds_for_part(part, above) and record.may_explain(part, danger):
                return [record]
        return self._explaining_parts(part, above)

    def faults(self) -> list[Difference]:
        """The places where nothing differs, which a rule forbids; each once."""
        found: dict[tuple[ObjectReference, FieldPath], Difference] = {}
        for record in self.records:
            for place, answer in self._forbidden(record):
                record.hits += 1
                fault = _kept_open(place, record, answer)
                found.setdefault((place.reference, place.path), fault)
        return list(found.values())

    def look_below(self) -> None:
        """Tell each rule that spoke of nothing whether it is about to: a path ends too early."""
        for record in self.records:
            if not record.spoken:
                record.stops_short = self._speaking.stops_short(record)

    def _answer(self, record: Record, difference: Difference, finding: Finding) -> Answer:
        """What a rule says of a difference; values that are told are told as findings show them."""
        if not record.rule.is_pinned:
            return record.answer(difference)
        if any(map(has_secret, difference.values.values())):
            return record.fail("a Secret's value can't be told in a policy")
        return record.answer(evolve(difference, values=finding.values))

    def _forbidden(self, record: Record) -> Iterator[tuple[Difference, Answer]]:
        """The places where all environments agree that a rule is violated by, or fails at."""
        for place in self._agreeing(record):
            answer = record.answer(place)
            if answer in KEEPING_OPEN:
                yield place, answer
            elif record.rule.effect is Effect.EQUAL:
                return

    def _agreeing(self, record: Record) -> Iterator[Difference]:
        """The places where all environments agree that a rule has a say in."""
        if record.judges_agreement:
            for reference in self._speaking.objects_of(record):
                for pattern in record.rule.paths or (EVERY_PLACE,):
                    yield from self._compared.agreeing(reference, pattern)


def _kept_open(thing: _Thing, record: Record, answer: Answer) -> _Thing:
    """A finding or a difference, with the rule that keeps it open, and whether that failed."""
    failed = f"the rule {record.rule.id} can't be evaluated here"
    note = failed if answer is Answer.FAILED else thing.note
    return evolve(thing, violates=record.rule.expectation, note=note)
