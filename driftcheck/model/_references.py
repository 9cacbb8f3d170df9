"""Which object is meant: a group, a kind and a name."""

from __future__ import annotations

import re
from typing import NamedTuple

_HASHED = re.compile(r"(.+)-[2456789bcdfghkmt]{10}")
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
        return f"{self.kind} {self.name}"


NAMESPACE = GroupKind("", "Namespace")
SECRET = GroupKind("", "Secret")


def group_of(api_version: str) -> str:
    """The group of an `apiVersion`: `apps` for `apps/v1`, the empty string for `v1`."""
    return api_version.rpartition("/")[0]


def without_generated_hash(name: str) -> str:
    """A name without what looks like a hash of the content, as kustomize and kubectl append it.

    https://github.com/kubernetes-sigs/kustomize/blob/master/api/hasher/hasher.go
    """
    hashed = _HASHED.fullmatch(name)
    return hashed[1] if hashed else name
