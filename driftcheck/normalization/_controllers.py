"""What other projects' controllers write into objects that people edit, each by its own proof."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.model import NAMESPACE_TOKEN, Document, GroupKind, ObjectReference, Reading
from driftcheck.normalization._inside import drop, drop_entries, inside, items_in, maps_in
from driftcheck.normalization._metadata import Content, drop_unread, pod_templates
from driftcheck.normalization._owners import EXTERNAL_SECRET, is_named_by
from driftcheck.normalization._surroundings import (
    DATABASE,
    KAPP_APP,
    REVISION,
    ROLLOUT,
    SERVICE,
    Surroundings,
    referred,
)
from driftcheck.normalization._times import moment

DESTINATION_RULE = GroupKind("networking.istio.io", "DestinationRule")
IMAGE_STREAM = GroupKind("image.openshift.io", "ImageStream")

_SCALED_OBJECT_NAME = "scaledobject.keda.sh/name"
_POD_HASH = "rollouts-pod-template-hash"
_MANAGED_BY_ROLLOUTS = "argo-rollouts.argoproj.io/managed-by-rollouts"
_KAPP_ASSOCIATION = "kapp.k14s.io/association"
_REPOSITORY_CHECK = "openshift.io/image.dockerRepositoryCheck"
_STRIMZI_NOTES = frozenset(
    f"strimzi.io/{note}"
    for note in (
        "auth-hash",
        "ca-cert-generation",
        "ca-key-generation",
        "clients-ca-cert-generation",
        "cluster-ca-cert-generation",
        "cluster-ca-key-generation",
        "configuration-hash",
        "resource-revision",
        "revision",
        "server-cert-hash",
    )
)
_NOTES_OF_OWNERS = {
    "core.strimzi.io": _STRIMZI_NOTES,
    "kafka.strimzi.io": _STRIMZI_NOTES,
    "postgresql.cnpg.io": frozenset({"cnpg.io/podEnvHash", "cnpg.io/podSpec"}),
    "serving.knative.dev": frozenset({"serving.knative.dev/creator"}),
}
"""By the group of what an object belongs to, the annotations in which its operator notes a hash
of what is compared itself, how often a certificate was renewed, or who asked for it.

`podSetPodAnnotations` in KafkaReconciler.java and WorkloadUtils.java of Strimzi, at 8541da1;
pkg/specs/pods.go of CloudNativePG, at a95a534; `podAnnotations` in
pkg/reconciler/revision/resources/meta.go of Knative, at 98e5ef9
"""
_NAMESPACE_VARIABLES = {
    "postgresql.cnpg.io": "NAMESPACE",
    "serving.knative.dev": "SERVING_NAMESPACE",
}
"""By the group of what an object belongs to, the variable that tells its containers where they are.

`CreatePodEnvConfig` in pkg/specs/pods.go of CloudNativePG, at a95a534; `makeQueueContainer` in
pkg/reconciler/revision/resources/queue.go of Knative, at 98e5ef9
"""
_REVISION_LABELS = (
    "app",
    "networking.internal.knative.dev/serverlessservice",
    "serving.knative.dev/revision",
)
_GENERATION = "serving.knative.dev/configurationGeneration"
_REVISION_VARIABLE = "SERVING_REVISION"
_INSTANCE = "cnpg.io/instanceName"
_INSTANCE_ROLES = ("cnpg.io/instanceRole", "role")
_INSTANCE_VARIABLE = "POD_NAME"
_SERIAL = "cnpg.io/nodeSerial"
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#uids."""
_ROLE = "crossplane.io/composition-resource-name"
_EXTERNAL_NAME = "crossplane.io/external-name"
CREATION_NOTES = tuple(
    f"crossplane.io/external-create-{what}" for what in ("pending", "succeeded", "failed")
)
_CREATED_BY = "reconcile.external-secrets.io/created-by"
_DATA_HASH = "reconcile.external-secrets.io/data-hash"

_PROMETHEUS_GROUP = "monitoring.coreos.com"
_INPUT_HASH = "prometheus-operator-input-hash"


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
    if seen.kind == SERVICE:
        scopes.append(selector)
    association = inside(seen.metadata, "labels").get(_KAPP_ASSOCIATION)
    return sum(_read(scope, KAPP_APP, around.kapp_app) for scope in scopes) + sum(
        _read(item, _KAPP_ASSOCIATION, association) for item in labels
    )


