"""Certificates that a cluster publishes in each of its namespaces, and restores when edited."""

from __future__ import annotations

from attrs import frozen

from driftcheck.model import Document, Field, ObjectReference
from driftcheck.normalization._choices import CONTROLLER_MANAGERS, is_chosen
from driftcheck.normalization._inside import drop, inside
from driftcheck.normalization._metadata import Content
from driftcheck.normalization._references import CONFIG_MAP
from driftcheck.normalization._surroundings import Surroundings

_DATA = (Field("data"),)
ROOT_CERTIFICATE = ObjectReference(*CONFIG_MAP, "kube-root-ca.crt")


@frozen
class _Published:
    """How a cluster publishes a certificate.

    Args:
        mark: Where in the metadata the publisher marks the ConfigMap, and with which key.
        key: The only key in its data.
        publishers: Under which names it is written.
    """

    mark: tuple[str, str]
    key: str
    publishers: frozenset[str]


PUBLISHED = {
    ROOT_CERTIFICATE: _Published(
        ("annotations", "kubernetes.io/description"), "ca.crt", CONTROLLER_MANAGERS
    ),
    ObjectReference(*CONFIG_MAP, "openshift-service-ca.crt"): _Published(
        ("annotations", "service.beta.openshift.io/inject-cabundle"),
        "service-ca.crt",
        CONTROLLER_MANAGERS | {"service-ca-operator"},
    ),
    ObjectReference(*CONFIG_MAP, "istio-ca-root-cert"): _Published(
        ("labels", "istio.io/config"), "root-cert.pem", frozenset({"pilot-discovery"})
    ),
}
"""
https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#root-ca-cert-publisher
https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/security_and_compliance/configuring-certificates#add-service-certificate-configmap_service-serving-certificate
`NamespaceController` in pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go of Istio
"""


def drop_published_certificate(content: Content, seen: Document, _around: Surroundings) -> int:
    """A certificate as the cluster publishes it, and would publish it again.

    One that somebody else wrote stays, and one that can't be written any more.
    """
    published = PUBLISHED.get(seen.reference)
    if not published or content.get("immutable"):
        return 0
    where, mark = published.mark
    marks, data = inside(content, "metadata", where), inside(content, "data")
    if _is_written(published, seen) or mark not in marks or set(data) != {published.key}:
        return 0
    return drop(marks, mark) + drop(content, "data")


def _is_written(published: _Published, seen: Document) -> bool | None:
    """Whether somebody else wrote it; what manifests say of the root one, no cluster leaves so."""
    is_replaced = not seen.is_live and seen.reference == ROOT_CERTIFICATE
    return not is_replaced and is_chosen(seen, _DATA, controllers=published.publishers)
