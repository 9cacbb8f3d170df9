"""Pages hold together: links lead somewhere, names exist, every public name is explained."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click
import pytest

import driftcheck
from driftcheck.cli._history import history_command
from driftcheck.cli._main import COMMANDS, program
from driftcheck.cli._policy import policy_command
from driftcheck.reports import FORMATS
from tests.docs.pages import PAGES, code_spans, name_of, prose, text_of

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
LOADED = [program.get_command(click.Context(program), name) for name in COMMANDS]
OPTIONS = {
    option
    for command in (
        program,
        *filter(None, LOADED),
        *history_command.commands.values(),
        *policy_command.commands.values(),
    )
    for parameter in command.params
    if isinstance(parameter, click.Option)
    for option in (*parameter.opts, "--help")
}


def anchors(page: Path) -> set[str]:
    """What headings can be linked to, by the rules of GitHub."""
    headings = HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links(page: Path) -> None:
    """Every link within the project leads to a file, and to a heading in it."""
    for link in LINK.findall(prose(page)):
        target, _, anchor = link.partition("#")
        if not re.match(r"https?://", link):
            found = (page.parent / target).resolve() if target else page
            assert found.exists(), link
            assert not anchor or anchor in anchors(found), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_nothing_absent(page: Path) -> None:
    """What a page calls a command, an option, a format or a name of ours is there."""
    for span in code_spans(prose(page)):
        words = span.split()
        if words[0] == "driftcheck" and len(words) > 1:
            assert words[1] in COMMANDS, span
        if words[0].startswith("--"):
            assert words[0] in OPTIONS, span
        if chosen := re.fullmatch(r"-o ([a-z]+)(=\S+)?", span):
            assert chosen[1] in FORMATS, span
        if name := re.fullmatch(r"driftcheck\.([a-zA-Z_]+)(\(.*)?", span):
            assert hasattr(driftcheck, name[1]) or name[1] in ("renderers", "testing", "yaml"), span


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_one_sentence_a_line(page: Path) -> None:
    """A line of a paragraph ends where its sentence ends."""
    text = re.sub(r"`[^`\n]*`", "code", prose(page))
    lines = [line for line in text.splitlines() if not re.match(r"[|*]|\d+\.", line)]

    assert [line for line in lines if re.search(r"[a-z)][.!?] [A-Z]", line)] == []


def test_index() -> None:
    """The index links every page under docs."""
    linked = set(LINK.findall(text_of("docs/index.md")))
    pages = {name_of(page).removeprefix("docs/") for page in PAGES if "docs" in page.parts}

    assert pages - {"index.md"} <= linked


@pytest.mark.parametrize("name", driftcheck.__all__)
def test_docstrings(name: str) -> None:
    """Every public name is explained, and so is everything public in it."""
    value = getattr(driftcheck, name)
    members = vars(value).items() if inspect.isclass(value) else ()

    assert inspect.getdoc(value)
    for member, inside in members:
        if not member.startswith("_") and (inspect.isfunction(inside) or _is_property(inside)):
            assert inspect.getdoc(inside), f"{name}.{member}"


def _is_property(value: object) -> bool:
    return isinstance(value, property)