def _read(labels: dict[str, Any], key: str, value: str | None, meaning: str = "") -> int:
    """Read a label of this value by what it is: another one in each environment."""
    if value is None or labels.get(key) != value:
        return 0
    labels[key] = Reading(meaning or f"own {key}", value)
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
        names = items_in(noted, "containerNames")
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


def drop_input_hash(content: Content, seen: Document, around: Surroundings) -> int:
    """By which the Prometheus operator knows when to write a StatefulSet of its own anew.

    `createSSetInputHash` in pkg/prometheus/server of the Prometheus operator; it covers objects
    of other namespaces, and each name of this one.
    """
    maker = around.controller_of(seen)
    is_made = maker is not None and maker.reference.group == _PROMETHEUS_GROUP
    return drop(inside(content, "metadata", "annotations"), _INPUT_HASH) if is_made else 0


def drop_external_secret_notes(content: Content, seen: Document, around: Surroundings) -> int:
    """By what an ExternalSecret knows the Secret it made, and that nobody has changed it.

    The label is the hash of the ExternalSecret's namespace and name, the annotation that of the
    data, which is compared itself.
    `mutationFunc` in pkg/controllers/externalsecret of External Secrets, at 003eabf
    """
    maker = around.controller_of(seen)
    if not maker or maker.kind != EXTERNAL_SECRET or not is_named_by(seen, maker):
        return 0
    owner = f"{around.namespace}/{maker.reference.name}".encode()
    labels = inside(content, "metadata", "labels")
    if labels.get(_CREATED_BY) not in (_hash("sha3_224", owner), _hash("md5", owner)):
        return 0
    return drop(labels, _CREATED_BY) + drop(inside(content, "metadata", "annotations"), _DATA_HASH)


def _hash(algorithm: str, text: bytes) -> str:
    return hashlib.new(algorithm, text, usedforsecurity=False).hexdigest()


def drop_notes_of_owner(content: Content, seen: Document, around: Surroundings) -> int:
    """What an operator notes on the objects of its own, and on the pods that it makes of them."""
    notes = {
        note
        for owner in around.owners_of(seen)
        for note in _NOTES_OF_OWNERS.get(owner.reference.group, ())
    }
    if not notes:
        return 0
    holders = [content, *pod_templates(content), *maps_in(inside(content, "spec"), "pods")]
    return sum(drop_unread(holder, "annotations", notes) for holder in holders)


def read_namespace_variable(content: Content, seen: Document, around: Surroundings) -> int:
    """The variable in which an operator tells the pods that it makes where they are."""
    told = {_NAMESPACE_VARIABLES.get(owner.reference.group) for owner in around.owners_of(seen)}
    told.discard(None)
    hits = 0
    for pod in [content, *pod_templates(content)] if told else ():
        for container in maps_in(inside(pod, "spec"), "containers"):
            for variable in maps_in(container, "env"):
                is_own = variable.get("value") == around.namespace
                if is_own and str(variable.get("name")) in told:
                    variable["value"] = NAMESPACE_TOKEN
                    hits += 1
    return hits


def read_composed(content: Content, seen: Document, around: Surroundings) -> int:
    """What Crossplane calls the objects that it composed for this one: by their role in it.

    `Render` in internal/controller/apiextensions/composite/composition_render.go of Crossplane,
    at 2d040d2
    """
    spec, hits = inside(content, "spec"), 0
    for holder in (spec, inside(spec, "crossplane")):
        for reference in maps_in(holder, "resourceRefs"):
            found = around.documents.get(referred(reference))
            role = inside(found.metadata, "annotations").get(_ROLE) if found else None
            controller = around.controller_of(found) if found and role else None
            if controller and controller.reference == seen.reference:
                reference["name"] = Reading(f"composed {role}", reference["name"])
                hits += 1
    return hits


def drop_creation_notes(content: Content, _seen: Document, _around: Surroundings) -> int:
    """When Crossplane created what stands outside the cluster; not where it never came to an end.

    Then Crossplane leaves the object alone: `ExternalCreateIncomplete` in pkg/meta/meta.go of
    crossplane-runtime
    """
    annotations = inside(content, "metadata", "annotations")
    if annotations.keys().isdisjoint(CREATION_NOTES):
        return 0
    pending, *ended = (moment(str(annotations.get(note))) or "" for note in CREATION_NOTES)
    return 0 if pending > max(ended) else drop(annotations, *CREATION_NOTES)


