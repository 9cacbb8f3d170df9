"""What a rule may know of an object's environment: its own side, never the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from driftcheck.model import Document, GroupKind, ObjectReference, Snapshot, group_of
from driftcheck.normalization._inside import inside, maps_in

SERVICE = GroupKind("", "Service")
CONTROLLER_REVISION = GroupKind("apps", "ControllerRevision")
AUTOSCALER = GroupKind("autoscaling", "HorizontalPodAutoscaler")
STATEFUL_SET = GroupKind("apps", "StatefulSet")
VOLUME_CLAIM = GroupKind("", "PersistentVolumeClaim")
_INSTANTIATE = "cronjob.kubernetes.io/instantiate"
_ORDINAL = re.compile(r"0|[1-9][0-9]{0,9}")


@frozen
class Surroundings:
    """One environment, as far as single objects depend on it.

    Args:
        namespace: The environment's own namespace; empty where it has none.
        by_uid: The objects that were captured, by uid.
        documents: The objects that were captured, by reference.
        claims: Whose volume claims are named so, and with which ordinals behind the name.
        newest_revisions: The newest ControllerRevision of each object that has any, by its uid.
        autoscaled: The workloads whose replicas an autoscaler holds in every compared environment.
    """

    namespace: str
    by_uid: Mapping[str, Document]
    documents: Mapping[ObjectReference, Document]
    claims: Mapping[str, tuple[ObjectReference, range]]
    newest_revisions: Mapping[str, Document]
    autoscaled: frozenset[ObjectReference]

    def controller_of(self, document: Document) -> Document | None:
        """The captured object that manages this one, by its controller reference.

        A Job that `kubectl create job --from` made belongs to who made it, not to its CronJob.
        https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
        """
        if inside(document.metadata, "annotations").get(_INSTANTIATE) == "manual":
            return None
        for owner in maps_in(document.metadata, "ownerReferences"):
            if owner.get("controller"):
                return self.by_uid.get(owner.get("uid", ""))
        return None

    def owner_of(self, document: Document) -> ObjectReference | None:
        """The captured object that made this one: its controller, or a claim's StatefulSet."""
        controller = self.controller_of(document)
        if controller:
            return controller.reference
        if document.reference.group_kind == VOLUME_CLAIM:
            return self._claimant_of(document.reference.name)
        return None

    def _claimant_of(self, name: str) -> ObjectReference | None:
        """The StatefulSet that makes claims of this name.

        https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage
        """
        stem, _, ordinal = name.rpartition("-")
        stateful_set, ordinals = self.claims.get(stem, (None, range(0)))
        is_one_of_them = _ORDINAL.fullmatch(ordinal) and int(ordinal) in ordinals
        return stateful_set if is_one_of_them else None


def surroundings(snapshot: Snapshot, autoscaled: frozenset[ObjectReference]) -> Surroundings:
    """What the rules may know of a snapshot."""
    return Surroundings(
        namespace=snapshot.namespace or "",
        by_uid={document.uid: document for document in snapshot.documents if document.uid},
        documents={document.reference: document for document in snapshot.documents},
        claims=dict(_claims(snapshot.documents)),
        newest_revisions=_newest_revisions(snapshot.documents),
        autoscaled=autoscaled,
    )


def _newest_revisions(documents: Iterable[Document]) -> dict[str, Document]:
    """https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/."""
    newest: dict[str, Document] = {}
    for document in documents:
        if document.reference.group_kind == CONTROLLER_REVISION:
            for owner in maps_in(document.metadata, "ownerReferences"):
                known = newest.get(uid := str(owner.get("uid")))
                is_newest = known is None or _revision(document) > _revision(known)
                if owner.get("controller") and is_newest:
                    newest[uid] = document
    return newest


def _revision(document: Document) -> int:
    number = document.body.get("revision")
    return number if isinstance(number, int) else 0


def autoscaled_everywhere(snapshots: Iterable[Snapshot]) -> frozenset[ObjectReference]:
    """The workloads whose replicas an autoscaler holds in every one of the snapshots.

    An autoscaler does nothing for a workload that has been scaled to zero.
    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation
    """
    held = [frozenset(_autoscaled(snapshot)) for snapshot in snapshots]
    return frozenset.intersection(*held) if held else frozenset()


def _autoscaled(snapshot: Snapshot) -> Iterable[ObjectReference]:
    documents = {document.reference: document for document in snapshot.documents}
    for reference, document in documents.items():
        if reference.group_kind != AUTOSCALER:
            continue
        target = inside(document.body, "spec", "scaleTargetRef")
        group = group_of(str(target.get("apiVersion", "")))
        workload = ObjectReference(group, target.get("kind", ""), target.get("name", ""))
        if workload in documents and inside(documents[workload].body, "spec").get("replicas") != 0:
            yield workload


def _claims(
    documents: Iterable[Document],
) -> Iterator[tuple[str, tuple[ObjectReference, range]]]:
    """The names of the claims that StatefulSets make, but for the ordinals of their replicas."""
    for document in documents:
        if document.reference.group_kind != STATEFUL_SET:
            continue
        spec = inside(document.body, "spec")
        first, replicas = inside(spec, "ordinals").get("start", 0), spec.get("replicas", 1)
        if type(first) is int and type(replicas) is int:
            for template in maps_in(spec, "volumeClaimTemplates"):
                stem = f"{inside(template, 'metadata').get('name')}-{document.reference.name}"
                yield stem, (document.reference, range(first, first + replicas))
