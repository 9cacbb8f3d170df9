"""Which environment of a store a look is at, whatever its context was called that day.

A Namespace is known by its cluster's uid and its own name, so that one that is made anew goes on.
Where the cluster's uid may not be read, it is known by its own uid, which no other ever has.
https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#uids
"""

from __future__ import annotations

import hashlib

from driftcheck.errors import HistoryError
from driftcheck.history._chain import Chain
from driftcheck.history._store import Store
from driftcheck.model import KeptLook, Origin, Snapshot

_LENGTH = 16


def cluster_of(snapshot: Snapshot) -> str | None:
    """The uid of the cluster that a snapshot is of; None where that was not seen."""
    return snapshot.platform.cluster if snapshot.platform else None


def name_of(snapshot: Snapshot) -> str:
    """What the environment is called: a Namespace in a context, or what its manifests are."""
    if snapshot.origin is Origin.CLUSTER and snapshot.namespace:
        return (
            f"{snapshot.namespace}@{snapshot.context}" if snapshot.context else snapshot.namespace
        )
    return snapshot.name


def is_known(snapshot: Snapshot) -> bool:
    """Whether anything was seen by which an environment is known."""
    return bool(
        snapshot.origin is Origin.MANIFESTS
        or snapshot.namespace_uid
        or (cluster_of(snapshot) and snapshot.namespace)
    )


def chain_for(store: Store, snapshot: Snapshot) -> Chain:
    """The looks at the environment that a snapshot is of; none yet of one that is new.

    Raises:
        HistoryError: Nobody can say which environment it is.
    """
    chain = store.chain(_new_id(snapshot))
    if chain.length:
        return chain
    for known in store.chains():
        newest = known.newest()
        if newest and _is_there(newest.look, snapshot):
            return known
    return chain


def _new_id(snapshot: Snapshot) -> str:
    cluster, uid = cluster_of(snapshot), snapshot.namespace_uid
    if snapshot.origin is Origin.MANIFESTS:
        known_by = ("manifests", snapshot.name, snapshot.namespace or "")
    elif cluster and snapshot.namespace:
        known_by = ("cluster", cluster, snapshot.namespace)
    elif uid:
        known_by = ("namespace", uid, "")
    else:
        raise HistoryError(
            f"{snapshot.name}: neither the uid of its Namespace nor that of its cluster was seen,"
            " so that nobody can say which environment it is",
            hint="give leave to get the Namespace: `driftcheck rbac ENV` prints the Role",
        )
    return hashlib.sha256("\0".join(known_by).encode()).hexdigest()[:_LENGTH]


def _is_there(look: KeptLook, snapshot: Snapshot) -> bool:
    """Whether a look is at the same Namespace."""
    if Origin.MANIFESTS in (look.origin, snapshot.origin):
        return False
    if look.namespace_uid and look.namespace_uid == snapshot.namespace_uid:
        return True
    cluster = cluster_of(snapshot)
    return cluster is not None and (look.cluster, look.namespace) == (cluster, snapshot.namespace)
