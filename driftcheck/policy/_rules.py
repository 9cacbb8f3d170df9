"""What a policy is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Protocol

from attrs import Factory, frozen

from driftcheck.model import (
    Effect,
    Expectation,
    FieldPath,
    GroupKind,
    ObjectReference,
    PathPattern,
)
from driftcheck.policy._effects import Demand, Waive

_ANY_NAME = "*"


class Condition(Protocol):
    """What an object's labels must be like."""

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether they are."""


@frozen
class LabelGlob:
    """One label whose value is told by a glob."""

    key: str
    pattern: str

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether the label is there, and its value matches."""
        return self.key in labels and fnmatchcase(labels[self.key], self.pattern)


@frozen
class Match:
    """Which objects a rule speaks of; by default all.

    Args:
        group: A glob for the API group.
        kind: A glob for the kind.
        name: A glob for the name, as the baseline has it.
        labels: Conditions that hold in every environment that has the object.
    """

    group: str = _ANY_NAME
    kind: str = _ANY_NAME
    name: str = _ANY_NAME
    labels: tuple[Condition, ...] = ()

    def is_of(self, kind: GroupKind) -> bool:
        """Whether it speaks of objects of a kind."""
        return fnmatchcase(kind.group, self.group) and fnmatchcase(kind.kind, self.kind)

    def is_named(self, name: str) -> bool:
        """Whether it speaks of objects of a name."""
        return self.name == _ANY_NAME or fnmatchcase(name, self.name)

    def is_labelled(self, labels: Iterable[Mapping[str, str]]) -> bool:
        """Whether its conditions hold for an object's labels in every environment."""
        return all(condition.holds(found) for found in labels for condition in self.labels)

    def could_be(self, reference: ObjectReference) -> bool:
        """Whether it speaks of an object, as far as its name tells."""
        return self.is_of(reference.group_kind) and self.is_named(reference.name)


@frozen
class Rule:
    """One expectation.

    Args:
        id: Its name, which findings and reports show.
        match: Which objects it speaks of.
        paths: Which places in them; none for every place.
        demand: What it says of these places.
        reason: Why.
        expires: The last day on which it explains anything; None for ever.
        owner: Who answers for it.
        dangerous: Whether it may hide what is dangerous.
        line: Where it stands in its file; 0 where it stands in none.
    """

    id: str
    match: Match
    paths: tuple[PathPattern, ...]
    demand: Demand
    reason: str
    expires: date | None = None
    owner: str | None = None
    dangerous: bool = False
    line: int = 0

    @property
    def effect(self) -> Effect:
        """What it says, in a word."""
        return self.demand.effect

    @property
    def is_pinned(self) -> bool:
        """Whether it is a waiver of just the values that it tells."""
        return isinstance(self.demand, Waive) and self.demand.values is not None

    @property
    def expectation(self) -> Expectation:
        """What a finding says of it."""
        expires = self.expires.isoformat() if self.expires else None
        return Expectation(self.id, self.reason, expires)

    def speaks_of(self, path: FieldPath) -> bool:
        """Whether it speaks of a place in the objects that it matches."""
        return not self.paths or any(pattern.matches(path) for pattern in self.paths)


@frozen
class Policy:
    """What may differ, what must, and what must not.

    Args:
        rules: The expectations, in the order of their file.
        aliases: What sides are called: environments' names and globs, by alias.
        source: The file it was read from, as messages name it.
    """

    rules: tuple[Rule, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = Factory(dict)
    source: str = ""

    def place(self, rule: Rule) -> str:
        """Where a rule stands, `driftcheck.yaml:14`; empty where it stands in no file."""
        return f"{self.source}:{rule.line}" if self.source and rule.line else self.source


NO_POLICY = Policy()
