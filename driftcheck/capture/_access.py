"""What leave it takes to look at an environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import Factory, frozen

from driftcheck.errors import UsageError
from driftcheck.sources import NAMESPACES, Resource

_GROUP = "rbac.authorization.k8s.io"
_API = f"{_GROUP}/v1"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


@frozen
class RequiredRole:
    """The least that `capture` must be allowed in a Namespace, or outside of it.

    Args:
        manifest: A Role or a ClusterRole (rbac.authorization.k8s.io/v1), as plain data.
        undiscovered: The groups whose kinds the role lacks, each with why they are not known.
        unread: The kinds inside of which nobody knows what they name, each with why.
    """

    manifest: Mapping[str, Any]
    undiscovered: Mapping[str, str] = Factory(dict)
    unread: Mapping[str, str] = Factory(dict)

    def bound_to(self, service_account: str) -> dict[str, Any]:
        """The binding that gives the role to a ServiceAccount.

        https://kubernetes.io/docs/reference/access-authn-authz/rbac/#rolebinding-and-clusterrolebinding

        Args:
            service_account: Its namespace and name, `ci:driftcheck`, as kubectl takes them.

        Returns:
            A RoleBinding, or a ClusterRoleBinding, as plain data.

        Raises:
            UsageError: It is not two names with a colon between.
        """
        namespace, _, name = service_account.partition(":")
        if not (_NAME.fullmatch(namespace) and _NAME.fullmatch(name)):
            raise UsageError(
                f"{service_account!r} is no ServiceAccount",
                hint="write its namespace and its name: ci:driftcheck",
            )
        kind, role = self.manifest["kind"], self.manifest["metadata"]
        place = {key: role[key] for key in ("namespace",) if key in role}
        return {
            "apiVersion": _API,
            "kind": f"{kind}Binding",
            "metadata": {"name": f"{role['name']}-{namespace}-{name}", **place},
            "roleRef": {"apiGroup": _GROUP, "kind": kind, "name": role["name"]},
            "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": name}],
        }


def cluster_role_manifest(
    read: Mapping[Resource, frozenset[str] | None], namespace: str
) -> dict[str, Any]:
    """The ClusterRole that allows reading what reaches into a Namespace, and nothing else.

    Args:
        read: The kinds that are read, each with the names that are asked for; None for all.
        namespace: The Namespace's name.
    """
    rules = [_reading(kind, names) for kind, names in sorted(read.items())]
    return {
        "apiVersion": _API,
        "kind": "ClusterRole",
        "metadata": {"name": f"driftcheck-{namespace}"},
        "rules": rules,
    }


def _reading(kind: Resource, names: frozenset[str] | None) -> dict[str, Any]:
    rule: dict[str, Any] = {"apiGroups": [kind.group], "resources": [kind.plural]}
    if names is None:
        return {**rule, "verbs": ["list"]}
    return {**rule, "resourceNames": sorted(names), "verbs": ["get"]}


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
        "apiVersion": _API,
        "kind": "Role",
        "metadata": {"name": "driftcheck", "namespace": namespace},
        "rules": [itself, *lists],
    }
