"""What became of each rule, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from attrs import Factory, define

from driftcheck.model import (
    Category,
    Difference,
    Effect,
    FieldPath,
    ObjectReference,
    RuleHits,
    RuleState,
    canonical_bytes,
    counted,
    format_path,
)
from driftcheck.policy._effects import Answer, has_secret
from driftcheck.policy._endings import ending, has_ended
from driftcheck.policy._rules import Policy, Rule
from driftcheck.policy._sides import Sides

Danger = Callable[[], frozenset[Category]]
"""What is dangerous about a difference, for those who need to know."""


@define
class Record:
    """What one rule did in one comparison.

    Args:
        rule: The rule.
        sides: The environments that were compared.
        today: The day, in UTC.
        spoken: How many places it said something of.
        passed_over: How many places it speaks of without saying anything of what is there.
        mapped: The baseline's values that it maps.
        moved: The items of lists that it makes of others, and those that it makes them of.
        hits: How many differences it explains, or keeps open.
        reopened: How many differences it would explain if it had not ended.
        hidden: How many differences it would hide without saying that it may.
        endangered: What is dangerous about those.
        failure: Why it could not be evaluated; empty where it could.
        is_exhausted: Whether evaluating it takes too long.
        stops_short: Whether differences are below a place that it speaks of.
        above: What differs that holds a place it speaks of; empty where nothing does.
    """

    rule: Rule
    sides: Sides
    today: date
    spoken: int = 0
    passed_over: int = 0
    mapped: set[bytes] = Factory(set)
    moved: frozenset[tuple[ObjectReference, FieldPath]] = frozenset()
    hits: int = 0
    reopened: int = 0
    hidden: int = 0
    endangered: set[Category] = Factory(set)
    failure: str = ""
    is_exhausted: bool = False
    stops_short: bool = False
    above: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether its last day is over."""
        return has_ended(self.rule.expires, self.today)

    @property
    def judges_agreement(self) -> bool:
        """Whether places at which nothing differs are still to be asked about."""
        if self.rule.effect is Effect.EQUAL:
            return not self.spoken
        if self.rule.effect is Effect.MAP:
            return bool(self.mapped)
        return self.rule.demand.judges_agreement

    def answer(self, place: Difference) -> Answer:
        """What the rule says of what stands at a place."""
        if self._is_moved(place):
            self.spoken += 1
            return Answer.HOLDS
        answer = self._demanded(place)
        if answer is Answer.FAILED:
            return self.fail(f"{place.reference} {format_path(place.path)} {self._why(place)}")
        if answer is Answer.SILENT and not self._is_mapped_elsewhere(place):
            self.passed_over += 1
            return Answer.SILENT
        self.spoken += 1
        return Answer.VIOLATED if answer is Answer.SILENT else answer

    def is_violated_inside(self, place: Difference) -> bool:
        """Whether a place is wrong that is inside of what is there on some sides only."""
        is_wrong = self.rule.demand.judges_agreement and self._demanded(place) is Answer.VIOLATED
        self.spoken += is_wrong
        return is_wrong

    def holds_for_part(self, part: Difference, above: str) -> bool:
        """Whether a part of what differs as a whole is as the rule says."""
        holds = self._demanded(part) is Answer.HOLDS
        self.above = self.above or (above if holds else "")
        return holds

    def _demanded(self, place: Difference) -> Answer:
        """What the demand says of a place; a search that took too long is not made again."""
        if self.is_exhausted:
            return Answer.FAILED
        try:
            return self.rule.demand.answer(place.values, self.sides)
        except TimeoutError:
            self.is_exhausted = True
            return Answer.FAILED

    def _why(self, place: Difference) -> str:
        if self.is_exhausted:
            return "takes too long to search"
        if any(map(has_secret, place.values.values())):
            return "is a Secret's value, which nobody can tell"
        is_range = self.rule.effect is Effect.RANGE
        return "is not quantities, or not percentages, everywhere" if is_range else "is no text"

    def learn(self, place: Difference) -> None:
        """Remember what a map makes of the baseline's value, to which it is then held."""
        holds = self.rule.demand.answer(place.values, self.sides) is Answer.HOLDS
        if (holds or self._is_moved(place)) and self._baseline in place.values:
            self.mapped.add(canonical_bytes(place.values[self._baseline]))

    def _is_moved(self, place: Difference) -> bool:
        return (place.reference, place.path) in self.moved

    def _is_mapped_elsewhere(self, place: Difference) -> bool:
        """Whether what is something else here is mapped at another place: one value, two maps."""
        return (
            bool(self.mapped)
            and len(place.values) == len(self.sides.environments)
            and canonical_bytes(place.values[self._baseline]) in self.mapped
        )

    @property
    def _baseline(self) -> str:
        return self.sides.environments[0]

    def fail(self, why: str) -> Answer:
        """Say that the rule speaks of a place, and can't be evaluated for it."""
        self.spoken += 1
        self.failure = self.failure or why
        return Answer.FAILED

    def may_explain(self, difference: Difference, danger: Danger) -> bool:
        """Whether the rule, which holds, is good enough to explain a difference.

        No rule tells what a whole object holds, which may change under it.
        """
        if self.has_ended:
            self.reopened += 1
            return False
        hides = self.rule.demand.hides(self.sides) or not difference.path
        if hides and not self.rule.dangerous and (dangers := danger()):
            self.hidden += 1
            self.endangered |= dangers
            return False
        return True

    def judged(self) -> RuleHits:
        """The rule as a result shows it."""
        state, note = self._state()
        expectation = self.rule.expectation
        return RuleHits(
            id=self.rule.id,
            hits=self.hits,
            state=state,
            effect=self.rule.effect,
            reason=self.rule.reason,
            owner=self.rule.owner,
            expires=expectation.expires,
            note=note,
        )

    def warning(self, policy: Policy) -> str | None:
        """What the reader of a report should mend; None where nothing is wrong.

        A side that the policy knows and that is just not compared this time is no mistake, nor is
        a witness that nobody asked for or that nothing bore.
        """
        state, note = self._state()
        if note is None or (state is RuleState.UNUSED and self._is_about_others(policy)):
            return None
        return f"{policy.named(self.rule)}: {note}"

    def _state(self) -> tuple[RuleState, str | None]:
        if self.failure:
            return RuleState.FAILED, f"can't be evaluated, and keeps open: {self.failure}"
        if self.has_ended:
            return RuleState.EXPIRED, self.ending
        if self.hidden:
            return RuleState.DANGEROUS, self._dangerous()
        if not self.spoken:
            return RuleState.UNUSED, self._unused()
        return (RuleState.EXPIRING, self.ending) if self.ending else (RuleState.USED, None)

    @property
    def ending(self) -> str | None:
        """That the rule has ended, or is about to; None where it goes on."""
        reopened = counted(self.reopened, "difference") if self.reopened else ""
        return ending(self.rule.expires, self.today, reopened=reopened)

    def _dangerous(self) -> str:
        names = ", ".join(sorted(category.value for category in self.endangered))
        return (
            f"would hide {counted(self.hidden, 'difference')} ({names}), and explains "
            "none of them: say dangerous: true if that is meant, or narrow it"
        )

    def _unused(self) -> str:
        missing = self._missing_sides()
        if missing:
            compared = ", ".join(self.sides.environments)
            return f"no environment is called {', '.join(missing)}; compared are {compared}"
        if self.rule.is_pinned and self.passed_over:
            return "the values are others than it waives"
        if self.rule.effect is Effect.MAP and self.passed_over:
            spoken = counted(self.passed_over, "difference")
            return f"maps none of the {spoken} it speaks of, from the baseline to the others"
        if self.above:
            return f"explains nothing alone: what differs is above its path: {self.above}"
        if self.stops_short:
            return "matches nothing: what differs is below its path, which wants ** at its end"
        if self.rule.demand.judges_agreement:
            return "matches nothing, and so demands nothing: mend it or take it out"
        return "matches nothing: mend it or take it out"

    def _missing_sides(self) -> list[str]:
        return [name for name in self.rule.demand.names if not self.sides.called(name)]

    def _is_about_others(self, policy: Policy) -> bool:
        if self.rule.match.witness:
            return True
        missing = self._missing_sides()
        return bool(missing) and policy.aliases.keys() >= set(missing)
