"""What a shell is offered to complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

Offer: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]"


def files(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Files and folders, which the shell knows better than we do."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(typed, type="file")]


def words(known: Callable[[], Iterable[str]]) -> Offer:
    """Words that are known, also behind a comma; behind an equals sign, files."""

    def offer(
        context: click.Context, parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        if "=" in typed:
            return files(context, parameter, typed)
        before, comma, last = typed.rpartition(",")
        fitting = (word for word in sorted(known()) if word.startswith(last))
        return [CompletionItem(f"{before}{comma}{word}") for word in fitting]

    return offer
