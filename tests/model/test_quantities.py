"""Quantities; the expected values are those of the API server's own documentation."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.model import quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("1000m", 1),
        ("0.5", Fraction(1, 2)),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("-1.5", Fraction(-3, 2)),
        ("1k", 1000),
        ("1Ki", 1024),
        ("1.5Gi", 1536 * 1024**2),
        ("1E", 10**18),
        ("1E3", 1000),
        ("1e-3", Fraction(1, 1000)),
        ("100n", Fraction(1, 10**7)),
        ("0.1n", Fraction(1, 10**9)),
    ],
)
def test_numbers(text: str, number: Fraction) -> None:
    """A quantity is read exactly, and rounded up to the next nano."""
    assert str(Fraction(number)) == quantity(text)


@pytest.mark.parametrize(
    "text", ["", "NaN", "Infinity", " 1", "1 ", "1_000", "1K", "1ki", "1.2.3", "e3", "1e1000000000"]
)
def test_not_quantities(text: str) -> None:
    """What the API server would refuse is no quantity."""
    assert quantity(text) is None


@given(st.integers(0, 10**15))
def test_suffixes_agree(number: int) -> None:
    """A number in thousandths is the number."""
    assert quantity(str(number)) == quantity(f"{number * 1000}m")
