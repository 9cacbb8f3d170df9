"""The bounds that fuzzing holds inputs to are no words."""

from __future__ import annotations

import pytest

from tests.fuzzing import hostile
from tests.fuzzing.hostile import MOST_MEMORY, STATUS, bounded_calls, bounded_memory


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux counts what a process takes")
def test_memory() -> None:
    """An example that takes too much fails; what it may take is taken, and the bound ends."""
    with bounded_memory():
        bytearray(MOST_MEMORY // 2)
        with pytest.raises(MemoryError):
            bytearray(2 * MOST_MEMORY)

    bytearray(2 * MOST_MEMORY)


def test_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """An example that does too much fails."""
    monkeypatch.setattr(hostile, "MOST_CALLS", 100)

    with pytest.raises(AssertionError, match="too much work"), bounded_calls():
        sorted(range(200), key=lambda number: -number)
