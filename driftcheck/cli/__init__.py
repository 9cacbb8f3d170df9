"""The command line: one file for each command, which parses, calls one verb, and renders.

What comes in is arguments.
What goes out is a report on standard output, words on standard error, and an exit status.
"""

from driftcheck.starting import loading

with loading():
    from driftcheck.cli._main import main

__all__ = ["main"]
