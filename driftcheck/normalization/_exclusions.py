"""Which objects are not compared: what a controller makes, and what is nobody's configuration.

Each rule asks for proof, never for a name, a label or an owner alone. What a rule leaves out
is counted in the coverage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import frozen

from driftcheck.model import SECRET, Document, GroupKind, ObjectReference, Origin, group_of
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._makers import ENDPOINT_SLICE, ENDPOINTS, is_made, root_of
from driftcheck.normalization._references import CONFIG_MAP
from driftcheck.normalization._surroundings import (
    POD,
    SERVICE,
    STATEFUL_SET,
    VOLUME_CLAIM,
    Surroundings,
)
from driftcheck.normalization._templates import has_finished
from driftcheck.normalization._unseen import UNSEEN_MAKER, unseen_maker
from driftcheck.normalization._writers import is_by_alone

_LEADER = "control-plane.alpha.kubernetes.io/leader"
_IDENTITY = ("apiVersion", "kind", "metadata")
_LOCKS = {GroupKind("", "ConfigMap"), ENDPOINTS}
_SLICE_MANAGER = "endpointslice.kubernetes.io/managed-by"
_MIRRORING = "endpointslicemirroring-controller.k8s.io"
_SLICE_SERVICE = "kubernetes.io/service-name"
_MIRROR, _CONFIG_HASH = "kubernetes.io/config.mirror", "kubernetes.io/config.hash"
_HELM_LABELS = frozenset({"createdAt", "modifiedAt", "name", "owner", "status", "version"})
"""`newSecretsObject` in pkg/storage/driver/secrets.go of Helm; people may add others."""
_OF_OTHERS = ("annotations", "finalizers", "ownerReferences")
"""What Helm gives to no release."""
_RELEASE = re.compile(r"sh\.helm\.release\.v1\.(.+)\.v([0-9]+)")
_ASSISTANT = "affinity-assistant"
_CLAIM_OF_RUN = re.compile(r".+-[0-9a-f]{10}")
_TEKTON = "controller"
_INGRESS = GroupKind("networking.k8s.io", "Ingress")


@frozen
class _Run:
    """A kind of single runs.

    Args:
        makes: What its controller makes.
        label: The label that it puts on all of it.
        value: What the label says; None for the run's name.
    """

    makes: frozenset[GroupKind]
    label: str
    value: str | None = None


_RUNS: dict[GroupKind, _Run] = {
    GroupKind("tekton.dev", "PipelineRun"): _Run(
        frozenset({STATEFUL_SET, VOLUME_CLAIM}), "tekton.dev/pipelineRun"
    ),
    GroupKind("tekton.dev", "TaskRun"): _Run(frozenset({POD, VOLUME_CLAIM}), "tekton.dev/taskRun"),
    GroupKind("argoproj.io", "Workflow"): _Run(frozenset({POD}), "workflows.argoproj.io/workflow"),
    GroupKind("acme.cert-manager.io", "Challenge"): _Run(
        frozenset({POD, SERVICE, _INGRESS}), "acme.cert-manager.io/http01-solver", "true"
    ),
}
"""The kinds of runs, which are left out as a whole, whose controllers make something.

