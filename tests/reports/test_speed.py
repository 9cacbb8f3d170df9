"""What rendering costs, with the benchmark's results: `python -m benchmarks.reports`."""

from __future__ import annotations

import pytest

from benchmarks.reports import multiplied, seconds
from driftcheck import Result
from driftcheck.reports import FORMATS
from tests.conftest import Captured
from tests.reports.recorded_results import drifted

ENOUGH = 2.0
GROWTH = 20
"""How many times as much a finding may cost among 20,000 as among 200: a square costs 100 times."""


@pytest.fixture(scope="module")
def results(captured: Captured) -> dict[int, Result]:
    return {size: multiplied(drifted(captured), size) for size in (200, 2_000, 20_000)}


@pytest.mark.parametrize("format_", FORMATS)
def test_quick(results: dict[int, Result], format_: str) -> None:
    """Every format renders 2,000 findings in under two seconds."""
    assert seconds(results[2_000], format_) < ENOUGH


@pytest.mark.parametrize("format_", FORMATS)
def test_level(results: dict[int, Result], format_: str) -> None:
    """A finding costs about the same among 200 and among 20,000."""
    few, many = seconds(results[200], format_), seconds(results[20_000], format_)

    assert many / 20_000 < GROWTH * few / 200
