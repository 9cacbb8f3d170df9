"""Rollouts: when what is declared is not yet what runs."""

from __future__ import annotations

from typing import Any

import pytest

from driftcheck.capture._rollouts import rollout_of
from driftcheck.model import GroupKind

DEPLOYMENT = {
    "observedGeneration": 3,
    "replicas": 2,
    "updatedReplicas": 2,
    "availableReplicas": 2,
}
STATEFUL_SET = {
    "observedGeneration": 3,
    "readyReplicas": 2,
    "updatedReplicas": 2,
    "currentRevision": "a",
    "updateRevision": "a",
}
DAEMON_SET = {
    "observedGeneration": 3,
    "desiredNumberScheduled": 2,
    "updatedNumberScheduled": 2,
    "numberAvailable": 2,
}
ON_DELETE = {"updateStrategy": {"type": "OnDelete"}}
PARTITIONED = {"updateStrategy": {"rollingUpdate": {"partition": 1}}}
OVERDUE = {
    "conditions": [
        {
            "type": "Progressing",
            "status": "False",
            "reason": "ProgressDeadlineExceeded",
            "message": 'ReplicaSet "web-5d" has timed out progressing.',
        }
    ],
    "availableReplicas": 0,
}


def rollout(kind: str, status: dict[str, Any], spec: dict[str, Any] | None = None) -> str | None:
    """What a workload of two replicas waits for."""
    body = {
        "metadata": {"name": "web", "generation": 3},
        "spec": {"replicas": 2, **(spec or {})},
        "status": status,
    }
    return rollout_of(GroupKind("apps", kind), body)


@pytest.mark.parametrize(
    ("kind", "status", "spec"),
    [
        ("Deployment", DEPLOYMENT, {}),
        ("Deployment", DEPLOYMENT, {"paused": True}),
        ("Deployment", {"observedGeneration": 3}, {"replicas": 0}),
        ("StatefulSet", STATEFUL_SET, {}),
        ("StatefulSet", STATEFUL_SET | {"updateRevision": "b"}, ON_DELETE),
        ("StatefulSet", STATEFUL_SET | {"updateRevision": "b", "updatedReplicas": 1}, PARTITIONED),
        ("DaemonSet", DAEMON_SET, {}),
        ("DaemonSet", DAEMON_SET | {"updatedNumberScheduled": 1}, ON_DELETE),
        ("ReplicaSet", {}, {}),
    ],
)
def test_settled(kind: str, status: dict[str, Any], spec: dict[str, Any]) -> None:
    """What has nothing left to do is settled, however it was told to go about it."""
    assert rollout(kind, status, spec) is None


@pytest.mark.parametrize(
    ("kind", "status", "spec", "message"),
    [
        ("Deployment", DEPLOYMENT | {"observedGeneration": 2}, {}, "has not seen"),
        ("Deployment", DEPLOYMENT | {"updatedReplicas": 1}, {}, "1 of 2 replicas updated"),
        ("Deployment", DEPLOYMENT | {"replicas": 3}, {}, "1 old replicas"),
        ("Deployment", DEPLOYMENT | {"availableReplicas": 1}, {}, "1 of 2 replicas available"),
        ("Deployment", DEPLOYMENT | OVERDUE, {}, "available; ProgressDeadlineExceeded: Re"),
        ("Deployment", {}, {}, "has not seen"),
        ("StatefulSet", STATEFUL_SET | {"readyReplicas": 1}, {}, "1 of 2 replicas ready"),
        ("StatefulSet", STATEFUL_SET | {"updateRevision": "b"}, {}, "replicas updated"),
        ("StatefulSet", STATEFUL_SET | {"updatedReplicas": 0}, PARTITIONED, "0 of 1 replicas"),
        ("DaemonSet", DAEMON_SET | {"updatedNumberScheduled": 1}, {}, "1 of 2 pods updated"),
        ("DaemonSet", DAEMON_SET | {"numberAvailable": 1}, {}, "1 of 2 pods available"),
        ("DaemonSet", DAEMON_SET | {"numberAvailable": "2"}, {}, "nobody can say"),
        ("Deployment", DEPLOYMENT | {"conditions": ["x"], "updatedReplicas": 1}, {}, "nobody can"),
        ("StatefulSet", STATEFUL_SET, {"updateStrategy": ["OnDelete"]}, "nobody can say"),
    ],
)
def test_under_way(kind: str, status: dict[str, Any], spec: dict[str, Any], message: str) -> None:
    """What is still to be done is said in the words of `kubectl rollout status`."""
    assert message in (rollout(kind, status, spec) or "")


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        ({"observedGeneration": "3", "stableRS": "a", "currentPodHash": "a"}, False),
        ({"observedGeneration": "3", "stableRS": "a", "currentPodHash": "b"}, True),
        ({"observedGeneration": "3", "currentPodHash": "b"}, True),
        ({"observedGeneration": "2", "stableRS": "a", "currentPodHash": "a"}, True),
        ({"observedGeneration": "6f7b9c", "stableRS": "a", "currentPodHash": "a"}, True),
        ({"observedGeneration": "9" * 5000, "stableRS": "a", "currentPodHash": "a"}, True),
        ({"observedGeneration": ["3"], "stableRS": "a", "currentPodHash": "a"}, True),
        ({"observedGeneration": "3", "stableRS": ["a"], "currentPodHash": {}}, True),
        (None, False),
        ("text", False),
    ],
)
def test_argo_rollouts(status: Any, waits: bool) -> None:
    """A canary, or a green side, that is not promoted runs beside the old template."""
    body = {"metadata": {"name": "web", "generation": 3}, "spec": "text", "status": status}

    assert (rollout_of(GroupKind("argoproj.io", "Rollout"), body) is not None) is waits
