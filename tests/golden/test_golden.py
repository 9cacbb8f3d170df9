"""Reports for machines are what they were, byte by byte; `python -m tests.golden` writes anew."""

from __future__ import annotations

import pytest

from tests.conftest import RECORDINGS, Captured
from tests.golden.recorded import ENDINGS, NAMESPACES, file_of, report, result_of


@pytest.mark.parametrize("format_", ENDINGS)
@pytest.mark.parametrize("recording", RECORDINGS)
def test_golden(captured: Captured, recording: str, format_: str) -> None:
    """The report of a recording has the bytes that somebody has read and committed."""
    result = result_of(captured(recording, namespace) for namespace in NAMESPACES)

    assert report(result, format_) == file_of(recording, format_).read_bytes()
