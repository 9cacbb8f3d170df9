"""A line for each object, as `git diff --name-status` and `git diff --stat` have it for files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import starmap

from attrs import field, frozen

from driftcheck.model import SEVERITY, Category, Change, Finding, ObjectReference, Result, counted
from driftcheck.reports._pen import COLOURS, Pen, title
from driftcheck.reports._words import SYMBOLS, columns, padded

_WIDEST_BAR = 40
_NARROWEST_BAR = 10
_LONGEST_TITLE = 60


@frozen
class ObjectCounts:
    """How much of one object differs.

    Args:
        object: The object.
        whole: How it differs as a whole; None where it is everywhere.
        changes: How many changes of each sort nobody expects.
        categories: The same by category.
        expected: How many changes are expected.
    """

    object: ObjectReference
    whole: Change | None = None
    changes: Counter[Change] = field(factory=Counter)
    categories: Counter[Category] = field(factory=Counter)
    expected: int = 0

    @property
    def change(self) -> Change:
        """The object's change in one word."""
        return self.whole or (
            next(iter(self.changes)) if set(self.changes) == {Change.UNCHANGED} else Change.CHANGED
        )

    @property
    def said(self) -> str:
        """The counts in words, worst first: `image 1, scaling 2`."""
        worst = sorted(self.categories, key=lambda category: SEVERITY[category])
        said = [f"{category.value} {self.categories[category]}" for category in worst]
        if self.expected:
            said.append(f"expected {self.expected}")
        return ", ".join(said)


def findings_by_object(findings: Iterable[Finding]) -> Mapping[ObjectReference, list[Finding]]:
    """The findings of each object, in the order of the worst that it has."""
    of_object: dict[ObjectReference, list[Finding]] = defaultdict(list)
    for finding in findings:
        of_object[finding.object].append(finding)
    return of_object


def counts_by_object(findings: Iterable[Finding]) -> list[ObjectCounts]:
    """How much of each object differs, in the order of the worst that it has."""
    return list(starmap(counts_of, findings_by_object(findings).items()))


def counts_of(reference: ObjectReference, found: list[Finding]) -> ObjectCounts:
    """How much of an object differs, by all that was found of it."""
    unexpected = [finding for finding in found if finding.expected is None]
    return ObjectCounts(
        object=reference,
        whole=next((finding.change for finding in found if not finding.path), None),
        changes=Counter(finding.change for finding in unexpected),
        categories=Counter(finding.category for finding in unexpected),
        expected=len(found) - len(unexpected),
    )


def short_lines(findings: Iterable[Finding], pen: Pen) -> Iterator[str]:
    """What became of each object that differs."""
    for counts in counts_by_object(findings):
        yield f"{pen.symbol(counts.change)} {title(counts.object)}  {pen.dim(counts.said)}"


def stat_lines(findings: Iterable[Finding], pen: Pen) -> Iterator[str]:
    """How much of each object differs, with a bar, and the sums."""
    counted_objects = [counts for counts in counts_by_object(findings) if counts.changes]
    if not counted_objects:
        return
    label = min(max(columns(title(each.object)) for each in counted_objects), _LONGEST_TITLE)
    most = max(each.changes.total() for each in counted_objects)
    digits = len(str(most))
    room = max(min(pen.width - label - digits - 5, _WIDEST_BAR), _NARROWEST_BAR)
    for each in counted_objects:
        bar = _bar(each.changes, min(room / most, 1), pen)
        total = f"{each.changes.total():>{digits}}"
        yield f" {padded(title(each.object), label)} | {total} {bar}"
    yield f" {_sums(counted_objects)}"


def _bar(changes: Mapping[Change, int], scale: float, pen: Pen) -> str:
    """A character for each change, or for as many as it takes to fit."""
    return "".join(
        pen.styled(SYMBOLS[change] * max(1, int(changes[change] * scale)), fg=COLOURS[change])
        for change in SYMBOLS
        if changes.get(change)
    )


def _sums(objects: list[ObjectCounts]) -> str:
    """`2 objects differ: 1 added (+), 3 changed (~)`."""
    sums: Counter[Change] = Counter()
    for each in objects:
        sums.update(each.changes)
    parts = [
        f"{sums[change]} {change.value} ({SYMBOLS[change]})" for change in SYMBOLS if sums[change]
    ]
    differ = "differs" if len(objects) == 1 else "differ"
    return f"{counted(len(objects), 'object')} {differ}: {', '.join(parts)}"


def unchanged_objects(result: Result) -> list[ObjectReference]:
    """The objects of which nothing was found to differ."""
    differing = {finding.object for finding in result.findings}
    return [each.object for each in result.objects if each.object not in differing]
