"""What a namespace names outside of itself, whoever made the kinds of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import Body, resource
from tests.platform.surrounded import inside, reaching

CERTIFICATES = "cert-manager.io/v1"
ISSUER = resource(CERTIFICATES, "ClusterIssuer", "public")


@pytest.mark.parametrize(
    ("reference", "is_one"),
    [
        ({"kind": "ClusterIssuer", "name": "public"}, True),
        ({"kind": "ClusterIssuer", "name": "public", "group": "cert-manager.io"}, True),
        ({"kind": "ClusterIssuer", "name": "public", "group": "example.com"}, False),
        ({"kind": "ClusterIssuer", "name": "public", "apiVersion": CERTIFICATES}, True),
        ({"kind": "Issuer", "name": "public"}, False),
        ({"kind": "ClusterIssuer", "name": "other"}, False),
    ],
)
def test_references(reference: Body, is_one: bool) -> None:
    """A kind and a name mean an object outside where the kind stands in no namespace."""
    certificate = resource(CERTIFICATES, "Certificate", "web", spec={"issuerRef": reference})

    assert bool(reaching(inside(certificate), ISSUER)) is is_one


def test_deep_references() -> None:
    """A reference is found at whatever depth, and named by whom it is in."""
    store = resource("external-secrets.io/v1", "ClusterSecretStore", "vault")
    sources: list[dict[str, Any]] = [
        {"sourceRef": {"storeRef": {"kind": "ClusterSecretStore", "name": "vault"}}}
    ]
    secret = resource("external-secrets.io/v1", "ExternalSecret", "db", spec={"dataFrom": sources})

    (found,) = reaching(inside(secret), store).values()

    assert found.reached_by == ("ExternalSecret db",)


def test_cluster_issuer_of_an_ingress() -> None:
    """An Ingress names its issuer in an annotation."""
    ingress = resource("networking.k8s.io/v1", "Ingress", "web", spec={"ingressClassName": "x"})
    ingress["metadata"]["annotations"] = {"cert-manager.io/cluster-issuer": "public"}

    assert "ClusterIssuer public" in reaching(inside(ingress), ISSUER)


def test_size_of_a_machine() -> None:
    """A virtual machine's instance type is the cluster's where it says no kind."""
    machine = resource(
        "kubevirt.io/v1", "VirtualMachine", "vm", spec={"instancetype": {"name": "u1.small"}}
    )
    size = resource(
        "instancetype.kubevirt.io/v1beta1", "VirtualMachineClusterInstancetype", "u1.small"
    )

    assert "VirtualMachineClusterInstancetype u1.small" in reaching(inside(machine), size)


def test_definitions() -> None:
    """The definition of a custom resource reaches in where one of it stands."""
    flag = resource("flags.example.com/v1", "Flag", "wishlist")
    definitions = [
        resource(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.flags.example.com"
        )
        for plural in ("flags", "others")
    ]

    (found,) = reaching(inside(flag), *definitions).values()

    assert found.document.reference.name == "flags.flags.example.com"
    assert found.reached_by == ("Flag wishlist",)
