"""A Namespace in a cluster becomes a snapshot, with everything that could not be seen in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from difflib import get_close_matches
from time import monotonic, sleep
from types import MappingProxyType
from typing import Any

from attrs import evolve, frozen

from driftcheck.capture._access import RequiredRole, cluster_role_manifest, role_manifest
from driftcheck.capture._garbage import without_collection
from driftcheck.capture._keys import SecretKey
from driftcheck.capture._kinds import exclusion_of, is_excluded_group
from driftcheck.capture._nodes import nodes_of
from driftcheck.capture._patience import Patience
from driftcheck.capture._platform import (
    OutsideReader,
    inside_of,
    look_outside,
    read_all,
)
from driftcheck.capture._rollouts import rollout_of
from driftcheck.capture._secrets import redact_all, without_annotations
from driftcheck.capture._window import Collected, Looks, Reads, collect
from driftcheck.errors import ClusterError
from driftcheck.model import (
    EVERY_KIND,
    NAMESPACE,
    SECRET,
    VALUES_LEFT_OUT,
    Document,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
    Window,
    list_names,
)
from driftcheck.platform import NODE
from driftcheck.sources import (
    NAMESPACES,
    Cluster,
    Discovery,
    Listing,
    Refusal,
    Resource,
)

_POLL = 1.0
"""Seconds before the first look at what has not settled; each later one waits longer."""

_LONGEST_POLL = 8.0

_PERHAPS_NOT_THERE = "; nothing is in it, so perhaps there is no namespace of this name"
_FORBIDDEN = 403
_NOT_FOUND = 404
_METHOD_NOT_ALLOWED = 405


@frozen
class Progress:
    """How far the look at an environment has come.

    Args:
        kinds_done: How many kinds have been read.
        kinds_total: How many kinds there are to read.
        objects: How many objects they hold so far.
    """

    kinds_done: int
    kinds_total: int
    objects: int


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
        on_progress: Told how far the first pass has come.

    Returns:
        What was seen, without Secret values.

    Raises:
        ClusterError: There is no such Namespace, nothing in it may be read, or the API server
            does not say what it serves.
        SecretKeyError: There is a Secret value, and the key cannot be used.
    """
    start = now()
    version = cluster.version
    reader = _Reader(
        cluster,
        namespace,
        secret_key=secret_key,
        secret_values=secret_values,
        versions=versions,
        on_progress=on_progress or _nobody,
    )
    discovery = reader.discover()
    collected = reader.collect(_kinds_to_read(discovery))
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
    return Snapshot(
        name=name,
        origin=Origin.CLUSTER,
        context=cluster.context,
        namespace=namespace,
        window=Window(start, end, collected.quiescent),
        server_version=version,
        secret_key_id=reader.secret_key_id,
        coverage=_coverage(discovery, evolve(collected, reads=reads), reader.left_out),
        documents=documents,
        schemas=schemas,
        nodes=nodes,
        cluster_scoped=discovery.cluster_scoped - {NAMESPACE},
        platform=reaching,
    )


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
    return RequiredRole(role_manifest(_kinds_to_read(discovery), namespace), failures)


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
    kinds = [kind for kind in _kinds_to_read(discovery) if kind.group_kind != SECRET]
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


