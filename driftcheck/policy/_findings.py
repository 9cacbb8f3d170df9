"""Differences as findings: categorized, sorted, cut to size, and free of Secret values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import evolve

from driftcheck.model import (
    Category,
    Difference,
    Finding,
    ManagerClass,
    SecretValue,
    Writer,
    format_path,
)
from driftcheck.policy._categories import categories, category, category_outside
from driftcheck.policy._cutting import cut
from driftcheck.policy._speaking import Compared

ClassOf = Callable[[Writer], ManagerClass]


def presented(
    differences: Iterable[Difference],
    compared: Compared,
    numbers: dict[SecretValue, int],
    class_of: ClassOf,
) -> Iterator[tuple[Difference, Finding]]:
    """Each difference with the finding that shows it, worst first.

    Args:
        differences: What differs.
        compared: What was compared, to ask what a whole object holds.
        numbers: The numbers that stand for Secret values; those met first are added.
        class_of: Who a writer is.

    Returns:
        The same pairs for the same differences.
    """
    pairs = [(difference, _finding(difference, compared, class_of)) for difference in differences]
    for difference, finding in sorted(pairs, key=lambda pair: pair[1].sort_key()):
        yield difference, _presentable(finding, numbers)


def _finding(difference: Difference, compared: Compared, class_of: ClassOf) -> Finding:
    about = _about(difference, compared)
    return Finding(
        object=difference.reference,
        change=difference.change,
        path=format_path(difference.path),
        values=difference.values,
        category=about[0]
        if difference.expected or difference.acts
        else category(difference.reference, difference.path),
        note=difference.note,
        expected=difference.expected,
        written_by={
            environment: tuple(evolve(writer, class_=class_of(writer)) for writer in writers)
            for environment, writers in difference.written_by.items()
        },
        violates=difference.violates,
        categories=about,
        acts=difference.acts,
        reached_by=difference.reached_by,
    )


def _about(difference: Difference, compared: Compared) -> tuple[Category, ...]:
    """Everything that a difference is about; outside the namespaces its kind alone says it."""
    if difference.expected:
        return (Category.PLATFORM,)
    if difference.acts:
        return (category_outside(difference.reference),)
    return categories(difference, compared.held(difference))


def _presentable(finding: Finding, numbers: dict[SecretValue, int]) -> Finding:
    """The finding with Secret values numbered in the order they are met, and long values cut."""
    found = cut({name: _numbered(value, numbers) for name, value in finding.values.items()})
    notes = [note for note in (finding.note, found.note) if note]
    return evolve(finding, values=found.values, note="; ".join(notes) or None)


def _numbered(value: Any, numbers: dict[SecretValue, int]) -> Any:
    """The value without Secret values: equal numbers stand for equal values."""
    if isinstance(value, SecretValue):
        return f"(secret {numbers.setdefault(value, len(numbers) + 1)})"
    if isinstance(value, dict):
        return {key: _numbered(item, numbers) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_numbered(item, numbers) for item in value]
    return value
