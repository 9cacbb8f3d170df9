"""Who field managers are, row by row."""

from __future__ import annotations

import pytest

from driftcheck.managers import TABLE, Row, class_of, hands_among
from driftcheck.model import ManagerClass

HAND, PIPELINE, GITOPS, CONTROLLER, UNKNOWN = ManagerClass

NAMES = {
    "kubectl1.*": "kubectl1.28",
    "Headlamp *": "Headlamp 0.36.0 (linux",
    "__debug_bin*": "__debug_bin1357",
    "terraform-provider-helm_v*": "terraform-provider-helm_v2.17.0_x5",
    "pulumi-kubernetes-*": "pulumi-kubernetes-0a1b2c3d",
    "deploy@*": "deploy@node-1",
    "apiextensions.crossplane.io/*": "apiextensions.crossplane.io/composed/0123",
    "ops.crossplane.io/*": "ops.crossplane.io/operation/backup",
    "provider-kubernetes/*": "provider-kubernetes/settings",
    "cert-manager-*": "cert-manager-certificates-issuing",
    "*-controller": "replicaset-controller",
    "*-operator": "strimzi-cluster-operator",
}
"""What real managers call themselves whom a pattern of the table means."""


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.name} {row.operation}".strip())
def test_row(row: Row) -> None:
    """Each row speaks of the manager it means, and none before it does; it says where from."""
    name = NAMES[row.name] if "*" in row.name else row.name
    operation = "Update" if row.operation == "*" else row.operation
    subresource = "scale" if row.subresource == "*" else row.subresource

    (first, *_) = (other for other in TABLE if other.speaks_of(name, operation, subresource))

    assert first is row
    assert row.client
    assert row.source
    assert class_of(name, operation, subresource) is row.class_


@pytest.mark.parametrize(
    ("name", "operation", "subresource", "class_"),
    [
        ("kubectl", "Update", "scale", HAND),
        ("kubectl", "Update", "ephemeralcontainers", HAND),
        ("kubectl", "Apply", "", UNKNOWN),
        ("kubectl-client-side-apply", "Update", "", UNKNOWN),
        ("kubectl-edit", "Update", "", HAND),
        ("argocd-controller", "Apply", "", GITOPS),
        ("argocd-controller", "Update", "", GITOPS),
        ("argocd-server", "Update", "", HAND),
        ("argocd-controller-labels", "Apply", "", UNKNOWN),
        ("helm-controller", "Apply", "", GITOPS),
        ("helm", "Apply", "", UNKNOWN),
        ("Helm", "Update", "", CONTROLLER),
        ("Terraform", "Apply", "", PIPELINE),
        ("kubelet", "Update", "status", CONTROLLER),
        ("", "Update", "", UNKNOWN),
        ("kubectl-newcommand", "Update", "", UNKNOWN),
        ("KUBECTL-EDIT", "Update", "", UNKNOWN),
        ("somebody's program", "Update", "", UNKNOWN),
    ],
)
def test_class(name: str, operation: str, subresource: str, class_: ManagerClass) -> None:
    assert class_of(name, operation, subresource) is class_


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ("ci-*", ()),
        ("kubectl-client-side-apply", ()),
        ("kubectl-edit", ("kubectl-edit",)),
        ("kubectl-e*", ("kubectl-edit", "kubectl-expose")),
        ("Headlamp 0.3*", ("Headlamp *",)),
        ("node-fetch?", ()),
    ],
)
def test_hands_among(pattern: str, taken: tuple[str, ...]) -> None:
    assert hands_among(pattern) == taken


def test_everything_takes_all_hands() -> None:
    assert hands_among("*") == tuple(row.name for row in TABLE if row.class_ is HAND)
