"""What other projects' controllers write into objects that people edit, each by its own proof."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.model import Document, Field, GroupKind, ObjectReference, Reading, owns
from driftcheck.normalization._choices import Picks, taken
from driftcheck.normalization._inside import drop, drop_entries, inside, maps_in
from driftcheck.normalization._metadata import Content, pod_templates
from driftcheck.normalization._owners import EXTERNAL_SECRET, generated_stem, is_named_by
from driftcheck.normalization._surroundings import (
    KAPP_APP,
    ROLLOUT,
    SERVICE,
    TOKEN_SECRET,
    Surroundings,
)

DESTINATION_RULE = GroupKind("networking.istio.io", "DestinationRule")
CERTIFICATE = GroupKind("cert-manager.io", "Certificate")
IMAGE_STREAM = GroupKind("image.openshift.io", "ImageStream")

_SCALED_OBJECT_NAME = "scaledobject.keda.sh/name"
_POD_HASH = "rollouts-pod-template-hash"
_MANAGED_BY_ROLLOUTS = "argo-rollouts.argoproj.io/managed-by-rollouts"
_KAPP_ASSOCIATION = "kapp.k14s.io/association"
_REPOSITORY_CHECK = "openshift.io/image.dockerRepositoryCheck"
_PULL_SECRET_MANAGER = "openshift-controller-manager"  # noqa: S105 - who writes it
_PULL_CREDENTIAL = (
    ("data", ".dockercfg"),
    ("metadata", "annotations", TOKEN_SECRET),
    ("metadata", "annotations", "openshift.io/token-secret.value"),
)
_CERTIFICATE_MANAGER = "cert-manager-certificates-issuing"
_CERTIFICATE = (("data", "ca.crt"), ("data", "tls.crt"), ("data", "tls.key"))
_CREATED_BY = "reconcile.external-secrets.io/created-by"
_DATA_HASH = "reconcile.external-secrets.io/data-hash"

_PROMETHEUS_MANAGER = "PrometheusOperator"
_INPUT_HASH = "prometheus-operator-input-hash"
_GENERATED = {
    GroupKind("monitoring.coreos.com", kind): name
    for kind, name in {
        "Alertmanager": r"alertmanager-{}-(generated|tls-assets-\d+)",
        "Prometheus": r"prometheus-{}(-tls-assets-\d+|-rulefiles-\d+)?",
        "ThanosRuler": r"thanos-ruler-{}-(config|tls-assets-\d+|rulefiles-\d+)",
    }.items()
}
"""By the kind of their owner, what is called so is generated."""
Places = tuple[tuple[str, ...], ...]


def drop_own_name(content: Content, seen: Document, around: Surroundings) -> int:
    """The label in which KEDA repeats a ScaledObject's name, for its metrics server.

    `ensureScaledObjectLabel` in controllers/keda/scaledobject_controller.go of KEDA 2.16
    """
    labels = inside(seen.metadata, "labels")
    is_own = labels.get(_SCALED_OBJECT_NAME) == seen.reference.name
    if not is_own or around.selects(seen, _SCALED_OBJECT_NAME):
        return 0
    return drop(inside(content, "metadata", "labels"), _SCALED_OBJECT_NAME)


def drop_service_hash(content: Content, seen: Document, around: Surroundings) -> int:
    """By which an Argo Rollout leads its Services to the pods of its current template.

    `switchServiceSelector` in rollout/service.go of Argo Rollouts, at 002f75c
    """
    rollout = _rollout_of(seen, around)
    if not rollout or seen.reference.name not in _services(_strategy(rollout)):
        return 0
    spec = inside(content, "spec")
    return _drop_current_hash(spec, "selector", rollout) + _drop_rollout_note(content)


def drop_subset_hash(content: Content, seen: Document, around: Surroundings) -> int:
    """By which an Argo Rollout leads the subsets that it names to its current template's pods.

    `UpdateHash` in rollout/trafficrouting/istio/istio.go of Argo Rollouts, at 04e1119
    """
    rollout = _rollout_of(seen, around)
    routing = inside(_strategy(rollout), "trafficRouting", "istio", "destinationRule")
    if not rollout or routing.get("name") != seen.reference.name:
        return 0
    names = [routing.get("canarySubsetName"), routing.get("stableSubsetName")]
    return _drop_rollout_note(content) + sum(
        _drop_current_hash(subset, "labels", rollout)
        for subset in maps_in(inside(content, "spec"), "subsets")
        if subset.get("name") in names
    )


def _rollout_of(seen: Document, around: Surroundings) -> Document | None:
    """The Rollout that an object says it is managed by."""
    name = inside(seen.metadata, "annotations").get(_MANAGED_BY_ROLLOUTS)
    return around.documents.get(ObjectReference(*ROLLOUT, str(name))) if name else None


def _strategy(rollout: Document | None) -> Mapping[str, Any]:
    strategy = inside(rollout.body if rollout else {}, "spec", "strategy")
    return inside(strategy, "blueGreen") or inside(strategy, "canary")


def _services(strategy: Mapping[str, Any]) -> Iterator[Any]:
    """https://argo-rollouts.readthedocs.io/en/stable/features/specification/."""
    for role in ("activeService", "previewService", "stableService", "canaryService"):
        yield strategy.get(role)
    yield from inside(strategy, "pingPong").values()


def _drop_current_hash(owner: dict[str, Any], field: str, rollout: Document) -> int:
    """The hash of the current template alone: what leads to any other is not promoted yet."""
    current = inside(rollout.body, "status").get("currentPodHash")
    is_current = current is not None and inside(owner, field).get(_POD_HASH) == current
    return drop_entries(owner, field, _POD_HASH) if is_current else 0


