"""Where reports go: `-o FORMAT` to standard output, `-o FORMAT=FILE` into a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from driftcheck import sources
from driftcheck.cli._offers import words
from driftcheck.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])
_WIDEST = 160


class Output(NamedTuple):
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
        shell_complete=words(lambda _: formats),
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
    files = files_of(outputs)
    identities = [identity(file) for file in files]
    doubles = {str(file) for file in files if identities.count(identity(file)) > 1}
    if doubles:
        raise UsageError(
            f"two reports for {', '.join(sorted(doubles))}", hint="give each a file of its own"
        )
    return outputs


def files_of(outputs: Iterable[Output]) -> list[Path]:
    """The files that reports go to."""
    return [output.file for output in outputs if output.file]


def places_of(environments: Iterable[str]) -> list[Path]:
    """The files and folders that environments are read from; what is in a cluster has none.

    Raises:
        UsageError: A text names no environment.
    """
    addresses = map(sources.parse_address, environments)
    return [
        address.path or Path("/dev/stdin")
        for address in addresses
        if isinstance(address, sources.FileAddress)
    ]


def refuse_inputs(written: Iterable[Path], read: Iterable[Path | None]) -> None:
    """Keep what is written from taking the place of what is read, whatever it is called there.

    Args:
        written: Files that are going to be written.
        read: What is read: files, and folders with all that is in them.

    Raises:
        UsageError: A file is among what is read, be it by a link.
    """
    threatened = {identity(file): file for file in written if file.is_file()}
    if not threatened:
        return
    for place in filter(None, read):
        for file in (place, *_files_below(place)):
            if written_over := threatened.get(identity(file)):
                raise UsageError(
                    f"{written_over} would be overwritten, and is read", hint="name another file"
                )


def _files_below(folder: Path) -> Iterator[Path]:
    for parent, _, files in os.walk(folder):
        yield from (Path(parent, file) for file in files)


def identity(file: Path) -> tuple[int, int] | str:
    """What two names of one file have in common; a file that is not there yet is where it is."""
    try:
        found = file.stat()
    except OSError:
        return os.path.realpath(file)
    return found.st_dev, found.st_ino


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
            sources.write_atomically(output.file, render(output.format).encode())
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
