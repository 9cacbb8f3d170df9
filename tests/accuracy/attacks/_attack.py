"""An attack: two environments that satisfy a rule's condition, and differ in substance."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from driftcheck.model import Snapshot, Verdict
from driftcheck.pipeline import compare_snapshots
from tests import ways
from tests.accuracy.worlds import FORMS, UNTOUCHED, Body, Edit, Form, edit

NOTHING: Mapping[str, Any] = MappingProxyType({})


@frozen
class Attack:
    """What somebody does to the right side, and hopes that nothing is said.

    Args:
        said: What is done, in a few words.
        right: The right side, where it was done.
        left: The left side.
        control: What the right side would be if it were as the left one.
        forms: In which forms it makes sense.
        asked: What the comparison is asked for, as `compare_snapshots` takes it.
        namespace: The right side's namespace.
        third: Whether two environments like the left one stand before the right one.
        has_control: Whether the sides would be identical without what is done.
    """

    said: str
    right: Edit
    left: Edit = UNTOUCHED
    control: Edit = field()
    forms: tuple[Form, ...] = FORMS
    asked: Mapping[str, Any] = NOTHING
    namespace: str = ways.STAGING
    third: bool = False
    has_control: bool = True

    @control.default
    def _control(self) -> Edit:
        return self.left


@frozen
class Success:
    """An attack that was not seen, or one that proves nothing.

    Args:
        maker: Who made it.
        attack: What was done, in a few words.
        form: In which form.
        how: The directions in which nothing was said, or what is wrong with its control.
    """

    maker: str
    attack: str
    form: str
    how: str

    def __str__(self) -> str:
        return f"{self.maker}: {self.attack} ({self.form}, {self.how})"


Attacks = Callable[[], Iterator[Attack]]
ATTACKS: dict[str, list[Attacks]] = {}
"""By the rule behind which something is to be hidden, who makes its attacks."""


def against(*rules: str) -> Callable[[Attacks], Attacks]:
    """Register who makes attacks on rules."""

    def register(attacks: Attacks) -> Attacks:
        for rule in rules:
            ATTACKS.setdefault(rule, []).append(attacks)
        return attacks

    return register


def attacks_on(rule: str) -> list[Attack]:
    """Every attack on a rule."""
    return [attack for attacks in ATTACKS[rule] for attack in attacks()]


def makers() -> dict[str, Attacks]:
    """Everybody who makes attacks, by name."""
    return {attacks.__name__: attacks for made in ATTACKS.values() for attacks in made}


def added(said: str, *bodies: Body, **more: Any) -> Attack:
    """An attack that adds objects to what both sides have."""
    left = more.pop("left", UNTOUCHED)
    return Attack(said, right={**left, **edit(*bodies)}, left=left, **more)


def tried(maker: str, one_in: int = 1) -> tuple[int, list[Success]]:
    """Try what somebody makes, in every form.

    Args:
        maker: The name of who makes the attacks.
        one_in: One in so many is tried, the same ones in every run.

    Returns:
        How many were tried, and those that were not seen or prove nothing.
    """
    chosen = [
        (attack, form)
        for attack in makers()[maker]()
        for form in attack.forms
        if _number(maker, attack, form) % one_in == 0
    ]
    found = [success for attack, form in chosen for success in _tried(maker, attack, form)]
    return len(chosen), found


def _number(maker: str, attack: Attack, form: Form) -> int:
    text = f"{maker} {attack.said} {form}"
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def _tried(maker: str, attack: Attack, form: Form) -> Iterator[Success]:
    if attack.has_control and (said := control(attack, form)) is not Verdict.IDENTICAL:
        yield Success(maker, attack.said, str(form), f"proves nothing, its control is {said.value}")
    directions = successes(attack, form)
    if directions:
        yield Success(maker, attack.said, str(form), ", ".join(directions))


def successes(attack: Attack, form: Form) -> list[str]:
    """The directions in which an attack is not seen."""
    left = form.left(attack.left, ways.STAGING)
    right = form.right(attack.right, attack.namespace)
    directions = {"left to right": [left, right], "right to left": [right, left]}
    if attack.third:
        directions = {"third of three": [left, left, right], "second of three": [left, right, left]}
    return [
        said for said, sides in directions.items() if _verdict(sides, attack) is Verdict.IDENTICAL
    ]


def control(attack: Attack, form: Form) -> Verdict:
    """What is said of two sides that nobody has tampered with."""
    left = form.left(attack.left, ways.STAGING)
    return _verdict([left, form.right(attack.control, attack.namespace)], attack)


def _verdict(sides: list[Snapshot], attack: Attack) -> Verdict:
    return compare_snapshots(sides, **attack.asked).verdict
