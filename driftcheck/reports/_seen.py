"""What was looked at, and sentences under a heading: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftcheck.model import Environment
from driftcheck.reports._markup import code, escaped, markdown_table
from driftcheck.reports._pen import Pen
from driftcheck.reports._words import clipped, columns, source_text, table, window_text

_MOST_SENTENCES = 20
_MOST_ENVIRONMENTS = 20
_LONGEST_NAME = 100
_HEADING = ("environment", "seen in", "objects", "captured")


def seen_lines(environments: Sequence[Environment], pen: Pen) -> list[str]:
    """A table of what was looked at; line by line where it is too wide."""
    rows = [
        (
            clipped(environment.name),
            clipped(source_text(environment)),
            str(environment.objects),
            window_text(environment.window),
        )
        for environment in environments
    ]
    heading, *shown = table([_HEADING, *rows])
    if max(map(columns, [heading, *shown])) <= pen.width:
        return [pen.dim(heading), *shown]
    return [line for row in rows for line in _narrow(*row, pen)]


def _narrow(name: str, seen_in: str, objects: str, captured: str, pen: Pen) -> Iterator[str]:
    yield from pen.wrapped(name, indent=0)
    yield from map(pen.dim, pen.wrapped(f"{seen_in}; objects {objects}; captured {captured}"))


def seen_markdown(environments: Sequence[Environment]) -> str:
    """The same table as Markdown."""
    rows = (
        (
            code(environment.name, _LONGEST_NAME),
            escaped(clipped(source_text(environment))),
            str(environment.objects),
            escaped(window_text(environment.window)),
        )
        for environment in environments[:_MOST_ENVIRONMENTS]
    )
    return markdown_table(_HEADING, rows)


def told_lines(heading: str, sentences: Sequence[str], pen: Pen) -> list[str]:
    """Sentences under a heading; nothing where there are none."""
    if not sentences:
        return []
    said = [line for text in sentences[:_MOST_SENTENCES] for line in pen.wrapped(text)]
    if len(sentences) > _MOST_SENTENCES:
        said.append(f"  and {len(sentences) - _MOST_SENTENCES} more")
    return [pen.styled(heading, fg="yellow", bold=True), *said]


def told_markdown(heading: str, sentences: Sequence[str]) -> str:
    """The same as Markdown."""
    if not sentences:
        return ""
    said = [f"* {escaped(clipped(text))}" for text in sentences[:_MOST_SENTENCES]]
    if len(sentences) > _MOST_SENTENCES:
        said.append(f"* and {len(sentences) - _MOST_SENTENCES} more")
    return "\n".join([f"**{heading}**", "", *said])
