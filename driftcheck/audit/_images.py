"""Images that may become others, and pods that do not run what they should."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from driftcheck.audit._found import Found, named, writers_of
from driftcheck.audit._inspection import (
    Inspection,
    Seen,
    containers_of,
    entry_of,
    item_path,
    keyed,
    maps_at,
    pod_spec_of,
)
from driftcheck.images import parse_reference
from driftcheck.model import (
    Document,
    Field,
    Grade,
    GroupKind,
    Manager,
    ManagerClass,
    Node,
    ObjectReference,
    RunningContainer,
    RunningWorkload,
    StrayPod,
    counted,
    managers_of,
    owns,
    same,
)

MACHINES = (
    GroupKind("kubevirt.io", "VirtualMachine"),
    GroupKind("kubevirt.io", "VirtualMachineInstance"),
    GroupKind("kubevirt.io", "VirtualMachineInstanceReplicaSet"),
)
_TRANSPORTS = ("docker://", "oci-archive://")
_MOST_SHOWN = 3
_DEBUGGING = "ephemeralContainers"


def mutable_images(look: Inspection) -> Iterator[Found]:
    """Images that are declared by a tag, which may be pushed again.

    https://kubernetes.io/docs/concepts/containers/images/#image-names
    """
    for seen in look.objects:
        places = {path: image for path, image in _images(seen) if _is_mutable(image)}
        if places:
            images = list(dict.fromkeys(places.values()))
            shown = named(images[:_MOST_SHOWN])
            more = (
                f" and {counted(len(images) - _MOST_SHOWN, 'image')} more"
                if len(images) > _MOST_SHOWN
                else ""
            )
            yield Found(
                seen.reference,
                Grade.PROBABLE,
                f"{shown}{more}: a tag may be pushed again, and there is no digest",
                "name images by digest: `driftcheck images` shows those that run",
                path=next(iter(places)),
                also=tuple(places)[1:],
            )


def mixed_digests(look: Inspection) -> Iterator[Found]:
    """Containers of which not all pods run the same image."""
    for reference, running in sorted(look.state.running.items()):
        mixed = [item for item in running.containers if len(item.identities) > 1]
        if mixed:
            names = named(item.name for item in mixed)
            count = max(len(item.identities) for item in mixed)
            yield Found(
                reference,
                Grade.PROBABLE,
                f"the pods run {count} different images as {names}",
                "name it by digest, and restart the workload",
                path=_running(mixed[0], "digest"),
                also=tuple(_running(item, "digest") for item in mixed[1:]),
            )


def strays(look: Inspection) -> Iterator[Found]:
    """Pods that are not what their workload's template gives.

    That a hand wrote on the pod, or that another image was put in, is certain; else an admission
    webhook may have done it, which no field says. A whole container can only have come by one,
    for no pod gets another container once it is there. Of a pod that is being deleted or has no
    status, nobody says which images run: there all depends on who wrote it.
    https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
    """
    for reference in sorted({*look.state.running, *look.state.strays}):
        undeclared = _undeclared(look.state.running.get(reference))
        given = _given(reference, look)
        exchanged = [item for item in undeclared if keyed(item.role, item.name) in given]
        if exchanged:
            yield _exchanged(reference, exchanged, look)
        elif pods := _more_than_debugged(look.state.strays.get(reference, ())):
            entries = [entry for pod in pods for entry in _hands(pod, look)]
            is_by_hand = ManagerClass.HAND in map(look.class_of, entries)
            yield Found(
                reference,
                Grade.CERTAIN if is_by_hand else Grade.PROBABLE,
                f"not as the template gives them: {named(pod.name for pod in pods)}",
                "delete those pods, unless a webhook has changed them",
                path="running",
                writers=writers_of(entries, look.class_of),
            )
        elif undeclared:
            names = named(item.name for item in undeclared)
            yield Found(
                reference,
                Grade.PROBABLE,
                f"the pods have {names} besides what the template gives them",
                "declare it, unless a webhook injects it: it is what that webhook has today",
                path=_image_path(undeclared[0]),
                also=tuple(map(_image_path, undeclared[1:])),
            )


def _undeclared(running: RunningWorkload | None) -> list[RunningContainer]:
    """The containers with an image that the template does not name, but for those to debug."""
    containers = running.containers if running else ()
    return [item for item in containers if item.undeclared and item.role != _DEBUGGING]


def _more_than_debugged(pods: Iterable[StrayPod]) -> list[StrayPod]:
    """Those that differ by more than containers to debug them, which are another check's."""
    return [pod for pod in pods if not same(_without_debugging(pod.content), pod.given)]


