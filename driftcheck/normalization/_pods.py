"""What a live Pod is given beside what its author, or its template, says.

By admission, the scheduler and networks. Nothing is known by its name alone: each is
taken away only in the very form in which its component gives it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from driftcheck.model import Document, Field
from driftcheck.normalization._choices import Picks, is_chosen, taken
from driftcheck.normalization._inside import drop, drop_items, inside, maps_in
from driftcheck.normalization._metadata import Content, drop_unread
from driftcheck.normalization._surroundings import Surroundings

_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a mount's path
GENERATED_SUFFIX = "[bcdfghjklmnpqrstvwxz2456789]{5}"
"""`String` in staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go of Kubernetes."""
_TOKEN_VOLUME = re.compile(f"kube-api-access-{GENERATED_SUFFIX}")
_TOKEN_SOURCES: tuple[Mapping[str, Any], ...] = (
    {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
    {
        "configMap": {
            "name": "kube-root-ca.crt",
            "items": [{"key": "ca.crt", "path": "ca.crt"}],
        }
    },
    {
        "downwardAPI": {
            "items": [
                {
                    "path": "namespace",
                    "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                }
            ]
        }
    },
)
_OPENSHIFT_SOURCE: Mapping[str, Any] = {
    "configMap": {
        "name": "openshift-service-ca.crt",
        "items": [{"key": "service-ca.crt", "path": "service-ca.crt"}],
    }
}
_DEFAULT_TOLERATIONS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_DEFAULT_PRIORITY = {"priority": 0, "preemptionPolicy": "PreemptLowerPriority"}
_IDENTITY_VOLUME = "azure-workload-identity-reserved-"
_LONGEST_VOLUME = 63
NODE = (Field("spec"), Field("nodeName"))
_LABEL_FIELDS = ("metadata", "labels")
_LABELS = tuple(map(Field, _LABEL_FIELDS))
_PLACE_LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")
_NETWORK_NOTES = (
    "cni.projectcalico.org/containerID",
    "cni.projectcalico.org/podIP",
    "cni.projectcalico.org/podIPs",
    "k8s.ovn.org/pod-networks",
    "k8s.v1.cni.cncf.io/network-status",
    "k8s.v1.cni.cncf.io/networks-status",
)
_ADMISSION_NOTES = (
    "kubernetes.io/limit-ranger",
    "linkerd.io/trust-root-sha256",
    "openshift.io/scc",
    "vpaObservedContainers",
    "vpaUpdates",
)


def drop_admitted(content: Content, seen: Document, around: Surroundings) -> int:
    """What admission adds: a token, two tolerations, a priority, and notes of what it did.

    https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
    """
    spec = inside(content, "spec")
    hits = _drop_default_tolerations(spec) + _drop_priority(spec, is_live=seen.is_live)
    if seen.is_live:
        hits += _drop_token(spec, around)
        hits += drop_unread(content, "annotations", _ADMISSION_NOTES)
    return hits


def take_placement(content: Content, seen: Document, _around: Surroundings) -> Picks:
    """The node that a scheduler found, and the labels that say where that node is.

    `BindingREST.assignPod` in pkg/registry/core/pod/storage/storage.go of Kubernetes, and
    https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/4742-node-topology-downward-api
    """
    spec = inside(content, "spec")
    if not spec.get("nodeName"):
        return
    yield from taken(spec, "nodeName", NODE, is_chosen(seen, NODE))
    for label in _PLACE_LABELS:
        path = (*_LABELS, Field(label))
        yield from taken(inside(content, *_LABEL_FIELDS), label, path, is_chosen(seen, path))


def drop_network_notes(content: Content, seen: Document, _around: Surroundings) -> int:
    """What a network plugin notes on a Pod that has a node; what it is asked for stays.

    https://docs.tigera.io/calico/latest/networking/ipam/use-specific-ip
    https://github.com/k8snetworkplumbingwg/multi-net-spec
    """
    if not seen.is_live or not inside(seen.body, "spec").get("nodeName"):
        return 0
    return drop_unread(content, "annotations", _NETWORK_NOTES)


def name_identity_volume(content: Content, seen: Document, _around: Surroundings) -> int:
    """The volume with a cloud's token, whose name ends with a hash of the pod's own.

    `buildVolumeName` in pkg/webhook/webhook.go of Azure Workload Identity, at 04d01a2
    """
    spec = inside(content, "spec")
    containers = [*maps_in(spec, "initContainers"), *maps_in(spec, "containers")]
    mounts = [mount for container in containers for mount in maps_in(container, "volumeMounts")]
    named = [item for item in (*maps_in(spec, "volumes"), *mounts) if _is_for_identity(item)]
    given = _identity_volume_of(seen) if named else ""
    found = [item for item in named if item["name"] == given]
    for item in found:
        item["name"] = _IDENTITY_VOLUME
    return len(found)


def _is_for_identity(item: Mapping[str, Any]) -> bool:
    return str(item.get("name")).startswith(_IDENTITY_VOLUME)


def _identity_volume_of(pod: Document) -> str:
    stem = pod.metadata.get("generateName")
    own = f"{stem} (prefix)" if stem else pod.reference.name
    digest = hashlib.sha256(own.encode()).hexdigest()
    return _IDENTITY_VOLUME + digest[: _LONGEST_VOLUME - len(_IDENTITY_VOLUME)]


def _drop_token(spec: dict[str, Any], around: Surroundings) -> int:
    """The token volume, and where it is mounted for the API's clients.

    `Plugin.mountServiceAccountToken` and `TokenVolumeSource` in
    plugin/pkg/admission/serviceaccount/admission.go of Kubernetes; its name ends as
    `rand.String` ends names. Mounted anywhere else, or against the word of the Pod or
    its account, somebody has written it.
    """
    tokens = [item for item in maps_in(spec, "volumes") if _is_token(item)]
    if not tokens or not _is_given_a_token(spec, around):
        return 0
    names = {item["name"] for item in tokens}
    hits = drop_items(spec, "volumes", tokens)
    for role in ("initContainers", "containers"):
        for container in maps_in(spec, role):
            mounts = [item for item in maps_in(container, "volumeMounts") if _mounts(item, names)]
            hits += drop_items(container, "volumeMounts", mounts)
    return hits


def _is_given_a_token(spec: dict[str, Any], around: Surroundings) -> bool:
    """https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting."""
    said = spec.get("automountServiceAccountToken")
    if said is None:
        return not around.denies_token(str(spec.get("serviceAccountName", "default")))
    return said is not False


def _is_token(volume: dict[str, Any]) -> bool:
    name, projected = volume.get("name"), inside(volume, "projected")
    sources = maps_in(projected, "sources")
    given = [*_TOKEN_SOURCES, *([_OPENSHIFT_SOURCE] if _OPENSHIFT_SOURCE in sources else ())]
    return (
        _TOKEN_VOLUME.fullmatch(str(name)) is not None
        and volume == {"name": name, "projected": {"defaultMode": 0o644, "sources": sources}}
        and len(sources) == len(given)
        and all(source in sources for source in given)
    )


def _mounts(mount: dict[str, Any], names: set[str]) -> bool:
    return str(mount.get("name")) in names and mount == {
        "name": mount["name"], "mountPath": _TOKEN_PATH, "readOnly": True
    }  # fmt: skip


def _drop_default_tolerations(spec: dict[str, Any]) -> int:
    """Those of every Pod that says nothing itself about a node that is lost: saying them is none.

    `Plugin.Admit` in plugin/pkg/admission/defaulttolerationseconds/admission.go of Kubernetes.
    """
    tolerations = maps_in(spec, "tolerations")
    given = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for key in _DEFAULT_TOLERATIONS
        if sum(_tolerates(item, key) for item in tolerations) == 1
    ]
    return drop_items(spec, "tolerations", [item for item in given if item in tolerations])


def _tolerates(toleration: dict[str, Any], key: str) -> bool:
    """Whether a toleration keeps admission from adding one of its own."""
    return toleration.get("key") in (key, "", None) and toleration.get("effect") in (
        "NoExecute", "", None
    )  # fmt: skip


def _drop_priority(spec: dict[str, Any], *, is_live: bool) -> int:
    """What a class stands for, or having none; admission refuses a Pod that says anything else.

    `Plugin.admitPod` in plugin/pkg/admission/priority/admission.go of Kubernetes.
    """
    is_resolved = is_live and bool(spec.get("priorityClassName"))
    return drop(
        spec,
        *(
            field
            for field, default in _DEFAULT_PRIORITY.items()
            if is_resolved or spec.get(field) == default
        ),
    )
