"""Markdown in which text that comes from a cluster is text and nothing else.

The rules are those of GitHub: https://github.github.com/gfm/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import cycle

from driftcheck.reports._inert import inert
from driftcheck.reports._words import LONGEST, clipped

_MARKUP = re.compile(
    r"(?P<linked>(?:@|#(?=#*[0-9])|://|www\.)+"
    r"|\bGH-[0-9]+"
    r"|(?<!\w)[0-9a-f]{40}(?!\w)"
    r"|(?<![^\s({@\[])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,39}(?!\w)"
    r"|(?<!\w):[a-z0-9_+-]+:(?!\w))"
    r"|[\\`*_{}\[\]<>()#+!|~&]"  # what marks text up wherever it stands
    r"|(?<!\S)-|(?<=[0-9])\.(?!\S)",  # what begins a list
    re.IGNORECASE,
)
_BACKTICKS = re.compile(r"`+")
_CODE = re.compile(r"`([^`]+)`")


def escaped(text: str) -> str:
    """The text as it is to be read, inert: no markup, no link, and nobody mentioned.

    Servers find mentions, issues, commits, addresses and emoji in what was rendered, whatever
    escapes were written, but not in code: https://github.com/gjtorikian/html-pipeline,
    https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls.
    """
    return _MARKUP.sub(
        lambda found: f"`{found[0]}`" if found["linked"] else f"\\{found[0]}", inert(text)
    )


def code(text: str, most: int = LONGEST) -> str:
    """The text as code on one line, inert.

    A pipe is escaped, for it would end a cell of a table even inside code.
    """
    shown = clipped(text, most) or " "
    shown = shown.replace("\\|", "\\\\u007c").replace("|", "\\|")
    fence = "`" * (_longest_run(shown) + 1)
    space = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def sentence(text: str) -> str:
    """A sentence as it is to be read, inert, with what stands between backticks as code."""
    return "".join(
        code(part) if is_code else escaped(part)
        for part, is_code in zip(_CODE.split(text), cycle((False, True)), strict=False)
    )


def fenced(language: str, lines: Iterable[str]) -> str:
    """Lines as a block of code, inert."""
    shown = [inert(line) for line in lines]
    fence = "`" * max(3, max(map(_longest_run, shown), default=0) + 1)
    return "\n".join([f"{fence}{language}", *shown, fence])


def row(cells: Iterable[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def markdown_table(heading: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; its cells are Markdown."""
    return "\n".join([row(heading), f"|{' --- |' * len(heading)}", *map(row, rows)])


def folded(summary: str, inside: str, *, is_open: bool = False) -> str:
    """A part that readers unfold; the summary is HTML, what is inside Markdown."""
    opening = "<details open>" if is_open else "<details>"
    return f"{opening}<summary>{summary}</summary>\n\n{inside}\n\n</details>"


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)
