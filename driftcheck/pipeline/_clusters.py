"""Namespaces of clusters, as people name them, become snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from driftcheck.capture import (
    Patience,
    Progress,
    RequiredRole,
    capture_cluster,
    pull_logins,
    role_in,
)
from driftcheck.errors import StartError
from driftcheck.model import GroupKind, Snapshot
from driftcheck.sources import ClusterAddress, Connection, FindLogins, connect

if TYPE_CHECKING:
    from driftcheck.pipeline._options import Look, OnProgress


def look_at_cluster(
    address: ClusterAddress, look: Look, patience: Patience, versions: Mapping[GroupKind, str]
) -> Snapshot:
    """Look at one Namespace.

    Args:
        address: Where it is.
        look: How to look.
        patience: How long it may take to settle.
        versions: The versions in which to read kinds, where the server serves them.

    Returns:
        What was seen.

    Raises:
        StartError: It can't be looked at.
    """
    with _hint_at_folder(address), _connected(address, look) as connection:
        return capture_cluster(
            connection,
            address.namespace,
            name=address.name,
            secret_key=look.secret_key,
            now=lambda: datetime.now(UTC),
            versions=versions,
            secret_values=look.secret_values,
            settle=patience,
            on_progress=_for(address.name, look.on_progress),
        )


def logins_of_pods(address: ClusterAddress, look: Look) -> tuple[FindLogins, ...]:
    """The logins that the pods of a Namespace pull their images with."""
    with _connected(address, look) as connection:
        return pull_logins(connection, address.namespace)


def role_at(address: ClusterAddress, look: Look) -> RequiredRole:
    """What leave it takes to look at a Namespace."""
    with _connected(address, look) as connection:
        return role_in(connection, address.namespace)


def _connected(address: ClusterAddress, look: Look) -> Connection:
    return connect(
        context=address.context or look.context,
        kubeconfig=look.kubeconfig,
        timeout=look.timeout,
    )


@contextmanager
def _hint_at_folder(address: ClusterAddress) -> Iterator[None]:
    """Where no such Namespace can be looked at, say that a file of that name is here."""
    try:
        yield
    except StartError as error:
        if address.context is None and Path(address.namespace).exists():
            error.hint = f"to compare what is here, write ./{address.namespace}; {error.hint}"
        raise


def _for(name: str, on_progress: OnProgress | None) -> Callable[[Progress], None] | None:
    return (lambda progress: on_progress(name, progress)) if on_progress else None
