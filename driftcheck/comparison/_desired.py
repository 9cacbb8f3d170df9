"""What of an object its generation counts, and whether that is as it was.

A generation moves by one with each write that changes what is desired, never with a write of the
status, and never goes back: `PrepareForUpdate` in pkg/registry/*/*/strategy.go of Kubernetes, and
in pkg/registry/customresource/strategy.go of its apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from driftcheck.model import Document, Field, GroupKind, Manager, managers_of, owns

DEPLOYMENT = GroupKind("apps", "Deployment")
"""Its generation counts annotations as well, which are copied to its ReplicaSets."""

COUNTING_SPEC = frozenset(
    (
        DEPLOYMENT,
        GroupKind("", "PodTemplate"),
        GroupKind("", "ReplicationController"),
        GroupKind("apps", "DaemonSet"),
        GroupKind("apps", "ReplicaSet"),
        GroupKind("apps", "StatefulSet"),
        GroupKind("batch", "CronJob"),
        GroupKind("batch", "Job"),
        GroupKind("networking.k8s.io", "Ingress"),
        GroupKind("networking.k8s.io", "NetworkPolicy"),
        GroupKind("policy", "PodDisruptionBudget"),
    )
)
"""The built-in kinds whose generation counts changes of their spec.

Pods and autoscalers have one with newer servers only; ConfigMaps, Secrets, Services, accounts,
roles, claims, quotas and the rest have none, or one that somebody made up and that never moves.
"""

STATUS = "status"
_ANNOTATIONS = (Field("metadata"), Field("annotations"))
_REVISION = "deployment.kubernetes.io/revision"
"""What the Deployment controller writes beside the status, which counts nothing.

`getNewReplicaSet` in pkg/controller/deployment/sync.go of Kubernetes
"""


def generation(document: Document) -> int | None:
    """The object's generation; None where its kind has none."""
    found: int | None = document.metadata.get("generation")
    return found


def changes_between(earlier: Document, later: Document) -> int:
    """How often what is desired was changed, as the generation counts."""
    before, after = generation(earlier), generation(later)
    return 0 if before is None or after is None else after - before


def counts_no_status(documents: Iterable[Document]) -> bool:
    """Whether the generation of an object is known not to count writes of its status.

    That of a custom resource does, unless its definition has the subresource `status`: then
    somebody writes through it.
    """
    return all(
        document.reference.group_kind in COUNTING_SPEC
        or STATUS not in document.body
        or any(entry.get("subresource") == STATUS for entry in managers_of(document.metadata))
        for document in documents
    )


def is_desired_again(earlier: Document, later: Document) -> bool:
    """Whether all that the generation counts is as it was, to the byte."""
    return _desired(earlier) == _desired(later)


def _desired(document: Document) -> bytes:
    fields: dict[str, Any] = {
        key: value for key, value in document.body.items() if key not in ("metadata", STATUS)
    }
    if document.reference.group_kind == DEPLOYMENT:
        annotations: Mapping[str, Any] = document.metadata.get("annotations") or {}
        fields["metadata"] = [
            {key: value for key, value in annotations.items() if key != _REVISION},
            [entry for entry in beside_the_status(document) if owns(entry, _ANNOTATIONS)],
        ]
    return msgspec.json.encode(fields, order="sorted")


def beside_the_status(document: Document) -> list[Manager]:
    """The entries of those who write more than the status."""
    return [entry for entry in managers_of(document.metadata) if entry.get("subresource") != STATUS]
