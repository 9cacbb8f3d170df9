"""Lists without order and without keys: which item of one is which item of another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.comparison._sequences import Row
from driftcheck.comparison._sides import ABSENT
from driftcheck.model import Node, canonical_bytes

MOST_PAIRS = 250_000
"""Above this many possible pairs of unequal items, they pair in the order they stand."""

MOST_VISITS = 5_000_000
"""Likewise where the items are large, by how often their leaves would be looked at."""


def rows_of_bags(bags: Mapping[str, list[Node]]) -> Iterator[Row]:
    """The items of several bags side by side.

    Equal items pair off, the rest pair by likeness. A row stands at the
    baseline's position, or at its own where the baseline has no such item.
    """
    baseline_name, *others = bags
    baseline = bags[baseline_name]
    partners = {name: _partners(baseline, bags[name]) for name in others}
    for position, item in enumerate(baseline):
        row = {baseline_name: item}
        for name in others:
            partner = partners[name].get(position)
            row[name] = ABSENT if partner is None else bags[name][partner]
        yield position, row
    yield from _without_partner(bags, partners)


def _without_partner(
    bags: Mapping[str, list[Node]], partners: Mapping[str, Mapping[int, int]]
) -> Iterator[Row]:
    """Items the baseline does not have; equal ones of several environments share a row."""
    rows: dict[tuple[bytes, int], Row] = {}
    for name, pairs in partners.items():
        taken = set(pairs.values())
        seen: Counter[bytes] = Counter()
        for position, item in enumerate(bags[name]):
            if position not in taken:
                content = canonical_bytes(item)
                seen[content] += 1
                _, row = rows.setdefault(
                    (content, seen[content]), (position, dict.fromkeys(bags, ABSENT))
                )
                row[name] = item
    yield from rows.values()


def _partners(left: list[Node], right: list[Node]) -> dict[int, int]:
    """For positions on the left, the position of the same item on the right."""
    pairs = _equal(left, right)
    taken = set(pairs.values())
    unpaired_left = [i for i, item in enumerate(left) if i not in pairs and type(item) is dict]
    unpaired_right = [i for i, item in enumerate(right) if i not in taken and type(item) is dict]
    in_order = dict(zip(unpaired_left, unpaired_right, strict=False))
    if len(unpaired_left) * len(unpaired_right) > MOST_PAIRS:
        return pairs | in_order
    lefts = {i: Counter(_leaves(left[i])) for i in unpaired_left}
    rights = {i: Counter(_leaves(right[i])) for i in unpaired_right}
    if _visits(lefts, rights) + _visits(rights, lefts) > MOST_VISITS:
        return pairs | in_order
    return pairs | _alike(lefts, rights)


def _visits(ours: Mapping[int, Counter[Any]], theirs: Mapping[int, Counter[Any]]) -> int:
    """How often our leaves are looked at where each of our items meets each of theirs."""
    return sum(map(len, ours.values())) * len(theirs)


def _equal(left: list[Node], right: list[Node]) -> dict[int, int]:
    waiting: dict[bytes, list[int]] = defaultdict(list)
    for position in reversed(range(len(right))):
        waiting[canonical_bytes(right[position])].append(position)
    return {
        position: waiting[content].pop()
        for position, item in enumerate(left)
        if waiting[content := canonical_bytes(item)]
    }


def _alike(left: Mapping[int, Counter[Any]], right: Mapping[int, Counter[Any]]) -> dict[int, int]:
    """The likeliest pairs first; two items that share not even a field are no pair."""
    scores = sorted(
        (-_likeness(a, b), abs(i - j), i, j) for i, a in left.items() for j, b in right.items()
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for score, _, i, j in scores:
        if score and i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return pairs


def _likeness(left: Counter[Any], right: Counter[Any]) -> float:
    return (left & right).total() / max((left | right).total(), 1)


def _leaves(node: Node, path: tuple[str, ...] = ()) -> Iterator[Any]:
    """An item's fields, and its fields with their values, to count what two items share."""
    if isinstance(node, dict):
        inside = [((*path, key), value) for key, value in node.items()]
    elif isinstance(node, list):
        inside = [((*path, "[]"), value) for value in node]
    else:
        yield path, canonical_bytes(node)
        inside = []
    if path:
        yield path
    for below, value in inside:
        yield from _leaves(value, below)