https://github.com/tektoncd/pipeline/blob/main/pkg/pod/pod.go,
https://github.com/argoproj/argo-workflows/blob/main/workflow/controller/workflowpod.go,
https://github.com/cert-manager/cert-manager/tree/master/pkg/issuer/acme/http
"""


def exclusion(document: Document, around: Surroundings) -> str | None:
    """The rule that leaves this object out of the comparison; None where it is compared."""
    for rule, applies in EXCLUSIONS.items():
        if applies(document, around):
            return rule
    return None


def _is_owned(document: Document, around: Surroundings) -> bool:
    """Whether an object follows from one that is compared."""
    return is_made(document, around) and unseen_maker(root_of(document, around), around) is None


def _is_of_run(document: Document, around: Surroundings) -> bool:
    """Whether a run made this: the run's kind is served here, or what it made has finished.

    Which kinds are served, a dump in a file does not say. What no server has seen, no run made.
    """
    labels = inside(document.metadata, "labels")
    for owner in maps_in(document.metadata, "ownerReferences"):
        kind = GroupKind(group_of(str(owner.get("apiVersion", ""))), str(owner.get("kind", "")))
        run = _RUNS.get(kind)
        if run and owner.get("controller") is True and document.kind in run.makes:
            is_marked = labels.get(run.label) == (run.value or owner.get("name"))
            is_marked |= _is_claim_of_run(document)
            is_work = document.kind == STATEFUL_SET and not _is_assistant(document)
            is_dumped = around.origin is Origin.MANIFESTS and document.uid is not None
            may_be = kind in around.runs or is_dumped
            return is_marked and not is_work and (may_be or has_finished(document))
    return False


def _is_claim_of_run(document: Document) -> bool:
    """Whether a volume claim is called as Tekton calls those of a workspace, which have no label.

    `GeneratePVCNameFromWorkspaceBinding` in pkg/reconciler/volumeclaim/pvchandler.go of Tekton, at
    3ee1745
    """
    is_named_so = _CLAIM_OF_RUN.fullmatch(document.reference.name) is not None
    return document.kind == VOLUME_CLAIM and is_named_so


def _is_assistant(document: Document) -> bool:
    """Whether Tekton alone wrote what keeps a run's pods on one node, and runs nothing else.

    `affinityAssistantStatefulSet` in pkg/reconciler/pipelinerun/affinity_assistant.go of Tekton,
    at 3ee1745
    """
    pod = inside(document.body, "spec", "template", "spec")
    containers = [*maps_in(pod, "initContainers"), *maps_in(pod, "containers")]
    return (
        re.fullmatch(rf"{_ASSISTANT}-[0-9a-f]{{10}}", document.reference.name) is not None
        and [container.get("name") for container in containers] == [_ASSISTANT]
        and is_by_alone(_TEKTON, document)
    )


def _is_terminating(document: Document, _around: Surroundings) -> bool:
    """A pod on its way out, whose maker is gone or is somebody else's matter.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
    """
    owners = maps_in(document.metadata, "ownerReferences")
    return (
        document.kind == POD
        and "deletionTimestamp" in document.metadata
        and any(owner.get("controller") is True for owner in owners)
    )


def _is_static_pod(document: Document, _around: Surroundings) -> bool:
    """What a kubelet shows of a pod that it has from a file; it deletes what others make so.

    https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
    """
    annotations = inside(document.metadata, "annotations")
    node = inside(document.body, "spec").get("nodeName")
    owners = [
        (owner.get("kind"), owner.get("name"))
        for owner in maps_in(document.metadata, "ownerReferences")
        if owner.get("controller") is True
    ]
    return (
        document.kind == POD
        and _MIRROR in annotations
        and annotations.get(_CONFIG_HASH) == annotations[_MIRROR]
        and owners == [("Node", node)]
        and document.reference.name.endswith(f"-{node}")
    )


def _is_managed_endpoints(document: Document, around: Surroundings) -> bool:
    """Whether a controller writes where a Service leads, and mends what others write there.

    https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#management
    """
    kind, name = document.kind, document.reference.name
    if kind == ENDPOINTS:
        return _selects(name, around) or around.is_of_api_server(document)
    if kind != ENDPOINT_SLICE:
        return False
    labels = inside(document.metadata, "labels")
    service = str(labels.get(_SLICE_SERVICE, ""))
    is_managed = _SLICE_MANAGERS.get(str(labels.get(_SLICE_MANAGER)))
    if is_managed:
        return is_managed(document, service, around)
    return around.is_of_api_server(document)


def _selects(service: str, around: Surroundings) -> bool:
    """Whether a Service has a selector, by which controllers know its pods.

    `syncService` in pkg/controller/endpointslice/endpointslice_controller.go of Kubernetes
    """
    found = around.documents.get(ObjectReference(*SERVICE, service))
    spec = inside(found.body, "spec") if found else {}
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName"


def _is_of_selector(_slice: Document, service: str, around: Surroundings) -> bool:
    return _selects(service, around)


def _is_mirror(mirror: Document, service: str, around: Surroundings) -> bool:
    """Whether a slice says no more than the Endpoints that it is made of, which are compared."""
    endpoints = around.documents.get(ObjectReference(*ENDPOINTS, service))
    return (
        endpoints is not None
        and set(addresses(mirror)) <= set(addresses(endpoints))
        and set(_ports(mirror.body))
        <= {port for subset in maps_in(endpoints.body, "subsets") for port in _ports(subset)}
    )


def _ports(holder: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, number and protocol of the ports in a slice, or in a subset of Endpoints."""
    for port in maps_in(holder, "ports"):
        named, protocol = port.get("name") or "", port.get("protocol") or "TCP"
        yield str(named), str(port.get("port")), str(protocol)


