"""`--html-assets split`: an HTML report whose style stands in a file beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from driftcheck import model, reports, sources
from driftcheck.cli._output import Output, files_of, identity, refuse_inputs, write_outputs
from driftcheck.errors import UsageError

if TYPE_CHECKING:
    from driftcheck.model import Audit, Result

INLINE, SPLIT = "inline", "split"

html_assets_option = click.option(
    "--html-assets",
    type=click.Choice([INLINE, SPLIT]),
    default=INLINE,
    show_default=True,
    help="Where an HTML report's style is; split puts it into a file beside the report, for "
    "servers like Jenkins that allow no style or script in pages.",
)


def check_html_assets(
    html_assets: str, outputs: tuple[Output, ...], read: Collection[Path | None]
) -> None:
    """Refuse a style that has no place, or that would take another file's.

    Args:
        html_assets: Where the style of HTML reports goes.
        outputs: The reports to write.
        read: What is read; see `refuse_inputs`.

    Raises:
        UsageError: An HTML report has no file, or its style would overwrite something.
    """
    written = {identity(file) for file in files_of(outputs)}
    for output in _split(html_assets, outputs):
        if output.file is None:
            raise UsageError(
                "--html-assets split writes two files",
                hint="give the report a file: -o html=report.html",
            )
        style = _style_of(output.file)
        if identity(style) in written:
            raise UsageError(
                f"{style} would hold both a report and a style", hint="name another file"
            )
        refuse_inputs([style], read)


def write_reports(
    outputs: tuple[Output, ...],
    answer: Result | Audit,
    render: Callable[..., str],
    html_assets: str,
) -> None:
    """Write every report of an answer, and the style of HTML reports where it is split off.

    Args:
        outputs: Which.
        answer: Of what.
        render: Makes one; see `write_outputs`.
        html_assets: Where the style of HTML reports goes.
    """
    split = _split(html_assets, outputs)
    for output in split:
        if output.file:
            style = _style_of(output.file)
            page, style_sheet = _page(answer, stylesheet=style.name)
            sources.write_atomically(style, style_sheet.encode())
            sources.write_atomically(output.file, page.encode())
    write_outputs(tuple(output for output in outputs if output not in split), render)


def _page(answer: Result | Audit, *, stylesheet: str) -> tuple[str, str]:
    """A page, and the style that stands beside it."""
    if isinstance(answer, model.Audit):
        return reports.audit_html(answer, stylesheet=stylesheet), reports.audit_style()
    return reports.html_report(answer, stylesheet=stylesheet), reports.html_style()


def _split(html_assets: str, outputs: tuple[Output, ...]) -> list[Output]:
    if html_assets == INLINE:
        return []
    return [output for output in outputs if output.format == "html"]


def _style_of(page: Path) -> Path:
    """`report.css` beside `report.html`."""
    return page.with_suffix(".css")
