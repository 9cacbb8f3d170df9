"""What the program says on standard error, and the lines it shows: no word of them acts.

What a server, a plugin, a file or a kubeconfig says is quoted in messages; a terminal obeys
what steers it, and the log of a CI server what is a command to it, from both streams alike.
"""

from __future__ import annotations

import click

from driftcheck.reports import inert_line


def tell(text: str) -> None:
    """Say something on standard error; a line break in it is ours."""
    click.echo(inert_lines(text), err=True)


def ask_hidden(what: str) -> str:
    """Ask whoever is at the terminal for something, without showing the answer."""
    answer: str = click.prompt(what, hide_input=True, err=True)
    return answer


def show(line: str) -> None:
    """Show one line on standard output."""
    click.echo(inert_line(line))


def inert_lines(text: str) -> str:
    """The text, inert in each of its lines."""
    return "\n".join(map(inert_line, text.split("\n")))
