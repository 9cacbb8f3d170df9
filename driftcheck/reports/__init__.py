"""What people and machines read: one file for each format.

What comes in is a Result, or the table of what runs where.
What goes out is text, the same bytes for the same result.
"""

from driftcheck.reports._annotations import github_annotations
from driftcheck.reports._formats import FORMATS
from driftcheck.reports._html import html_report, html_style
from driftcheck.reports._images import IMAGE_FORMATS, render_images
from driftcheck.reports._layout import FEWEST_CHARACTERS, MOST_CHARACTERS, Detail, Layout
from driftcheck.reports._notebook import HTML, views
from driftcheck.reports._words import inert, inert_line, table
from driftcheck.reports._yaml import inert_yaml

__all__ = [
    "FEWEST_CHARACTERS",
    "FORMATS",
    "HTML",
    "IMAGE_FORMATS",
    "MOST_CHARACTERS",
    "Detail",
    "Layout",
    "github_annotations",
    "html_report",
    "html_style",
    "inert",
    "inert_line",
    "inert_yaml",
    "render_images",
    "table",
    "views",
]
