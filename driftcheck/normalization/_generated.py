"""What operators generate and nobody chooses: certificates, passwords, whole configurations.

Each is taken out where an object that was captured asks for it, under the name that follows, and
managedFields show that its operator alone wrote it. A client that calls itself so could hide
what it writes there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from driftcheck.model import Document, Field, GroupKind, Pick
from driftcheck.normalization._choices import Picks, is_chosen, taken
from driftcheck.normalization._generators import (
    BALANCER_MANAGER,
    CONFIGURATIONS,
    CREDENTIALS,
    SERVICE_CA,
    Generators,
    generators_of,
    service_of_certificate,
)
from driftcheck.normalization._inside import inside
from driftcheck.normalization._metadata import Content
from driftcheck.normalization._owners import (
    CERTIFICATE_MANAGER,
    certificate_of,
    generated_stem,
)
from driftcheck.normalization._reserve import SERVERLESS_SERVICE
from driftcheck.normalization._surroundings import TOKEN_SECRET, Surroundings
from driftcheck.normalization._writers import is_written_by

ROUTE = GroupKind("route.openshift.io", "Route")

_CERTIFICATE = (("data", "ca.crt"), ("data", "tls.crt"), ("data", "tls.key"))
_PULL_SECRET_MANAGER = "openshift-controller-manager"  # noqa: S105 - who writes it
_PULL_CREDENTIAL = (
    ("data", ".dockercfg"),
    ("metadata", "annotations", TOKEN_SECRET),
    ("metadata", "annotations", "openshift.io/token-secret.value"),
)
_INJECT_BUNDLE = "service.beta.openshift.io/inject-cabundle"
_BUNDLE = (("data", "service-ca.crt"),)
_GENERATED_HOST = "openshift.io/host.generated"
_HOST = (Field("spec"), Field("host"))
_KNATIVE_MANAGER = "controller"
_BALANCER = (("spec", "networking"), ("spec", "targetGroupARN"), ("spec", "vpcID"))
Places = Iterable[tuple[str, ...]]


def take_pull_credential(content: Content, seen: Document, around: Surroundings) -> Picks:
    """What OpenShift generates for a ServiceAccount, so that its pods can pull images.

    `createDockerPullSecret` in pkg/serviceaccounts/controllers of openshift-controller-manager
    """
    is_of_account = bool(generated_stem(seen, around))
    if is_of_account and content.get("type") == "kubernetes.io/dockercfg":
        yield from _written_by(_PULL_SECRET_MANAGER, content, seen, _PULL_CREDENTIAL)


def take_certificate(content: Content, seen: Document, around: Surroundings) -> Picks:
    """The key and the certificate that cert-manager has made for a Certificate of this name.

    `fieldManager` in pkg/controller/certificates/issuing/internal/secret.go of cert-manager
    """
    if certificate_of(seen, around):
        yield from _written_by(CERTIFICATE_MANAGER, content, seen, _CERTIFICATE)


def take_serving_certificate(content: Content, seen: Document, around: Surroundings) -> Picks:
    """The key and the certificate that OpenShift makes for a Service that asks for them."""
    if service_of_certificate(seen, around):
        yield from _written_by(SERVICE_CA, content, seen, _CERTIFICATE)


def take_bundle(content: Content, seen: Document, _around: Surroundings) -> Picks:
    """The certificates of a cluster's own authority, in a ConfigMap that asks for them.

    pkg/controller/cabundleinjector of service-ca-operator, at 6391e07
    """
    if inside(seen.metadata, "annotations").get(_INJECT_BUNDLE) == "true":
        yield from _written_by(SERVICE_CA, content, seen, _BUNDLE)


def take_configuration(content: Content, seen: Document, around: Surroundings) -> Picks:
    """What the Prometheus operator generates of all the monitors and rules that it selects."""
    yield from _generated(content, seen, around, CONFIGURATIONS)


def take_credentials(content: Content, seen: Document, around: Surroundings) -> Picks:
    """Passwords and certificates that an operator makes for the clients of what it runs."""
    yield from _generated(content, seen, around, CREDENTIALS)


def take_host(content: Content, seen: Document, around: Surroundings) -> Picks:
    """The host that OpenShift makes of a Route's name, its namespace, and the cluster's domain.

    It is made after the request's fields were noted, so that who owns it has chosen it.
    `allocateHost` in pkg/route/hostassignment of openshift/library-go
    """
    spec = inside(content, "spec")
    is_generated = inside(seen.metadata, "annotations").get(_GENERATED_HOST) == "true"
    stem = f"{seen.reference.name}-{around.namespace}."
    host = inside(seen.body, "spec").get("host")
    if seen.is_live and is_generated and str(host).startswith(stem):
        yield from taken(spec, "host", _HOST, chosen=is_chosen(seen, _HOST))


def take_target_group(content: Content, seen: Document, _around: Surroundings) -> Picks:
    """Which target group, network and security group of a cloud's a load balancer was given.

    `buildK8sTargetGroupBindingSpec` in pkg/deploy/elbv2 of the AWS Load Balancer Controller, at
    225f445
    """
    yield from _written_by(BALANCER_MANAGER, content, seen, _BALANCER)


def take_addresses(content: Content, seen: Document, around: Surroundings) -> Picks:
    """Where Knative leads a Revision's public Service, which has no selector.

    `reconcilePublicEndpoints` in pkg/reconciler/serverlessservice of Knative, at 98e5ef9
    """
    controller = around.controller_of(seen)
    if controller and controller.kind == SERVERLESS_SERVICE:
        yield from _written_by(_KNATIVE_MANAGER, content, seen, (("subsets",),))


def _generated(content: Content, seen: Document, around: Surroundings, known: Generators) -> Picks:
    """What is generated for a captured owner, under a name that follows from the owner's."""
    for _, generator in generators_of(seen, around, known):
        places = list(_places(content, generator.keys))
        yield from _written_by(generator.manager, content, seen, places)


def _places(content: Content, keys: str | None) -> Places:
    if keys is None:
        yield ("data",)
    else:
        data = inside(content, "data")
        yield from (("data", key) for key in data if re.fullmatch(keys, key))


def _written_by(manager: str, content: Content, seen: Document, places: Places) -> Picks:
    """What stands at some places, where managedFields show that this manager alone wrote it.

    Whoever reads data needs it, so that its absence is seen.
    """
    for place in places:
        path, holder = tuple(map(Field, place)), inside(content, *place[:-1])
        if place[-1] in holder and is_written_by(manager, path, seen):
            yield path, Pick(holder.pop(place[-1]), is_due=place[0] == "data")