def _without_debugging(content: Mapping[str, Node]) -> Mapping[str, Node]:
    spec = {key: value for key, value in content["spec"].items() if key != _DEBUGGING}
    return {**content, "spec": spec}


def _given(reference: ObjectReference, look: Inspection) -> frozenset[str]:
    """The containers that a workload's template has."""
    item = look.state.objects.get(reference)
    given = pod_spec_of(item.document.body) if item and item.document else None
    return frozenset(path for path, _ in containers_of(given[1])) if given else frozenset()


def _exchanged(
    reference: ObjectReference, containers: list[RunningContainer], look: Inspection
) -> Found:
    """Another image in a container than the template has."""
    images = named(image for item in containers for image in item.undeclared)
    return Found(
        reference,
        Grade.CERTAIN,
        f"a pod runs {images}, which the template does not name",
        "delete that pod: its workload makes it anew from the template",
        path=_image_path(containers[0]),
        also=tuple(map(_image_path, containers[1:])),
        writers=writers_of(_image_writers(look, reference), look.class_of),
    )


def _image_path(container: RunningContainer) -> str:
    return _running(container, "image")


def _running(container: RunningContainer, what: str) -> str:
    return f"running.{keyed(container.role, container.name)}.{what}"


def ephemeral_containers(look: Inspection) -> Iterator[Found]:
    """Pods into which somebody has put a container to debug them.

    https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
    """
    for root, pods in sorted(look.pods.items()):
        debugged = [pod for pod in pods if maps_at(pod.body, "spec", _DEBUGGING)]
        if debugged:
            inside = [item for pod in debugged for item in maps_at(pod.body, "spec", _DEBUGGING)]
            images = named(str(item.get("image")) for item in inside)
            yield Found(
                look.reference_of(root),
                Grade.CERTAIN,
                f"{named(pod.reference.name for pod in debugged)} runs {images} to debug it",
                "delete that pod: its workload makes it anew without",
                path=f"running.{item_path(_DEBUGGING, inside[0])}",
                also=tuple(f"running.{item_path(_DEBUGGING, item)}" for item in inside[1:]),
                writers=writers_of(_debuggers(debugged), look.class_of),
            )


def _debuggers(pods: Iterable[Document]) -> Iterator[Manager]:
    for pod in pods:
        for entry in managers_of(pod.metadata):
            if owns(entry, (Field("spec"), Field(_DEBUGGING))):
                yield entry


def _hands(pod: StrayPod, look: Inspection) -> Iterator[Manager]:
    """Who but controllers owns something of a pod's spec, its labels or its annotations."""
    for entry in pod.managed_fields:
        is_about_it = entry.get("subresource") != "status"
        if is_about_it and look.class_of(entry) is not ManagerClass.CONTROLLER:
            yield entry


def _image_writers(look: Inspection, reference: ObjectReference) -> Iterator[Manager]:
    for pod in look.state.strays.get(reference, ()):
        yield from _hands(pod, look)


def _images(seen: Seen) -> Iterator[tuple[str, str]]:
    """Each image that an object declares, with its place."""
    given = pod_spec_of(seen.body)
    if given:
        path, spec = given
        for inner, container in containers_of(spec):
            yield f"{path}.{inner}.image", str(container.get("image") or "")
        for volume in maps_at(spec, "volumes"):
            image = entry_of(volume, "image", "reference")
            if image:
                yield f"{path}.{item_path('volumes', volume)}.image.reference", str(image)
    if seen.reference.group_kind in MACHINES and not seen.is_owned:
        yield from _disks(seen.body)


def _disks(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The disks of a machine that come from a registry: KubeVirt's `containerDisk`, and CDI's."""
    template = entry_of(body, "spec", "template", "spec")
    path, spec = ("spec.template.spec", template) if template else ("spec", entry_of(body, "spec"))
    for volume in maps_at(spec, "volumes"):
        image = entry_of(volume, "containerDisk", "image")
        if image:
            yield f"{path}.{item_path('volumes', volume)}.containerDisk.image", str(image)
    for claim in maps_at(body, "spec", "dataVolumeTemplates"):
        url = entry_of(claim, "spec", "source", "registry", "url")
        if url:
            name = entry_of(claim, "metadata", "name")
            template = keyed("dataVolumeTemplates", name, "metadata.name")
            where = f"spec.{template}.spec.source.registry.url"
            yield where, str(url)


def _is_mutable(image: str) -> bool:
    for transport in _TRANSPORTS:
        image = image.removeprefix(transport)
    reference = parse_reference(image)
    return bool(image) and (reference is None or not reference.digest)
