"""What a policy is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fnmatch import translate
from typing import Any, Protocol

from attrs import Factory, field, frozen

from driftcheck.managers import hands_among
from driftcheck.model import (
    Acceptance,
    Check,
    Difference,
    Effect,
    Expectation,
    FieldPath,
    GroupKind,
    ManagerClass,
    PathPattern,
    PolicyUsed,
    Writer,
)
from driftcheck.policy._effects import Demand, Waive

_WILD = frozenset("*?[")


@frozen
class Glob:
    """A name in which `*` stands for any letters, and `?` for one.

    https://docs.python.org/3/library/fnmatch.html
    """

    text: str
    matches: Callable[[str], Any] = field(init=False, repr=False, eq=False)
    """Gives something true for a name that it stands for."""

    @matches.default
    def _compiled(self) -> Callable[[str], Any]:
        if _WILD.isdisjoint(self.text):
            return self.text.__eq__
        return re.compile(translate(self.text)).match


EVERYTHING = Glob("*")


class Condition(Protocol):
    """What an object's labels must be like."""

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether they are."""


@frozen
class LabelGlob:
    """One label whose value is told by a glob."""

    key: str
    value: Glob

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether the label is there, and its value matches."""
        return self.key in labels and bool(self.value.matches(labels[self.key]))


@frozen
class Match:
    """Which objects a rule speaks of; by default all.

    Args:
        group: A glob for the API group.
        kind: A glob for the kind.
        name: A glob for the name, as the baseline has it.
        labels: Conditions that hold in every environment that has the object.
        witness: A glob for what became of the object between two looks; without one it speaks of
            what stands in objects alone.
        check: Of an audit, which check's findings; None for a rule about comparisons.
    """

    group: Glob = EVERYTHING
    kind: Glob = EVERYTHING
    name: Glob = EVERYTHING
    labels: tuple[Condition, ...] = ()
    witness: Glob | None = None
    check: Check | None = None

    def is_of(self, kind: GroupKind) -> bool:
        """Whether it speaks of objects of a kind."""
        return bool(self.group.matches(kind.group) and self.kind.matches(kind.kind))

    def is_about(self, difference: Difference) -> bool:
        """Whether it speaks of witnesses, and this is one that it names, or of neither."""
        if self.witness is None:
            return not difference.is_witness
        return difference.is_witness and bool(self.witness.matches(difference.change.value))

    def is_labelled(self, labels: Iterable[Mapping[str, str]]) -> bool:
        """Whether its conditions hold for an object's labels in every environment."""
        everywhere = list(labels)
        return bool(everywhere) and all(
            condition.holds(found) for found in everywhere for condition in self.labels
        )


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
        """Whether it speaks of a place in the objects that it matches.

        What must be equal must be so in every part.
        """
        is_whole = self.effect is Effect.EQUAL
        return not self.paths or any(
            pattern.covers(path) if is_whole else pattern.matches(path) for pattern in self.paths
        )


@frozen
class Named:
    """Field managers of which a policy says who they are.

    Args:
        name: What they call themselves.
        class_: Who writes under this name.
    """

    name: Glob
    class_: ManagerClass

    @property
    def hands(self) -> tuple[str, ...]:
        """The names of hands among them that are no hands by this."""
        return () if self.class_ is ManagerClass.HAND else hands_among(self.name.text)


@frozen
class Unseen:
    """Says that a kind need not be looked at.

    Args:
        id: Its name, which coverage and reports show.
        match: Which kinds it speaks of; nothing but their names counts.
        reason: Why.
        expires: The last day on which it accepts anything; None for ever.
        owner: Who answers for it.
        line: Where it stands in its file; 0 where it stands in none.
    """

    id: str
    match: Match
    reason: str
    expires: date | None = None
    owner: str | None = None
    line: int = 0

    @property
    def acceptance(self) -> Acceptance:
        """What a row of the coverage says of it."""
        expires = self.expires.isoformat() if self.expires else None
        return Acceptance(self.id, self.reason, self.owner, expires)


@frozen
class Policy:
    """What may differ, what must, and what must not.

    Args:
        rules: The expectations, in the order of their file.
        aliases: What sides are called: environments' names and globs, by alias.
        source: The file it was read from, as messages name it.
        managers: Who field managers are, in the order of the file; of several the first counts.
        unseen: What need not be looked at, in the order of their file.
        digest: SHA-256 of what was read, `sha256:...`; empty where nothing was.
    """

    rules: tuple[Rule, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = Factory(dict)
    source: str = ""
    managers: tuple[Named, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    digest: str = ""

    def class_of(self, writer: Writer) -> ManagerClass:
        """Who a writer is: what the policy says, else what is known of its name."""
        said = (named.class_ for named in self.managers if named.name.matches(writer.manager))
        return next(said, writer.class_)

    @property
    def of_comparisons(self) -> tuple[Rule, ...]:
        """The rules that speak to a comparison."""
        return tuple(rule for rule in self.rules if rule.match.check is None)

    @property
    def of_audits(self) -> tuple[Rule, ...]:
        """The rules that speak to an audit."""
        return tuple(rule for rule in self.rules if rule.match.check is not None)

    @property
    def taken_for_others(self) -> Iterator[str]:
        """What it says of hands that they are, in sentences."""
        for named in self.managers:
            if named.hands:
                names = ", ".join(named.hands)
                yield f"the policy takes {names} for {named.class_.value}, and no hand"

    @property
    def used(self) -> PolicyUsed | None:
        """What a result says of it; None where there is none."""
        return PolicyUsed(self.source, self.digest) if self.digest else None

    def named(self, rule: Rule | Unseen) -> str:
        """A rule with its place: `rule hosts (driftcheck.yaml:14)`."""
        place = self.place(rule)
        return f"rule {rule.id} ({place})" if place else f"rule {rule.id}"

    def place(self, rule: Rule | Unseen) -> str:
        """Where a rule stands, `driftcheck.yaml:14`; empty where it stands in no file."""
        return f"{self.source}:{rule.line}" if self.source and rule.line else self.source


NO_POLICY = Policy()
