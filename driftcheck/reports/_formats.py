"""The formats by name; each is loaded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from driftcheck.model import Result
    from driftcheck.reports._choices import Format
    from driftcheck.reports._layout import Layout


def format_result(result: Result, form: Format, layout: Layout) -> str:
    """The result in one of these formats, of which no other is loaded."""
    match form:
        case "codequality":
            from driftcheck.reports._codequality import codequality_report

            return codequality_report(result)
        case "csv":
            from driftcheck.reports._csv import csv_report

            return csv_report(result)
        case "html":
            from driftcheck.reports._html import html_report

            return html_report(result)
        case "json":
            from driftcheck.codec import result_json

            return result_json(result)
        case "junit":
            from driftcheck.reports._junit import junit_report

            return junit_report(result)
        case "markdown":
            from driftcheck.reports._markdown import markdown_report

            return markdown_report(result, layout)
        case "sarif":
            from driftcheck.reports._sarif import sarif_report

            return sarif_report(result)
        case "text":
            from driftcheck.reports._text import text_report

            return text_report(result, layout)
    assert_never(form)
