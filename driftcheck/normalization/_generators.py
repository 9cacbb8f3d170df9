"""Which operator generates what for whom: whole objects, or what stands in one.

The owner was captured and asks for it, the name follows from the owner's, and managedFields say
who wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from attrs import frozen

from driftcheck.model import SECRET, Document, GroupKind, ObjectReference
from driftcheck.normalization._inside import inside
from driftcheck.normalization._references import CONFIG_MAP
from driftcheck.normalization._surroundings import SERVICE, Surroundings
from driftcheck.normalization._writers import is_by_alone

TARGET_GROUP_BINDING = GroupKind("elbv2.k8s.aws", "TargetGroupBinding")

SERVICE_CA = "service-ca-operator"
BALANCER_MANAGER = "controller"
_SERVING_CERTIFICATE = "service.beta.openshift.io/serving-cert-secret-name"
_INGRESS = GroupKind("networking.k8s.io", "Ingress")
_BALANCED = ((_INGRESS, "ingress.k8s.aws"), (SERVICE, "service.k8s.aws"))
_NO_NAME = re.compile(r"[^0-9A-Za-z]")


@frozen
class Generator:
    """What an operator generates for an object of one kind.

    Args:
        names: What the object with it is called, around the name of its owner.
        keys: Which of its data are generated; None for all of it as one.
        manager: Who writes it.
    """

    names: str
    keys: str | None
    manager: str


Generators = Mapping[GroupKind, tuple[Generator, ...]]
"""By the kind of an owner, controller or not."""

_PROMETHEUS = "PrometheusOperator"
CONFIGURATIONS: Generators = {
    GroupKind("monitoring.coreos.com", kind): (Generator(names, None, _PROMETHEUS),)
    for kind, names in {
        "Alertmanager": r"alertmanager-{}-(generated|tls-assets-\d+)",
        "Prometheus": r"prometheus-{}(-tls-assets-\d+|-rulefiles-\d+)?",
        "ThanosRuler": r"thanos-ruler-{}-(config|tls-assets-\d+|rulefiles-\d+)",
    }.items()
}
"""pkg/prometheus/server, pkg/alertmanager and `makeRulesConfigMaps` of the Prometheus operator."""
CREDENTIALS: Generators = {
    GroupKind("kafka.strimzi.io", "Kafka"): (
        Generator(r"{}-.+", r".+\.(crt|key|p12|password)", "strimzi-cluster-operator"),
    ),
    GroupKind("kafka.strimzi.io", "KafkaUser"): (
        Generator("{}", r"(ca|user)\..+|password|sasl\.jaas\.config", "strimzi-user-operator"),
    ),
    GroupKind("postgresql.cnpg.io", "Cluster"): (
        Generator(r"{}-(app|superuser)", r"password|pgpass|(fqdn-)?(jdbc-)?uri", "manager"),
        Generator(r"{}-(ca|server|replication)", r"(ca|tls)\.(crt|key)", "manager"),
    ),
}
"""CaProvider.java, KafkaCluster.java and KafkaUserModel.java of Strimzi, at 8541da1;
pkg/specs/secrets.go and pkg/certs/certs.go of CloudNativePG, at a95a534
"""


def generators_of(
    seen: Document, around: Surroundings, known: Generators
) -> Iterator[tuple[Document, Generator]]:
    """The captured owners for which an object of this name is generated, and how."""
    for owner in around.owners_of(seen):
        for generator in known.get(owner.kind, ()):
            names = generator.names.format(re.escape(owner.reference.name))
            if re.fullmatch(names, seen.reference.name):
                yield owner, generator


def service_of_certificate(seen: Document, around: Surroundings) -> Document | None:
    """The Service that owns a Secret, and asks OpenShift for it.

    pkg/controller/servingcert/controller of service-ca-operator, at 6391e07
    """
    for owner in around.owners_of(seen):
        asked = inside(owner.metadata, "annotations").get(_SERVING_CERTIFICATE)
        if owner.kind == SERVICE and asked == seen.reference.name:
            return owner
    return None


def generated_for(seen: Document, around: Surroundings) -> Document | None:
    """The captured object for which an operator has made this one, and nobody else wrote it."""
    find = _MADE_WHOLE.get(seen.kind)
    made = find(seen, around) if find else ()
    return next((owner for owner, manager in made if is_by_alone(manager, seen)), None)


_Made = Iterator[tuple[Document, str]]
"""For whom an object may be made, and who then writes it."""


def _secret(seen: Document, around: Surroundings) -> _Made:
    yield from _configuration(seen, around)
    for owner, generator in generators_of(seen, around, CREDENTIALS):
        yield owner, generator.manager
    service = service_of_certificate(seen, around)
    if service:
        yield service, SERVICE_CA


def _configuration(seen: Document, around: Surroundings) -> _Made:
    for owner, generator in generators_of(seen, around, CONFIGURATIONS):
        yield owner, generator.manager


def _binding(seen: Document, around: Surroundings) -> _Made:
    """The Ingress or the Service whose load balancer a TargetGroupBinding is of.

    `StackLabels` in pkg/deploy/tracking/provider.go and `buildTargetGroupName` in pkg/ingress and
    pkg/service of the AWS Load Balancer Controller, at 225f445
    """
    labels, led_to = inside(seen.metadata, "labels"), inside(seen.body, "spec", "serviceRef")
    parts = (_NO_NAME.sub("", str(name))[:8] for name in (around.namespace, led_to.get("name")))
    if not re.fullmatch(f"k8s-{'-'.join(parts)}-[0-9a-f]{{10}}", seen.reference.name):
        return
    for kind, prefix in _BALANCED:
        name = str(labels.get(f"{prefix}/stack-name"))
        owner = around.documents.get(ObjectReference(*kind, name))
        is_own = labels.get(f"{prefix}/stack-namespace") == around.namespace
        if is_own and owner and f"{prefix}/resources" in (owner.metadata.get("finalizers") or ()):
            yield owner, BALANCER_MANAGER


_MADE_WHOLE: Mapping[GroupKind, Callable[[Document, Surroundings], _Made]] = {
    SECRET: _secret,
    CONFIG_MAP: _configuration,
    TARGET_GROUP_BINDING: _binding,
}
