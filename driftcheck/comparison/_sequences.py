"""Lists whose order means something: which item of one is which item of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from driftcheck.comparison._sides import ABSENT
from driftcheck.model import Node, canonical_bytes

Pair = tuple[int | None, int | None]
"""A position on the left and one on the right; None where there is no partner."""


def is_reordered(lists: Iterable[list[Node]]) -> bool:
    """Whether all hold the same items, so that only the order can differ."""
    first, *others = [Counter(canonical_bytes(item) for item in items) for items in lists]
    return all(other == first for other in others)


def aligned(left: list[Node], right: list[Node]) -> list[Pair]:
    """The positions of two lists side by side: equal items first, then what stands between.

    The matcher's choice depends on which list comes first, and so that is not the caller's.
    """
    lefts = [canonical_bytes(item) for item in left]
    rights = [canonical_bytes(item) for item in right]
    if lefts > rights:
        return [(ours, theirs) for theirs, ours in _matched(rights, lefts)]
    return list(_matched(lefts, rights))


def _matched(left: list[bytes], right: list[bytes]) -> Iterator[Pair]:
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for _, left_start, left_end, right_start, right_end in matcher.get_opcodes():
        both = min(left_end - left_start, right_end - right_start)
        for offset in range(both):
            yield left_start + offset, right_start + offset
        for position in range(left_start + both, left_end):
            yield position, None
        for position in range(right_start + both, right_end):
            yield None, position


def rows_of_sequences(lists: Mapping[str, list[Node]]) -> Iterator[tuple[int, dict[str, Node]]]:
    """The items of several ordered lists side by side.

    A row stands at the baseline's position, or at its own where the baseline has
    no such item.
    """
    baseline_name, *others = lists
    rows = [{baseline_name: item} for item in lists[baseline_name]]
    inserted: dict[int, dict[str, Node]] = {}
    for name in others:
        for row in rows:
            row[name] = ABSENT
        for left, right in aligned(lists[baseline_name], lists[name]):
            if left is not None and right is not None:
                rows[left][name] = lists[name][right]
            elif right is not None:
                row = inserted.setdefault(right, dict.fromkeys(lists, ABSENT))
                row[name] = lists[name][right]
    yield from enumerate(rows)
    yield from inserted.items()
