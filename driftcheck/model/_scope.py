"""Which objects a comparison is about, where it is not about all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from attrs import field, frozen

from driftcheck.errors import UsageError
from driftcheck.model._coverage import EVERY_KIND
from driftcheck.model._kind_names import is_called
from driftcheck.model._references import GroupKind

ONLY_KINDS = "--kind"
EXCLUDED_KINDS = "--exclude-kind"
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


def _names(given: Iterable[str]) -> tuple[str, ...]:
    """Names of kinds, several in one text with commas between."""
    return tuple(name.strip() for text in given for name in text.split(",") if name.strip())


@frozen
class Scope:
    """What a comparison is narrowed to; by default nothing.

    Args:
        kinds: Kinds as kubectl takes them, `Deployment`, `deploy` or `deployments.apps`; empty
            for all.
        selector: Conditions on the objects' labels that must all hold.
        exclude_kinds: Kinds that are not looked at, in the same words.
    """

    kinds: tuple[str, ...] = field(default=(), converter=_names)
    selector: tuple[Requirement, ...] = ()
    exclude_kinds: tuple[str, ...] = field(default=(), converter=_names)

    def __str__(self) -> str:
        """The options that say so; empty where everything is compared."""
        options = [f"{ONLY_KINDS} {kind}" for kind in self.kinds]
        options += [f"{EXCLUDED_KINDS} {kind}" for kind in self.exclude_kinds]
        options += [f"{ONLY_SELECTED} {requirement}" for requirement in self.selector]
        return " ".join(options)

    def excluded_by(self, kind: GroupKind, labels: Mapping[str, str]) -> str | None:
        """The option that leaves an object out; None where it is compared."""
        if self.excludes(kind):
            return EXCLUDED_KINDS
        if not self.includes(kind):
            return ONLY_KINDS
        if not all(requirement.holds(labels) for requirement in self.selector):
            return ONLY_SELECTED
        return None

    def excludes(self, kind: GroupKind) -> bool:
        """Whether a kind is not looked at."""
        return _is_among(kind, self.exclude_kinds)

    def includes(self, kind: GroupKind) -> bool:
        """Whether a kind is asked for; of a group's unknown kinds, whether one of them may be."""
        if kind.kind == EVERY_KIND:
            groups = (name.lower().partition(".")[2] for name in self.kinds)
            return not self.kinds or any(group in ("", kind.group) for group in groups)
        return not self.kinds or _is_among(kind, self.kinds)


@cache
def _is_among(kind: GroupKind, names: tuple[str, ...]) -> bool:
    return any(is_called(kind, name) for name in names)
