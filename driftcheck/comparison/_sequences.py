"""Lists whose order means something: which item of one is which item of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from driftcheck.comparison._sides import ABSENT
from driftcheck.model import Node, canonical_bytes

Row = tuple[int, dict[str, Node]]
"""A position, and what each environment has there."""

Pair = tuple[int | None, int | None]
"""A position on the left and one on the right; None where there is no partner."""

MOST_ITEMS = 1_000
"""Above this many items that may differ, two lists are compared as a whole.

What it costs to find out which is which grows with their square.
"""


def is_reordered(lists: Iterable[list[Node]]) -> bool:
    """Whether all hold the same items, so that only the order can differ."""
    first, *others = [Counter(canonical_bytes(item) for item in items) for items in lists]
    return all(other == first for other in others)


def aligned(left: list[Node], right: list[Node]) -> list[Pair] | None:
    """The positions of two lists side by side: equal items first, then what stands between.

    The matcher's choice depends on which list comes first, and so that is not the caller's.
    None where too much stands between what both begin and end with.
    """
    lefts = [canonical_bytes(item) for item in left]
    rights = [canonical_bytes(item) for item in right]
    if lefts <= rights:
        return _matched(lefts, rights)
    pairs = _matched(rights, lefts)
    return pairs and [(ours, theirs) for theirs, ours in pairs]


def _matched(left: list[bytes], right: list[bytes]) -> list[Pair] | None:
    if len(left) + len(right) <= MOST_ITEMS:
        return list(_by_longest_match(left, right, 0))
    start = _shared(left, right)
    end = _shared(left[start:][::-1], right[start:][::-1])
    left_end, right_end = len(left) - end, len(right) - end
    if left_end + right_end - 2 * start > MOST_ITEMS:
        return None
    return [
        *((position, position) for position in range(start)),
        *_by_longest_match(left[start:left_end], right[start:right_end], start),
        *((left_end + offset, right_end + offset) for offset in range(end)),
    ]


def _shared(left: list[bytes], right: list[bytes]) -> int:
    """With how many equal items both begin."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(left), len(right)))


def _by_longest_match(left: list[bytes], right: list[bytes], start: int) -> Iterator[Pair]:
    """The pairs of two lists that stand at a position of longer ones."""
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for _, left_start, left_end, right_start, right_end in matcher.get_opcodes():
        both = min(left_end - left_start, right_end - right_start)
        for offset in range(both):
            yield start + left_start + offset, start + right_start + offset
        for position in range(left_start + both, left_end):
            yield start + position, None
        for position in range(right_start + both, right_end):
            yield None, start + position


def rows_of_sequences(lists: Mapping[str, list[Node]]) -> list[Row] | None:
    """The items of several ordered lists side by side; None where they are too long for that.

    A row stands at the baseline's position, or at its own where the baseline has
    no such item.
    """
    baseline_name, *others = lists
    baseline = lists[baseline_name]
    rows = [{baseline_name: item} for item in baseline]
    inserted: dict[int, dict[str, Node]] = {}
    for name in others:
        for row in rows:
            row[name] = ABSENT
        pairs = aligned(baseline, lists[name])
        if pairs is None:
            return None
        for left, right in pairs:
            if left is not None and right is not None:
                rows[left][name] = lists[name][right]
            elif right is not None:
                row = inserted.setdefault(right, dict.fromkeys(lists, ABSENT))
                row[name] = lists[name][right]
    return [*enumerate(rows), *inserted.items()]