class _Reader:
    """Reads one Namespace; Secret values end here."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        *,
        secret_key: Callable[[], SecretKey],
        secret_values: bool,
        versions: Mapping[GroupKind, str],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.secret_key_id: str | None = None
        self._cluster = cluster
        self._namespace = namespace
        self._secret_key = secret_key
        self._secret_values = secret_values
        self._versions = versions
        self._on_progress = on_progress
        self._slowest = 0.0

    def discover(self, *, anew: bool = False) -> Discovery:
        """What the server serves."""
        return self._cluster.discover(
            tolerated=is_excluded_group, versions=self._versions, anew=anew
        )

    @property
    def left_out(self) -> dict[GroupKind, str]:
        """What was not asked for of kinds that were read."""
        return {} if self._secret_values else {SECRET: VALUES_LEFT_OUT}

    def collect(self, kinds: Iterable[Resource], earlier: Collected | None = None) -> Collected:
        """Read kinds until nothing moves; see `collect`."""
        started = monotonic()
        with without_collection():
            collected = collect(kinds, read=self._read, look=self._look, earlier=earlier)
        self._slowest = max(self._slowest, monotonic() - started)
        return collected

    def without_vanished(
        self, discovery: Discovery, collected: Collected
    ) -> tuple[Discovery, Collected]:
        """Ask again what is served where a kind was not found: its definition may be gone."""
        if not any(_is(found, _NOT_FOUND) for found in collected.reads.values()):
            return discovery, collected
        if _is(collected.reads[NAMESPACES], _NOT_FOUND):
            raise self._no_such_namespace()
        discovery = self.discover(anew=True)
        served = _kinds_to_read(discovery)
        known = {
            kind: found
            for kind, found in collected.reads.items()
            if kind in served and not _is(found, _NOT_FOUND)
        }
        missing = [kind for kind in served if kind not in known]
        return discovery, self.collect(missing, evolve(collected, reads=known))

    def require_access(self, collected: Collected) -> None:
        """Refuse to go on where nothing could be read."""
        lists = {kind: found for kind, found in collected.reads.items() if kind != NAMESPACES}
        refusals = [found for found in lists.values() if isinstance(found, Refusal)]
        if not lists or len(refusals) < len(lists):
            return
        if all(_is(found, _FORBIDDEN) for found in refusals):
            raise ClusterError(
                f"{self._cluster.user} may not read anything in the namespace {self._namespace!r}",
                hint="the role `view`, bound in the namespace, is nearly enough",
            )
        first = next(found for found in refusals if not _is(found, _FORBIDDEN))
        raise ClusterError(
            f"nothing in the namespace {self._namespace!r} could be read: {first.reason}",
            hint=first.hint,
        )

    def settled(self, collected: Collected, patience: Patience, *, until: float) -> Collected:
        """Look again at what moves or rolls out until it has settled, last when patience is over.

        The time limit is kept clear of: a last look that it cuts off would cost everything.
        """
        pause = _POLL
        while moving := _unsettled(collected):
            left = min(patience.end, until - 2 * self._slowest) - monotonic()
            if left <= 0:
                break
            sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_POLL)
            collected = self.collect(moving, collected)
        return collected

    def with_schemas(
        self, reads: Mapping[Resource, Listing | Refusal]
    ) -> tuple[Reads, dict[str, Mapping[str, Any]]]:
        """The schemas of the custom resources; what lacks its schema counts as not read."""
        used = [
            kind for kind, found in reads.items() if isinstance(found, Listing) and found.bodies
        ]
        schemas = self._cluster.schemas(used)
        unread = {
            kind: Refusal(None, f"its schema could not be read: {found.reason}")
            for kind, found in schemas.items()
            if isinstance(found, Refusal)
        }
        known: dict[str, Mapping[str, Any]] = {
            f"{kind.api_version}/{kind.kind}": found
            for kind, found in sorted(schemas.items())
            if not isinstance(found, Refusal)
        }
        return {**reads, **unread}, known

    def _read(self, kinds: Iterable[Resource]) -> Reads:
        pending = list(kinds)
        reads: Reads = {}
        objects = 0
        for kind, found in self._cluster.in_parallel(self._read_one, pending):
            reads[kind] = self._redacted(found) if isinstance(found, Listing) else found
            objects += len(found.bodies) if isinstance(found, Listing) else 0
            self._on_progress(Progress(len(reads), len(pending), objects))
        return reads

    def _read_one(self, kind: Resource) -> Listing | Refusal:
        if kind.group_kind != SECRET or self._secret_values:
            return self._cluster.read(kind, self._namespace)
        found = self._cluster.read_metadata(kind, self._namespace)
        if isinstance(found, Refusal):
            return found
        return evolve(found, bodies=tuple(map(without_annotations, found.bodies)))

    def _look(self, kinds: Iterable[Resource]) -> Looks:
        return dict(
            self._cluster.in_parallel(
                lambda kind: self._cluster.look(kind, self._namespace), list(kinds)
            )
        )

    def _redacted(self, listing: Listing) -> Listing:
        bodies, key_id = redact_all(listing.bodies, self._secret_key)
        self.secret_key_id = key_id or self.secret_key_id
        return evolve(listing, bodies=tuple(bodies))

    def _no_such_namespace(self) -> ClusterError:
        near = get_close_matches(self._namespace, self._cluster.namespaces(), cutoff=0.5)
        return ClusterError(
            f"there is no namespace {self._namespace!r} in the context {self._cluster.context!r}",
            hint=f"did you mean {' or '.join(near)}?" if near else "",
        )


def _nobody(_: Progress) -> None:
    """Nobody wants to know."""


def _kinds_to_read(discovery: Discovery) -> list[Resource]:
    served = {kind.group_kind for kind in discovery.resources}
    kinds = [kind for kind in discovery.resources if not exclusion_of(kind.group_kind, served)]
    return [NAMESPACES, *kinds]


def _is(found: Listing | Refusal, status: int) -> bool:
    return isinstance(found, Refusal) and found.status == status


def _unsettled(collected: Collected) -> list[Resource]:
    return sorted({*collected.unsettled, *_rollouts(collected.reads)})


def _rollouts(reads: Mapping[Resource, Listing | Refusal]) -> dict[Resource, str]:
    """The kinds with a workload in the middle of a rollout, each with what that waits for."""
    waiting = {
        kind: [
            f"{body['metadata']['name']} ({waits_for})"
            for body in found.bodies
            if (waits_for := rollout_of(kind.group_kind, body))
        ]
        for kind, found in reads.items()
        if isinstance(found, Listing)
    }
    return {
        kind: f"rollout not finished: {list_names(names)}"
        for kind, names in waiting.items()
        if names
    }


def _coverage(
    discovery: Discovery, collected: Collected, left_out: Mapping[GroupKind, str]
) -> tuple[KindCoverage, ...]:
    """A row for every kind that can be listed, and for every group that is not known."""
    rows = [*_undiscovered(discovery), *_left_out(discovery), *_looked_at(collected, left_out)]
    return tuple(sorted(rows, key=lambda row: row.group_kind))


def _undiscovered(discovery: Discovery) -> Iterator[KindCoverage]:
    for group, reason in discovery.failures.items():
        if not is_excluded_group(group):
            yield KindCoverage(group, EVERY_KIND, ReadStatus.FAILED, reason=reason)


def _left_out(discovery: Discovery) -> Iterator[KindCoverage]:
    served = {kind.group_kind for kind in discovery.resources}
    for kind in discovery.resources:
        reason = exclusion_of(kind.group_kind, served)
        if reason:
            yield KindCoverage(*kind.group_kind, ReadStatus.EXCLUDED, reason=reason)


def _looked_at(collected: Collected, left_out: Mapping[GroupKind, str]) -> Iterator[KindCoverage]:
    rollouts = _rollouts(collected.reads)
    is_empty = not any(
        found.bodies for found in collected.reads.values() if isinstance(found, Listing)
    )
    for kind, found in collected.reads.items():
        if isinstance(found, Refusal):
            doubt = _PERHAPS_NOT_THERE if kind == NAMESPACES and is_empty else ""
            yield KindCoverage(*kind.group_kind, _status(found), reason=f"{_reason(found)}{doubt}")
            continue
        moved = [said[kind] for said in (collected.unsettled, rollouts) if kind in said]
        unread = [left_out[kind.group_kind]] if kind.group_kind in left_out else []
        yield KindCoverage(
            *kind.group_kind,
            ReadStatus.UNSETTLED if moved else ReadStatus.READ,
            objects=len(found.bodies),
            reason="; ".join([*moved, *unread]) or None,
            version=kind.version,
        )


def _status(refusal: Refusal) -> ReadStatus:
    if refusal.status == _FORBIDDEN:
        return ReadStatus.FORBIDDEN
    if refusal.status == _METHOD_NOT_ALLOWED:
        return ReadStatus.EXCLUDED
    return ReadStatus.FAILED


def _reason(refusal: Refusal) -> str:
    if refusal.status == _METHOD_NOT_ALLOWED:
        return f"not-listable: {refusal.reason}"
    return refusal.reason


def _documents(reads: Mapping[Resource, Listing | Refusal]) -> tuple[Document, ...]:
    documents = [
        Document(body)
        for found in reads.values()
        if isinstance(found, Listing)
        for body in found.bodies
    ]
    return tuple(sorted(documents, key=lambda document: document.reference))
