"""A difference, before and after it is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import cycle
from typing import Any

from attrs import field, frozen

from driftcheck.model._paths import FieldPath
from driftcheck.model._references import ObjectReference
from driftcheck.model._since import Since


class Change(StrEnum):
    """How an environment differs from the baseline."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REORDERED = "reordered"
    UNCHANGED = "unchanged"
    """Nothing differs, which is what a policy's rule finds fault with."""
    TOUCHED = "touched"
    REVERTED = "reverted"
    RECREATED = "recreated"
    NEW = "new"
    GONE = "gone"
    """These five are witnesses that an object was written between two looks, as CHANGED may be."""


WITNESSING = frozenset(
    {
        Change.CHANGED,
        Change.TOUCHED,
        Change.REVERTED,
        Change.RECREATED,
        Change.NEW,
        Change.GONE,
    }
)
"""What may become of an object between two looks, as a witness says it."""


class Category(StrEnum):
    """What a difference is about, worst first."""

    SECRET = "secret"  # noqa: S105 - the category's name
    RBAC = "rbac"
    SECURITY = "security"
    IMAGE = "image"
    COMMAND = "command"
    ENVIRONMENT = "environment"
    CONFIG = "config"
    NETWORK = "network"
    STORAGE = "storage"
    RESOURCES = "resources"
    SCALING = "scaling"
    PROBE = "probe"
    SCHEDULING = "scheduling"
    LIFECYCLE = "lifecycle"
    CUSTOM = "custom"
    PLATFORM = "platform"
    OTHER = "other"
    METADATA = "metadata"


SEVERITY: Mapping[Category, int] = {category: rank for rank, category in enumerate(Category)}
"""The order of findings: a lower number is worse."""

_POSITION = re.compile(r"\[(0|[1-9][0-9]*)\]")
"""In a path; a longer number is a larger one."""


def worst_first(categories: Iterable[Category]) -> tuple[Category, ...]:
    """The categories, each once, in the order of findings."""
    return tuple(sorted(set(categories), key=lambda category: SEVERITY[category]))


class ManagerClass(StrEnum):
    """Who writes under a field manager's name."""

    HAND = "hand"
    """A person, with a client for people."""
    PIPELINE = "pipeline"
    """A program that somebody starts to deploy."""
    GITOPS = "gitops"
    """A controller that makes a cluster as a repository has it."""
    CONTROLLER = "controller"
    """A program that acts by itself on what it finds."""
    UNKNOWN = "unknown"
    """Nobody knows, or it may be one of several."""


class Acts(StrEnum):
    """When what lies outside a namespace acts on what runs inside it."""

    LIVE = "live"
    """Now, and at all times."""
    POD_START = "pod-start"
    """As soon as a pod starts."""
    ADMISSION = "admission"
    """As soon as somebody writes an object."""


@frozen
class Writer:
    """Somebody who wrote a field, as the server's managedFields has it: evidence, not proof.

    Args:
        manager: The name a client gave itself, such as `kubectl-edit`.
        operation: `Apply` or `Update`.
        subresource: What the write went through, such as `scale`; empty for the object itself.
        time: RFC 3339, to the second: when the manager last changed any of its fields.
        class_: Who writes under this name.
    """

    manager: str
    operation: str
    subresource: str
    time: str | None
    class_: ManagerClass = ManagerClass.UNKNOWN


@frozen
class Expectation:
    """Why a difference is no drift.

    Args:
        rule: The rule that expects it.
        reason: Why it does, for people to read.
        expires: The last day on which it does, as `2026-12-31`; None for ever.
    """

    rule: str
    reason: str
    expires: str | None = None


class Effect(StrEnum):
    """What a policy's rule says of the places it speaks of."""

    EQUAL = "equal"
    DIFFER = "differ"
    MAP = "map"
    RANGE = "range"
    ONE_OF = "one_of"
    MATCHES = "matches"
    ANY = "any"
    WAIVE = "waive"
    UNSEEN = "unseen"
    """It accepts that a kind is not seen."""


class RuleState(StrEnum):
    """What became of a policy's rule in a comparison."""

    USED = "used"
    UNUSED = "unused"
    """It speaks of nothing that is there."""
    EXPIRING = "expiring"
    """It ends within two weeks."""
    EXPIRED = "expired"
    """It has ended, so that it explains nothing any more."""
    DANGEROUS = "dangerous"
    """It would hide something dangerous, which it does not say that it may."""
    FAILED = "failed"
    """It can't be evaluated, so that it explains nothing."""


@frozen
class Difference:
    """One place at which environments differ, as comparison found it.

    Args:
        reference: The object, named as in the baseline.
        change: As seen from the baseline, by the first environment that differs.
        path: Where in the object; empty for a whole object.
        values: What stands there, by environment; one that has nothing there has no key.
        note: What a reader should know beside the values.
        expected: Why it is no drift; None where it is.
        written_by: Who wrote what stands there, by environment, the latest first.
        violates: The rule of a policy that forbids what is there; None where none does.
        acts: When it acts, of what lies outside the namespaces; None of what is inside.
        reached_by: What reaches it from inside.
    """

    reference: ObjectReference
    change: Change
    path: FieldPath
    values: Mapping[str, Any] = field(factory=dict)
    note: str | None = None
    expected: Expectation | None = None
    written_by: Mapping[str, tuple[Writer, ...]] = field(factory=dict)
    violates: Expectation | None = None
    acts: Acts | None = None
    reached_by: tuple[str, ...] = ()

    @property
    def is_witness(self) -> bool:
        """Whether it tells that an object was written, and nothing of what stands in it."""
        return self.change in WITNESSING and not self.path and not self.values


@frozen
class Finding:
    """A difference that a report shows.

    Args:
        object: The object a person would edit.
        change: As seen from the baseline, by the first environment that differs.
        path: Where in the object, as `docs/paths.md` writes it; empty for a whole object.
        values: What stands there, by environment, as plain JSON; Secret values are numbered.
        category: What the difference is about.
        note: What a reader should know beside the values; may be None.
        expected: Why it is no drift; None where it is.
        written_by: Who wrote what stands there, by environment, the latest first; evidence,
            not proof.
        violates: The rule of a policy that forbids what is there; None where none does.
        categories: What all that it holds is about, worst first; more than its own category
            where an object, or a part of one, is on one side only.
        acts: When it acts, of what lies outside the namespaces; None of what is inside.
        reached_by: What reaches it from inside.
        since: Since when it stands, as far as a store of looks tells; None where none does.
    """

    object: ObjectReference
    change: Change
    path: str
    values: Mapping[str, Any]
    category: Category
    note: str | None = None
    expected: Expectation | None = None
    written_by: Mapping[str, tuple[Writer, ...]] = field(factory=dict)
    violates: Expectation | None = None
    categories: tuple[Category, ...] = field(converter=worst_first)
    acts: Acts | None = None
    reached_by: tuple[str, ...] = ()
    since: Since | None = None

    @categories.default
    def _own_category(self) -> tuple[Category, ...]:
        return (self.category,)

    @property
    def is_witness(self) -> bool:
        """Whether it tells that an object was written, and nothing of what stands in it."""
        return self.change in WITNESSING and not self.path and not self.values

    def sort_key(self) -> tuple[int, str, str, str, tuple[str | tuple[int, str], ...]]:
        """Worst category first, then group, kind, name and path, positions by number."""
        texts_and_positions = _POSITION.split(self.path)
        path = tuple(
            (len(part), part) if is_position else part
            for is_position, part in zip(cycle((False, True)), texts_and_positions, strict=False)
        )
        return (SEVERITY[self.category], *self.object, path)
