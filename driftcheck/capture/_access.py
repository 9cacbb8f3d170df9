"""What leave it takes to look at an environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import Factory, frozen

from driftcheck.sources import NAMESPACES, Resource


@frozen
class RequiredRole:
    """The least that `capture` must be allowed in a Namespace.

    Args:
        manifest: A Role (rbac.authorization.k8s.io/v1), as plain data.
        undiscovered: The groups whose kinds the Role lacks, each with why they are not known.
    """

    manifest: Mapping[str, Any]
    undiscovered: Mapping[str, str] = Factory(dict)


def role_manifest(kinds: Iterable[Resource], namespace: str) -> dict[str, Any]:
    """The Role that allows reading these kinds in a Namespace, and nothing else.

    A Role may grant its own Namespace object, and metadata alone takes the same verb as
    the whole list: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
    """
    plurals: dict[str, list[str]] = {}
    for kind in sorted(kinds):
        if kind != NAMESPACES:
            plurals.setdefault(kind.group, []).append(kind.plural)
    itself = {
        "apiGroups": [""],
        "resources": [NAMESPACES.plural],
        "resourceNames": [namespace],
        "verbs": ["get"],
    }
    lists = [
        {"apiGroups": [group], "resources": sorted(names), "verbs": ["list"]}
        for group, names in sorted(plurals.items())
    ]
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "driftcheck", "namespace": namespace},
        "rules": [itself, *lists],
    }
