"""Formats that others have made: entry points of the group `driftcheck.renderers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from driftcheck.errors import RendererError, UsageError
from driftcheck.reports import FORMATS, MOST_CHARACTERS, Detail, Layout, format_result

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from driftcheck.model import Result

GROUP = "driftcheck.renderers"


def other_formats() -> tuple[str, ...]:
    """The names of the formats that installed packages give, sorted."""
    return tuple(sorted(_renderers().keys() - set(FORMATS)))


def render(
    result: Result,
    format: str = "text",  # noqa: A002 - the contract's word
    *,
    color: bool = False,
    width: int = 100,
    detail: Detail = "full",
    unchanged: bool = False,
    max_chars: int = MOST_CHARACTERS,
) -> str:
    """Render a result.

    Args:
        result: What `compare` returned.
        format: `text`, `markdown`, `html`, one for machines (`codequality`, `csv`, `json`,
            `junit`, `sarif`), or one that an installed package gives as an entry point of
            `driftcheck.renderers`: a function from a result to text. None of these can take the
            place of a built-in one.
        color: Whether to colour what is for a terminal.
        width: How many columns a terminal has.
        detail: Of `text`: `full`; `short`, a line for each object that differs; or `stat`, the
            same with counts and a bar.
        unchanged: Of `text` and `markdown`: whether to list the objects that are the same.
        max_chars: Of `markdown`: how many characters there may be; what does not fit is cut, and
            the report says so.

    Returns:
        The report, with a newline at its end.

    Raises:
        UsageError: There is no such format or detail, or it is to be too small.
        RendererError: An installed renderer failed.
    """
    layout = Layout(color, width, detail, unchanged, max_chars)
    if format in FORMATS:
        return format_result(result, format, layout)
    renderer = _renderers().get(format)
    if renderer is None:
        there = ", ".join(sorted([*FORMATS, *other_formats()]))
        raise UsageError(f"{format!r} is not a format", hint=f"choose one of: {there}")
    return _rendered(result, renderer)


def _renderers() -> dict[str, EntryPoint]:
    """The installed renderers; of two with one name, that of the first package by its name."""
    from importlib.metadata import entry_points

    found = sorted(entry_points(group=GROUP), key=_package, reverse=True)
    return {renderer.name: renderer for renderer in found}


def _rendered(result: Result, renderer: EntryPoint) -> str:
    try:
        text = renderer.load()(result)
    except (Exception, SystemExit) as error:
        raise _failed(renderer, f"with {type(error).__name__}") from error
    if not isinstance(text, str):
        raise _failed(renderer, f"and gave {type(text).__name__} instead of str")
    return text


def _failed(renderer: EntryPoint, how: str) -> RendererError:
    return RendererError(
        f"the renderer {renderer.name!r} of {_package(renderer)} failed {how}",
        hint="tell those who made it, with what --debug prints; built-in formats need no renderer",
    )


def _package(renderer: EntryPoint) -> str:
    """The package it is from, with its version."""
    package = renderer.dist
    return f"{package.name} {package.version}" if package else renderer.value
