"""What there is to choose from, which is known before any report is made."""

from __future__ import annotations

from typing import Literal, get_args

Format = Literal["codequality", "csv", "html", "json", "junit", "markdown", "sarif", "text"]
FORMATS: tuple[Format, ...] = get_args(Format)
"""The formats of a result."""
AuditFormat = Literal["csv", "html", "json", "junit", "markdown", "sarif", "text"]
AUDIT_FORMATS: tuple[AuditFormat, ...] = get_args(AuditFormat)
"""Those of an audit."""
IMAGE_FORMATS = ("csv", "json", "markdown", "text")
"""Those of the table of what runs where."""
VERIFICATION_FORMATS = ("json", "text")
"""Those of what became of a statement that was checked."""
HISTORY_FORMATS = ("json", "text")
"""Those of what a store of looks answers."""
PLOTTED_FORMATS = ("html", "json", "text")
"""Those of what it answers that can be plotted."""

Detail = Literal["full", "short", "stat"]
DETAILS: tuple[Detail, ...] = get_args(Detail)
MOST_CHARACTERS = 65_536
"""What GitHub takes as a comment on a pull request."""
FEWEST_CHARACTERS = 1_000
"""What every verdict fits into."""
