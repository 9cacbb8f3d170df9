"""What people and machines read: one file for each format.

What comes in is a Result, an Audit, or the table of what runs where.
What goes out is text, the same bytes for the same value.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.reports._annotations import github_annotations
    from driftcheck.reports._audit_html import audit_html, audit_style
    from driftcheck.reports._audits import render_audit
    from driftcheck.reports._choices import (
        AUDIT_FORMATS,
        FEWEST_CHARACTERS,
        FORMATS,
        HISTORY_FORMATS,
        IMAGE_FORMATS,
        MOST_CHARACTERS,
        PLOTTED_FORMATS,
        VERIFICATION_FORMATS,
        Detail,
        Format,
    )
    from driftcheck.reports._formats import format_result
    from driftcheck.reports._histories import HistoryAnswer, render_history
    from driftcheck.reports._html import html_report, html_style
    from driftcheck.reports._images import render_images
    from driftcheck.reports._inert import inert, inert_line
    from driftcheck.reports._layout import Layout
    from driftcheck.reports._notebook import HTML, views
    from driftcheck.reports._verifications import render_verification
    from driftcheck.reports._words import table
    from driftcheck.reports._yaml import inert_yaml

__all__ = [
    "AUDIT_FORMATS",
    "FEWEST_CHARACTERS",
    "FORMATS",
    "HISTORY_FORMATS",
    "HTML",
    "IMAGE_FORMATS",
    "MOST_CHARACTERS",
    "PLOTTED_FORMATS",
    "VERIFICATION_FORMATS",
    "Detail",
    "Format",
    "HistoryAnswer",
    "Layout",
    "audit_html",
    "audit_style",
    "format_result",
    "github_annotations",
    "html_report",
    "html_style",
    "inert",
    "inert_line",
    "inert_yaml",
    "render_audit",
    "render_history",
    "render_images",
    "render_verification",
    "table",
    "views",
]
