"""What a rule may say of a place, and whether what stands there is as it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from itertools import combinations, pairwise, product
from operator import eq, ge, gt, le, lt
from typing import Any, ClassVar, Protocol

from attrs import frozen

from driftcheck.model import (
    Difference,
    Effect,
    Field,
    FieldPath,
    Index,
    Item,
    Member,
    ObjectReference,
    SecretValue,
    quantity,
    same,
)
from driftcheck.policy._sides import Sides

Values = Mapping[str, Any]
"""What stands at a place, by environment; one that has nothing there has no key."""


class Answer(Enum):
    """What a rule says of what stands at a place."""

    HOLDS = "holds"
    VIOLATED = "violated"
    SILENT = "silent"
    """It says nothing of it."""
    FAILED = "failed"
    """It speaks of it, and can't be evaluated."""


class Demand(Protocol):
    """What a rule demands of the places it speaks of."""

    effect: ClassVar[Effect]
    judges_agreement: ClassVar[bool]
    """Whether what is the same everywhere may be wrong for it."""

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that it names."""

    @property
    def hides(self) -> bool:
        """Whether it lets values through that it does not tell."""

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether what stands at a place is as demanded."""


@frozen
class Any_:  # noqa: N801 - `Any` is typing's
    """Whatever stands there is as good as anything else."""

    effect: ClassVar = Effect.ANY
    names: tuple[str, ...] = ()
    hides: bool = True
    judges_agreement: ClassVar = False

    def answer(self, _values: Values, _sides: Sides) -> Answer:
        """It always holds."""
        return Answer.HOLDS


@frozen
class Equal:
    """Every environment has the same."""

    effect: ClassVar = Effect.EQUAL
    names: tuple[str, ...] = ()
    hides: bool = False
    judges_agreement: ClassVar = True

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether all have it, and the same."""
        is_everywhere = len(values) == len(sides.environments)
        return _held(is_everywhere and _one_value(values.values()))


@frozen
class Differ:
    """No two environments have the same."""

    effect: ClassVar = Effect.DIFFER
    names: tuple[str, ...] = ()
    hides: bool = True
    judges_agreement: ClassVar = True

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether all values are distinct; silent where one is not there at all."""
        if len(values) < len(sides.environments):
            return Answer.SILENT
        return _held(not any(same(*pair) for pair in combinations(values.values(), 2)))


@frozen
class Mapped:
    """The others have what the baseline has, with some parts exchanged.

    Args:
        everywhere: What becomes what, in every other environment.
        by_side: What becomes what, by the side in which it does.
    """

    everywhere: Mapping[str, str]
    by_side: Mapping[str, Mapping[str, str]]
    effect: ClassVar = Effect.MAP
    hides: bool = False
    judges_agreement: ClassVar = True

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that have a map of their own."""
        return tuple(self.by_side)

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether every value is the baseline's, mapped; any other is not spoken of."""
        baseline, *others = sides.environments
        if len(values) < len(sides.environments):
            return Answer.SILENT
        mapped = (
            same(exchanged(values[baseline], self._map(name, sides)), values[name])
            for name in others
        )
        return Answer.HOLDS if all(mapped) else Answer.SILENT

    def moved(
        self, differences: Iterable[Difference], sides: Sides
    ) -> Iterator[tuple[ObjectReference, FieldPath]]:
        """Items that only the baseline has, with those that only the others have in their place.

        An item of a set or of a list with keys is known by its value, so that one whose value
        is mapped is missing on one side, and there in another place on the other.
        """
        baseline, *others = sides.environments
        known = {(item.reference, item.path): item.values for item in differences}
        for (reference, path), values in known.items():
            if values.keys() != {baseline} or not path or isinstance(path[-1], Field | Index):
                continue
            for name in others:
                exchanges = self._map(name, sides)
                there = (reference, _exchanged_path(path, exchanges))
                found = known.get(there, {})
                wanted = exchanged(values[baseline], exchanges)
                if there[1] == path or name not in found or not same(found[name], wanted):
                    break
            else:
                yield reference, path
                yield from (
                    (reference, _exchanged_path(path, self._map(name, sides))) for name in others
                )

    def _map(self, environment: str, sides: Sides) -> Mapping[str, str]:
        for name, exchanges in self.by_side.items():
            if environment in sides.called(name):
                return exchanges
        return self.everywhere


def _exchanged_path(path: FieldPath, exchanges: Mapping[str, str]) -> FieldPath:
    """The path with the last item known by its mapped value."""
    *before, last = path
    if isinstance(last, Member):
        return (*before, Member(exchanged(last.value, exchanges)))
    if isinstance(last, Item):
        keys = tuple((key, exchanged(value, exchanges)) for key, value in last.keys)
        return (*before, Item(keys))
    return path


def exchanged(value: Any, exchanges: Mapping[str, str]) -> Any:
    """A value with every part that is mapped exchanged, the longest first."""
    if not exchanges:
        return value
    if isinstance(value, str):
        longest_first = sorted(exchanges, key=len, reverse=True)
        parts = re.compile("|".join(map(re.escape, longest_first)))
        return parts.sub(lambda found: exchanges[found[0]], value)
    if isinstance(value, dict):
        return {key: exchanged(item, exchanges) for key, item in value.items()}
    if isinstance(value, list):
        return [exchanged(item, exchanges) for item in value]
    return value


