"""Configuration that may change under those who read it, or did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.audit._found import Found, named, writers_of
from driftcheck.audit._inspection import (
    Inspection,
    containers_of,
    entry_of,
    item_path,
    maps_at,
    pod_spec_of,
)
from driftcheck.audit._uses import MOUNTED, uses_in
from driftcheck.model import Field, Grade, ManagerClass, ObjectReference, owns


def never_updates(look: Inspection) -> Iterator[Found]:
    """Mounts that stay as they were when the container started, whatever is written.

    https://kubernetes.io/docs/concepts/storage/volumes/#using-subpath
    """
    for seen in look.objects:
        given = pod_spec_of(seen.body)
        mounts = list(_sub_paths(*given)) if given else []
        if mounts:
            sources = named(f"{source.kind} {source.name}" for _, source in mounts)
            yield Found(
                seen.reference,
                Grade.POSSIBLE,
                f"{sources} mounted with a subPath, so that what is written later never arrives",
                "mount the whole volume, or restart the workload after each change",
                path=mounts[0][0],
                also=tuple(path for path, _ in mounts[1:]),
            )


def not_immutable(look: Inspection) -> Iterator[Found]:
    """What containers read when they start, and anybody may change under them.

    https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-immutable
    """
    read = {use.source for pods in look.pods.values() for use in uses_in(pods)}
    for seen in look.objects:
        is_read = seen.document.reference in read
        is_named_by_content = seen.item.fits_its_name is not None
        if is_read and not is_named_by_content and seen.body.get("immutable") is not True:
            yield Found(
                seen.reference,
                Grade.POSSIBLE,
                "containers read it when they start, and anybody may change it under them",
                "set `immutable: true`, or let its name have a hash of its content",
                path="immutable",
            )


def edited_generated(look: Inspection) -> Iterator[Found]:
    """ConfigMaps whose content no longer has the hash that is in their name.

    https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configmapgenerator/
    """
    for seen in look.objects:
        if seen.item.fits_its_name is False:
            entries = [
                entry
                for entry in seen.managers
                if look.class_of(entry) in (ManagerClass.HAND, ManagerClass.UNKNOWN)
                and owns(entry, (Field("data"),))
            ]
            yield Found(
                seen.reference,
                Grade.CERTAIN if entries else Grade.PROBABLE,
                "its name has a hash, and not that of its content: it was edited in place",
                "generate it again, which gives it another name and restarts who reads it",
                path="data",
                writers=writers_of(entries, look.class_of),
            )


def _sub_paths(path: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, ObjectReference]]:
    """The mounts of parts of ConfigMaps and Secrets, each with its place."""
    sources: dict[str, list[ObjectReference]] = defaultdict(list)
    for volume in maps_at(spec, "volumes"):
        projected = maps_at(volume, "projected", "sources")
        for holder, key in [(volume, "secretName"), *((item, "name") for item in projected)]:
            for field, own_key, kind in MOUNTED:
                name = entry_of(holder, field, own_key if holder is volume else key)
                if name:
                    reference = ObjectReference(kind.group, kind.kind, str(name))
                    sources[str(volume.get("name"))].append(reference)
    for inner, container in containers_of(spec):
        for mount in maps_at(container, "volumeMounts"):
            if mount.get("subPath") or mount.get("subPathExpr"):
                for source in sources.get(str(mount.get("name")), ()):
                    mounted = item_path("volumeMounts", mount, "mountPath")
                    yield f"{path}.{inner}.{mounted}", source
