"""What really runs: every pod's containers, gathered at the workload that made the pod."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from attrs import evolve, frozen

from driftcheck.images import (
    NO_MIRRORS,
    Mirrors,
    canonical_reference,
    image_identity,
    parse_reference,
)
from driftcheck.model import (
    ClusterNode,
    Contents,
    Document,
    IdentityKind,
    ImageIdentity,
    ObjectReference,
    Origin,
    RunningContainer,
    RunningWorkload,
    Snapshot,
)
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._makers import CRON_JOB, JOB, maker_of, root_of
from driftcheck.normalization._revisions import is_being_replaced
from driftcheck.normalization._surroundings import POD, Surroundings, surroundings
from driftcheck.normalization._templates import (
    VOLUMES,
    Slot,
    declared_images,
    has_finished,
    has_started_so,
)

_STATUSES = {
    "initContainers": "initContainerStatuses",
    "containers": "containerStatuses",
    "ephemeralContainers": "ephemeralContainerStatuses",
}
NOTHING_KNOWN: Contents = MappingProxyType({})
_RUN_TO_COMPLETION = (JOB, CRON_JOB)


@frozen
class _Report:
    """What one pod says of one of its containers.

    Args:
        slot: The container.
        image: The image that the pod declares.
        identity: What runs; None where the node does not say.
        waiting: What the container waits for; may be empty.
    """

    slot: Slot
    image: str
    identity: ImageIdentity | None
    waiting: str = ""


def running_in(
    snapshot: Snapshot, contents: Contents = NOTHING_KNOWN
) -> dict[ObjectReference, RunningWorkload]:
    """What runs in an environment, by workload, with what registries know of it."""
    return running_workloads(snapshot, surroundings(snapshot, frozenset(), {}), contents)


def running_workloads(
    snapshot: Snapshot,
    around: Surroundings,
    contents: Contents = NOTHING_KNOWN,
    mirrors: Mirrors = NO_MIRRORS,
) -> dict[ObjectReference, RunningWorkload]:
    """What runs, by workload; a workload without pods has no entry, nor has a pod's manifest.

    A pod in a file that has a status says what ran there when it was written, as far as it
    says which image that was: whoever wrote the file may have left out the rest.
    """
    nodes = {node.name: node for node in snapshot.nodes}
    found = {}
    for workload, pods in _running_pods(snapshot, around).items():
        declared = declared_images(around.documents[workload])
        reports = [
            _with_content(report, contents) for pod in pods for report in _reports(pod.body, nodes)
        ]
        containers = tuple(_containers(reports, declared, mirrors))
        if snapshot.origin is Origin.MANIFESTS:
            containers = tuple(evolve(item, unidentified=0, waiting=()) for item in containers)
        found[workload] = RunningWorkload(workload, containers, frozenset(declared))
    return found


def _running_pods(
    snapshot: Snapshot, around: Surroundings
) -> dict[ObjectReference, list[Document]]:
    """The pods that show what a workload runs, by workload, sorted; none without a status."""
    pods: dict[ObjectReference, list[Document]] = defaultdict(list)
    for document in snapshot.documents:
        if document.kind == POD and "status" in document.body:
            workload = root_of(document, around).reference
            if _counts(document, workload) and not is_being_replaced(document, around):
                pods[workload].append(document)
    return {workload: _latest(workload, made, around) for workload, made in sorted(pods.items())}


def _counts(pod: Document, workload: ObjectReference) -> bool:
    """Whether a pod runs, or has run as it should; one on its way out does not count."""
    if "deletionTimestamp" in pod.metadata:
        return False
    return not has_finished(pod) or workload.group_kind in _RUN_TO_COMPLETION


def _latest(
    workload: ObjectReference, pods: list[Document], around: Surroundings
) -> list[Document]:
    """Of a CronJob's pods those of its last run, and what else still runs.

    Earlier runs may have run an earlier template.
    """
    if workload.group_kind != CRON_JOB:
        return pods
    started = {pod.reference: _start_of_run(pod, around) for pod in pods}
    last = max(started.values())
    return [pod for pod in pods if started[pod.reference] == last or not has_finished(pod)]


def _start_of_run(pod: Document, around: Surroundings) -> str:
    job = maker_of(pod, around)
    return str(job.metadata.get("creationTimestamp")) if job else ""


def _reports(pod: Mapping[str, Any], nodes: Mapping[str, ClusterNode]) -> Iterator[_Report]:
    node = nodes.get(str(inside(pod, "spec").get("nodeName")))
    for report in (*_containers_of(pod), *_image_volumes(pod)):
        yield evolve(report, identity=_on_node(report.identity, node)) if node else report


def _containers_of(pod: Mapping[str, Any]) -> Iterator[_Report]:
    """Each container with the image it declares, and what the node reports."""
    for role, statuses in _STATUSES.items():
        said = {str(item.get("name")): item for item in maps_in(inside(pod, "status"), statuses)}
        for container in maps_in(inside(pod, "spec"), role):
            slot = (role, str(container.get("name")))
            image, status = str(container.get("image", "")), said.get(slot[1], {})
            pinned = _pinned(image)
            verified = pinned if pinned and has_started_so(pod, slot, status) else ""
            identity = _identity(str(status.get("imageID", "")), verified)
            waiting = str(inside(status, "state", "waiting").get("reason") or "")
            yield _Report(slot, image, identity, waiting)


def _image_volumes(pod: Mapping[str, Any]) -> Iterator[_Report]:
    """Each volume that is an image; a node says which one it mounted where it knows how to.

    https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/4639-oci-volume-source
    """
    said = {
        str(mount.get("name")): str(image_id)
        for statuses in _STATUSES.values()
        for status in maps_in(inside(pod, "status"), statuses)
        for mount in maps_in(status, "volumeMounts")
        if (image_id := inside(mount, "volumeStatus", "image").get("imageRef"))
    }
    for volume in maps_in(inside(pod, "spec"), VOLUMES):
        reference = inside(volume, "image").get("reference")
        if reference:
            name = str(volume.get("name"))
            image_id = said.get(name) or _pinned(str(reference))
            yield _Report((VOLUMES, name), str(reference), image_identity(image_id))


def _pinned(image: str) -> str:
    """The image with its digest, where it is declared by one."""
    reference = parse_reference(image)
    return str(reference) if reference and reference.digest else ""


def _identity(image_id: str, verified: str) -> ImageIdentity | None:
    """What runs, which is also what was declared by digest, and so verified.

    https://kubernetes.io/docs/concepts/containers/images/#image-names
    """
    identity, declared = image_identity(image_id), image_identity(verified)
    if identity is None or declared is None:
        return identity
    if identity.kind is IdentityKind.UNKNOWN:
        return declared
    return evolve(identity, aliases=frozenset({declared.digest}) - {identity.digest})


def _on_node(identity: ImageIdentity | None, node: ClusterNode) -> ImageIdentity | None:
    """The identity with what its node knows of it."""
    if identity is None:
        return None
    aliases = identity.aliases | node.aliases(identity.digest)
    return evolve(identity, platform=node.platform, aliases=aliases)


def _with_content(report: _Report, contents: Contents) -> _Report:
    """The report with what a registry knows of what runs."""
    identity = report.identity
    content = contents.get((identity.digest, identity.platform)) if identity else None
    if not identity or not content:
        return report
    return evolve(report, identity=evolve(identity, content=content))


def _containers(
    reports: Iterable[_Report], declared: Mapping[Slot, str], mirrors: Mirrors
) -> Iterator[RunningContainer]:
    by_slot: dict[Slot, list[_Report]] = defaultdict(list)
    for report in reports:
        by_slot[report.slot].append(report)
    for slot, found in sorted(by_slot.items()):
        images = sorted({report.image for report in found})
        yield RunningContainer(
            role=slot[0],
            name=slot[1],
            images=tuple(images),
            identities=_sorted({report.identity for report in found if report.identity}),
            unidentified=sum(report.identity is None for report in found),
            waiting=tuple(sorted({r.waiting for r in found if r.identity is None and r.waiting})),
            undeclared=tuple(_undeclared(images, slot, declared, mirrors)),
        )


def _undeclared(
    images: Iterable[str], slot: Slot, declared: Mapping[Slot, str], mirrors: Mirrors
) -> Iterator[str]:
    """The pods' images that are not the one which their workload declares, where it says any.

    Of a container that was injected it declares none; there each is known by its full name.
    """
    wanted = declared.get(slot)
    for image in images if declared else ():
        called = canonical_reference(image, mirrors) or image
        if wanted is None:
            yield called
        elif image != wanted and called != canonical_reference(wanted, mirrors):
            yield image


def _sorted(identities: Iterable[ImageIdentity]) -> tuple[ImageIdentity, ...]:
    return tuple(
        sorted(
            identities,
            key=lambda found: (
                found.digest,
                found.kind.value,
                found.platform,
                *sorted(found.aliases),
            ),
        )
    )