def read_external_name(content: Content, seen: Document, _around: Surroundings) -> int:
    """What is called outside the cluster as it is inside, by a name that was made up.

    `NewNameAsExternalName` in pkg/reconciler/managed/api.go of crossplane-runtime
    """
    annotations, name = inside(content, "metadata", "annotations"), seen.reference.name
    if annotations.get(_EXTERNAL_NAME) != name or not seen.metadata.get("generateName"):
        return 0
    return _read(annotations, _EXTERNAL_NAME, name, "own name")


def read_revision(content: Content, seen: Document, around: Surroundings) -> int:
    """The name and the number of the Revision that everything below it repeats.

    `makeLabels` in pkg/reconciler/revision/resources/meta.go and `makeQueueContainer` in
    queue.go of Knative, at 98e5ef9
    """
    revision = _revision_of(seen, around)
    if revision is None:
        return 0
    name, labels = revision.reference.name, inside(revision.metadata, "labels")
    own = dict.fromkeys(_REVISION_LABELS, name)
    own[_GENERATION] = str(labels.get(_GENERATION))
    hits = sum(
        _read(scope, key, value)
        for scope in _label_scopes(content, seen)
        for key, value in own.items()
    )
    for template in pod_templates(content):
        for container in maps_in(inside(template, "spec"), "containers"):
            for variable in maps_in(container, "env"):
                if variable.get("name") == _REVISION_VARIABLE:
                    hits += _read(variable, "value", name)
    return hits


def read_instance(content: Content, seen: Document, around: Surroundings) -> int:
    """The name and the number of a database's instance, and whether it is the primary one now.

    `buildInstance` in pkg/specs/pods.go and `updateRoleLabels` in
    pkg/reconciler/instance/metadata.go of CloudNativePG, at a95a534
    """
    cluster = around.controller_of(seen)
    if not cluster or cluster.kind != DATABASE:
        return 0
    name = str(inside(seen.metadata, "labels").get(_INSTANCE))
    if not f"{seen.reference.name}-".startswith(f"{name}-"):
        return 0
    labels, spec = inside(content, "metadata", "labels"), inside(content, "spec")
    is_primary = inside(cluster.body, "status").get("currentPrimary") == name
    role, number = "primary" if is_primary else "replica", name.rpartition("-")[2]
    return (
        _read(labels, _INSTANCE, name)
        + sum(_read(labels, key, role) for key in _INSTANCE_ROLES)
        + _read(inside(content, "metadata", "annotations"), _SERIAL, number)
        + _read(spec, "hostname", name)
        + sum(
            _read(variable, "value", name)
            for container in maps_in(spec, "containers")
            for variable in maps_in(container, "env")
            if variable.get("name") == _INSTANCE_VARIABLE
        )
    )


def _revision_of(seen: Document, around: Surroundings) -> Document | None:
    """The Revision at the end of a chain of controllers."""
    found, passed = around.controller_of(seen), set[ObjectReference]()
    while found and found.reference not in passed:
        if found.kind == REVISION:
            return found
        passed.add(found.reference)
        found = around.controller_of(found)
    return None


def read_uids(content: Content, seen: Document, around: Surroundings) -> int:
    """A uid in a label, an annotation or a selector, by the captured object that has it.

    Knative's Revisions select by their own, for one: `makeSelector` in
    pkg/reconciler/revision/resources/meta.go of Knative, at 98e5ef9
    """
    hits = 0
    for labels in _label_scopes(content, seen):
        for key, value in labels.items():
            is_uid = isinstance(value, str) and value[8:9] == "-" and _UID.fullmatch(value)
            found = around.by_uid.get(value) if is_uid else None
            if found:
                called = around.called.get(found.reference, found.reference)
                hits += _read(labels, key, value, f"uid of {called}")
    return hits


def _label_scopes(content: Content, seen: Document) -> Iterator[dict[str, Any]]:
    """Where an object says of itself, of its pods, and of what it selects, what they are."""
    selector = inside(content, "spec", "selector")
    for holder in (content, *pod_templates(content)):
        yield inside(holder, "metadata", "labels")
        yield inside(holder, "metadata", "annotations")
    yield inside(selector, "matchLabels")
    if seen.kind == SERVICE:
        yield selector
