"""Where Helm keeps its releases, as a cluster shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve

from driftcheck.capture._keys import SecretKey
from driftcheck.capture._reader import no_such_namespace
from driftcheck.capture._releases import Storage, capture_releases
from driftcheck.errors import ClusterError
from driftcheck.model import Declarer, Snapshot, Window
from driftcheck.sources import (
    NAMESPACES,
    Cluster,
    Listing,
    Refusal,
    Resource,
    Revision,
    revision_of,
)

_SECRETS = Resource("", "v1", "Secret", "secrets")
_CONFIG_MAPS = Resource("", "v1", "ConfigMap", "configmaps")
RECORDS = (_SECRETS, _CONFIG_MAPS)
"""What Helm keeps releases in: https://helm.sh/docs/topics/advanced/#storage-backends."""

_NOT_FOUND = 404
_Record = tuple[Resource, str, str | None]
_MOVED = "a release was written while releases were read"


def capture_helm(
    cluster: Cluster,
    namespace: str,
    *,
    release: str | None,
    storage: str | None,
    name: str,
    secret_key: Callable[[], SecretKey],
    now: Callable[[], datetime],
) -> Snapshot:
    """Read what Helm's releases declare of a Namespace.

    Args:
        cluster: Where it is.
        namespace: The Namespace's name.
        release: The only release that is meant; None for all.
        storage: The namespace in which Helm keeps its releases; None for the same.
        name: What the environment is called in a result.
        secret_key: Where the key for Secret fingerprints comes from; it is found before any
            release is read.
        now: The clock.

    Returns:
        The manifest of each release as it was deployed last, without Secret values.

    Raises:
        ClusterError: There is no such Namespace, or nothing may be read where releases are kept.
        SecretKeyError: There is a release, and the key cannot be used.
    """
    shelf = _Shelf(cluster, storage or namespace, release)
    return _captured(
        shelf, namespace, uid=_uid(cluster, namespace), name=name, secret_key=secret_key, now=now
    )


def declared_by_helm(
    cluster: Cluster,
    live: Snapshot,
    *,
    storage: str | None,
    secret_key: Callable[[], SecretKey],
    now: Callable[[], datetime],
) -> Snapshot:
    """Read what Helm's releases declare of a Namespace that was looked at.

    Args:
        cluster: Where it is.
        live: What was seen of it.
        storage: The namespace in which Helm keeps its releases; None for the same.
        secret_key: Where the key for Secret fingerprints comes from.
        now: The clock.

    Returns:
        The manifest of each release as it was deployed last; a gap where none may be read.

    Raises:
        SecretKeyError: There is a release, and the key cannot be used.
    """
    namespace, uid = live.namespace or "", live.namespace_uid
    name = f"{Declarer.HELM}:{live.name}"
    try:
        shelf = _Shelf(cluster, storage or namespace, None)
    except ClusterError as error:
        unread = Storage(storage or namespace, (), lambda _: "", (str(error),))
        return capture_releases(unread, namespace, name=name, uid=uid, secret_key=secret_key)
    return _captured(shelf, namespace, uid=uid, name=name, secret_key=secret_key, now=now)


def _captured(
    shelf: _Shelf,
    namespace: str,
    *,
    uid: str | None,
    name: str,
    secret_key: Callable[[], SecretKey],
    now: Callable[[], datetime],
) -> Snapshot:
    """What is declared by the releases on a shelf, on which nobody should put any meanwhile."""
    start = now()
    kept = Storage(shelf.namespace, tuple(shelf.records), shelf.read, tuple(shelf.gaps()))
    declared = capture_releases(kept, namespace, name=name, uid=uid, secret_key=secret_key)
    moved = () if shelf.is_as_it_was() else (_MOVED,)
    return evolve(
        declared,
        context=shelf.context,
        window=Window(start, now(), quiescent=not moved),
        declaration=declared.declaration and declared.declaration.with_gaps(moved),
    )


class _Shelf:
    """The records of releases in a namespace, each read when it is asked for.

    Args:
        cluster: Where it is.
        namespace: The namespace that Helm keeps its releases in.
        release: The only release that is meant; None for all.

    Raises:
        ClusterError: None of them may be read.
    """

    def __init__(self, cluster: Cluster, namespace: str, release: str | None) -> None:
        self.namespace = namespace
        self._cluster = cluster
        self._release = release
        self._found = self._look()
        self.records = dict(self._records(self._found))
        """By revision, in what it is kept and in which state that was."""
        refused = [found for found in self._found.values() if isinstance(found, Refusal)]
        if len(refused) == len(self._found):
            raise ClusterError(
                f"Helm's releases in the namespace {namespace!r} can't be read:"
                f" {refused[0].reason}",
                hint=refused[0].hint or f"driftcheck rbac {namespace} prints the leave it takes",
            )

    @property
    def context(self) -> str:
        """The kubeconfig's context."""
        return self._cluster.context

    def read(self, revision: Revision) -> Mapping[str, Any] | str:
        """The whole record of a revision, or why it can't be read."""
        kind, name, _ = self.records[revision]
        found = self._cluster.read_alone(kind, self.namespace, name)
        if isinstance(found, Refusal):
            return found.reason
        return found.bodies[0] if found.bodies else "it is no longer there"

    def gaps(self) -> Iterator[str]:
        """Why there may be more releases than are known."""
        for kind, found in self._found.items():
            if isinstance(found, Refusal):
                yield f"releases in {kind.kind}s of {self.namespace} can't be read: {found.reason}"

    def is_as_it_was(self) -> bool:
        """Whether nobody wrote a release since they were looked at."""
        return dict(self._records(self._look())) == self.records

    def _look(self) -> dict[Resource, Listing | Refusal]:
        return {kind: self._cluster.read_metadata(kind, self.namespace) for kind in RECORDS}

    def _records(
        self, found: Mapping[Resource, Listing | Refusal]
    ) -> Iterator[tuple[Revision, _Record]]:
        for kind, listing in found.items():
            for body in listing.bodies if isinstance(listing, Listing) else ():
                revision = revision_of(body)
                if revision and self._release in (None, revision.release):
                    metadata = body["metadata"]
                    yield revision, (kind, metadata["name"], metadata.get("resourceVersion"))


def _uid(cluster: Cluster, namespace: str) -> str | None:
    """The Namespace's uid; None where it may not be read.

    Raises:
        ClusterError: There is no such Namespace.
    """
    found = cluster.read(NAMESPACES, namespace)
    if isinstance(found, Listing):
        return next((body["metadata"].get("uid") for body in found.bodies), None)
    if found.status == _NOT_FOUND:
        raise no_such_namespace(cluster, namespace)
    return None
