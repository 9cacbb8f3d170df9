"""What really runs: every pod's containers, gathered at the workload that made the pod."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from driftcheck.images import image_identity
from driftcheck.model import Document, GroupKind, ObjectReference, RunningContainer, RunningWorkload
from driftcheck.normalization._exclusions import POD, is_expanded
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._surroundings import Surroundings

_STATUSES = {
    "initContainers": "initContainerStatuses",
    "containers": "containerStatuses",
    "ephemeralContainers": "ephemeralContainerStatuses",
}
_RUN_TO_COMPLETION = (GroupKind("batch", "Job"), GroupKind("batch", "CronJob"))
_FINISHED = ("Succeeded", "Failed")

Slot = tuple[str, str]
"""A container's role and name."""


def running_workloads(
    documents: Iterable[Document], around: Surroundings
) -> dict[ObjectReference, RunningWorkload]:
    """What runs, by workload; a workload without pods has no entry, nor has a pod's manifest."""
    pods: dict[ObjectReference, list[Document]] = defaultdict(list)
    for document in documents:
        if document.reference.group_kind == POD and "status" in document.body:
            workload = _workload(document, around)
            if _counts(document, workload):
                pods[workload].append(document)
    return {
        workload: RunningWorkload(workload, tuple(_containers(_latest(workload, made, around))))
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


def _containers(pods: Iterable[Document]) -> Iterator[RunningContainer]:
    declared: dict[Slot, set[str]] = defaultdict(set)
    reported: dict[Slot, list[str]] = defaultdict(list)
    for pod in pods:
        for role, statuses in _STATUSES.items():
            said = {
                item.get("name"): str(item.get("imageID", ""))
                for item in maps_in(inside(pod.body, "status"), statuses)
            }
            for container in maps_in(inside(pod.body, "spec"), role):
                slot = (role, str(container.get("name")))
                declared[slot].add(str(container.get("image", "")))
                reported[slot].append(said.get(container.get("name"), ""))
    for slot, image_ids in sorted(reported.items()):
        yield _container(slot, declared[slot], image_ids)


def _container(slot: Slot, images: set[str], image_ids: list[str]) -> RunningContainer:
    identities = [image_identity(image_id) for image_id in image_ids]
    known = {identity for identity in identities if identity}
    return RunningContainer(
        role=slot[0],
        name=slot[1],
        images=tuple(sorted(images)),
        identities=tuple(
            sorted(known, key=lambda identity: (identity.digest, identity.kind.value))
        ),
        unidentified=identities.count(None),
    )
