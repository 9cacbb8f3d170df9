"""What a controller and the API server make of a pod template: the pod as it should be.

A pod is left out of a comparison only as far as it is what is given here; what it has besides,
or lacks, somebody or some admission webhook has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from driftcheck.model import Document, GroupKind, ObjectReference
from driftcheck.normalization._inside import inside, items_in, maps_in
from driftcheck.normalization._makers import DAEMON_SET, JOB, MACHINE_INSTANCE
from driftcheck.normalization._surroundings import (
    ORDINAL,
    SERVICE_ACCOUNT,
    STATEFUL_SET,
    ContainerLimits,
    Surroundings,
)

Body = dict[str, Any]

_OF_EACH_POD = frozenset(
    {"deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "finalizers"}
)
_REVISION_LABELS = ("controller-revision-hash", "pod-template-generation")
_INDEX = "batch.kubernetes.io/job-completion-index"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_NODE_TAINTS = {
    "node.kubernetes.io/not-ready": "NoExecute",
    "node.kubernetes.io/unreachable": "NoExecute",
    "node.kubernetes.io/disk-pressure": "NoSchedule",
    "node.kubernetes.io/memory-pressure": "NoSchedule",
    "node.kubernetes.io/pid-pressure": "NoSchedule",
    "node.kubernetes.io/unschedulable": "NoSchedule",
}
_NETWORK_TAINT = {"node.kubernetes.io/network-unavailable": "NoSchedule"}
_USERS = "openshift.io/sa.scc.uid-range"
_GROUPS = "openshift.io/sa.scc.supplemental-groups"
_LEVEL = "openshift.io/sa.scc.mcs"
_OF_THE_HOST = frozenset({"hostNetwork", "hostPID", "hostIPC"})
_LAUNCHERS = (["/usr/bin/virt-launcher-monitor"], ["/usr/bin/virt-launcher"])
_INIT = ["/usr/bin/tini", "--"]
_MEMORY_PRESSURE = {
    "key": "node.kubernetes.io/memory-pressure",
    "operator": "Exists",
    "effect": "NoSchedule",
}


def as_it_is(pod: Document) -> Document:
    """The pod without what tells it from others of its template."""
    return _with(pod, inside(pod.body, "spec"), pod.metadata)


def as_given(pod: Document, maker: Document, around: Surroundings) -> Document | None:
    """The pod as its maker gives it; None where that has no pod template and should have one."""
    if maker.kind == MACHINE_INSTANCE:
        return _with(pod, _of_machine(inside(pod.body, "spec"), maker), pod.metadata)
    template = inside(maker.body, "spec", "template")
    spec, metadata = dict(inside(template, "spec")), dict(inside(template, "metadata"))
    if not spec:
        return None
    add = _ADDITIONS.get(maker.kind)
    if add:
        add(spec, metadata, pod, maker)
    _admit(spec, pod, around)
    return _with(pod, spec, metadata)


def _with(pod: Document, spec: Body, metadata: Any) -> Document:
    """The pod with another spec, and with other labels, annotations and finalizers.

    It is called as all pods of its template are, where the server made up the rest of its name.
    """
    kept = {key: value for key, value in pod.metadata.items() if key not in _OF_EACH_POD}
    kept["name"] = kept.get("generateName") or kept["name"]
    owners = maps_in(pod.metadata, "ownerReferences")
    kept["ownerReferences"] = [owner for owner in owners if not owner.get("controller")]
    for field in ("labels", "annotations", "finalizers"):
        if metadata.get(field):
            kept[field] = metadata[field]
    return Document({**pod.body, "metadata": kept, "spec": spec})


def _of_machine(seen: Body, machine: Document) -> Body:
    """A machine's pod without what KubeVirt gives to none: the host's own, and other commands.

    KubeVirt writes the pod in its code, so that nothing else of it can be held against a template.
    https://github.com/kubevirt/kubevirt/blob/main/pkg/virt-controller/services/template.go
    """
    disks = {
        str(volume.get("name"))
        for volume in maps_in(inside(machine.body, "spec"), "volumes")
        if "hostDisk" in volume
    }
    spec = {field: value for field, value in seen.items() if field not in _OF_THE_HOST}
    for role in ("initContainers", "containers"):
        if role in spec:
            spec[role] = [_launched(item) for item in maps_in(spec, role)]
    if "volumes" in spec:
        spec["volumes"] = [
            volume
            for volume in maps_in(spec, "volumes")
            if "hostPath" not in volume or str(volume.get("name")) in disks
        ]
    return spec


def _launched(container: Body) -> Body:
    """A container of a machine's pod, without privilege; the machine's own runs its launcher."""
    given, command = dict(container), items_in(container, "command")
    if "privileged" in inside(container, "securityContext"):
        given["securityContext"] = {**container["securityContext"], "privileged": False}
    launcher = command[len(_INIT) :] if command[: len(_INIT)] == _INIT else command
    if container.get("name") == "compute" and launcher[:1] not in _LAUNCHERS:
        given.pop("command", None)
    return given


def _of_stateful_set(spec: Body, metadata: Body, pod: Document, maker: Document) -> None:
    """https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/statefulset/stateful_set_utils.go."""
    name, stateful_set = pod.reference.name, inside(maker.body, "spec")
    ordinal = name.removeprefix(f"{maker.reference.name}-")
    _label(metadata, "statefulset.kubernetes.io/pod-name", name)
    if "apps.kubernetes.io/pod-index" in inside(pod.metadata, "labels"):
        _label(metadata, "apps.kubernetes.io/pod-index", ordinal)
    _copy_labels(metadata, pod, _REVISION_LABELS)
    spec["hostname"] = name
    if stateful_set.get("serviceName"):
        spec["subdomain"] = stateful_set["serviceName"]
    claims = [
        str(inside(template, "metadata").get("name"))
        for template in maps_in(stateful_set, "volumeClaimTemplates")
    ]
    volumes = [item for item in maps_in(spec, "volumes") if item.get("name") not in claims]
    volumes += [
        {
            "name": claim,
            "persistentVolumeClaim": {"claimName": f"{claim}-{maker.reference.name}-{ordinal}"},
        }
        for claim in claims
    ]
    if volumes:
        spec["volumes"] = volumes


def _of_daemon_set(spec: Body, metadata: Body, pod: Document, _maker: Document) -> None:
    """https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/daemon/util/daemonset_util.go."""
    _copy_labels(metadata, pod, _REVISION_LABELS)
    taints = {**_NODE_TAINTS, **(_NETWORK_TAINT if spec.get("hostNetwork") else {})}
    for key, effect in taints.items():
        _tolerate(spec, {"key": key, "operator": "Exists", "effect": effect})
    node = _pinned_node(pod)
    if node:
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        affinity = inside(spec, "affinity")
        required = {_REQUIRED: {"nodeSelectorTerms": [term]}}
        spec["affinity"] = {
            **affinity,
            "nodeAffinity": {**inside(affinity, "nodeAffinity"), **required},
        }


def _pinned_node(pod: Document) -> str:
    """The node that a daemon's pod is made for, unless it runs on another."""
    spec = inside(pod.body, "spec")
    required = inside(spec, "affinity", "nodeAffinity", _REQUIRED)
    for term in maps_in(required, "nodeSelectorTerms"):
        for field in maps_in(term, "matchFields"):
            node, *_ = items_in(field, "values") or [""]
            if spec.get("nodeName") in (node, None):
                return str(node)
    return ""


