"""What containers read of ConfigMaps and Secrets when they start, and never again.

kubelet resolves `env` and `envFrom` at each start of a container.
https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from driftcheck.audit._inspection import containers_of, entry_of, item_path, maps_at
from driftcheck.model import SECRET, Document, GroupKind, ObjectReference

CONFIG_MAP = GroupKind("", "ConfigMap")
MOUNTED = (("configMap", "name", CONFIG_MAP), ("secret", "secretName", SECRET))
"""The volumes that hold such a one, and the field that names it there."""

_SOURCES = {"configMapRef": CONFIG_MAP, "secretRef": SECRET}
_KEYS = {"configMapKeyRef": CONFIG_MAP, "secretKeyRef": SECRET}


@frozen
class Use:
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


def uses_in(pods: Iterable[Document]) -> tuple[Use, ...]:
    """What containers of pods read when they start, each once."""
    specs = (entry_of(pod.body, "spec") or {} for pod in pods)
    return tuple(dict.fromkeys(use for spec in specs for use in uses_of(spec)))


def uses_of(spec: Mapping[str, Any]) -> Iterator[Use]:
    """What the containers of a pod's spec read, but those that end before the others start."""
    for path, container in containers_of(spec):
        if path.startswith("containers") or container.get("restartPolicy") == "Always":
            name = str(container.get("name"))
            for index, item in enumerate(maps_at(container, "envFrom")):
                for key, kind in _SOURCES.items():
                    source = entry_of(item, key, "name")
                    if source:
                        where = f"spec.{path}.envFrom[{index}]"
                        reference = ObjectReference(kind.group, kind.kind, str(source))
                        yield Use(name, where, reference, frozenset())
            for item in maps_at(container, "env"):
                for key, kind in _KEYS.items():
                    source = entry_of(item, "valueFrom", key, "name")
                    if source:
                        where = f"spec.{path}.{item_path('env', item)}"
                        reference = ObjectReference(kind.group, kind.kind, str(source))
                        wanted = frozenset({str(entry_of(item, "valueFrom", key, "key"))})
                        yield Use(name, where, reference, wanted)
