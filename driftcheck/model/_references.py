"""Which object is meant: a group, a kind and a name."""

from __future__ import annotations

import re
from typing import NamedTuple

HASH = "[2456789bcdfghkmt]{10}"
"""What kustomize and `kubectl --append-hash` put behind a name, for the content it stands for.

https://github.com/kubernetes-sigs/kustomize/blob/master/api/hasher/hasher.go
"""
_HASHED = re.compile(f"(.+)-{HASH}")
METADATA_FIELDS = frozenset(
    (
        "annotations",
        "clusterName",
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "initializers",
        "labels",
        "managedFields",
        "name",
        "namespace",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    )
)
"""What an object may have in its metadata, today or in older versions.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/.
"""


class GroupKind(NamedTuple):
    """A kind in its API group; the core group is the empty string."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind


class ObjectReference(NamedTuple):
    """One object of an environment; its namespace is the environment's own."""

    group: str
    kind: str
    name: str

    @property
    def group_kind(self) -> GroupKind:
        """The kind without the name."""
        return GroupKind(self.group, self.kind)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind


NAMESPACE = GroupKind("", "Namespace")
SECRET = GroupKind("", "Secret")
_HASHED_KINDS = (GroupKind("", "ConfigMap"), SECRET)


def without_hash(reference: ObjectReference) -> ObjectReference:
    """A ConfigMap's or a Secret's name without what looks like a hash."""
    hashed = _HASHED.fullmatch(reference.name)
    if not hashed or reference.group_kind not in _HASHED_KINDS:
        return reference
    return reference._replace(name=hashed[1])


def group_of(api_version: str) -> str:
    """The group of an `apiVersion`: `apps` for `apps/v1`, the empty string for `v1`."""
    return api_version.rpartition("/")[0]