def _of_job(spec: Body, metadata: Body, pod: Document, maker: Document) -> None:
    """https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/job/indexed_job_utils.go."""
    if inside(maker.body, "spec").get("completionMode") != "Indexed":
        return
    index = str(inside(pod.metadata, "annotations").get(_INDEX, ""))
    metadata["annotations"] = {**inside(metadata, "annotations"), _INDEX: index}
    source = "annotations"
    if _INDEX in inside(pod.metadata, "labels"):
        _label(metadata, _INDEX, index)
        source = "labels"
    spec["hostname"] = f"{maker.reference.name}-{index}"
    variable = {
        "name": "JOB_COMPLETION_INDEX",
        "valueFrom": {"fieldRef": {"fieldPath": f"metadata.{source}['{_INDEX}']"}},
    }
    for role in ("initContainers", "containers"):
        if role in spec:
            spec[role] = [
                {**item, "env": [*items_in(item, "env"), variable]} for item in maps_in(spec, role)
            ]


_ADDITIONS: dict[GroupKind, Callable[[Body, Body, Document, Document], None]] = {
    STATEFUL_SET: _of_stateful_set,
    DAEMON_SET: _of_daemon_set,
    JOB: _of_job,
}
"""What a controller adds to the pods of its template."""


def _admit(spec: Body, pod: Document, around: Surroundings) -> None:
    """What Kubernetes' own admission adds to a pod that says nothing of it, where it has.

    A priority follows from the class's name, and no other is admitted. A pod may be older than
    the LimitRange, or than the ServiceAccount's list.
    https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
    """
    seen = inside(pod.body, "spec")
    for field in ("priority", "preemptionPolicy"):
        if field in seen:
            spec.setdefault(field, seen[field])
    if seen.get("serviceAccountName") == "default":
        spec.setdefault("serviceAccountName", "default")
    account = ObjectReference(*SERVICE_ACCOUNT, str(spec.get("serviceAccountName", "default")))
    known = around.documents.get(account)
    listed = known.body.get("imagePullSecrets") if known else None
    if listed and not spec.get("imagePullSecrets") and seen.get("imagePullSecrets") == listed:
        spec["imagePullSecrets"] = listed
    if _MEMORY_PRESSURE in maps_in(seen, "tolerations") and _wants_resources(seen):
        _tolerate(spec, _MEMORY_PRESSURE)
    if around.container_limits:
        _limit(spec, seen, around.container_limits)
    ranges = inside(around.namespace_object, "metadata", "annotations")
    if _USERS in ranges:
        _constrain(spec, seen, ranges)


