"""What a rule may say of a place, and whether what stands there is as it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from itertools import chain, combinations, pairwise, product
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

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

if TYPE_CHECKING:
    import regex

LONGEST_SEARCH = 1.0
"""In seconds: a pattern that takes longer can't be evaluated (`(a|aa)+$` may take for ever)."""

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

    def hides(self, sides: Sides) -> bool:
        """Whether it lets values through that it does not tell."""

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether what stands at a place is as demanded."""


@frozen
class Any_:  # noqa: N801 - `Any` is typing's
    """Whatever stands there is as good as anything else."""

    effect: ClassVar = Effect.ANY
    names: tuple[str, ...] = ()
    judges_agreement: ClassVar = False

    def hides(self, _sides: Sides) -> bool:
        """It lets everything through."""
        return True

    def answer(self, _values: Values, _sides: Sides) -> Answer:
        """It always holds."""
        return Answer.HOLDS


@frozen
class Equal:
    """Every environment has the same."""

    effect: ClassVar = Effect.EQUAL
    names: tuple[str, ...] = ()
    judges_agreement: ClassVar = True

    def hides(self, _sides: Sides) -> bool:
        """It lets nothing through."""
        return False

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether all have it, and the same."""
        is_everywhere = len(values) == len(sides.environments)
        return _held(is_everywhere and _one_value(values.values()))


@frozen
class Differ:
    """No two environments have the same."""

    effect: ClassVar = Effect.DIFFER
    names: tuple[str, ...] = ()
    judges_agreement: ClassVar = True

    def hides(self, _sides: Sides) -> bool:
        """It lets every other value through."""
        return True

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether all values are distinct; silent where one is not there at all."""
        if any(same(*pair) for pair in combinations(values.values(), 2)):
            return Answer.VIOLATED
        return _told(len(values) == len(sides.environments))


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
    judges_agreement: ClassVar = True

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that have a map of their own."""
        return tuple(self.by_side)

    def hides(self, _sides: Sides) -> bool:
        """It tells what becomes of what."""
        return False

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether every value is the baseline's, mapped; any other is not spoken of."""
        baseline, *others = sides.environments
        if len(values) < len(sides.environments):
            return Answer.SILENT
        mapped = (
            same(exchanged(values[baseline], self._map(name, sides)), values[name])
            for name in others
        )
        return _told(all(mapped))

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
class Amount:
    """A quantity, or a share of one in percent, which are never compared with each other.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """

    number: Fraction
    is_share: bool

    @classmethod
    def read(cls, value: Any) -> Amount | None:
        """What a number or a text means; None where it is no amount."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        text = str(value)
        meaning = quantity(text.removesuffix("%"))
        return None if meaning is None else cls(Fraction(meaning), text.endswith("%"))


@frozen
class Range:
    """Quantities stand in an order: sides and bounds, with relations between them.

    Args:
        operands: Sides by their names, and bounds.
        relations: What stands between one operand and the next: `<`, `<=`, `==`, `>=`, `>`.
    """

    operands: tuple[str | Amount, ...]
    relations: tuple[str, ...]
    effect: ClassVar = Effect.RANGE
    judges_agreement: ClassVar = True

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that are compared."""
        return tuple(operand for operand in self.operands if isinstance(operand, str))

    def hides(self, _sides: Sides) -> bool:
        """It lets every value through that stands in the order."""
        return True

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether every relation holds, whichever environments the sides stand for."""
        amounts = [self._amounts(operand, values, sides) for operand in self.operands]
        pairs = [
            (RELATIONS[relation], left, right)
            for relation, lefts, rights in zip(self.relations, amounts, amounts[1:], strict=False)
            for left, right in product(lefts, rights)
        ]
        if None in chain.from_iterable(amounts) or any(
            left.is_share is not right.is_share for _, left, right in pairs
        ):
            return Answer.FAILED
        if not all(holds(left.number, right.number) for holds, left, right in pairs):
            return Answer.VIOLATED
        return _told(_tells_all(self.names, values, sides))

    def _amounts(self, operand: str | Amount, values: Values, sides: Sides) -> list[Any]:
        """What an operand stands for, in each environment that has it; None for no amount."""
        if isinstance(operand, Amount):
            return [operand]
        return [Amount.read(values[name]) for name in sides.called(operand) if name in values]


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
    judges_agreement: ClassVar = True

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that are spoken of."""
        return tuple(self.allowed)

    def hides(self, sides: Sides) -> bool:
        """Whether there are sides of which it does not tell the values."""
        return not set(sides.environments) <= set(_called(self.names, sides))

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether every side has an allowed value; a Secret's value can't be told."""
        return _answer_by_side(self.allowed, values, sides, _is_one_of)


@frozen
class Matches:
    """Each side has a text in which its pattern is found.

    Args:
        patterns: Regular expressions, by side.
    """

    patterns: Mapping[str, regex.Pattern[str]]
    effect: ClassVar = Effect.MATCHES
    judges_agreement: ClassVar = True

    @property
    def names(self) -> tuple[str, ...]:
        """The sides that are spoken of."""
        return tuple(self.patterns)

    def hides(self, _sides: Sides) -> bool:
        """It lets everything through in which the patterns are found."""
        return True

    def answer(self, values: Values, sides: Sides) -> Answer:
        """Whether every side's pattern is found in what it has; only texts can be searched.

        Raises:
            TimeoutError: A search takes too long.
        """
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

    def hides(self, _sides: Sides) -> bool:
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
        told = [(name, value) for side, value in self.values.items() for name in sides.called(side)]
        return _told(
            {name for name, _ in told} == values.keys()
            and all(same(value, values[name]) for name, value in told)
        )


def _answer_by_side(
    demanded: Mapping[str, Any],
    values: Values,
    sides: Sides,
    holds: Callable[[Any, Any], bool | None],
) -> Answer:
    """Whether each named side has what is demanded of it, as far as that can be told."""
    answers = [
        holds(values[name], wanted)
        for side, wanted in demanded.items()
        for name in sides.called(side)
        if name in values
    ]
    if False in answers:
        return Answer.VIOLATED
    if None in answers:
        return Answer.FAILED
    return _told(_tells_all(demanded, values, sides))


def _is_one_of(value: Any, allowed: tuple[Any, ...]) -> bool | None:
    if has_secret(value):
        return None
    return any(same(value, item) for item in allowed)


def _is_match(value: Any, pattern: regex.Pattern[str]) -> bool | None:
    if not isinstance(value, str):
        return None
    return pattern.search(value, timeout=LONGEST_SEARCH) is not None


def _tells_all(names: Iterable[str], values: Values, sides: Sides) -> bool:
    """Whether every side is there that is named, and the others have the same as each other."""
    return (
        len(values) == len(sides.environments)
        and all(sides.called(name) for name in names)
        and _one_value(values[name] for name in values.keys() - set(_called(names, sides)))
    )


def _called(names: Iterable[str], sides: Sides) -> list[str]:
    """The environments that are called by any of the names."""
    return [environment for name in names for environment in sides.called(name)]


def _one_value(values: Iterable[Any]) -> bool:
    return all(same(*pair) for pair in pairwise(values))


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


def _told(holds: bool) -> Answer:
    """The answer of a demand that says nothing of what is not as it tells."""
    return Answer.HOLDS if holds else Answer.SILENT


def _held(holds: bool) -> Answer:
    return Answer.HOLDS if holds else Answer.VIOLATED
