"""Workloads in the middle of a rollout: what they declare is not yet what they run.

The conditions are those of `kubectl rollout status`, by which a paused Deployment that has
nothing left to do is settled.
https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from driftcheck.model import GroupKind

Body = Mapping[str, Any]


class _Condition(msgspec.Struct):
    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None

    @property
    def complains(self) -> bool:
        """Whether it says why a rollout does not go on.

        https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
        """
        return (self.type, self.status) in _COMPLAINING


class _Rolling(msgspec.Struct):
    partition: int | None = None


class _Strategy(msgspec.Struct, rename="camel"):
    type: str | None = None
    rolling_update: _Rolling | None = None


class _Spec(msgspec.Struct, rename="camel"):
    replicas: int = 1
    update_strategy: _Strategy = msgspec.field(default_factory=_Strategy)

    @property
    def is_by_hand(self) -> bool:
        """Whether pods are replaced only where somebody deletes them."""
        return self.update_strategy.type == "OnDelete"

    @property
    def partition(self) -> int:
        """How many pods, the first ones, stay as they are."""
        rolling = self.update_strategy.rolling_update
        return (rolling and rolling.partition) or 0


class _Status(msgspec.Struct, rename="camel"):
    observed_generation: int | str = 0
    replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    ready_replicas: int = 0
    current_revision: str | None = None
    update_revision: str | None = None
    desired_number_scheduled: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0
    conditions: list[_Condition] | None = None
    stable_rs: Any = msgspec.field(default=None, name="stableRS")
    current_pod_hash: Any = None

    @property
    def generation(self) -> int:
        """The generation that the controller has seen, which Argo Rollouts writes as a text."""
        observed = str(self.observed_generation)
        return int(observed) if _GENERATION.fullmatch(observed) else 0


_GENERATION = re.compile(r"[0-9]{1,18}")
_COMPLAINING = (("ReplicaFailure", "True"), ("Progressing", "False"), ("InvalidSpec", "True"))
_LONGEST_MESSAGE = 200


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
    said, shown = (
        value if isinstance(value := body.get(field), dict) else {} for field in ("spec", "status")
    )
    is_built_in = kind.group == "apps"
    if not shown and not is_built_in:
        return None  # a custom resource whose controller is not there makes no pods
    try:
        spec = msgspec.convert(said if is_built_in else {}, _Spec)
        status = msgspec.convert(shown, _Status)
    except msgspec.ValidationError:
        return "nobody can say what its status means"
    if status.generation < body["metadata"].get("generation", 0):
        return "its controller has not seen the last change"
    missing = waits_for(spec, status)
    return missing and "; ".join((missing, *_complaints(status)))


def _complaints(status: _Status) -> Iterator[str]:
    """Why it does not go on, in its controller's own words."""
    for condition in status.conditions or ():
        if condition.complains:
            yield f"{condition.reason}: {(condition.message or '')[:_LONGEST_MESSAGE]}"


def _deployment(spec: _Spec, status: _Status) -> str | None:
    updated, old = status.updated_replicas, status.replicas - status.updated_replicas
    if updated != spec.replicas:
        return f"{updated} of {spec.replicas} replicas updated"
    if old > 0:
        return f"{old} old replicas still there"
    if status.available_replicas < updated:
        return f"{status.available_replicas} of {updated} replicas available"
    return None


def _stateful_set(spec: _Spec, status: _Status) -> str | None:
    wanted, updated = spec.replicas, status.updated_replicas
    if status.ready_replicas < wanted:
        return f"{status.ready_replicas} of {wanted} replicas ready"
    if spec.is_by_hand:
        return None
    if spec.partition:
        return _at_least(updated, wanted - spec.partition)
    if status.update_revision != status.current_revision:
        return f"{updated} of {wanted} replicas updated"
    return None


def _at_least(updated: int, wanted: int) -> str | None:
    return f"{updated} of {wanted} replicas updated" if updated < wanted else None


def _daemon_set(spec: _Spec, status: _Status) -> str | None:
    wanted = status.desired_number_scheduled
    updated, available = status.updated_number_scheduled, status.number_available
    if updated < wanted and not spec.is_by_hand:
        return f"{updated} of {wanted} pods updated"
    return f"{available} of {wanted} pods available" if available < wanted else None


def _argo_rollout(_spec: _Spec, status: _Status) -> str | None:
    """Two templates run as long as the new one is not promoted, which may be for good.

    https://argo-rollouts.readthedocs.io/en/stable/features/specification/
    """
    is_promoted = status.stable_rs == status.current_pod_hash
    return None if is_promoted else "its new template is not promoted yet"


_ROLLOUTS: dict[GroupKind, Callable[[_Spec, _Status], str | None]] = {
    GroupKind("apps", "Deployment"): _deployment,
    GroupKind("apps", "StatefulSet"): _stateful_set,
    GroupKind("apps", "DaemonSet"): _daemon_set,
    GroupKind("argoproj.io", "Rollout"): _argo_rollout,
}