@frozen
class Range:
    """Quantities stand in an order: sides and bounds, with relations between them.

    Args:
        operands: Sides by their names, and bounds.
        relations: What stands between one operand and the next: `<`, `<=`, `==`, `>=`, `>`.
    """

    operands: tuple[str | Fraction, ...]
    relations: tuple[str, ...]
    effect: ClassVar = Effect.RANGE
    hides: bool = True
    judges_agreement: ClassVar = True

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that are compared."""
        return tuple(operand for operand in self.operands if isinstance(operand, str))

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether every relation holds, whichever environments the sides stand for."""
        spoken = [name for side in self.names for name in sides.called(side)]
        if not _are_there(self.names, values, sides) or _others_differ(values, spoken):
            return Answer.SILENT
        numbers = {name: _number(values[name]) for name in spoken}
        if None in numbers.values():
            return Answer.FAILED
        choices = [
            [numbers[name] for name in sides.called(operand)]
            if isinstance(operand, str)
            else [operand]
            for operand in self.operands
        ]
        return _held(all(self._holds(chosen) for chosen in product(*choices)))

    def _holds(self, numbers: tuple[Fraction | None, ...]) -> bool:
        return all(
            RELATIONS[relation](*pair)
            for relation, pair in zip(self.relations, pairwise(numbers), strict=True)
        )


RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": le, ">=": ge, "==": eq, "<": lt, ">": gt
}  # fmt: skip


@frozen
class OneOf:
    """Each side has one of the values that are allowed there.

    Args:
        allowed: The values, by side.
    """

    allowed: Mapping[str, tuple[Any, ...]]
    effect: ClassVar = Effect.ONE_OF
    hides: bool = False
    judges_agreement: ClassVar = True

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that are spoken of."""
        return tuple(self.allowed)

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether every side has an allowed value; a Secret's value can't be told."""
        return _answer_by_side(self.allowed, values, sides, _is_one_of)


@frozen
class Matches:
    """Each side has a text in which its pattern is found.

    Args:
        patterns: Regular expressions, by side.
    """

    patterns: Mapping[str, re.Pattern[str]]
    effect: ClassVar = Effect.MATCHES
    hides: bool = True
    judges_agreement: ClassVar = True

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that are spoken of."""
        return tuple(self.patterns)

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether every side's pattern is found in what it has; only texts can be searched."""
        return _answer_by_side(self.patterns, values, sides, _is_match)


@frozen
class Waive:
    """What is there is let through for a while.

    Args:
        values: Just this, by side, as findings show it; None for whatever is there.
    """

    values: Mapping[str, Any] | None
    effect: ClassVar = Effect.WAIVE
    judges_agreement: ClassVar = False

    @property
    def hides(self) -> bool:
        """Whether it lets through what it does not tell."""
        return self.values is None

    @property
    def names(self) -> tuple[str, ...]:
        """The sides whose values it tells."""
        return tuple(self.values or ())

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether exactly the told values are there, each on its side and nothing elsewhere."""
        if self.values is None:
            return Answer.HOLDS
        told = {name: value for side, value in self.values.items() for name in sides.called(side)}
        is_told = told.keys() == values.keys() and all(
            same(told[name], values[name]) for name in told
        )
        return Answer.HOLDS if is_told else Answer.SILENT


def _answer_by_side(
    demanded: Mapping[str, Any],
    values: Values,
    sides: Sides,
    holds: Callable[[Any, Any], bool | None],
) -> Answer:
    """Whether each named side has what is demanded of it, as far as that can be told."""
    spoken = {name: wanted for side, wanted in demanded.items() for name in sides.called(side)}
    if not spoken.keys() <= values.keys() or not spoken or _others_differ(values, spoken):
        return Answer.SILENT
    answers = [holds(values[name], wanted) for name, wanted in spoken.items()]
    if None in answers:
        return Answer.FAILED
    return _held(all(answers))


def _is_one_of(value: Any, allowed: tuple[Any, ...]) -> bool | None:
    if has_secret(value):
        return None
    return any(same(value, item) for item in allowed)


def _is_match(value: Any, pattern: re.Pattern[str]) -> bool | None:
    return pattern.search(value) is not None if isinstance(value, str) else None


def _are_there(names: Iterable[str], values: Values, sides: Sides) -> bool:
    """Whether every named side is compared, and has a value."""
    return all(sides.called(name) and set(sides.called(name)) <= values.keys() for name in names)


def _others_differ(values: Values, spoken: Iterable[str]) -> bool:
    """Whether the sides that a rule does not speak of differ among themselves."""
    return not _one_value(values[name] for name in values.keys() - set(spoken))


def _one_value(values: Iterable[Any]) -> bool:
    return all(same(*pair) for pair in pairwise(values))


def _number(value: Any) -> Fraction | None:
    """A number, a quantity or a percentage; None where it is none of them.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    meaning = quantity(str(value).removesuffix("%"))
    return None if meaning is None else Fraction(meaning)


def has_secret(value: Any) -> bool:
    """Whether a Secret's value is in it."""
    return any(isinstance(item, SecretValue) for item in leaves(value))


def leaves(value: Any) -> Iterator[Any]:
    """The scalars in a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def _held(holds: bool) -> Answer:
    return Answer.HOLDS if holds else Answer.VIOLATED
