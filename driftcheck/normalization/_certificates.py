"""Certificates that a cluster publishes in each of its namespaces, and restores when edited."""

from __future__ import annotations

from attrs import frozen

from driftcheck.model import Document, Field, ObjectReference
from driftcheck.normalization._choices import CONTROLLER_MANAGERS, Picks, is_chosen, taken
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


def drop_publisher_mark(content: Content, seen: Document, _around: Surroundings) -> int:
    """By which a publisher knows a certificate that it would publish again."""
    published = PUBLISHED.get(seen.reference)
    if not published or not _is_as_published(published, content, seen):
        return 0
    where, mark = published.mark
    return drop(inside(content, "metadata", where), mark)


def take_published_certificate(content: Content, seen: Document, _around: Surroundings) -> Picks:
    """A certificate as the cluster publishes it; one that somebody else wrote stays."""
    published = PUBLISHED.get(seen.reference)
    if published and _is_as_published(published, content, seen):
        yield from taken(content, "data", _DATA, _is_written(published, seen))


def _is_as_published(published: _Published, content: Content, seen: Document) -> bool:
    """Whether it is all that is published, and can still be written."""
    where, mark = published.mark
    return (
        not content.get("immutable")
        and mark in inside(seen.metadata, where)
        and set(inside(content, "data")) == {published.key}
        and not _is_written(published, seen)
    )


def _is_written(published: _Published, seen: Document) -> bool | None:
    """Whether somebody else wrote it; the root certificate every cluster writes again."""
    if seen.reference == ROOT_CERTIFICATE:
        return bool(seen.uid and is_chosen(seen, _DATA, controllers=published.publishers))
    return is_chosen(seen, _DATA, controllers=published.publishers)
