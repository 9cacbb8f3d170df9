"""What nodes say of the images that run on them: evidence that is nice to have, and no more.

Nodes lie outside every namespace, so that whoever looks may not read them. Without them
less can be proved to be the same, and nothing is proved that is not so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from driftcheck.errors import ClusterError
from driftcheck.images import image_identity
from driftcheck.model import ClusterNode, Document, GroupKind
from driftcheck.sources import Cluster, NodeBody, NodeImage, Refusal

_POD = GroupKind("", "Pod")


def nodes_of(cluster: Cluster, documents: Iterable[Document]) -> tuple[ClusterNode, ...]:
    """The nodes on which pods run.

    Args:
        cluster: Where they are.
        documents: The objects of a namespace.

    Returns:
        The nodes, by name; none where they may not be read, or could not be.
    """
    pods = [document.body for document in documents if document.reference.group_kind == _POD]
    names = {name for pod in pods for name in [_field(pod, "spec").get("nodeName")] if name}
    if not names:
        return ()
    try:
        found = cluster.nodes()
    except ClusterError:
        return ()
    running = {digest for pod in pods for digest in _running(pod)}
    bodies = [] if isinstance(found, Refusal) else found
    nodes = [_node(body, running) for body in bodies if body.metadata.name in names]
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


def _node(body: NodeBody, running: Set[str]) -> ClusterNode:
    """A node, with those of its images that have several digests and run in a pod."""
    info = body.status.node_info
    known = info.operating_system and info.architecture
    images = {_digests(image) for image in body.status.images or ()}
    return ClusterNode(
        name=body.metadata.name,
        platform=f"{info.operating_system}/{info.architecture}" if known else "",
        images=tuple(
            sorted((image for image in images if len(image) > 1 and image & running), key=sorted)
        ),
    )


def _digests(image: NodeImage) -> frozenset[str]:
    """The digests among the names of one image on one node.

    https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeStatus
    """
    identities = [image_identity(name) for name in image.names or () if "@" in name]
    return frozenset(identity.digest for identity in identities if identity)
