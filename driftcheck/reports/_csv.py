"""The findings as a table for spreadsheets and data frames, and how any such table is written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from driftcheck.codec import LOG_COMMAND, inert_json
from driftcheck.model import Result
from driftcheck.reports._inert import inert

COLUMNS = (
    "group",
    "kind",
    "name",
    "change",
    "path",
    "category",
    "environment",
    "present",
    "value",
    "note",
    "expected",
    "violates",
    "categories",
    "acts",
    "reached_by",
    "since",
)
"""The keys of `Result.to_records`."""
_TEXTS = tuple(name for name in COLUMNS if name not in ("present", "value"))
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "::")
"""How a formula begins, or a command in the log of a pipeline."""


def csv_report(result: Result) -> str:
    """A row for each finding and environment, as `Result.to_records` has them.

    Args:
        result: What to show.

    Returns:
        A table with a heading, each line with CRLF at its end. A `value` is JSON, and empty
        where nothing stands; `present` is `true` or `false`.
    """
    return csv_table(COLUMNS, (_cells(record) for record in result.to_records()))


def csv_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as RFC 4180 has it, https://www.rfc-editor.org/rfc/rfc4180."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows(rows)
    return written.getvalue()


def plain_cell(text: str) -> str:
    """A text that hides, or that a spreadsheet would compute or a pipeline obey, as text.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = LOG_COMMAND.sub("## ", inert(text))
    return f"'{text}" if text.lstrip().startswith(_ACTIVE) else text


def _cells(record: Mapping[str, Any]) -> list[str]:
    shown = {
        **{name: plain_cell(record[name] or "") for name in _TEXTS},
        "present": "true" if record["present"] else "false",
        "value": inert_json(json.dumps(record["value"], ensure_ascii=False))
        if record["present"]
        else "",
    }
    return [shown[column] for column in COLUMNS]
