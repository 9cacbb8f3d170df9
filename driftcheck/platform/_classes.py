"""Which classes, drivers and volumes stand behind what a namespace asks for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from driftcheck.model import GroupKind
from driftcheck.platform._inside import (
    CLAIM,
    DEVICES,
    STATEFUL_SET,
    Body,
    Inside,
    inside,
    maps_in,
    special_resources,
    text,
    texts_in,
)
from driftcheck.platform._kinds import (
    DEVICE_CLASS,
    DRIVER,
    GATEWAY_CLASS,
    INGRESS_CLASS,
    IS_DEFAULT,
    PRIORITY_CLASS,
    RUNTIME_CLASS,
    SNAPSHOT_CLASS,
    STORAGE_CLASS,
    TRUST_BUNDLE,
    VOLUME,
    VOLUME_ATTRIBUTES_CLASS,
)
from driftcheck.platform._outside import Ask, Outside, Reach, Said, name_of, with_body
from driftcheck.platform._selectors import selects

_INGRESS = GroupKind("networking.k8s.io", "Ingress")
_GATEWAY = GroupKind("gateway.networking.k8s.io", "Gateway")
_SNAPSHOT = GroupKind("snapshot.storage.k8s.io", "VolumeSnapshot")
_QUOTA = GroupKind("", "ResourceQuota")
_RESOURCE_CLAIM = GroupKind("resource.k8s.io", "ResourceClaim")
_RESOURCE_CLAIM_TEMPLATE = GroupKind("resource.k8s.io", "ResourceClaimTemplate")

_INGRESS_ANNOTATION = "kubernetes.io/ingress.class"
_IN_TREE = "kubernetes.io/"

Asked = Iterator[tuple[str, str]]
"""The class that something wants, empty for whichever is the default, and who wants it."""


def storage(here: Inside, outside: Outside) -> Said:
    """The classes and drivers of claims, and the volumes that these are bound to."""
    for each in _classes(STORAGE_CLASS, list(_claimed(here)), outside):
        yield each
        driver = text(each.body, "provisioner") if isinstance(each, Reach) else ""
        if not driver.startswith(_IN_TREE):
            yield from outside.follow(DRIVER, driver, f"{STORAGE_CLASS.kind} {each.name}")
    for claim, by in _claims(here):
        if name := text(claim, "volumeAttributesClassName"):
            yield from outside.follow(VOLUME_ATTRIBUTES_CLASS, name, by)
        if name := text(claim, "volumeName"):
            yield from outside.follow(VOLUME, name, by)
            volume = inside(outside.named(VOLUME, name), "spec", "csi")
            if driver := text(volume, "driver"):
                yield from outside.follow(DRIVER, driver, by)
    for pod in here.pods:
        for mounted in maps_in(pod.spec, "volumes"):
            if driver := text(inside(mounted, "csi"), "driver"):
                yield from outside.follow(DRIVER, driver, pod.owner)


def _claimed(here: Inside) -> Asked:
    """The storage classes that claims want, and those that are still to be made.

    An empty name asks for no class at all, and none for the default one.
    """
    for claim, by in _claims(here):
        is_bound = bool(claim.get("volumeName")) and "storageClassName" not in claim
        if claim.get("storageClassName") != "" and not is_bound:
            yield text(claim, "storageClassName"), by


def _claims(here: Inside) -> Iterator[tuple[Body, str]]:
    """What claims ask for, and those that are still to be made, and who asks for it."""
    for document in here.of(CLAIM):
        yield inside(document.body, "spec"), str(document.reference)
    for document in here.of(STATEFUL_SET):
        for template in maps_in(inside(document.body, "spec"), "volumeClaimTemplates"):
            yield inside(template, "spec"), str(document.reference)
    for pod in here.pods:
        for volume in maps_in(pod.spec, "volumes"):
            if "ephemeral" in volume:
                yield inside(volume, "ephemeral", "volumeClaimTemplate", "spec"), pod.owner


def ingresses(here: Inside, outside: Outside) -> Said:
    """The classes of Ingresses, and of Gateways."""
    yield from _classes(INGRESS_CLASS, list(_of_ingresses(here)), outside)
    for document in here.of(_GATEWAY):
        name = text(inside(document.body, "spec"), "gatewayClassName")
        yield from outside.follow(GATEWAY_CLASS, name, str(document.reference))


def _of_ingresses(here: Inside) -> Asked:
    for document in here.of(_INGRESS):
        named = text(inside(document.body, "spec"), "ingressClassName")
        noted = text(inside(document.metadata, "annotations"), _INGRESS_ANNOTATION)
        yield named or noted, str(document.reference)


def scheduling(here: Inside, outside: Outside) -> Said:
    """The priorities, runtimes, devices and trust that pods ask for."""
    yield from _classes(PRIORITY_CLASS, list(_priorities(here)), outside)
    for pod in here.pods:
        if name := text(pod.spec, "runtimeClassName"):
            yield from outside.follow(RUNTIME_CLASS, name, pod.owner)
        for volume in maps_in(pod.spec, "volumes"):
            for source in maps_in(inside(volume, "projected"), "sources"):
                yield from _trust(inside(source, "clusterTrustBundle"), pod.owner, outside)
    for document in chain(here.of(_RESOURCE_CLAIM), here.of(_RESOURCE_CLAIM_TEMPLATE)):
        spec = inside(document.body, "spec")
        for name in _devices(inside(spec, "spec") or spec):
            yield from outside.follow(DEVICE_CLASS, name, str(document.reference))
    yield from _devices_by_resource(here, outside)


def _devices_by_resource(here: Inside, outside: Outside) -> Said:
    """The classes that stand for a resource that pods ask for.

    https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#extended-resource
    """
    wanted = {name: pod.owner for pod in here.pods for name in special_resources(pod.spec)}
    if wanted:
        yield Ask(DEVICE_CLASS)
    for body in outside.every(DEVICE_CLASS):
        name = name_of(body)
        for resource in (f"{DEVICES}{name}", text(inside(body, "spec"), "extendedResourceName")):
            if resource in wanted:
                yield from outside.follow(DEVICE_CLASS, name, wanted[resource])


def _priorities(here: Inside) -> Asked:
    for pod in here.pods:
        yield text(pod.spec, "priorityClassName"), pod.owner
    for document in here.of(_QUOTA):
        selector = inside(document.body, "spec", "scopeSelector")
        for expression in maps_in(selector, "matchExpressions"):
            if text(expression, "scopeName") == PRIORITY_CLASS.kind:
                for name in texts_in(expression, "values"):
                    yield name, str(document.reference)


def _devices(claim: Body) -> Iterator[str]:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/."""
    for request in maps_in(inside(claim, "devices"), "requests"):
        for wanted in (request, inside(request, "exactly"), *maps_in(request, "firstAvailable")):
            if name := text(wanted, "deviceClassName"):
                yield name


