"""Which kind makes which: the only objects that may follow from another one.

An owner reference can be written by anybody, so that it proves nothing by itself. What it
claims is believed where the owner's kind is known, from its controller's source, to make
objects of that kind, and where the object is what its maker gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from driftcheck.model import Document, Field, GroupKind, ObjectReference, Snapshot
from driftcheck.normalization._choices import CONTROLLER_MANAGERS, is_chosen
from driftcheck.normalization._claims import is_volume_chosen
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._reserve import (
    IMAGE,
    METRIC,
    POD_AUTOSCALER,
    SERVERLESS_SERVICE,
    is_asleep,
    is_by_controller,
    is_in_reserve,
    leads_to_it_alone,
)
from driftcheck.normalization._surroundings import (
    CONFIGURATION,
    CONTROLLER_REVISION,
    DEPLOYMENT_CONFIG,
    ORDINAL,
    POD,
    REVISION,
    ROLLOUT,
    SERVICE,
    STATEFUL_SET,
    VOLUME_CLAIM,
    Surroundings,
    surroundings,
)

JOB = GroupKind("batch", "Job")
CRON_JOB = GroupKind("batch", "CronJob")
DAEMON_SET = GroupKind("apps", "DaemonSet")
DEPLOYMENT = GroupKind("apps", "Deployment")
REPLICA_SET = GroupKind("apps", "ReplicaSet")
REPLICATION_CONTROLLER = GroupKind("", "ReplicationController")
ENDPOINTS = GroupKind("", "Endpoints")
ENDPOINT_SLICE = GroupKind("discovery.k8s.io", "EndpointSlice")
RESOURCE_CLAIM = GroupKind("resource.k8s.io", "ResourceClaim")
CLAIM_TEMPLATE = GroupKind("resource.k8s.io", "ResourceClaimTemplate")
VIRTUAL_MACHINE = GroupKind("kubevirt.io", "VirtualMachine")
MACHINE_INSTANCE = GroupKind("kubevirt.io", "VirtualMachineInstance")
MACHINE_SET = GroupKind("kubevirt.io", "VirtualMachineInstanceReplicaSet")

_STORAGE_CLASS = (Field("spec"), Field("storageClassName"))
_CLAIM_OF_POD = "resource.kubernetes.io/pod-claim-name"

Proof = Callable[[Document, Document, Surroundings], bool]
"""Whether an object, the first, is what its maker, the second, gives."""


def _as_given(_made: Document, _maker: Document, _around: Surroundings) -> bool:
    """What its maker gives is compared with it elsewhere, or it is what the maker once gave."""
    return True


def _is_member(pod: Document, stateful_set: Document, _around: Surroundings) -> bool:
    """`isMemberOf` in pkg/controller/statefulset/stateful_set_utils.go: others it leaves alone."""
    name, _, ordinal = pod.reference.name.rpartition("-")
    return name == stateful_set.reference.name and ORDINAL.fullmatch(ordinal) is not None


def _is_ephemeral_claim(claim: Document, pod: Document, _around: Surroundings) -> bool:
    """`handleVolume` in pkg/controller/volume/ephemeral/controller.go of Kubernetes."""
    for volume in maps_in(inside(pod.body, "spec"), "volumes"):
        if claim.reference.name == f"{pod.reference.name}-{volume.get('name')}":
            template = inside(volume, "ephemeral", "volumeClaimTemplate", "spec")
            return is_of_claim_template(claim, template)
    return False


def is_of_claim_template(claim: Document, template: Mapping[str, Any]) -> bool:
    """Whether a claim is what a template says, and besides only what a server fills in."""
    spec = inside(claim.body, "spec")
    return (
        bool(template)
        and holds(spec, template)
        and all(_is_filled_in(field, claim, template) for field in spec.keys() - template)
    )


def _is_filled_in(field: str, claim: Document, template: Mapping[str, Any]) -> bool:
    """Whether a server or a controller gives a claim what its author does not say.

    `SetDefaults_PersistentVolumeClaimSpec` in pkg/apis/core/v1/defaults.go, `NormalizeDataSources`
    in pkg/registry/core/persistentvolumeclaim/strategy.go, and the admission of a default class
    """
    value = inside(claim.body, "spec")[field]
    match field:
        case "storageClassName":
            return not is_chosen(claim, _STORAGE_CLASS, controllers=CONTROLLER_MANAGERS)
        case "volumeMode":
            return bool(value == "Filesystem")
        case "volumeName":
            return not is_volume_chosen(claim)
        case "dataSource" | "dataSourceRef":
            return value in (template.get("dataSource"), template.get("dataSourceRef"))
    return False


def _is_claim_of_template(claim: Document, pod: Document, around: Surroundings) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/."""
    asked = inside(claim.metadata, "annotations").get(_CLAIM_OF_POD)
    for item in maps_in(inside(pod.body, "spec"), "resourceClaims"):
        if item.get("name") == asked:
            name = item.get("resourceClaimTemplateName")
            template = around.documents.get(ObjectReference(*CLAIM_TEMPLATE, str(name)))
            wanted = inside(template.body, "spec", "spec") if template else {}
            return bool(wanted) and inside(claim.body, "spec") == wanted
    return False


