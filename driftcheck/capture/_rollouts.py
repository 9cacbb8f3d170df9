"""Workloads in the middle of a rollout: what they declare is not yet what they run.

The conditions are those of `kubectl rollout status`, by which a paused Deployment that has
nothing left to do is settled.
https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from driftcheck.model import GroupKind

Body = Mapping[str, Any]


def rollout_of(kind: GroupKind, body: Body) -> str | None:
    """What a workload's rollout is waiting for.

    Args:
        kind: The object's kind.
        body: The object.

    Returns:
        What is missing; None where nothing is, or where the kind has no rollouts.
    """
    waits_for = _ROLLOUTS.get(kind)
    if waits_for is None:
        return None
    spec, status = (
        value if isinstance(value := body.get(field), dict) else {} for field in ("spec", "status")
    )
    if not status and kind.group != "apps":
        return None  # a custom resource whose controller is not there makes no pods
    if _observed(status) < body["metadata"].get("generation", 0):
        return "its controller has not seen the last change"
    return waits_for(spec, status)


def _observed(status: Body) -> int:
    """The generation that the controller has seen, which Argo Rollouts writes as a text."""
    observed = str(status.get("observedGeneration", 0))
    return int(observed) if observed.isdecimal() else 0


def _deployment(spec: Body, status: Body) -> str | None:
    wanted = spec.get("replicas", 1)
    updated = status.get("updatedReplicas", 0)
    total = status.get("replicas", 0)
    available = status.get("availableReplicas", 0)
    if updated != wanted:
        return f"{updated} of {wanted} replicas updated{_overdue(status)}"
    if total > updated:
        return f"{total - updated} old replicas still there{_overdue(status)}"
    if available < updated:
        return f"{available} of {updated} replicas available{_overdue(status)}"
    return None


def _overdue(status: Body) -> str:
    reasons = {condition.get("reason") for condition in status.get("conditions") or ()}
    return ", past its deadline" if "ProgressDeadlineExceeded" in reasons else ""


def _stateful_set(spec: Body, status: Body) -> str | None:
    wanted = spec.get("replicas", 1)
    ready = status.get("readyReplicas", 0)
    if ready < wanted:
        return f"{ready} of {wanted} replicas ready"
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return None
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    updated = status.get("updatedReplicas", 0)
    if partition:
        return _at_least(updated, wanted - partition)
    if status.get("updateRevision") != status.get("currentRevision"):
        return f"{updated} of {wanted} replicas updated"
    return None


def _at_least(updated: int, wanted: int) -> str | None:
    return f"{updated} of {wanted} replicas updated" if updated < wanted else None


def _daemon_set(spec: Body, status: Body) -> str | None:
    wanted = status.get("desiredNumberScheduled", 0)
    updated = status.get("updatedNumberScheduled", 0)
    available = status.get("numberAvailable", 0)
    by_hand = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    if updated < wanted and not by_hand:
        return f"{updated} of {wanted} pods updated"
    return f"{available} of {wanted} pods available" if available < wanted else None


def _argo_rollout(_spec: Body, status: Body) -> str | None:
    """Two templates run as long as the new one is not promoted, which may be for good.

    https://argo-rollouts.readthedocs.io/en/stable/features/specification/
    """
    stable, current = status.get("stableRS"), status.get("currentPodHash")
    return "its new template is not promoted yet" if stable != current else None


_ROLLOUTS: dict[GroupKind, Callable[[Body, Body], str | None]] = {
    GroupKind("apps", "Deployment"): _deployment,
    GroupKind("apps", "StatefulSet"): _stateful_set,
    GroupKind("apps", "DaemonSet"): _daemon_set,
    GroupKind("argoproj.io", "Rollout"): _argo_rollout,
}
