"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable

from driftcheck.codec import result_json
from driftcheck.model import Result
from driftcheck.reports._codequality import codequality_report
from driftcheck.reports._csv import csv_report
from driftcheck.reports._html import html_report
from driftcheck.reports._junit import junit_report
from driftcheck.reports._layout import Layout
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
