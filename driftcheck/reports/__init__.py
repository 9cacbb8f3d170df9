"""What people and machines read: one file for each format.

What comes in is a Result.
What goes out is text, the same bytes for the same result.
"""

from driftcheck.reports._render import FORMATS, render

__all__ = ["FORMATS", "render"]
