"""What really runs: every pod's containers, gathered at the workload that made the pod."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import evolve

from driftcheck.images import image_identity, parse_reference
from driftcheck.model import (
    ClusterNode,
    Contents,
    Document,
    GroupKind,
    IdentityKind,
    ImageIdentity,
    ObjectReference,
    RunningContainer,
    RunningWorkload,
    Snapshot,
)
from driftcheck.normalization._exclusions import POD, is_expanded
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._revisions import is_being_replaced
from driftcheck.normalization._surroundings import Surroundings, surroundings

_STATUSES = {
    "initContainers": "initContainerStatuses",
    "containers": "containerStatuses",
    "ephemeralContainers": "ephemeralContainerStatuses",
}
VOLUMES = "volumes"
NOTHING_KNOWN: Contents = MappingProxyType({})
_RUN_TO_COMPLETION = (GroupKind("batch", "Job"), GroupKind("batch", "CronJob"))
_FINISHED = ("Succeeded", "Failed")

Slot = tuple[str, str]
"""A container's role and name."""


def running_in(
    snapshot: Snapshot, contents: Contents = NOTHING_KNOWN
) -> dict[ObjectReference, RunningWorkload]:
    """What runs in an environment, by workload, with what registries know of it."""
    return running_workloads(snapshot, surroundings(snapshot, frozenset()), contents)


def running_workloads(
    snapshot: Snapshot, around: Surroundings, contents: Contents = NOTHING_KNOWN
) -> dict[ObjectReference, RunningWorkload]:
    """What runs, by workload; a workload without pods has no entry, nor has a pod's manifest."""
    pods: dict[ObjectReference, list[Document]] = defaultdict(list)
    for document in snapshot.documents:
        if document.reference.group_kind == POD and "status" in document.body:
            workload = _workload(document, around)
            if _counts(document, workload) and not is_being_replaced(document, around):
                pods[workload].append(document)
    nodes = {node.name: node for node in snapshot.nodes}
    return {
        workload: RunningWorkload(
            workload, tuple(_containers(_latest(workload, made, around), nodes, contents))
        )
        for workload, made in sorted(pods.items())
    }


def _workload(pod: Document, around: Surroundings) -> ObjectReference:
    """The object a person would edit to change the pod."""
    document = pod
    while is_expanded(document, around):
        owner = around.controller_of(document)
        if owner is None:
            break
        document = owner
    return document.reference


def _counts(pod: Document, workload: ObjectReference) -> bool:
    """Whether a pod runs, or has run as it should; one on its way out does not count.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
    """
    if "deletionTimestamp" in pod.metadata:
        return False
    phase = inside(pod.body, "status").get("phase")
    return phase not in _FINISHED or workload.group_kind in _RUN_TO_COMPLETION


def _latest(
    workload: ObjectReference, pods: list[Document], around: Surroundings
) -> list[Document]:
    """A CronJob's pods of its last run only; earlier ones ran an earlier template."""
    if workload.group_kind != GroupKind("batch", "CronJob"):
        return pods
    runs: dict[str, list[Document]] = defaultdict(list)
    for pod in pods:
        job = around.controller_of(pod)
        runs[str(job.metadata.get("creationTimestamp")) if job else ""].append(pod)
    return runs[max(runs)]


def _containers(
    pods: Iterable[Document], nodes: Mapping[str, ClusterNode], contents: Contents
) -> Iterator[RunningContainer]:
    declared: dict[Slot, set[str]] = defaultdict(set)
    reported: dict[Slot, list[ImageIdentity | None]] = defaultdict(list)
    for pod in pods:
        node = nodes.get(str(inside(pod.body, "spec").get("nodeName")))
        for slot, image, image_id in (*_containers_of(pod.body), *_image_volumes(pod.body)):
            declared[slot].add(image)
            identity = _on_node(_identity(image, image_id), node)
            reported[slot].append(_with_content(identity, contents))
    for slot, identities in sorted(reported.items()):
        yield _container(slot, declared[slot], identities)


def _containers_of(pod: Mapping[str, Any]) -> Iterator[tuple[Slot, str, str]]:
    """Each container with the image it declares, and the image ID the node reports."""
    for role, statuses in _STATUSES.items():
        said = {
            item.get("name"): str(item.get("imageID", ""))
            for item in maps_in(inside(pod, "status"), statuses)
        }
        for container in maps_in(inside(pod, "spec"), role):
            name = container.get("name")
            yield (role, str(name)), str(container.get("image", "")), said.get(name, "")


def _image_volumes(pod: Mapping[str, Any]) -> Iterator[tuple[Slot, str, str]]:
    """Each volume that is an image; a node says which one it mounted where it knows how to.

    https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/4639-oci-volume-source
    """
    said = {
        mount.get("name"): str(inside(mount, "volumeStatus", "image").get("imageRef", ""))
        for statuses in _STATUSES.values()
        for status in maps_in(inside(pod, "status"), statuses)
        for mount in maps_in(status, "volumeMounts")
    }
    for volume in maps_in(inside(pod, "spec"), VOLUMES):
        reference = inside(volume, "image").get("reference")
        if reference:
            name = volume.get("name")
            image_id = said.get(name) or _pinned(str(reference))
            yield (VOLUMES, str(name)), str(reference), image_id


def _pinned(image: str) -> str:
    """The image with its digest, where it is declared by one."""
    reference = parse_reference(image)
    return str(reference) if reference and reference.digest else ""


def _identity(image: str, image_id: str) -> ImageIdentity | None:
    """What runs; where the ID may be of anything, what was declared by digest and so verified.

    https://kubernetes.io/docs/concepts/containers/images/#image-names
    """
    identity = image_identity(image_id)
    if identity and identity.kind is IdentityKind.UNKNOWN:
        return image_identity(_pinned(image)) or identity
    return identity


def _on_node(identity: ImageIdentity | None, node: ClusterNode | None) -> ImageIdentity | None:
    """The identity with what its node knows of it."""
    if identity is None or node is None:
        return identity
    return evolve(identity, platform=node.platform, aliases=node.aliases(identity.digest))


def _with_content(identity: ImageIdentity | None, contents: Contents) -> ImageIdentity | None:
    """The identity with what a registry knows of it."""
    content = contents.get((identity.digest, identity.platform)) if identity else None
    return evolve(identity, content=content) if identity and content else identity


def _container(
    slot: Slot, images: set[str], identities: list[ImageIdentity | None]
) -> RunningContainer:
    known = {identity for identity in identities if identity}
    return RunningContainer(
        role=slot[0],
        name=slot[1],
        images=tuple(sorted(images)),
        identities=tuple(
            sorted(
                known,
                key=lambda found: (
                    found.digest,
                    found.kind.value,
                    found.platform,
                    *sorted(found.aliases),
                ),
            )
        ),
        unidentified=identities.count(None),
    )