def _constrain(spec: Body, seen: Body, ranges: Body) -> None:
    """The first user and group, and the level, of the ranges that OpenShift allots a Namespace.

    A security context constraint gives them to a pod that says none.
    https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/authentication_and_authorization/managing-pod-security-policies
    """
    _secure(spec, seen, "fsGroup", _first(ranges.get(_GROUPS)))
    if _LEVEL in ranges:
        _secure(spec, seen, "seLinuxOptions", {"level": ranges[_LEVEL]})
    for role in ("initContainers", "containers"):
        there = {str(item.get("name")): item for item in maps_in(seen, role)}
        if role in spec:
            spec[role] = [dict(item) for item in maps_in(spec, role)]
            for item in spec[role]:
                known = there.get(str(item.get("name")), {})
                _secure(item, known, "runAsUser", _first(ranges.get(_USERS)))


def _secure(given: Body, seen: Body, field: str, value: Any) -> None:
    """Give a security context that says none a field, where what is seen has just this value."""
    said, there = inside(given, "securityContext"), inside(seen, "securityContext")
    if there:
        is_given = field not in said and there.get(field) == value
        given["securityContext"] = {**said, field: value} if is_given else said


def _first(allotted: Any) -> int:
    """The first number of a range, `1000660000/10000`; none that can be where it is no range."""
    first = str(allotted).partition("/")[0]
    return int(first) if ORDINAL.fullmatch(first) else -1


def _limit(spec: Body, seen: Body, limits: ContainerLimits) -> None:
    """A LimitRange's values, for a container that says none and has just these.

    https://kubernetes.io/docs/concepts/policy/limit-range/
    """
    for role in ("initContainers", "containers"):
        there = {str(item.get("name")): item for item in maps_in(seen, role)}
        if role in spec:
            spec[role] = [
                _limited(item, there.get(str(item.get("name")), {}), limits)
                for item in maps_in(spec, role)
            ]


def _limited(container: Body, seen: Body, limits: ContainerLimits) -> Body:
    resources = dict(inside(container, "resources"))
    for field, given in limits.items():
        declared = inside(resources, field)
        values = {
            name: value
            for name, value in inside(seen, "resources", field).items()
            if name not in declared and value in given.get(name, ())
        }
        if values:
            resources[field] = {**declared, **values}
    return {**container, "resources": resources}


def _wants_resources(spec: Body) -> bool:
    """Whether a pod asks for resources, so that it is not of the class BestEffort.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
    """
    containers = (*maps_in(spec, "containers"), *maps_in(spec, "initContainers"))
    return any(
        inside(item, "resources", field) for item in containers for field in ("limits", "requests")
    )


def _label(metadata: Body, key: str, value: str) -> None:
    metadata["labels"] = {**inside(metadata, "labels"), key: value}


def _copy_labels(metadata: Body, pod: Document, keys: tuple[str, ...]) -> None:
    labels = inside(pod.metadata, "labels")
    for key in keys:
        if key in labels:
            _label(metadata, key, labels[key])


def _tolerate(spec: Body, toleration: Body) -> None:
    tolerations = spec["tolerations"] = list(maps_in(spec, "tolerations"))
    if toleration not in tolerations:
        tolerations.append(toleration)
