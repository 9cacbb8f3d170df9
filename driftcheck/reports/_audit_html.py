"""An audit as one page of HTML, which needs no network, no script and no style to be read."""

from __future__ import annotations

from driftcheck.model import Audit
from driftcheck.reports._audit_words import expected_by_rule, graded, names_of
from driftcheck.reports._html import html_style
from driftcheck.reports._inert import without_commands
from driftcheck.reports._templates import asset, own, templates


def audit_html(audit: Audit, *, stylesheet: str = "") -> str:
    """The audit as a page.

    Args:
        audit: What to show.
        stylesheet: The file beside the page that holds `audit_style()`; by default the page
            holds it.

    Returns:
        The page, at most 10 MB of it, the same for the same audit.
    """
    from importlib.metadata import version

    page = templates().get_template("audit.html")
    html = page.render(
        audit=audit,
        names=names_of(audit),
        graded=list(graded(audit.findings)),
        unexpected=sum(finding.expected is None for finding in audit.findings),
        expected=expected_by_rule(audit.findings),
        stylesheet=stylesheet,
        style=audit_style(),
        version=version("kube-driftcheck"),
    )
    return without_commands(html, escape="&#{};".format)


def audit_style() -> str:
    """The style of an audit's page, for a file beside it: that of every page, and its own."""
    return own(html_style() + asset("audit.css"))
