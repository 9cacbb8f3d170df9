"""What controllers and the API server write into a volume claim, and into a claim's template.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/
"""

from __future__ import annotations

from driftcheck.model import Document, Field
from driftcheck.normalization._choices import CONTROLLER_MANAGERS, Picks, is_chosen, taken
from driftcheck.normalization._inside import drop, drop_items, inside, maps_in
from driftcheck.normalization._metadata import Content, drop_unread
from driftcheck.normalization._surroundings import Surroundings

_VOLUME = (Field("spec"), Field("volumeName"))
_SELECTED_NODE = "volume.kubernetes.io/selected-node"
_SELECTED = (Field("metadata"), Field("annotations"), Field(_SELECTED_NODE))
_BOUND = "pv.kubernetes.io/bound-by-controller"
_COMPLETED = "pv.kubernetes.io/bind-completed"
_COMPLETION = (Field("metadata"), Field("annotations"), Field(_COMPLETED))
CLAIM_NOTES = frozenset(
    {
        _BOUND,
        _COMPLETED,
        "pv.kubernetes.io/migrated-to",
        "volume.beta.kubernetes.io/storage-provisioner",
        "volume.kubernetes.io/storage-provisioner",
        "volume.kubernetes.io/storage-resizer",
    }
)
"""On a claim the controllers write them anew; on a volume they say who may release and delete it.

`syncUnboundClaim`, `setClaimProvisioner` and `deleteVolumeOperation` in
pkg/controller/volume/persistentvolume/pv_controller.go of Kubernetes
"""
_RETENTION = "persistentVolumeClaimRetentionPolicy"
_SCHEDULERS = frozenset({"kube-scheduler", "k3s"})


def drop_repeated_source(content: Content, _seen: Document, _around: Surroundings) -> int:
    """The old name of what a claim was made from, which the API server keeps equal to the new.

    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#data-source-references
    """
    spec = inside(content, "spec")
    source = spec.get("dataSource")
    if not source or spec.setdefault("dataSourceRef", source) != source:
        return 0
    return drop(spec, "dataSource")


def drop_claim_notes(content: Content, seen: Document, _around: Surroundings) -> int:
    """Annotations in which controllers note how they came to a claim's volume.

    A claim that somebody else has called bound is never bound: `syncBoundClaim` in
    pkg/controller/volume/persistentvolume/pv_controller.go of Kubernetes.
    """
    is_by_hand = is_chosen(seen, _COMPLETION, controllers=CONTROLLER_MANAGERS)
    return drop_unread(
        content, "annotations", CLAIM_NOTES - ({_COMPLETED} if is_by_hand else set())
    )


def drop_retention_owner(content: Content, seen: Document, around: Surroundings) -> int:
    """The StatefulSet with which a claim is to be deleted, as that one's own policy says.

    `updateClaimOwnerRefForSetAndPod` in pkg/controller/statefulset/stateful_set_utils.go of
    Kubernetes. An owner of which the policy says nothing is somebody's.
    """
    claimant = around.claimant_of(seen.reference.name)
    stateful_set = around.documents.get(claimant) if claimant else None
    if stateful_set is None or not stateful_set.is_live:
        return 0
    if inside(stateful_set.body, "spec", _RETENTION).get("whenDeleted") != "Delete":
        return 0
    metadata = inside(content, "metadata")
    owners = maps_in(metadata, "ownerReferences")
    return drop_items(
        metadata, "ownerReferences", [it for it in owners if it.get("uid") == stateful_set.uid]
    )


def take_binding(content: Content, seen: Document, _around: Surroundings) -> Picks:
    """The volume that a controller bound a claim to, and the node that a scheduler chose for it."""
    annotations = inside(content, "metadata", "annotations")
    is_node_chosen = is_chosen(seen, _SELECTED, controllers=_SCHEDULERS)
    yield from taken(inside(content, "spec"), "volumeName", _VOLUME, is_volume_chosen(seen))
    yield from taken(annotations, _SELECTED_NODE, _SELECTED, is_node_chosen)


def is_volume_chosen(seen: Document) -> bool | None:
    """Whether somebody bound the claim; a controller notes it where it did so itself.

    `bindClaimToVolume` in pkg/controller/volume/persistentvolume/pv_controller.go of Kubernetes.
    A volume that was made for this very claim bears its uid.
    """
    volume = inside(seen.body, "spec").get("volumeName")
    if seen.uid and volume == f"pvc-{seen.uid}":
        return False
    if _BOUND not in inside(seen.metadata, "annotations"):
        return True
    return is_chosen(seen, _VOLUME, controllers=CONTROLLER_MANAGERS)


def drop_claim_template_status(content: Content, _seen: Document, _around: Surroundings) -> int:
    """What the API server adds to each volumeClaimTemplate."""
    templates = maps_in(inside(content, "spec"), "volumeClaimTemplates")
    return sum(drop(template, "apiVersion", "kind", "status") for template in templates)
