"""What a shell is offered to complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def files(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Files and folders, which the shell knows better than we do."""
    return [CompletionItem(typed, type="file")]


def words(known: Iterable[str]) -> Offer:
    """Words that are known, also behind a comma; behind an equals sign, files."""
    offered = sorted(known)

    def offer(
        context: click.Context, parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        if "=" in typed:
            return files(context, parameter, typed)
        before, comma, last = typed.rpartition(",")
        return [
            CompletionItem(f"{before}{comma}{word}") for word in offered if word.startswith(last)
        ]

    return offer
