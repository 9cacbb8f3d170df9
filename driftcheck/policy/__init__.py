"""Differences are judged here: what each is about, and whether somebody expects it.

What comes in is Differences, as a comparison found them.
What goes out is Findings, worst first.
"""

from driftcheck.policy._findings import findings_of

__all__ = ["findings_of"]
