"""What people and machines read: one file for each format.

What comes in is a Result, or the table of what runs where.
What goes out is text, the same bytes for the same result.
"""

from driftcheck.reports._annotations import github_annotations
from driftcheck.reports._images import IMAGE_FORMATS, render_images
from driftcheck.reports._layout import FEWEST_CHARACTERS, MOST_CHARACTERS, Detail
from driftcheck.reports._render import FORMATS, render

__all__ = [
    "FEWEST_CHARACTERS",
    "FORMATS",
    "IMAGE_FORMATS",
    "MOST_CHARACTERS",
    "Detail",
    "github_annotations",
    "render",
    "render_images",
]
