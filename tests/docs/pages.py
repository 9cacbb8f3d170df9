"""The pages that readers see, and what stands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *PROJECT.glob("*.md"),
        *PROJECT.glob("docs/**/*.md"),
        *PROJECT.glob("driftcheck/**/*.md"),
        *PROJECT.glob("examples/**/*.md"),
    ]
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_ROW = re.compile(r"^\|(.+)\|$", re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks in a language, in order."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [code for said, code in found if said == language]


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))


def code_spans(text: str) -> list[str]:
    return _CODE.findall(text)


def section(name: str, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    _, _, after = text_of(name).partition(f"# {heading}\n")
    assert after, f"{name} has no heading {heading!r}"
    return re.split(r"^#+ ", after, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    found = [[cell.strip() for cell in row.split("|")] for row in _ROW.findall(text)]
    rule = next(place for place, cells in enumerate(found) if set("".join(cells)) == {"-"})
    return found[rule + 1 :]


def commands(block: str) -> Iterator[tuple[list[str], str]]:
    """The commands of a console block, each with the output below it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        for command in line.split(" | "):
            yield shlex.split(command, comments=True), output
