"""What reaches into a namespace from outside, read once, and as little as tells it.

What is named inside is read by its name, and a kind is listed where it is small, or where many of
it are named. Which of it reaches in, and what else that asks for, the room `platform` knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from driftcheck.capture._secrets import redact_all
from driftcheck.errors import ClusterError, SecretKeyError
from driftcheck.model import (
    NAMESPACE,
    UNSERVED,
    Document,
    GroupKind,
    KindCoverage,
    Platform,
    ReachedObject,
    ReadStatus,
)
from driftcheck.platform import DEFINITION, LEADS_TO, Ask, Inside, Outside, asks, reached
from driftcheck.sources import (
    NAMESPACES,
    Cluster,
    Discovery,
    Listing,
    Refusal,
    Resource,
    is_built_in,
)

_FEW = 4
"""Objects of a kind that are read one by one; it is listed where more are named."""

_FORBIDDEN = 403
_SYSTEM = "kube-system"
"""The Namespace that every cluster has, and whose uid is taken for the cluster's.

https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces
"""
_NO_SUCH_KIND = f"{UNSERVED}: this server has no such kind"

Body = Mapping[str, Any]


def inside_of(discovery: Discovery, namespace: str, documents: Sequence[Document]) -> Inside:
    """What stands in a namespace, as far as something outside is reached from there."""
    served = {kind.group_kind: kind for kind in discovery.resources}
    return Inside(
        namespace=namespace,
        documents=documents,
        plurals={
            NAMESPACE: NAMESPACES.plural,
            **{key: kind.plural for key, kind in served.items()},
        },
        definitions={
            key: f"{kind.plural}.{kind.group}"
            for key, kind in served.items()
            if not is_built_in(kind.group)
        },
        cluster_scoped=discovery.cluster_scoped - {NAMESPACE},
    )


def look_outside(reader: OutsideReader, here: Inside) -> Platform:
    """Read what reaches into a namespace, step by step: what is read may lead further.

    Args:
        reader: Reads what stands in no namespace.
        here: What stands in the namespace.

    Returns:
        What reaches in, and how each kind was looked at that may.
    """
    asked = read_all(reader, here)
    objects = reached(here, reader.outside)
    return Platform(
        cluster=reader.cluster_uid(),
        objects=objects,
        coverage=tuple(reader.coverage(asked, objects)),
    )


def read_all(reader: OutsideReader, here: Inside) -> frozenset[Ask]:
    """Read everything that tells what reaches into a namespace, and say what that was.

    Lists come first: they may name more of a kind than is read one by one.
    """
    asked: frozenset[Ask] = frozenset()
    while pending := asks(here, reader.outside) - asked:
        lists = frozenset(ask for ask in pending if ask.name is None)
        reader.read(lists or pending)
        asked |= lists or pending
    return asked


class OutsideReader:
    """Reads what stands in no namespace, each thing once.

    Args:
        cluster: Where to look.
        discovery: What the server serves.
    """

    def __init__(self, cluster: Cluster, discovery: Discovery) -> None:
        self._cluster = cluster
        self._failures = discovery.failures
        self._served = {kind.group_kind: kind for kind in discovery.outside}
        self._bodies: dict[GroupKind, dict[str, Body]] = defaultdict(dict)
        self._listed: set[GroupKind] = set()
        self._refusals: dict[GroupKind, Refusal] = {}

    @property
    def outside(self) -> Outside:
        """What was read so far."""
        return Outside(self._bodies, frozenset(self._refusals))

    def every(self, kind: GroupKind) -> list[Body]:
        """The objects of a kind; none where they could not be read."""
        self.read([Ask(kind)])
        return self.outside.every(kind)

    def read(self, wanted: Iterable[Ask]) -> None:
        """Read what is asked for and not known yet."""
        pending = list(self._not_yet_read(wanted))
        try:
            for ask, found in self._cluster.in_parallel(self._read_one, pending):
                self._keep(ask, found)
        except ClusterError as error:
            for ask in pending:
                self._refusals.setdefault(ask.kind, Refusal(None, str(error), error.hint))

    def cluster_uid(self) -> str | None:
        """What tells this cluster from any other; None where that may not be read."""
        try:
            found = self._cluster.read_named(NAMESPACES, _SYSTEM)
        except ClusterError:
            return None
        bodies = found.bodies if isinstance(found, Listing) else ()
        return next((body["metadata"].get("uid") for body in bodies), None)

    def needs(self, asked: Iterable[Ask]) -> dict[Resource, frozenset[str] | None]:
        """What has to be allowed for this to be read: by names, or all where that is listed."""
        names: dict[GroupKind, set[str]] = defaultdict(set)
        for ask in asked:
            names[ask.kind] |= {ask.name} if ask.name else set()
        beyond = {LEADS_TO[kind] for kind in self._refusals if kind in LEADS_TO}
        needed: dict[Resource, frozenset[str] | None] = {
            self._served[kind]: None if kind in self._listed | beyond else frozenset(names[kind])
            for kind in names.keys() | beyond
            if kind in self._served
        }
        return {NAMESPACES: frozenset({_SYSTEM}), **needed}

    def coverage(
        self, asked: Iterable[Ask], objects: Iterable[ReachedObject]
    ) -> Iterator[KindCoverage]:
        """How each kind was looked at that was asked for."""
        kinds = [found.document.reference.group_kind for found in objects]
        for kind in sorted({ask.kind for ask in asked}):
            refusal = self._refusals.get(kind)
            resource = self._served.get(kind)
            if refusal or kind.group in self._failures:
                is_denied = refusal is not None and refusal.status == _FORBIDDEN
                status = ReadStatus.FORBIDDEN if is_denied else ReadStatus.FAILED
                reason = refusal.reason if refusal else self._failures[kind.group]
                yield KindCoverage(*kind, status, reason=reason)
            elif resource is None:
                yield KindCoverage(*kind, ReadStatus.EXCLUDED, reason=_NO_SUCH_KIND)
            else:
                count = kinds.count(kind)
                yield KindCoverage(*kind, ReadStatus.READ, count, version=resource.version)

    def _not_yet_read(self, wanted: Iterable[Ask]) -> Iterator[Ask]:
        """What is asked for by name, or, of a kind of which many or all are wanted, all of it.

        Definitions may be large, and are never listed.
        """
        names: dict[GroupKind, set[str | None]] = defaultdict(set)
        for ask in wanted:
            if ask.kind in self._served and ask.kind not in self._listed:
                names[ask.kind].add(ask.name)
        for kind, named in sorted(names.items()):
            known = len(named | self._bodies[kind].keys())
            if None in named or (known > _FEW and kind != DEFINITION):
                self._listed.add(kind)
                yield Ask(kind)
            else:
                yield from (Ask(kind, name) for name in sorted(filter(None, named)))

    def _read_one(self, ask: Ask) -> Listing | Refusal:
        resource = self._served[ask.kind]
        if ask.name is None:
            return self._cluster.read_outside(resource)
        return self._cluster.read_named(resource, ask.name)

    def _keep(self, ask: Ask, found: Listing | Refusal) -> None:
        if isinstance(found, Refusal):
            self._refusals[ask.kind] = found
            return
        bodies, _ = redact_all(found.bodies, _no_key)
        for body in bodies:
            self._bodies[ask.kind][body["metadata"]["name"]] = body


def _no_key() -> Any:
    raise SecretKeyError("no Secret stands outside every namespace")
