"""What a shell is offered of clusters: contexts, and what one answers within half a second."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from driftcheck.errors import DriftcheckError
from driftcheck.sources import Cluster, connect, known_contexts

if TYPE_CHECKING:
    import click

HALF_A_SECOND = 0.5
"""After which nobody waits for a suggestion any more."""
_NEXT_TO_CONTEXT = "@"
_PLAIN = re.compile(r"[\w.:/@%+,=-]+", re.ASCII)
"""A name that no shell takes for anything else, wherever it is offered, typed or run."""


def environments(context: click.Context, typed: str) -> list[str]:
    """Namespaces of the context that was named, or contexts behind a namespace's name.

    Args:
        context: The command as far as it is typed.
        typed: The beginning of an environment's name.
    """
    namespace, at, _ = typed.partition(_NEXT_TO_CONTEXT)
    if at:
        return [f"{namespace}{at}{name}" for name in contexts(context)]
    return _told(context, lambda cluster: cluster.namespaces())


def contexts(context: click.Context) -> list[str]:
    """The contexts of the kubeconfig that counts."""
    with suppress(DriftcheckError):
        return _plain(known_contexts(context.params.get("kubeconfig")))
    return []


def kinds(context: click.Context) -> list[str]:
    """The kinds that a cluster serves in namespaces: `Deployment.apps`."""
    return _told(
        context,
        lambda cluster: [str(resource.group_kind) for resource in cluster.discover().resources],
    )


def _told(context: click.Context, ask: Callable[[Cluster], Iterable[str]]) -> list[str]:
    """What a cluster says in time; nothing where it can't, or may not."""
    with (
        suppress(DriftcheckError),
        connect(
            context=context.params.get("context"),
            kubeconfig=context.params.get("kubeconfig"),
            timeout=HALF_A_SECOND,
        ) as connection,
    ):
        return _plain(ask(Cluster(connection)))
    return []


def _plain(names: Iterable[str]) -> list[str]:
    return [name for name in names if _PLAIN.fullmatch(name)]
