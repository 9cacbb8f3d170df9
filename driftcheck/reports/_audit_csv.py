"""The findings of an audit as a table for spreadsheets and data frames."""

from __future__ import annotations

from driftcheck.model import Audit
from driftcheck.reports._csv import csv_table, plain_cell

AUDIT_COLUMNS = (
    "environment",
    "check",
    "grade",
    "group",
    "kind",
    "name",
    "path",
    "says",
    "advice",
    "written_by",
    "expected",
    "also",
)
"""The keys of `Audit.to_records`."""


def audit_csv(audit: Audit) -> str:
    """A row for each finding, as `Audit.to_records` has them.

    Args:
        audit: What to show.

    Returns:
        A table with a heading, each line with CRLF at its end.
    """
    records = audit.to_records()
    rows = [[plain_cell(record[name] or "") for name in AUDIT_COLUMNS] for record in records]
    return csv_table(AUDIT_COLUMNS, rows)
