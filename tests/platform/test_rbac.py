"""Which bindings give something to accounts of a namespace."""

from __future__ import annotations

import pytest

from driftcheck.platform import Permission, is_allowed, permissions_of, spelled
from tests.builders import Body, resource
from tests.platform.surrounded import RBAC, bound, inside, reaching, subject

ROLE = resource(RBAC, "ClusterRole", "nodes")


@pytest.mark.parametrize(
    ("whom", "account"),
    [
        (subject("ServiceAccount", "web", "shop"), "ServiceAccount web"),
        (subject("User", "system:serviceaccount:shop:web"), "ServiceAccount web"),
        (subject("Group", "system:serviceaccounts:shop"), "Group system:serviceaccounts:shop"),
        (subject("Group", "system:serviceaccounts"), "Group system:serviceaccounts"),
        (subject("Group", "system:authenticated"), "Group system:authenticated"),
        (subject("ServiceAccount", "web", "other"), None),
        (subject("ServiceAccount", "web"), None),
        (subject("User", "system:serviceaccount:shop-2:web"), None),
        (subject("User", "jane"), None),
        (subject("Group", "system:serviceaccounts:shop-2"), None),
        (subject("Group", "system:masters"), None),
    ],
)
def test_subjects(whom: Body, account: str | None) -> None:
    """A binding reaches in by whoever is, or includes, an account of the namespace."""
    found = reaching(inside(), bound("ClusterRoleBinding", "it", "nodes", [whom]), ROLE)

    assert set(found) == ({"ClusterRoleBinding it", "ClusterRole nodes"} if account else set())
    assert all(each.reached_by == (account,) for each in found.values())


def test_only_own_subjects_are_kept() -> None:
    """Who else a binding is for is nobody's business here."""
    own, other = subject("ServiceAccount", "web", "shop"), subject("User", "jane")
    found = reaching(inside(), bound("ClusterRoleBinding", "it", "nodes", [other, own]))

    assert found["ClusterRoleBinding it"].document.body["subjects"] == [own]


def test_role_bindings_of_the_namespace() -> None:
    """A RoleBinding reaches the ClusterRole that it gives, whomever it gives it to."""
    here = inside(bound("RoleBinding", "ops", "nodes", [subject("Group", "operators")]))

    found = reaching(here, ROLE, resource(RBAC, "ClusterRole", "unbound"))

    assert {name: each.reached_by for name, each in found.items()} == {
        "ClusterRole nodes": ("Group operators", "RoleBinding ops")
    }


def permission(text: str) -> Permission:
    group, resource_, name, verb = text.split(" ")
    return Permission(group.strip("-"), resource_, name.strip("-"), verb)


@pytest.mark.parametrize(
    ("given", "wanted", "allowed"),
    [
        ("apps deployments - get", "apps deployments - get", True),
        ("apps deployments - get", "apps deployments - list", False),
        ("apps deployments - *", "apps deployments - list", True),
        ("* * - *", "- nodes - delete", True),
        ("- * - get", "apps deployments - get", False),
        ("- configmaps web get", "- configmaps web get", True),
        ("- configmaps web get", "- configmaps - get", False),
        ("- configmaps - get", "- configmaps web get", True),
        ("- */scale - get", "- deployments/scale - get", True),
        ("- deployments - get", "- deployments/scale - get", False),
    ],
)
def test_wildcards(given: str, wanted: str, allowed: bool) -> None:
    """A permission includes another one as the API server's authorizer has it."""
    assert is_allowed(permission(wanted), frozenset({permission(given)})) is allowed


def test_rules_in_words() -> None:
    """However rules are divided, what they allow reads the same."""
    rule = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list", "get"]}
    address = {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}
    single = [{**rule, "verbs": [verb]} for verb in ("get", "list")]

    together = permissions_of({"rules": [rule, address]})

    assert spelled(together) == ["get address /healthz", "get, list deployments.apps"]
    assert permissions_of({"rules": [address, *single]}) == together


def test_everything_in_words() -> None:
    """A wildcard reads as what it allows."""
    kinds = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}
    apps = {"apiGroups": ["apps"], "resources": ["*"], "verbs": ["get"]}
    addresses = {"nonResourceURLs": ["*"], "verbs": ["*"]}

    assert spelled(permissions_of({"rules": [kinds, apps, addresses]})) == [
        "do anything with every address",
        "do anything with every kind",
        "get every kind of apps",
    ]
