"""A Namespace in a cluster becomes a snapshot, with everything that could not be seen in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import evolve

from driftcheck.capture._access import RequiredRole, cluster_role_manifest, role_manifest
from driftcheck.capture._applied import AppliedNotes
from driftcheck.capture._earlier import key_of, taken_over
from driftcheck.capture._helm import declared_by_helm
from driftcheck.capture._keys import SecretKey
from driftcheck.capture._kinds import is_excluded_group
from driftcheck.capture._nodes import nodes_of
from driftcheck.capture._patience import Patience
from driftcheck.capture._platform import OutsideReader, inside_of, look_outside, read_all
from driftcheck.capture._reader import Progress, Reader, kinds_to_read
from driftcheck.capture._rows import coverage_rows
from driftcheck.model import (
    NAMESPACE,
    SECRET,
    Declarer,
    Document,
    GroupKind,
    Origin,
    Snapshot,
    Window,
)
from driftcheck.platform import NODE
from driftcheck.sources import Cluster, Listing, Refusal, Resource


def capture_cluster(
    cluster: Cluster,
    namespace: str,
    *,
    name: str,
    secret_key: Callable[[], SecretKey],
    now: Callable[[], datetime],
    versions: Mapping[GroupKind, str] = MappingProxyType({}),
    secret_values: bool = True,
    platform: bool = True,
    settle: Patience | None = None,
    driftcheck: str | None = None,
    earlier: Snapshot | None = None,
    declared_by: Collection[Declarer] = (),
    helm_storage: str | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Snapshot:
    """Look at a Namespace once, twice over.

    Args:
        cluster: Where to look; several looks may share it.
        namespace: The Namespace's name.
        name: What the environment is called in a result.
        secret_key: Where the key for Secret fingerprints comes from; asked only where
            there is a Secret value.
        now: The clock.
        versions: The versions in which to read kinds, where the server serves them.
        secret_values: Whether to ask for the values of Secrets; else for their metadata alone.
        platform: Whether to look at what reaches in from outside as well.
        settle: How long to wait for rollouts to end and for objects to stand still; by default
            not at all.
        driftcheck: Which version of driftcheck looks; where that is not said, no later look can
            take anything over from this one.
        earlier: What was seen of it before; what nobody wrote since is taken over from it, where
            that is sure to be what would be read.
        declared_by: Whose records of what was declared of it to read as well; Helm's are kept in
            the values of Secrets, and not read without those.
        helm_storage: The namespace in which Helm keeps its releases; None for the same.
        on_progress: Told how far the first pass has come.

    Returns:
        What was seen, without Secret values.

    Raises:
        ClusterError: There is no such Namespace, nothing in it may be read, or the API server
            does not say what it serves.
        SecretKeyError: There is a Secret value, and the key cannot be used.
    """
    start = now()
    version, definitions = cluster.version, cluster.definitions
    applied = AppliedNotes()
    reader = Reader(
        cluster,
        namespace,
        secret_key=secret_key,
        secret_values=secret_values,
        versions=versions,
        driftcheck=driftcheck,
        on_progress=on_progress,
        applied=applied if Declarer.APPLIED in declared_by else None,
    )
    discovery = reader.discover()
    kinds = kinds_to_read(discovery)
    collected = reader.collect_since(earlier, kinds) if earlier else reader.collect(kinds)
    discovery, collected = reader.without_vanished(discovery, collected)
    reader.require_access(collected)
    if settle:
        collected = reader.settled(collected, settle, until=cluster.deadline)
    reads, schemas = reader.with_schemas(collected.reads)
    documents = _documents(reads)
    outside = OutsideReader(cluster, discovery)
    nodes = nodes_of(lambda: outside.every(NODE), documents)
    here = inside_of(discovery, namespace, documents)
    reaching = look_outside(outside, here) if platform else None
    end = now()
    seen = Snapshot(
        name=name,
        origin=Origin.CLUSTER,
        context=cluster.context,
        namespace=namespace,
        window=Window(start, end, collected.quiescent),
        server_version=version,
        secret_key_id=reader.secret_key_id or key_of(earlier, documents),
        coverage=coverage_rows(discovery, evolve(collected, reads=reads), reader.left_out),
        documents=documents,
        schemas=schemas,
        nodes=nodes,
        cluster_scoped=discovery.cluster_scoped - {NAMESPACE},
        grounds=reader.grounds(collected.reads, definitions),
        taken_over=taken_over(earlier, documents, reader.whole) if earlier else None,
        platform=reaching,
    )
    wanted = set(declared_by) - (set() if secret_values else {Declarer.HELM})
    if not wanted:
        return seen
    declared: dict[Declarer, Callable[[], Snapshot]] = {
        Declarer.HELM: lambda: declared_by_helm(
            cluster, seen, storage=helm_storage, secret_key=secret_key, now=now
        ),
        Declarer.APPLIED: lambda: applied.snapshot(seen, f"applied:{name}", secret_key),
    }
    return evolve(seen, declared=tuple(declared[by]() for by in Declarer if by in wanted))


def role_in(cluster: Cluster, namespace: str) -> RequiredRole:
    """Say what leave it takes to look at a Namespace, which discovery alone tells.

    Args:
        cluster: Where it is.
        namespace: The Namespace's name.

    Returns:
        A Role that lets `capture_cluster` read all that it reads there.

    Raises:
        ClusterError: The API server does not say what it serves.
    """
    discovery = cluster.discover(tolerated=is_excluded_group)
    failures = {
        group: reason
        for group, reason in discovery.failures.items()
        if not is_excluded_group(group)
    }
    return RequiredRole(role_manifest(kinds_to_read(discovery), namespace), failures)


def platform_role_in(cluster: Cluster, namespace: str) -> RequiredRole:
    """Say what leave it takes to look at what reaches into a Namespace.

    What is named there shows nowhere but there, so that the Namespace is looked at, but for its
    Secrets.

    Args:
        cluster: Where it is.
        namespace: The Namespace's name.

    Returns:
        A ClusterRole that lets `capture_cluster` read all that it reads outside.

    Raises:
        ClusterError: The API server does not say what it serves, or does not answer.
    """
    discovery = cluster.discover(tolerated=is_excluded_group)
    kinds = [kind for kind in kinds_to_read(discovery) if kind.group_kind != SECRET]
    reads = dict(cluster.in_parallel(lambda kind: cluster.read(kind, namespace), kinds))
    outside = OutsideReader(cluster, discovery)
    asked = read_all(outside, inside_of(discovery, namespace, _documents(reads)))
    unread = {
        str(kind.group_kind): found.reason
        for kind, found in reads.items()
        if isinstance(found, Refusal)
    }
    manifest = cluster_role_manifest(outside.needs(asked), namespace)
    return RequiredRole(manifest, discovery.failures, unread)


def _documents(reads: Mapping[Resource, Listing | Refusal]) -> tuple[Document, ...]:
    documents = [
        Document(body)
        for found in reads.values()
        if isinstance(found, Listing)
        for body in found.bodies
    ]
    return tuple(sorted(documents, key=lambda document: document.reference))
