"""Where reports go: `-o FORMAT` to standard output, `-o FORMAT=FILE` into a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from attrs import frozen

from driftcheck.cli._offers import words
from driftcheck.errors import UsageError
from driftcheck.sources import write_atomically

Command = TypeVar("Command", bound=Callable[..., Any])
_WIDEST = 160


@frozen
class Output:
    """One report to write.

    Args:
        format: A format's name.
        file: Where to; None for standard output.
    """

    format: str
    file: Path | None


def output_option(formats: Collection[str]) -> Callable[[Command], Command]:
    """The option `-o`, which a command takes as `outputs`."""
    others = ", ".join(sorted(set(formats) - {"text"}))
    return click.option(
        "-o",
        "--output",
        "outputs",
        metavar="FORMAT[=FILE]",
        multiple=True,
        shell_complete=words(formats),
        help=f"text (default), {others}; to standard output or into a file; may be repeated.",
    )


def parse_outputs(
    texts: tuple[str, ...],
    formats: Collection[str],
    others: Callable[[], Collection[str]] = tuple,
) -> tuple[Output, ...]:
    """Read the values of `-o`.

    Args:
        texts: Each as `FORMAT` or `FORMAT=FILE`.
        formats: The formats there are.
        others: Tells what others there are; asked only about one that is none of the first.

    Returns:
        The reports to write; one as text on standard output where none is asked for.

    Raises:
        UsageError: A format is unknown, or two reports would share standard output.
    """
    outputs = tuple(_output(text, formats, others) for text in texts) or (Output("text", None),)
    if sum(output.file is None for output in outputs) > 1:
        raise UsageError(
            "only one report can go to standard output",
            hint="give the others a file: -o text -o json=report.json",
        )
    files = [os.path.realpath(output.file) for output in outputs if output.file]
    doubles = {file for file in files if files.count(file) > 1}
    if doubles:
        raise UsageError(
            f"two reports for {', '.join(sorted(doubles))}", hint="give each a file of its own"
        )
    return outputs


def refuse_inputs(outputs: tuple[Output, ...], environments: tuple[str, ...]) -> None:
    """Keep a report from taking the place of what is compared.

    Raises:
        UsageError: A report's file is one of the environments.
    """
    for output in outputs:
        if output.file:
            refuse_input(output.file, environments)


def refuse_input(file: Path, environments: Iterable[str]) -> None:
    """Keep what is written from taking the place of what is read.

    Raises:
        UsageError: The file is one of the environments, by itself or as `FILE:NAMESPACE`.
    """
    named = {
        os.path.realpath(place)
        for environment in environments
        for place in (environment, environment.rpartition(":")[0])
        if place
    }
    if file.exists() and os.path.realpath(file) in named:
        raise UsageError(f"{file} would be overwritten, and is read", hint="name another file")


def _output(text: str, formats: Collection[str], others: Callable[[], Collection[str]]) -> Output:
    format_, has_file, file = text.partition("=")
    is_known = format_ in formats or format_ in others()
    if not is_known or (has_file and not file):
        there = ", ".join(sorted([*formats, *others()]))
        raise UsageError(
            f"-o {text}: not understood",
            hint=f"write -o FORMAT or -o FORMAT=FILE, with one of: {there}",
        )
    if not file or file == "-":
        return Output(format_, None)
    if not Path(file).parent.is_dir():
        raise UsageError(f"-o {text}: there is no folder {Path(file).parent}", hint="make it first")
    return Output(format_, Path(file))


def write_outputs(outputs: tuple[Output, ...], render: Callable[..., str]) -> None:
    """Write every report; the files first, so that a reader of the last has them all.

    Args:
        outputs: Which.
        render: Makes one; takes the format, and for a terminal `color` and `width`.
    """
    for output in sorted(outputs, key=lambda output: output.file is None):
        if output.file:
            write_atomically(output.file, render(output.format).encode())
        elif output.format == "text":
            report = render(output.format, color=_wants_color(), width=_width())
            click.echo(report, nl=False, color=True)
        else:
            click.echo(render(output.format).encode(), nl=False)


def _wants_color() -> bool:
    """https://no-color.org and https://force-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _width() -> int:
    return min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
