"""Which objects a comparison is about, where it is not about all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from driftcheck.errors import UsageError
from driftcheck.model._coverage import EVERY_KIND
from driftcheck.model._references import GroupKind

ONLY_KINDS = "--kind"
ONLY_SELECTED = "--selector"
_KEY = r"[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?"
_EQUALITY = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s+\(([^()]*)\)")
_EXISTENCE = re.compile(rf"(!?)\s*({_KEY})")
_BETWEEN = re.compile(r",(?![^(]*\))")


@frozen
class Requirement:
    """One condition on an object's labels.

    Args:
        key: The label.
        values: The values it may, or may not, have; None asks only whether it is there.
        negated: Whether the condition is turned round.
    """

    key: str
    values: frozenset[str] | None
    negated: bool

    def __str__(self) -> str:
        """The condition as `kubectl -l` takes it."""
        if self.values is None:
            return f"!{self.key}" if self.negated else self.key
        values = ",".join(sorted(self.values))
        if len(self.values) == 1:
            return f"{self.key}{'!=' if self.negated else '='}{values}"
        return f"'{self.key} {'notin' if self.negated else 'in'} ({values})'"

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil the condition; a label that is not there has none of the values."""
        if self.values is None:
            return (self.key in labels) is not self.negated
        return (labels.get(self.key) in self.values) is not self.negated


def parse_selector(text: str) -> tuple[Requirement, ...]:
    """Read a label selector as `kubectl -l` takes it.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors

    Args:
        text: Such as `app=web,tier in (front, back),!legacy`.

    Returns:
        Conditions that must all hold.

    Raises:
        UsageError: It is not a label selector.
    """
    return tuple(_requirement(part.strip(), text) for part in _BETWEEN.split(text))


def _requirement(part: str, text: str) -> Requirement:
    if found := _EQUALITY.fullmatch(part):
        return Requirement(found[1], frozenset({found[3]}), negated=found[2] == "!=")
    if found := _SET.fullmatch(part):
        values = frozenset(value.strip() for value in found[3].split(","))
        return Requirement(found[1], values, negated=found[2] == "notin")
    if found := _EXISTENCE.fullmatch(part):
        return Requirement(found[2], None, negated=bool(found[1]))
    raise UsageError(
        f"{text!r} is not a label selector: {part!r} is not understood",
        hint="write it as for kubectl -l: app=web,tier in (front,back),!legacy",
    )


@frozen
class Scope:
    """What a comparison is narrowed to; by default nothing.

    Args:
        kinds: Kinds, as `Deployment` or `Deployment.apps`, in any case; empty for all.
        selector: Conditions on the objects' labels that must all hold.
    """

    kinds: tuple[str, ...] = ()
    selector: tuple[Requirement, ...] = ()

    def __str__(self) -> str:
        """The options that say so; empty where everything is compared."""
        options = [f"{ONLY_KINDS} {kind}" for kind in self.kinds]
        options += [f"{ONLY_SELECTED} {requirement}" for requirement in self.selector]
        return " ".join(options)

    def excluded_by(self, kind: GroupKind, labels: Mapping[str, str]) -> str | None:
        """The option that leaves an object out; None where it is compared."""
        if not self.includes(kind):
            return ONLY_KINDS
        if not all(requirement.holds(labels) for requirement in self.selector):
            return ONLY_SELECTED
        return None

    def includes(self, kind: GroupKind) -> bool:
        """Whether a kind is compared; of a group's unknown kinds, whether one of them may be."""
        asked = {name.lower() for name in self.kinds}
        if kind.kind == EVERY_KIND:
            return not asked or any(name.partition(".")[2] in ("", kind.group) for name in asked)
        return not asked or bool(asked & {kind.kind.lower(), str(kind).lower()})
