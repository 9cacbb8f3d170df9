"""What the rows of aligned lists promise: they lead from one list to the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from driftcheck.comparison._bags import rows_of_bags
from driftcheck.comparison._sequences import is_reordered, rows_of_sequences
from driftcheck.comparison._sides import ABSENT
from driftcheck.model import canonical_bytes

ITEMS = st.one_of(
    st.sampled_from(["a", "b", "c", 1, True]),
    st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from([1, 2]), max_size=2),
)
LISTS = st.lists(ITEMS, max_size=6)


def counted(items: list[Any]) -> Counter[bytes]:
    return Counter(canonical_bytes(item) for item in items)


def faces(rows: Iterable[tuple[int, dict[str, Any]]]) -> Counter[tuple[bytes | None, ...]]:
    """Which item faces which, wherever."""
    return Counter(
        tuple(
            None if row[side] is ABSENT else canonical_bytes(row[side])
            for side in ("left", "right")
        )
        for _, row in rows
    )


@given(LISTS, LISTS)
@example(["a", "a"], ["b", "a"])
def test_rows_of_sequences_lead_across(left: list[Any], right: list[Any]) -> None:
    """Edited row by row, an ordered list becomes the other: nothing is lost, moved or made up."""
    rows = list(rows_of_sequences({"left": left, "right": right}))
    aligned = [(at, row["right"]) for at, row in rows if row["left"] is not ABSENT]
    inserted = [(at, row["right"]) for at, row in rows if row["left"] is ABSENT]

    result = [item for _, item in sorted(aligned, key=lambda row: row[0]) if item is not ABSENT]
    for position, item in sorted(inserted, key=lambda row: row[0]):
        result.insert(position, item)

    assert [at for at, _ in aligned] == list(range(len(left)))
    assert list(map(canonical_bytes, result)) == list(map(canonical_bytes, right))


@given(LISTS, LISTS)
@example(["a", "b"], ["b", "a", "c"])
def test_rows_of_sequences_are_mirrored(left: list[Any], right: list[Any]) -> None:
    """The other way round, the same items of two ordered lists face each other."""
    forth = rows_of_sequences({"left": left, "right": right})
    back = rows_of_sequences({"right": right, "left": left})

    assert is_reordered([left, right]) or faces(forth) == faces(back)


@given(LISTS, LISTS)
def test_rows_of_bags_are_mirrored(left: list[Any], right: list[Any]) -> None:
    """The other way round, the same items of two bags face each other."""
    forth = rows_of_bags({"left": left, "right": right})
    back = rows_of_bags({"right": right, "left": left})

    assert faces(forth) == faces(back)


@given(LISTS, LISTS)
def test_rows_of_bags_lead_across(left: list[Any], right: list[Any]) -> None:
    """Each item of two bags stands in one row, and what is equal stands in no row with another."""
    rows = [row for _, row in rows_of_bags({"left": left, "right": right})]
    sides = {
        side: [row[side] for row in rows if row[side] is not ABSENT] for side in ("left", "right")
    }
    paired = [row for row in rows if ABSENT not in row.values()]
    equal = [row for row in paired if canonical_bytes(row["left"]) == canonical_bytes(row["right"])]

    assert counted(sides["left"]) == counted(left)
    assert counted(sides["right"]) == counted(right)
    assert len(equal) == (counted(left) & counted(right)).total()


@given(LISTS, st.randoms(use_true_random=False))
def test_shuffled_is_reordered(items: list[Any], random: Any) -> None:
    """A shuffled list is reordered; with one item more, or of another type, it is not."""
    shuffled = random.sample(items, len(items))

    assert is_reordered([items, shuffled])
    assert not is_reordered([items, [*shuffled, "a"]])
    assert not is_reordered([[1, *items], [True, *shuffled]])
