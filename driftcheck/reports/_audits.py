"""An audit in every format; each is loaded when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from driftcheck.errors import UsageError
from driftcheck.reports._choices import AUDIT_FORMATS, MOST_CHARACTERS, AuditFormat
from driftcheck.reports._layout import Layout

if TYPE_CHECKING:
    from driftcheck.model import Audit


def render_audit(
    audit: Audit,
    format: str = "text",  # noqa: A002 - the contract's word
    *,
    color: bool = False,
    width: int = 100,
    max_chars: int = MOST_CHARACTERS,
) -> str:
    """Render an audit.

    Args:
        audit: What `audit` returned.
        format: `text`, `markdown`, `html`, or one for machines: `csv`, `json`, `junit`, `sarif`.
        color: Whether to colour what is for a terminal.
        width: How many columns a terminal has.
        max_chars: Of `markdown`: how many characters there may be; what does not fit is cut, and
            the report says so.

    Returns:
        The report, with a newline at its end.

    Raises:
        UsageError: There is no such format, or it is to be too small.
    """
    if format not in AUDIT_FORMATS:
        raise UsageError(
            f"{format!r} is not a format of audits",
            hint=f"choose one of: {', '.join(AUDIT_FORMATS)}",
        )
    layout = Layout(color, width, max_chars=max_chars)
    return _formatted(audit, format, layout)


def _formatted(audit: Audit, form: AuditFormat, layout: Layout) -> str:
    match form:
        case "csv":
            from driftcheck.reports._audit_csv import audit_csv

            return audit_csv(audit)
        case "html":
            from driftcheck.reports._audit_html import audit_html

            return audit_html(audit)
        case "json":
            from driftcheck.codec import audit_json

            return audit_json(audit)
        case "junit":
            from driftcheck.reports._audit_junit import audit_junit

            return audit_junit(audit)
        case "markdown":
            from driftcheck.reports._audit_markdown import audit_markdown

            return audit_markdown(audit, layout)
        case "sarif":
            from driftcheck.reports._audit_sarif import audit_sarif

            return audit_sarif(audit)
        case "text":
            from driftcheck.reports._audit_text import audit_text

            return audit_text(audit, layout)
    assert_never(form)
