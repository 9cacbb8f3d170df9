"""What nodes say of the images that run on them: evidence that is nice to have, and no more.

Nodes lie outside every namespace, so that whoever looks may not read them. Without them
less can be proved to be the same, and nothing is proved that is not so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any

from driftcheck.images import image_identity
from driftcheck.model import ClusterNode, Document, GroupKind

_POD = GroupKind("", "Pod")


def nodes_of(
    read: Callable[[], Iterable[Mapping[str, Any]]], documents: Iterable[Document]
) -> tuple[ClusterNode, ...]:
    """The nodes on which pods run.

    Args:
        read: Reads all nodes, as far as they may be read; asked only where pods run.
        documents: The objects of a namespace.

    Returns:
        The nodes, by name; none where they may not be read, or could not be.
    """
    pods = [document.body for document in documents if document.reference.group_kind == _POD]
    names = {name for pod in pods for name in [_field(pod, "spec").get("nodeName")] if name}
    if not names:
        return ()
    running = {digest for pod in pods for digest in _running(pod)}
    nodes = [_node(body, running) for body in read() if body["metadata"]["name"] in names]
    return tuple(sorted(nodes, key=lambda node: node.name))


def _field(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _running(pod: Mapping[str, Any]) -> Iterator[str]:
    for field, statuses in _field(pod, "status").items():
        for status in statuses if field.endswith("Statuses") else ():
            identity = image_identity(str(status.get("imageID", "")))
            if identity:
                yield identity.digest


def _node(body: Mapping[str, Any], running: Set[str]) -> ClusterNode:
    """A node, with those of its images that have several digests and run in a pod."""
    status = _field(body, "status")
    info = _field(status, "nodeInfo")
    system, architecture = info.get("operatingSystem"), info.get("architecture")
    images = set(map(_digests, _items(status, "images")))
    return ClusterNode(
        name=body["metadata"]["name"],
        platform=f"{system}/{architecture}" if system and architecture else "",
        images=tuple(
            sorted((image for image in images if len(image) > 1 and image & running), key=sorted)
        ),
    )


def _digests(image: Any) -> frozenset[str]:
    """The digests among the names of one image on one node.

    https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeStatus
    """
    names = [name for name in _items(image, "names") if isinstance(name, str)]
    identities = [image_identity(name) for name in names if "@" in name]
    return frozenset(identity.digest for identity in identities if identity)


def _items(value: Any, field: str) -> list[Any]:
    items = value.get(field) if isinstance(value, dict) else None
    return items if isinstance(items, list) else []
