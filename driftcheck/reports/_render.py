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
from driftcheck.reports._layout import (
    DETAILS,
    FEWEST_CHARACTERS,
    MOST_CHARACTERS,
    Detail,
    Layout,
)
from driftcheck.reports._markdown import markdown_report
from driftcheck.reports._sarif import sarif_report
from driftcheck.reports._text import text_report

FORMATS: dict[str, Callable[[Result, Layout], str]] = {
    "codequality": lambda result, _layout: codequality_report(result),
    "csv": lambda result, _layout: csv_report(result),
    "html": lambda result, _layout: html_report(result),
    "json": lambda result, _layout: result_json(result),
    "junit": lambda result, _layout: junit_report(result),
    "markdown": markdown_report,
    "sarif": lambda result, _layout: sarif_report(result),
    "text": text_report,
}


def render(
    result: Result,
    format: str = "text",  # noqa: A002 - the contract's word
    *,
    color: bool = False,
    width: int = 100,
    detail: Detail = "full",
    unchanged: bool = False,
    max_chars: int = MOST_CHARACTERS,
) -> str:
    """Render a result.

    Args:
        result: What `compare` returned.
        format: `text`, `markdown`, `html`, or one for machines: `codequality`, `csv`, `json`,
            `junit`, `sarif`.
        color: Whether to colour what is for a terminal.
        width: How many columns a terminal has.
        detail: Of `text`: `full`; `short`, a line for each object that differs; or `stat`, the
            same with counts and a bar.
        unchanged: Of `text` and `markdown`: whether to list the objects that are the same.
        max_chars: Of `markdown`: how many characters there may be; what does not fit is cut, and
            the report says so.

    Returns:
        The report, with a newline at its end.

    Raises:
        UsageError: There is no such format or detail, or it is to be too small.
    """
    if format not in FORMATS:
        raise UsageError(
            f"{format!r} is not a format", hint=f"choose one of: {', '.join(sorted(FORMATS))}"
        )
    if detail not in DETAILS:
        raise UsageError(f"{detail!r} is no detail", hint=f"choose one of: {', '.join(DETAILS)}")
    if max_chars < FEWEST_CHARACTERS:
        raise UsageError(
            f"no report fits into {max_chars} characters",
            hint=f"let it have {FEWEST_CHARACTERS} at least",
        )
    return FORMATS[format](result, Layout(color, width, detail, unchanged, max_chars))