def _trust(source: Body, by: str, outside: Outside) -> Said:
    """A bundle by its name, or all of a signer that a selector picks.

    https://kubernetes.io/docs/concepts/storage/projected-volumes/#clustertrustbundle
    """
    if name := text(source, "name"):
        yield from outside.follow(TRUST_BUNDLE, name, by)
    elif "labelSelector" in source:
        yield Ask(TRUST_BUNDLE)
        for body in outside.every(TRUST_BUNDLE):
            is_signed = text(inside(body, "spec"), "signerName") == source.get("signerName")
            labels = inside(body, "metadata", "labels")
            if is_signed and selects(source["labelSelector"], labels):
                yield from outside.follow(TRUST_BUNDLE, name_of(body), by)


def snapshots(here: Inside, outside: Outside) -> Said:
    """The classes of VolumeSnapshots."""
    for document in here.of(_SNAPSHOT):
        if name := text(inside(document.body, "spec"), "volumeSnapshotClassName"):
            yield from outside.follow(SNAPSHOT_CLASS, name, str(document.reference))


def _classes(kind: GroupKind, wanted: list[tuple[str, str]], outside: Outside) -> Said:
    """Classes that are named, and the default one where somebody names none.

    Whether a class is the default counts only where it is taken for that.
    """
    takers = [by for name, by in wanted if not name]
    if takers:
        yield Ask(kind)
    default = _default(kind, outside)
    for name, by in wanted:
        body = outside.named(kind, name)
        if name:
            is_taken = bool(takers) and body == default
            kept = body if is_taken or body is None else _not_default(kind, body)
            yield from with_body(outside.follow(kind, name, by), kept or {})
    if takers and default:
        said = (f"{by}, which names none" for by in takers)
        yield from outside.follow(kind, name_of(default), *said)


def _default(kind: GroupKind, outside: Outside) -> Body | None:
    """The class that is taken where none is named: of several defaults, only one is.

    `GetDefaultClass` in pkg/volume/util, `getDefaultClass` in plugin/pkg/admission/network and
    `getDefaultPriorityClass` in plugin/pkg/admission/priority of Kubernetes
    """
    defaults = [body for body in outside.every(kind) if _is_default(kind, body)]
    if kind == PRIORITY_CLASS:
        return min(defaults, key=_priority, default=None)
    return max(defaults, key=_created, default=None)


def _priority(body: Body) -> int:
    value = body.get("value")
    return value if isinstance(value, int) else 0


def _created(body: Body) -> str:
    return text(inside(body, "metadata"), "creationTimestamp")


def _is_default(kind: GroupKind, body: Body) -> bool:
    if kind == PRIORITY_CLASS:
        return body.get("globalDefault") is True
    annotations = inside(body, "metadata", "annotations")
    return any(annotations.get(name) == "true" for name in IS_DEFAULT[kind])


def _not_default(kind: GroupKind, body: Body) -> Body:
    """A class without what makes it the default one."""
    names = IS_DEFAULT.get(kind, ())
    rest = _without(body, "globalDefault")
    annotations = _without(inside(body, "metadata", "annotations"), *names)
    return {**rest, "metadata": {**rest["metadata"], "annotations": annotations}}


def _without(values: Body, *keys: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}