_SLICE_MANAGERS: dict[str, Callable[[Document, str, Surroundings], bool]] = {
    "endpointslice-controller.k8s.io": _is_of_selector,
    _MIRRORING: _is_mirror,
}


def is_mirrored(document: Document) -> bool:
    """Whether this repeats Endpoints, which say themselves where they lead."""
    return inside(document.metadata, "labels").get(_SLICE_MANAGER) == _MIRRORING


def addresses(document: Document) -> Iterator[str]:
    """The addresses in Endpoints, or in an EndpointSlice."""
    for endpoint in maps_in(document.body, "endpoints"):
        yield from map(str, endpoint.get("addresses") or ())
    for subset in maps_in(document.body, "subsets"):
        for field in ("addresses", "notReadyAddresses"):
            yield from (str(item.get("ip")) for item in maps_in(subset, field))


def _is_leader_lock(document: Document, around: Surroundings) -> bool:
    """A lock holds nothing but who leads, and no pod reads it; client-go made them of two kinds.

    https://github.com/kubernetes/client-go/tree/release-1.23/tools/leaderelection/resourcelock
    """
    metadata = document.metadata
    return (
        document.kind in _LOCKS
        and set(inside(metadata, "annotations")) == {_LEADER}
        and not metadata.get("labels")
        and not any(value for key, value in document.body.items() if key not in _IDENTITY)
        and not around.reads_config_map(document.reference.name)
    )


def _is_helm_release(document: Document, around: Surroundings) -> bool:
    """One record of Helm's own, which holds nothing but itself, and which nothing else reads.

    https://helm.sh/docs/topics/advanced/#storage-backends
    """
    named = _RELEASE.fullmatch(document.reference.name)
    if document.kind not in (SECRET, CONFIG_MAP) or not named:
        return False
    labels = inside(document.metadata, "labels")
    return (
        document.reference.name not in around.named_releases
        and not any(document.metadata.get(field) for field in _OF_OTHERS)
        and not any(around.selects(document, label) for label in labels.keys() - _HELM_LABELS)
        and (labels.get("owner"), labels.get("name"), labels.get("version"))
        == ("helm", *named.groups())
        and document.body.get("type") in ("helm.sh/release.v1", None)
        and set(inside(document.body, "data")) <= {"release"}
        and not document.body.get("binaryData")
    )


def _is_of_unseen_maker(document: Document, around: Surroundings) -> bool:
    return unseen_maker(document, around) is not None


EXCLUSIONS: dict[str, Callable[[Document, Surroundings], bool]] = {
    "owned": _is_owned,
    "of-runs": _is_of_run,
    "terminating": _is_terminating,
    "static-pod": _is_static_pod,
    "managed-endpoints": _is_managed_endpoints,
    "leader-election": _is_leader_lock,
    "helm-release": _is_helm_release,
    UNSEEN_MAKER: _is_of_unseen_maker,
}
OF_OWNERS = ("owned", "managed-endpoints")
"""The rules for what an object that is compared has controllers make."""
