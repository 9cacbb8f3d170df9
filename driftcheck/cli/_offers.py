"""What a shell is offered to complete."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

Offer: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]"
Known: TypeAlias = "Callable[[click.Context], Iterable[str]]"
"""Gives words that are known, once a command is typed so far."""

_OF_PATHS = ("/", ".", "~", "-")
"""What paths begin with; a namespace's name does not."""


def files(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Files and folders, which the shell knows better than we do."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(typed, type="file")]


def words(known: Known) -> Offer:
    """Words that are known, also behind a comma; behind an equals sign, files."""

    def offer(
        context: click.Context, parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        if "=" in typed:
            return files(context, parameter, typed)
        before, comma, last = typed.rpartition(",")
        fitting = (word for word in sorted(known(context)) if word.startswith(last))
        return [CompletionItem(f"{before}{comma}{word}") for word in fitting]

    return offer


def environments(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Namespaces and contexts, as far as a cluster answers at once; else files."""
    from click.shell_completion import CompletionItem

    if typed.startswith(_OF_PATHS) or not _may_have_clusters(context):
        return files(context, parameter, typed)
    from driftcheck.cli import _suggestions

    known = _suggestions.environments(context, typed)
    fitting = [CompletionItem(name) for name in sorted(known) if name.startswith(typed)]
    return fitting or files(context, parameter, typed)


def _may_have_clusters(context: click.Context) -> bool:
    """Whether there is a kubeconfig to ask by; without one, nothing is loaded to find that out."""
    named = context.params.get("kubeconfig") or os.environ.get("KUBECONFIG")
    return bool(named) or os.path.exists(os.path.expanduser("~/.kube/config"))  # noqa: PTH110, PTH111 - pathlib takes as long to load as all of this


def contexts(context: click.Context) -> Iterable[str]:
    """The contexts of the kubeconfig."""
    from driftcheck.cli import _suggestions

    return _suggestions.contexts(context)


def kinds(context: click.Context) -> Iterable[str]:
    """The kinds that a cluster serves."""
    from driftcheck.cli import _suggestions

    return _suggestions.kinds(context)