def _is_machine_of(machine: Document, maker: Document, _around: Surroundings) -> bool:
    """KubeVirt completes a machine's spec, and takes nothing away from it.

    https://kubevirt.io/user-guide/user_workloads/lifecycle/
    """
    wanted = inside(maker.body, "spec", "template", "spec")
    return bool(wanted) and holds(inside(machine.body, "spec"), wanted)


def holds(value: Any, wanted: Any) -> bool:
    """Whether a value has all that is wanted, and possibly more in its maps."""
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and holds(value[key], item) for key, item in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(value, list) and len(value) == len(wanted) and all(map(holds, value, wanted))
        )
    return type(value) is type(wanted) and bool(value == wanted)


def _below(proof: Proof) -> Proof:
    """What holds of an object whose maker was itself made."""

    def holds_below(made: Document, maker: Document, around: Surroundings) -> bool:
        return proof(made, maker, around) and maker_of(maker, around) is not None

    return holds_below


MAKERS: Mapping[GroupKind, Mapping[GroupKind, Proof]] = {
    POD: {
        REPLICA_SET: _as_given,
        REPLICATION_CONTROLLER: _as_given,
        STATEFUL_SET: _is_member,
        DAEMON_SET: _as_given,
        JOB: _as_given,
        MACHINE_INSTANCE: _as_given,
    },
    REPLICA_SET: {DEPLOYMENT: _as_given, ROLLOUT: _as_given},
    REPLICATION_CONTROLLER: {DEPLOYMENT_CONFIG: _as_given},
    CONTROLLER_REVISION: {
        STATEFUL_SET: _as_given,
        DAEMON_SET: _as_given,
        VIRTUAL_MACHINE: _as_given,
    },
    JOB: {CRON_JOB: _as_given},
    RESOURCE_CLAIM: {POD: _is_claim_of_template},
    VOLUME_CLAIM: {POD: _is_ephemeral_claim},
    MACHINE_INSTANCE: {VIRTUAL_MACHINE: _is_machine_of, MACHINE_SET: _is_machine_of},
    REVISION: {CONFIGURATION: is_in_reserve},
    DEPLOYMENT: {REVISION: _below(is_asleep)},
    IMAGE: {REVISION: _below(_as_given)},
    POD_AUTOSCALER: {REVISION: _below(_as_given)},
    METRIC: {POD_AUTOSCALER: _below(_as_given)},
    SERVERLESS_SERVICE: {POD_AUTOSCALER: _below(_as_given)},
    SERVICE: {SERVERLESS_SERVICE: _below(leads_to_it_alone)},
    ENDPOINTS: {SERVERLESS_SERVICE: _below(is_by_controller)},
}
"""By what is made, by whom, and what proves it.

Sources, below pkg/controller of Kubernetes: replicaset, replication, statefulset, daemon, job,
deployment, history, cronjob, resourceclaim, volume/ephemeral; Argo Rollouts' utils/replicaset;
OpenShift's apps/deploymentconfig; KubeVirt's virt-controller; Knative's pkg/reconciler. What
these pairs do not name is compared, whatever its owner references say.
"""


def maker_of(document: Document, around: Surroundings) -> Document | None:
    """The captured object that made this one; None where nothing did, or there is no proof."""
    makers = MAKERS.get(document.kind)
    controller = around.controller_of(document) if makers else None
    proof = makers.get(controller.kind) if makers and controller else None
    if controller is None or proof is None or not proof(document, controller, around):
        return None
    return controller


def root_of(document: Document, around: Surroundings) -> Document:
    """The object a person would edit to change this one; makers in a circle lead back to it."""
    root, passed = document, {document.reference}
    while maker := maker_of(root, around):
        if maker.reference in passed:
            return document
        passed.add(maker.reference)
        root = maker
    return root


def roots_in(snapshot: Snapshot) -> dict[ObjectReference, ObjectReference]:
    """For each object that another one gives, the object that a person would edit to change it."""
    around = surroundings(snapshot, frozenset(), {})
    roots = {each.reference: root_of(each, around).reference for each in snapshot.documents}
    return {reference: root for reference, root in roots.items() if root != reference}


def is_made(document: Document, around: Surroundings) -> bool:
    """Whether an object follows from one that is compared."""
    return root_of(document, around) is not document
