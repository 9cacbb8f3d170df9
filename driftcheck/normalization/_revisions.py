"""Pods of an old template, which their controller is about to replace.

They are no part of what an environment will run: that it is in the middle of a rollout is
said by the coverage. Old pods that nobody replaces do run, and count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from driftcheck.model import Document, GroupKind
from driftcheck.normalization._inside import inside
from driftcheck.normalization._makers import DAEMON_SET, DEPLOYMENT, maker_of
from driftcheck.normalization._surroundings import ROLLOUT, STATEFUL_SET, Surroundings

_REVISION = "deployment.kubernetes.io/revision"
_REVISION_HASH = "controller-revision-hash"
_ROLLOUT_HASH = "rollouts-pod-template-hash"


def is_being_replaced(pod: Document, around: Surroundings) -> bool:
    """Whether a pod is of another template than its workload's, and that replaces such pods."""
    maker = maker_of(pod, around)
    if maker is None:
        return False
    for workload in (maker, maker_of(maker, around)):
        is_old = _IS_OLD.get(workload.kind) if workload else None
        if workload and is_old:
            return is_old(pod, maker, workload, around)
    return False


def _of_old_replica_set(
    _pod: Document, maker: Document, workload: Document, _around: Surroundings
) -> bool:
    """https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#revision-history."""
    made, current = (
        inside(document.metadata, "annotations").get(_REVISION) for document in (maker, workload)
    )
    return None not in (made, current) and made != current


def _of_old_stateful_set(
    pod: Document, _maker: Document, workload: Document, _around: Surroundings
) -> bool:
    """https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#update-strategies."""
    current = inside(workload.body, "status").get("updateRevision")
    return _replaces(workload.body) and _is_another(_hash(pod), current)


def _of_old_daemon_set(
    pod: Document, _maker: Document, workload: Document, around: Surroundings
) -> bool:
    """https://kubernetes.io/docs/tasks/manage-daemon/rollback-daemon-set/."""
    current = around.newest_revisions.get(str(workload.uid))
    return (
        _replaces(workload.body) and current is not None and _is_another(_hash(pod), _hash(current))
    )


def _of_old_rollout(
    pod: Document, _maker: Document, workload: Document, _around: Surroundings
) -> bool:
    """https://argo-rollouts.readthedocs.io/en/stable/features/specification/."""
    current = inside(workload.body, "status").get("currentPodHash")
    return _is_another(inside(pod.metadata, "labels").get(_ROLLOUT_HASH), current)


def _replaces(workload: Mapping[str, Any]) -> bool:
    """Whether pods of an old template go without anybody's doing."""
    strategy = inside(workload, "spec", "updateStrategy")
    partition = inside(strategy, "rollingUpdate").get("partition")
    return strategy.get("type", "RollingUpdate") == "RollingUpdate" and not partition


def _hash(document: Document) -> str | None:
    return inside(document.metadata, "labels").get(_REVISION_HASH)


def _is_another(hash_: str | None, current: str | None) -> bool:
    return bool(hash_ and current and hash_ != current)


_IsOld = Callable[[Document, Document, Document, Surroundings], bool]
_IS_OLD: dict[GroupKind, _IsOld] = {
    DEPLOYMENT: _of_old_replica_set,
    STATEFUL_SET: _of_old_stateful_set,
    DAEMON_SET: _of_old_daemon_set,
    ROLLOUT: _of_old_rollout,
}