def _drop_rollout_note(content: Content) -> int:
    return drop(inside(content, "metadata", "annotations"), _MANAGED_BY_ROLLOUTS)


def read_kapp_labels(content: Content, seen: Document, around: Surroundings) -> int:
    """The only app that kapp keeps here, wherever it writes it, and what it knows an object by.

    Its value is the moment at which the app was first deployed.
    `ownershipLabelRules` and `labelScopingRules` in pkg/kapp/config/default.go of kapp
    """
    if around.kapp_app is None:
        return 0
    templates = [*pod_templates(content), *maps_in(inside(content, "spec"), "volumeClaimTemplates")]
    labels = [inside(template, "metadata", "labels") for template in templates]
    selector = inside(content, "spec", "selector")
    scopes = [inside(content, "metadata", "labels"), *labels, inside(selector, "matchLabels")]
    if seen.reference.group_kind == SERVICE:
        scopes.append(selector)
    association = inside(seen.metadata, "labels").get(_KAPP_ASSOCIATION)
    return sum(_read(scope, KAPP_APP, around.kapp_app) for scope in scopes) + sum(
        _read(item, _KAPP_ASSOCIATION, association) for item in labels
    )


def _read(labels: dict[str, Any], key: str, value: str | None) -> int:
    """Read a label of this value by what it is: another one in each environment."""
    if value is None or labels.get(key) != value:
        return 0
    labels[key] = Reading(f"own {key}", value)
    return 1


def drop_triggered_image(content: Content, _seen: Document, _around: Surroundings) -> int:
    """What an image trigger notes of the image that it wrote into all its containers.

    `lastTriggeredImage` in apps/v1/types.go of openshift/api
    """
    spec = inside(content, "spec")
    pod = inside(spec, "template", "spec")
    containers = [*maps_in(pod, "initContainers"), *maps_in(pod, "containers")]
    hits = 0
    for trigger in maps_in(spec, "triggers"):
        noted = inside(trigger, "imageChangeParams")
        image = Reading(f"image {noted.get('lastTriggeredImage')}", "")
        names = noted.get("containerNames") or ()
        written = [item.get("image") for item in containers if item.get("name") in names]
        if written and all(item == image for item in written):
            hits += drop(noted, "lastTriggeredImage")
    return hits


def drop_import_notes(content: Content, _seen: Document, _around: Surroundings) -> int:
    """When OpenShift last looked for an image stream's images, and how often it was changed.

    `TagReference` and `DockerImageRepositoryCheckAnnotation` of openshift/api and
    openshift-controller-manager
    """
    hits = drop(inside(content, "metadata", "annotations"), _REPOSITORY_CHECK)
    tags = maps_in(inside(content, "spec"), "tags")
    return hits + sum(drop(tag, "generation") for tag in tags)


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
    name = inside(seen.metadata, "annotations").get("cert-manager.io/certificate-name")
    found = around.documents.get(ObjectReference(*CERTIFICATE, str(name))) if name else None
    if found and inside(found.body, "spec").get("secretName") == seen.reference.name:
        yield from _written_by(_CERTIFICATE_MANAGER, content, seen, _CERTIFICATE)


def drop_input_hash(content: Content, seen: Document, around: Surroundings) -> int:
    """By which the Prometheus operator knows when to write a StatefulSet of its own anew.

    `createSSetInputHash` in pkg/prometheus/server of the Prometheus operator; it covers objects
    of other namespaces, and each name of this one.
    """
    maker = around.controller_of(seen)
    is_made = maker is not None and maker.reference.group_kind in _GENERATED
    return drop(inside(content, "metadata", "annotations"), _INPUT_HASH) if is_made else 0


def take_configuration(content: Content, seen: Document, around: Surroundings) -> Picks:
    """What the Prometheus operator generates of all the monitors and rules that it selects.

    pkg/prometheus/server, pkg/alertmanager and `makeRulesConfigMaps` of the Prometheus operator
    """
    maker = around.controller_of(seen)
    name = _GENERATED.get(maker.reference.group_kind) if maker else None
    if maker is None or name is None:
        return
    if re.fullmatch(name.format(re.escape(maker.reference.name)), seen.reference.name):
        yield from _written_by(_PROMETHEUS_MANAGER, content, seen, (("data",),))


def _written_by(manager: str, content: Content, seen: Document, places: Places) -> Picks:
    """What stands at some places, where managedFields show that this manager alone wrote it."""
    entries = maps_in(seen.metadata, "managedFields")
    for place in places:
        path = tuple(map(Field, place))
        writers = {str(entry.get("manager")) for entry in entries if owns(entry, path)}
        if seen.uid and writers == {manager}:
            yield from taken(inside(content, *place[:-1]), place[-1], path, chosen=False)


def drop_external_secret_notes(content: Content, seen: Document, around: Surroundings) -> int:
    """By what an ExternalSecret knows the Secret it made, and that nobody has changed it.

    The label is the hash of the ExternalSecret's namespace and name, the annotation that of the
    data, which is compared itself.
    `mutationFunc` in pkg/controllers/externalsecret of External Secrets, at 003eabf
    """
    maker = around.controller_of(seen)
    if not maker or maker.reference.group_kind != EXTERNAL_SECRET or not is_named_by(seen, maker):
        return 0
    owner = f"{around.namespace}/{maker.reference.name}".encode()
    labels = inside(content, "metadata", "labels")
    if labels.get(_CREATED_BY) not in (_hash("sha3_224", owner), _hash("md5", owner)):
        return 0
    return drop(labels, _CREATED_BY) + drop(inside(content, "metadata", "annotations"), _DATA_HASH)


def _hash(algorithm: str, text: bytes) -> str:
    return hashlib.new(algorithm, text, usedforsecurity=False).hexdigest()
