"""Namespaces of clusters, as people name them, become snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from attrs import evolve

from driftcheck import __version__
from driftcheck.capture import (
    Patience,
    Progress,
    capture_cluster,
    capture_helm,
    introduce,
    shared_versions,
    versions_of,
    without_collection,
)
from driftcheck.errors import StartError, UsageError
from driftcheck.model import Declarer, GroupKind, Snapshot
from driftcheck.pipeline._shortcuts import takes_shortcuts
from driftcheck.sources import (
    Cluster,
    ClusterAddress,
    Connection,
    DeclaredAddress,
    at_once,
    connect,
)

if TYPE_CHECKING:
    from driftcheck.capture import RequiredRole
    from driftcheck.pipeline._options import Look
    from driftcheck.sources import FindLogins

InCluster = ClusterAddress | DeclaredAddress
_one_at_a_time = Lock()
"""For whoever wants to know how far looks have come."""


def look_at_clusters(
    addresses: Sequence[InCluster], look: Look, known: Mapping[GroupKind, str]
) -> list[Snapshot]:
    """Look at Namespaces at once, and at each kind in one version where all servers have it.

    A context that several of them are in is connected to once, and says once what it serves.
    What was declared of Namespaces is read before, for it can't be read in another version.

    Args:
        addresses: Where they are.
        look: How to look.
        known: The versions of what they are compared with, as far as that is seen already.

    Returns:
        What was seen, in the same order.

    Raises:
        StartError: One of them can't be looked at.
    """
    with ExitStack() as stack, without_collection():
        connected = _connect_to_each(addresses, look, stack)
        declared = {
            number: _read_declared(address, connected[address.context], look)
            for number, address in enumerate(addresses)
            if isinstance(address, DeclaredAddress)
        }
        places = {
            number: address
            for number, address in enumerate(addresses)
            if isinstance(address, ClusterAddress)
        }
        versions = {**versions_of(declared.values()), **known}
        seen = _look_at_places(list(places.values()), connected, look, versions)
        found = {**declared, **dict(zip(places, seen, strict=True))}
        return [found[number] for number in sorted(found)]


def _look_at_places(
    places: Sequence[ClusterAddress],
    connected: Mapping[str | None, Cluster],
    look: Look,
    known: Mapping[GroupKind, str],
) -> list[Snapshot]:
    """Look at Namespaces at once, each in the cluster of its context."""
    clusters = [connected[place.context] for place in places]
    first = dict(zip(reversed(clusters), reversed(places), strict=True))
    at_once([partial(_introduce, *each) for each in first.items()])
    patience = Patience(look.settle)

    def look_in(versions: Mapping[GroupKind, str]) -> list[Snapshot]:
        each = zip(places, clusters, strict=True)
        return at_once([partial(_look_at, *at, look, patience, versions) for at in each])

    versions = shared_versions(clusters, known)
    snapshots = look_in(versions)
    served_now = shared_versions(clusters, known)
    return snapshots if served_now == versions else look_in(served_now)


def logins_of_pods(address: ClusterAddress, look: Look) -> tuple[FindLogins, ...]:
    """The logins that the pods of a Namespace pull their images with."""
    from driftcheck.capture import pull_logins

    with _connected(address, look) as connection:
        return pull_logins(connection, address.namespace)


def role_at(address: ClusterAddress, look: Look) -> RequiredRole:
    """What leave it takes to look at a Namespace, or at what reaches in from outside."""
    from driftcheck.capture import platform_role_in, role_in

    with _connected(address, look) as connection:
        role = platform_role_in if look.platform else role_in
        return role(Cluster(connection), address.namespace)


def _connect_to_each(
    addresses: Sequence[InCluster], look: Look, stack: ExitStack
) -> dict[str | None, Cluster]:
    """The cluster of each context; one after the other.

    A credential plugin may ask a person, who answers one at a time.
    """
    clusters: dict[str | None, Cluster] = {}
    for address in addresses:
        if address.context not in clusters:
            with _hint_at_folder(address):
                connection = stack.enter_context(_connected(address, look))
            clusters[address.context] = Cluster(connection)
    return clusters


def _connected(address: InCluster, look: Look) -> Connection:
    return connect(
        context=address.context or look.context,
        kubeconfig=look.kubeconfig,
        timeout=look.timeout,
    )


def _introduce(cluster: Cluster, address: InCluster) -> None:
    with _hint_at_folder(address):
        introduce(cluster)


def _look_at(
    address: ClusterAddress,
    cluster: Cluster,
    look: Look,
    patience: Patience,
    versions: Mapping[GroupKind, str],
) -> Snapshot:
    with _hint_at_folder(address):
        return capture_cluster(
            cluster,
            address.namespace,
            name=address.name,
            secret_key=look.secret_key,
            now=_now,
            versions=versions,
            secret_values=look.secret_values,
            platform=look.platform is not False,
            settle=patience,
            driftcheck=__version__,
            earlier=look.earlier if takes_shortcuts() else None,
            declared_by=look.declared_by,
            helm_storage=look.helm_storage,
            on_progress=_told(address.name, look),
        )


def _read_declared(address: DeclaredAddress, cluster: Cluster, look: Look) -> Snapshot:
    if address.by is Declarer.HELM:
        return _read_releases(address, cluster, look)
    _introduce(cluster, address)
    only = evolve(look, declared_by=(address.by,), platform=False, earlier=None)
    seen = _look_at(address.place, cluster, only, Patience(look.settle), {})
    (declared,) = seen.declared or ()
    return evolve(declared, name=address.name)


def _read_releases(address: DeclaredAddress, cluster: Cluster, look: Look) -> Snapshot:
    if not look.secret_values:
        raise UsageError(
            f"{address.name}: releases are kept in the values of Secrets, which are not asked for",
            hint="name the namespace itself, or look without --no-secret-values",
        )
    with _hint_at_folder(address):
        return capture_helm(
            cluster,
            address.place.namespace,
            release=address.release,
            storage=look.helm_storage,
            name=address.name,
            secret_key=look.secret_key,
            now=_now,
        )


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _hint_at_folder(address: InCluster) -> Iterator[None]:
    """Where no such Namespace can be looked at, say that a file of that name is here."""
    try:
        yield
    except StartError as error:
        if address.context is None and Path(address.name).exists():
            error.hint = f"to compare what is here, write ./{address.name}; {error.hint}"
        raise


def _told(name: str, look: Look) -> Callable[[Progress], None] | None:
    """Tells whoever wants to know of one environment; never of two at the same time."""
    on_progress = look.on_progress
    if on_progress is None:
        return None

    def tell(progress: Progress) -> None:
        with _one_at_a_time:
            on_progress(name, progress)

    return tell
