"""Kinds are named as kubectl takes them."""

from __future__ import annotations

import pytest

from driftcheck.model import GroupKind, Scope

DEPLOYMENT = GroupKind("apps", "Deployment")
INGRESS = GroupKind("networking.k8s.io", "Ingress")
POLICY = GroupKind("networking.k8s.io", "NetworkPolicy")
CLASS = GroupKind("example.com", "DatabaseClass")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (DEPLOYMENT, "Deployment deployment deployments DEPLOY deploy.apps deployments.v1.apps"),
        (INGRESS, "ing ingresses Ingress.networking.k8s.io ingress.v1.networking.k8s.io"),
        (POLICY, "netpol networkpolicies"),
        (GroupKind("", "Endpoints"), "ep endpoints endpoints.v1"),
        (GroupKind("", "ConfigMap"), "cm configmaps"),
        (CLASS, "databaseclass databaseclasses databaseclasses.example.com"),
    ],
)
def test_names(kind: GroupKind, names: str) -> None:
    """Singular, plural and short, in any case, with the group or without, and with a version."""
    for name in names.split():
        assert Scope((name,)).includes(kind), name


@pytest.mark.parametrize("name", ["deployments.example.com", "po", "deploys", "deploy.ap", "apps"])
def test_other_names(name: str) -> None:
    """A name of another group, or of nothing, names no Deployment."""
    assert not Scope((name,)).includes(DEPLOYMENT)


def test_commas() -> None:
    """Several names stand in one text, with commas between."""
    scope = Scope(("deploy, svc", "cm"))

    assert scope.kinds == ("deploy", "svc", "cm")
    assert scope.includes(GroupKind("", "Service"))
