"""What a value shows of itself in a notebook, in each form.

Notebooks that nobody trusts yet take style and script away, so that what is shown uses neither:
tables, folds, and signs that are text. It is short; showing everything is a report's job.
https://jupyter-notebook.readthedocs.io/en/stable/notebook.html#trusting-notebooks
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import evolve

from driftcheck.model import (
    Audit,
    Blame,
    CheckRow,
    Coverage,
    DriftOverTime,
    HistoryLog,
    ImageRows,
    ImageTable,
    KindCoverage,
    Pruning,
    Result,
    Shown,
    SignedHeads,
    Snapshot,
    Wholeness,
    counted,
)
from driftcheck.reports._audit_markdown import audit_markdown
from driftcheck.reports._audit_text import audit_text
from driftcheck.reports._audit_words import graded, names_of
from driftcheck.reports._histories import HistoryAnswer
from driftcheck.reports._history_text import history_text
from driftcheck.reports._images import render_images
from driftcheck.reports._layout import Layout
from driftcheck.reports._markdown import markdown_report
from driftcheck.reports._over_time import written_objects
from driftcheck.reports._page import coverage_rows, matrix_row
from driftcheck.reports._templates import templates
from driftcheck.reports._text import text_report
from driftcheck.reports._words import environment_names, gate_text

HTML, MARKDOWN, PLAIN = "text/html", "text/markdown", "text/plain"
_FORMATS = {PLAIN: "text", MARKDOWN: "markdown"}
"""The formats of reports that are forms of a notebook as well."""
_LAYOUT = Layout()
_MOST_ROWS = 200
_MOST_CELLS = 4_000
_MOST_LINES = 1_000

Views = Mapping[str, Callable[[], str]]
"""What makes each form, by media type."""


def views(value: Shown) -> Views:
    """How a value shows itself.

    Args:
        value: A result, an audit, a snapshot, a coverage, what runs where, or what a store of
            looks answered.

    Returns:
        What makes each form there is of it, by media type.
    """
    match value:
        case Result():
            return {**_reports(value), HTML: partial(_result, value)}
        case Audit():
            return {**_audit_reports(value), HTML: partial(_audit, value)}
        case ImageTable():
            return {**_image_reports(value), HTML: partial(_images, value)}
        case ImageRows():
            return views(ImageTable(value.environments, value, ()))
        case Coverage():
            return {PLAIN: partial(repr, value), HTML: partial(_coverage, value)}
        case Snapshot():
            return {PLAIN: partial(repr, value), HTML: partial(_snapshot, value)}
        case HistoryLog() | Blame() | DriftOverTime() | Wholeness() | SignedHeads() | Pruning():
            return {PLAIN: partial(_told, value), HTML: partial(_told_in_a_page, value)}
    raise TypeError(f"nothing is known of how {type(value).__name__} shows itself")


def _reports(result: Result) -> Views:
    """The reports of a result; of one in text the beginning, for Markdown has a size of its own."""
    return {
        PLAIN: lambda: _beginning(text_report(result, _LAYOUT), "render(result)"),
        MARKDOWN: partial(markdown_report, result, _LAYOUT),
    }


def _audit_reports(audit: Audit) -> Views:
    return {
        PLAIN: lambda: _beginning(audit_text(audit, _LAYOUT), "render_audit(audit)"),
        MARKDOWN: partial(audit_markdown, audit, _LAYOUT),
    }


def _told(answer: HistoryAnswer) -> str:
    return _beginning(history_text(answer, _LAYOUT), "render_history(answer)")


def _told_in_a_page(answer: HistoryAnswer) -> str:
    return _fragment("history", text=_told(answer))


def _beginning(report: str, whole: str) -> str:
    """As many lines as are read in a notebook."""
    lines = report.splitlines(keepends=True)
    left = len(lines) - _MOST_LINES
    more = f"\n{counted(left, 'line')} more: print(driftcheck.{whole})\n" if left > 0 else ""
    return "".join(lines[:_MOST_LINES]) + more


def _image_reports(images: ImageTable) -> Views:
    most = _rows_for(images.environments)
    start = evolve(images, rows=images.rows[:most])
    left = len(images.rows) - most
    more = f"\n{left} more\n" if left > 0 else ""
    return {
        form: partial(_with_more, partial(render_images, start, name, width=_LAYOUT.width), more)
        for form, name in _FORMATS.items()
    }


def _with_more(render: Callable[[], str], more: str) -> str:
    return render() + more


def _rows_for(names: Sequence[str]) -> int:
    return min(_MOST_ROWS, _MOST_CELLS // max(len(names), 1))


def _result(result: Result) -> str:
    names = environment_names(result)
    most = _rows_for(names)
    rows = [matrix_row(row, names) for row in result.images]
    drift = [finding for finding in result.findings if finding.expected is None]
    outside = [finding for finding in result.platform.findings if finding.expected is None]
    over_time = [(found, written_objects(found, result)) for found in result.witnesses[:_MOST_ROWS]]
    return _fragment(
        "result",
        result=result,
        names=names,
        gate=gate_text(result),
        findings=drift[:most],
        left=len(drift) - most,
        outside=outside[:most],
        left_outside=max(len(outside) - most, 0),
        expected=len(result.findings) - len(drift),
        over_time=[
            {"found": found, "objects": objects[:_MOST_ROWS], "left": len(objects) - _MOST_ROWS}
            for found, objects in over_time
        ],
        images=[row for row in rows if not row.is_same][:most],
        same=sum(row.is_same for row in rows),
    )


def _audit(audit: Audit) -> str:
    alikes = [
        alike for _, checked in graded(audit.findings) for _, found in checked for alike in found
    ]
    return _fragment(
        "audit",
        audit=audit,
        names=names_of(audit)[:_MOST_ROWS],
        several=len(audit.environments) > 1,
        alikes=alikes[:_MOST_ROWS],
        left=len(alikes) - _MOST_ROWS,
        expected=sum(finding.expected is not None for finding in audit.findings),
        unlooked=_unlooked(audit)[:_MOST_ROWS],
    )


def _unlooked(audit: Audit) -> list[tuple[str, CheckRow]]:
    """The checks that could not look, each with its environment's name."""
    return [
        (audited.environment.name, row)
        for audited in audit.environments
        for row in audited.checks
        if not row.is_looked
    ]


def _images(images: ImageTable) -> str:
    names = images.environments
    most = _rows_for(names)
    return _fragment(
        "images",
        names=names,
        rows=[matrix_row(row, names) for row in images.rows[:most]],
        left=len(images.rows) - most,
        reasons=images.reasons[:most],
    )


def _coverage(coverage: Coverage) -> str:
    names = coverage.environments
    most = _rows_for(names)
    rows = coverage_rows(coverage.kinds, names)
    return _fragment(
        "coverage", coverage=coverage, names=names, rows=rows[:most], left=len(rows) - most
    )


def _snapshot(snapshot: Snapshot) -> str:
    rows = sorted(snapshot.coverage, key=_most_interesting)
    return _fragment(
        "snapshot", snapshot=snapshot, rows=rows[:_MOST_ROWS], left=len(rows) - _MOST_ROWS
    )


def _most_interesting(row: KindCoverage) -> tuple[bool, int, str, str]:
    """What is not complete first, then the kinds of which there is most."""
    return row.is_complete, -row.objects, *row.group_kind


def _fragment(name: str, **shown: Any) -> str:
    return templates().get_template(f"notebook/{name}.html").render(**shown)
