"""What was written between two looks, as reports for people tell it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import pytest

from driftcheck.model import Result, Witness
from driftcheck.pipeline import compare_snapshots, render
from tests.moments import HANDS, QUIET, seen
from tests.reports.pages import Page

MEANS = {
    Witness.UNTOUCHED: "nothing was written",
    Witness.STATUS_ONLY: "nothing that shows was written but the status",
    Witness.TOUCHED: "written, and the same again or still",
    Witness.REVERTED: "changed and changed back",
    Witness.RECREATED: "deleted and made anew, with the same content",
    Witness.CHANGED: "something else is in it",
    Witness.NEW: "made in between",
    Witness.GONE: "deleted in between",
}
"""As the documentation explains each of them."""


@cache
def afternoon(*, untouched: bool = False) -> Result:
    return compare_snapshots([seen(QUIET), seen(HANDS)], untouched=untouched)


def squeezed(text: str) -> str:
    """Without spaces, nor what Markdown puts around words: tables do not have the same."""
    return re.sub(r"[\s|`\\]", "", text)


def of_notebook(result: Result) -> str:
    return squeezed(Page.of(result._repr_html_()).text)


def of_page(result: Result) -> str:
    return squeezed(Page.of(render(result, "html")).text)


def of_text(result: Result) -> str:
    return squeezed(render(result, "text"))


def of_markdown(result: Result) -> str:
    return squeezed(render(result, "markdown"))


EVERY_REPORT = pytest.mark.parametrize("read", [of_notebook, of_page, of_text, of_markdown])


@EVERY_REPORT
def test_every_witness_is_explained(read: Callable[[Result], str]) -> None:
    """Each witness that occurs stands there with its number of objects and its meaning."""
    result = afternoon()
    (block,) = result.witnesses
    said = read(result)

    for witness, count in block.counts.items():
        assert squeezed(f"{count} {witness.value} {MEANS[witness]}") in said
    assert squeezed(f"{block.owned} owned made by objects beside them") in said


@EVERY_REPORT
def test_every_object_that_was_written(read: Callable[[Result], str]) -> None:
    """Each written object of which no finding tells stands there with what shows it, no other."""
    result = afternoon()
    differing = {each.object for each in result.findings}
    said = read(result)

    for item in result.witnesses[0].objects:
        shown = squeezed(f"{item.witness.value} {item.object} {item.says}")
        assert (shown in said) is (item.object not in differing)


@EVERY_REPORT
def test_the_gate(read: Callable[[Result], str]) -> None:
    """With `--untouched`, what was undone stands among the findings, and by what that is seen."""
    said = read(afternoon(untouched=True))

    assert squeezed("was changed and changed back") in said
    assert squeezed("its generation went from 1 to 3, and it is as it was") in said
