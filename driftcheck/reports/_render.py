"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable

from driftcheck.codec import result_json
from driftcheck.errors import UsageError
from driftcheck.model import Result
from driftcheck.reports._codequality import codequality_report
from driftcheck.reports._csv import csv_report
from driftcheck.reports._html import html_report
from driftcheck.reports._junit import junit_report
from driftcheck.reports._sarif import sarif_report
from driftcheck.reports._text import text_report

FORMATS: dict[str, Callable[[Result, bool, int], str]] = {
    "codequality": lambda result, _color, _width: codequality_report(result),
    "csv": lambda result, _color, _width: csv_report(result),
    "html": lambda result, _color, _width: html_report(result),
    "json": lambda result, _color, _width: result_json(result),
    "junit": lambda result, _color, _width: junit_report(result),
    "sarif": lambda result, _color, _width: sarif_report(result),
    "text": lambda result, color, width: text_report(result, color=color, width=width),
}


def render(result: Result, format: str = "text", *, color: bool = False, width: int = 100) -> str:  # noqa: A002 - the contract's word
    """Render a result.

    Args:
        result: What `compare` returned.
        format: `text`, or one for machines: `codequality`, `csv`, `json`, `junit`, `sarif`.
        color: Whether to colour what is for a terminal.
        width: How many columns a terminal has.

    Returns:
        The report, with a newline at its end.

    Raises:
        UsageError: There is no such format.
    """
    if format not in FORMATS:
        raise UsageError(
            f"{format!r} is not a format", hint=f"choose one of: {', '.join(sorted(FORMATS))}"
        )
    return FORMATS[format](result, color, width)
