"""Looks, and how far apart two environments were, as one page with a plot, which needs no network.

The plot is SVG in the page, in the page's own colours, light and dark; whoever can't see it has
the table below it, which says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from driftcheck.model import DriftOverTime, HistoryLog, Verdict, counted
from driftcheck.reports._history_words import changed_text, moment_text, seen_text
from driftcheck.reports._html import html_style
from driftcheck.reports._inert import without_commands
from driftcheck.reports._templates import asset, own, templates

_WIDTH, _HEIGHT = 900, 240
_LEFT, _BOTTOM, _TOP = 48, 40, 16
_MOST_POINTS = 2_000
_TICKS = 4


@frozen
class Mark:
    """One point of a plot.

    Args:
        x: From the left.
        y: From the top.
        label: What it says to whoever points at it.
        kind: How it is drawn: by the verdict, or by what was seen.
    """

    x: float
    y: float
    label: str
    kind: str


@frozen
class Tick:
    """A line of the grid, and what stands beside it."""

    at: float
    label: str


@frozen
class Plot:
    """A plot over time, laid out.

    Args:
        marks: Its points, the earliest first.
        steps: The line through them, which stays until something changes, as SVG writes it.
        across: The lines of the grid for how much.
        along: The labels for when.
        title: What it shows, in a sentence.
    """

    marks: tuple[Mark, ...]
    steps: str
    across: tuple[Tick, ...]
    along: tuple[Tick, ...]
    title: str
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    floor: int = _HEIGHT - _BOTTOM


@frozen
class _Point:
    time: datetime
    count: int
    label: str
    kind: str


def history_html(answer: HistoryLog | DriftOverTime) -> str:
    """Looks, or how far apart two environments were, as a page.

    Returns:
        The page, the same for the same answer.
    """
    from importlib.metadata import version

    name = "log.html" if isinstance(answer, HistoryLog) else "drift.html"
    html = (
        templates()
        .get_template(name)
        .render(
            answer=answer,
            plot=plot_of(answer),
            most=_MOST_POINTS,
            style=history_style(),
            version=version("kube-driftcheck"),
        )
    )
    return without_commands(html, escape="&#{};".format)


def history_style() -> str:
    """The style of such a page: that of every page, and its own."""
    return own(html_style() + asset("history.css"))


def plot_of(answer: HistoryLog | DriftOverTime) -> Plot | None:
    """The plot of an answer; None where there are not two moments to plot."""
    if isinstance(answer, HistoryLog):
        said = f"how many objects changed, look by look, at {answer.environment}"
        points = _looked(answer) if answer.environment else []
    else:
        said = f"how many differences there were between {answer.baseline} and {answer.other}"
        points = _apart(answer)
    return _laid_out(points[-_MOST_POINTS:], said) if len(points) > 1 else None


def _looked(log: HistoryLog) -> list[_Point]:
    return [
        _Point(
            look.at,
            0 if look.number == 1 else look.changed,
            f"#{look.number}, {moment_text(look.at)}: {changed_text(look)}; {seen_text(look)} seen",
            Verdict.IDENTICAL.value if look.is_complete else Verdict.INCONCLUSIVE.value,
        )
        for look in reversed(log.looks)
    ]


def _apart(drift: DriftOverTime) -> list[_Point]:
    return [
        _Point(
            point.time,
            point.findings,
            f"{moment_text(point.time)}, #{point.baseline} and #{point.other}: "
            f"{counted(point.findings, 'difference')}, {point.verdict.value}",
            point.verdict.value,
        )
        for point in drift.points
    ]


def _laid_out(points: Sequence[_Point], said: str) -> Plot:
    first, last = points[0].time, points[-1].time
    length = max((last - first).total_seconds(), 1.0)
    most = max(*(point.count for point in points), 1)
    floor = _HEIGHT - _BOTTOM

    def x_of(moment: datetime) -> float:
        share = (moment - first).total_seconds() / length
        return round(_LEFT + 8 + share * (_WIDTH - _LEFT - 24), 1)

    def y_of(count: float) -> float:
        return round(floor - count / most * (floor - _TOP), 1)

    marks = tuple(
        Mark(x_of(point.time), y_of(point.count), point.label, point.kind) for point in points
    )
    start, *rest = marks
    steps = f"M{start.x} {start.y}" + "".join(f"H{mark.x}V{mark.y}" for mark in rest)
    counts = sorted({round(most * part / _TICKS) for part in range(_TICKS + 1)})
    return Plot(
        marks=marks,
        steps=steps,
        across=tuple(Tick(y_of(count), str(count)) for count in counts),
        along=(Tick(start.x, moment_text(first)), Tick(marks[-1].x, moment_text(last))),
        title=said,
    )
