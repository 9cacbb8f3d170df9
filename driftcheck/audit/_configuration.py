"""Configuration that a running container has not read as it is now, and may never.

kubelet resolves `env` and `envFrom` when a container starts, and never again; a mount with a
`subPath` stays what it was until then.
https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from driftcheck.audit._found import Found, named, writers_of
from driftcheck.audit._inspection import Inspection, containers_of, entry_of, maps_at, pod_spec_of
from driftcheck.model import (
    SECRET,
    Document,
    Field,
    Grade,
    GroupKind,
    Manager,
    ManagerClass,
    ObjectReference,
    counted,
    managers_of,
    owns,
)

CONFIG_MAP = GroupKind("", "ConfigMap")
_SKEW = timedelta(seconds=2)
"""How far a node's clock may be from the API server's."""
_SOURCES = {"configMapRef": CONFIG_MAP, "secretRef": SECRET}
_KEYS = {"configMapKeyRef": CONFIG_MAP, "secretKeyRef": SECRET}
_MOUNTED = (("configMap", "name", CONFIG_MAP), ("secret", "secretName", SECRET))


@frozen
class _Use:
    """A container that reads of a ConfigMap or a Secret when it starts.

    Args:
        container: The container's name.
        path: Where the pod's spec says so.
        source: What it reads.
        keys: Which keys of it; none for all.
    """

    container: str
    path: str
    source: ObjectReference
    keys: frozenset[str]


@frozen
class _Stale:
    """A use of what was written after the container had started."""

    use: _Use
    pods: tuple[str, ...]
    of: int
    entries: tuple[Manager, ...]
    is_certain: bool


def stale_configuration(look: Inspection) -> Iterator[Found]:
    """Containers that started before what they read then was last written.

    An entry of managedFields has one time for all that its manager owns, so time alone makes it
    possible; certain is what could not have been there: an object made afterwards, or one whose
    name promises a content that it no longer has.
    """
    for root, pods in sorted(look.pods.items()):
        stale = [found for use in _uses(pods) if (found := _stale(use, pods, look))]
        if stale:
            is_certain = any(each.is_certain for each in stale)
            yield Found(
                look.reference_of(root),
                Grade.CERTAIN if is_certain else Grade.POSSIBLE,
                "; ".join(map(_said, stale)),
                "restart the workload: `kubectl rollout restart`, after looking at what changed",
                path=_in_template(stale[0].use.path, look.document(root)),
                also=tuple(_in_template(each.use.path, look.document(root)) for each in stale[1:]),
                writers=writers_of(
                    (entry for each in stale for entry in each.entries), look.class_of
                ),
            )


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
    read = {use.source for pods in look.pods.values() for use in _uses(pods)}
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


def _uses(pods: Iterable[Document]) -> tuple[_Use, ...]:
    """What containers of pods read when they start, each once."""
    return tuple(dict.fromkeys(use for pod in pods for use in _uses_of(pod.body)))


def _uses_of(pod: Mapping[str, Any]) -> Iterator[_Use]:
    for path, container in containers_of(entry_of(pod, "spec") or {}):
        if path.startswith("containers") or container.get("restartPolicy") == "Always":
            name = str(container.get("name"))
            for index, item in enumerate(maps_at(container, "envFrom")):
                for key, kind in _SOURCES.items():
                    source = entry_of(item, key, "name")
                    if source:
                        where = f"spec.{path}.envFrom[{index}]"
                        reference = ObjectReference(kind.group, kind.kind, str(source))
                        yield _Use(name, where, reference, frozenset())
            for item in maps_at(container, "env"):
                for key, kind in _KEYS.items():
                    source = entry_of(item, "valueFrom", key, "name")
                    if source:
                        where = f"spec.{path}.env[name={item.get('name')}]"
                        reference = ObjectReference(kind.group, kind.kind, str(source))
                        wanted = frozenset({str(entry_of(item, "valueFrom", key, "key"))})
                        yield _Use(name, where, reference, wanted)


def _stale(use: _Use, pods: tuple[Document, ...], look: Inspection) -> _Stale | None:
    """A use of which some pods have an older reading; None where none has."""
    source = look.document(use.source)
    starts = {pod.reference.name: _start(pod.body, use.container) for pod in pods}
    if source is None:
        return None
    made = _time(source.metadata.get("creationTimestamp"))
    entries = [
        entry
        for entry in managers_of(source.metadata)
        if entry.get("time") and _owns_any(entry, use.keys)
    ]
    written = [moment for entry in entries if (moment := _time(entry["time"]))]
    last = max(written, default=None)
    older = [
        name
        for name, start in starts.items()
        if start and ((made and made > start + _SKEW) or (last and last > start + _SKEW))
    ]
    if not older:
        return None
    is_newer = any(start and made and made > start + _SKEW for start in starts.values())
    latest = tuple(entry for entry in entries if _time(entry["time"]) == last)
    return _Stale(
        use=use,
        pods=tuple(older),
        of=sum(start is not None for start in starts.values()),
        entries=latest,
        is_certain=is_newer or look.has_other_content(use.source),
    )


def _in_template(path: str, root: Document | None) -> str:
    """A place in a pod's spec as it stands in what a person would edit."""
    given = pod_spec_of(root.body) if root else None
    return path.replace("spec", given[0], 1) if given else path


def _said(stale: _Stale) -> str:
    source = stale.use.source
    older = f"{len(stale.pods)} of {counted(stale.of, 'pod')}"
    keys = f" ({named(sorted(stale.use.keys))})" if stale.use.keys else ""
    return (
        f"container {stale.use.container} of {older} started before "
        f"{source.kind} {source.name}{keys} was last written"
    )


def _start(pod: Mapping[str, Any], container: str) -> datetime | None:
    """When a container that runs has started; None where it does not run."""
    for statuses in ("containerStatuses", "initContainerStatuses"):
        for status in maps_at(pod, "status", statuses):
            if status.get("name") == container:
                return _time(entry_of(status, "state", "running", "startedAt"))
    return None


def _time(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _owns_any(entry: Manager, keys: frozenset[str]) -> bool:
    """Whether a manager owns one of the keys, or any where none is named."""
    for data in ("data", "binaryData", "stringData"):
        if any(owns(entry, (Field(data), Field(key))) for key in keys):
            return True
        if not keys and owns(entry, (Field(data),)):
            return True
    return False


def _sub_paths(path: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, ObjectReference]]:
    """The mounts of parts of ConfigMaps and Secrets, each with its place."""
    sources: dict[str, list[ObjectReference]] = defaultdict(list)
    for volume in maps_at(spec, "volumes"):
        projected = maps_at(volume, "projected", "sources")
        for holder, key in [(volume, "secretName"), *((item, "name") for item in projected)]:
            for field, own_key, kind in _MOUNTED:
                name = entry_of(holder, field, own_key if holder is volume else key)
                if name:
                    reference = ObjectReference(kind.group, kind.kind, str(name))
                    sources[str(volume.get("name"))].append(reference)
    for inner, container in containers_of(spec):
        for mount in maps_at(container, "volumeMounts"):
            if mount.get("subPath") or mount.get("subPathExpr"):
                for source in sources.get(str(mount.get("name")), ()):
                    where = f"{path}.{inner}.volumeMounts[mountPath={mount.get('mountPath')}]"
                    yield where, source
