"""Rules for single kinds: fields that a server or a controller fills in by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from driftcheck.model import Document
from driftcheck.normalization._defaults import POD, job_defaults
from driftcheck.normalization._inside import drop, drop_items, inside, maps_in
from driftcheck.normalization._metadata import Content, pod_templates
from driftcheck.normalization._surroundings import Surroundings

JOB_LABELS = (
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "job-name",
)
POD_LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")
_POD_ANNOTATIONS = re.compile(
    r"(cni\.projectcalico\.org|k8s\.ovn\.org)/.+"
    r"|k8s\.v1\.cni\.cncf\.io/network-status(es)?"
    r"|kubernetes\.io/(limit-ranger|config\..+)"
    r"|openshift\.io/scc|vpaUpdates|vpaObservedContainers"
    r"|sidecar\.istio\.io/status|istio\.io/rev"
    r"|linkerd\.io/(proxy-version|created-by|trust-root-sha256)"
    r"|vault\.hashicorp\.com/agent-inject-status"
)
_LINKERD = {
    "initContainers": ["linkerd-init", "linkerd-network-validator", "linkerd-proxy"],
    "containers": ["linkerd-proxy"],
    "volumes": [
        "linkerd-identity-end-entity",
        "linkerd-identity-token",
        "linkerd-proxy-init-xtables-lock",
    ],
}
_DEFAULT_TOLERATIONS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_TOKEN_VOLUME = re.compile(r"kube-api-access-[a-z0-9]{5}")


def drop_service_allocations(content: Content, seen: Document, _around: Surroundings) -> int:
    """Addresses and ports of a Service that the API server picked.

    A headless Service's `None` was chosen, and so was a node port that stands in a
    manifest (no server has given it a uid) or has an owner in managedFields.
    https://kubernetes.io/docs/concepts/services-networking/service/
    """
    spec = inside(content, "spec")
    hits = drop(spec, "healthCheckNodePort", "clusterIPs")
    if spec.get("clusterIP") not in (None, "", "None"):
        hits += drop(spec, "clusterIP")
    if spec.get("ipFamilyPolicy") == "SingleStack" and not _is_owned(seen, "f:ipFamilies"):
        hits += drop(spec, "ipFamilies")
    if seen.uid:
        hits += sum(
            drop(port, "nodePort")
            for port in maps_in(spec, "ports")
            if not _is_chosen_node_port(port, seen)
        )
    return hits


def _is_chosen_node_port(port: dict[str, Any], seen: Document) -> bool:
    """Whether somebody owns a port's nodePort.

    Allocation comes after ownership is tracked, so an allocated one has no owner.
    """
    number, protocol = f'"port":{port.get("port")},', f'"protocol":"{port.get("protocol")}"'
    return any(
        number in key and protocol in key and "f:nodePort" in item
        for fields in _owned_spec(seen)
        for key, item in inside(fields, "f:ports").items()
    )


def _is_owned(seen: Document, field: str) -> bool:
    return any(field in fields for fields in _owned_spec(seen))


def _owned_spec(seen: Document) -> list[dict[str, Any]]:
    """What each manager owns in `spec`, as a FieldsV1 set.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
    """
    return [
        inside(entry, "fieldsV1", "f:spec") for entry in maps_in(seen.metadata, "managedFields")
    ]


def drop_volume_binding(content: Content, _seen: Document, _around: Surroundings) -> int:
    """Which volume a claim was bound to, and the old name of what it was made from.

    The API server keeps `dataSource` equal to `dataSourceRef`.
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/#data-source-references
    """
    spec = inside(content, "spec")
    source = spec.get("dataSource")
    if source and spec.setdefault("dataSourceRef", source) == source:
        return drop(spec, "volumeName", "dataSource")
    return drop(spec, "volumeName")


def drop_job_identity(content: Content, _seen: Document, _around: Surroundings) -> int:
    """The selector and labels by which the Job controller tells its own pods.

    https://kubernetes.io/docs/concepts/workloads/controllers/job/#specifying-your-own-pod-selector
    """
    spec = inside(content, "spec")
    if spec.get("manualSelector"):
        return 0
    own = inside(content, "metadata", "labels")
    templates = inside(spec, "template", "metadata", "labels")
    return drop(spec, "selector") + drop(own, *JOB_LABELS) + drop(templates, *JOB_LABELS)


def fill_job_labels(content: Content, _seen: Document, _around: Surroundings) -> int:
    """A Job without labels gets its template's.

    https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/batch/v1/defaults.go
    """
    templates = inside(content, "spec", "template", "metadata", "labels")
    if not templates or inside(content, "metadata", "labels"):
        return 0
    inside(content, "metadata")["labels"] = dict(templates)
    return len(templates)


def fill_job(content: Content, _seen: Document, _around: Surroundings) -> int:
    """A Job's own defaults, which a CronJob's template does not get."""
    spec = inside(content, "spec")
    return _fill(spec, job_defaults(spec))


def fill_host_ports(content: Content, _seen: Document, _around: Surroundings) -> int:
    """The ports of a pod in the host's network, which are the host's.

    Up to 1.27 the API server filled them into templates as well.
    https://github.com/kubernetes/kubernetes/pull/117696
    """
    specs = (inside(content, "spec"), *(inside(item, "spec") for item in pod_templates(content)))
    ports = [
        port
        for spec in specs
        if spec.get("hostNetwork") is True
        for role in ("initContainers", "containers")
        for container in maps_in(spec, role)
        for port in maps_in(container, "ports")
    ]
    return sum(_fill(port, {"hostPort": port.get("containerPort")}) for port in ports)


def fill_pod(content: Content, _seen: Document, _around: Surroundings) -> int:
    """A Pod's own defaults, which a template does not get."""
    return _fill(inside(content, "spec"), POD)


def _fill(spec: dict[str, Any], defaults: Mapping[str, Any]) -> int:
    missing = {key: value for key, value in defaults.items() if key not in spec}
    spec |= missing
    return len(missing)


def drop_held_replicas(content: Content, seen: Document, around: Surroundings) -> int:
    """Replicas that an autoscaler holds in every compared environment."""
    if seen.reference not in around.autoscaled:
        return 0
    return drop(inside(content, "spec"), "replicas")


def drop_account_alias(content: Content, _seen: Document, _around: Surroundings) -> int:
    """`serviceAccount`, the old name that the API server keeps equal to `serviceAccountName`."""
    hits = 0
    for spec in (
        inside(content, "spec"),
        *(inside(item, "spec") for item in pod_templates(content)),
    ):
        alias = spec.get("serviceAccount")
        if alias and spec.setdefault("serviceAccountName", alias) == alias:
            hits += drop(spec, "serviceAccount")
    return hits


def drop_pod_runtime(content: Content, _seen: Document, _around: Surroundings) -> int:
    """What scheduling and admission add to a pod: node, token volume, priority, tolerations.

    https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
    """
    spec = inside(content, "spec")
    tokens = [item for item in maps_in(spec, "volumes") if _is_token_volume(item)]
    tolerations = [item for item in maps_in(spec, "tolerations") if _is_default_toleration(item)]
    token_names = {item["name"] for item in tokens}
    hits = drop(spec, "nodeName", "priority", "preemptionPolicy")
    hits += drop_items(spec, "volumes", tokens) + drop_items(spec, "tolerations", tolerations)
    for role in ("initContainers", "containers", "ephemeralContainers"):
        for container in maps_in(spec, role):
            mounts = maps_in(container, "volumeMounts")
            token_mounts = [item for item in mounts if item.get("name") in token_names]
            hits += drop_items(container, "volumeMounts", token_mounts)
    return hits


def drop_pod_marks(content: Content, _seen: Document, _around: Surroundings) -> int:
    """What networks, admission and meshes note on a pod when it starts."""
    annotations = inside(content, "metadata", "annotations")
    labels = inside(content, "metadata", "labels")
    return drop(annotations, *filter(_POD_ANNOTATIONS.fullmatch, annotations)) + drop(
        labels, *POD_LABELS
    )


def drop_injected(content: Content, seen: Document, _around: Surroundings) -> int:
    """What a mesh injected into a pod, as far as its own annotation lists it.

    https://istio.io/latest/docs/reference/config/annotations/#SidecarStatus
    """
    spec = inside(content, "spec")
    injected = _injected(inside(seen.metadata, "annotations"))
    return sum(
        drop_items(
            spec,
            field,
            [item for item in maps_in(spec, field) if item.get("name") in injected.get(field, ())],
        )
        for field in ("initContainers", "containers", "volumes")
    )


def _injected(annotations: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of what was injected, by the pod's field."""
    if "linkerd.io/proxy-version" in annotations:
        return _LINKERD
    try:
        listed = json.loads(annotations.get("sidecar.istio.io/status", "{}"))
    except (TypeError, ValueError):
        return {}
    if not isinstance(listed, dict):
        return {}
    return {field: names for field, names in listed.items() if isinstance(names, list)}


def _is_token_volume(item: dict[str, Any]) -> bool:
    return "projected" in item and bool(_TOKEN_VOLUME.fullmatch(str(item.get("name"))))


def _is_default_toleration(item: dict[str, Any]) -> bool:
    return item in [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for key in _DEFAULT_TOLERATIONS
    ]


def drop_generated_references(content: Content, seen: Document, _around: Surroundings) -> int:
    """Token and pull Secrets that a controller generated and listed in a ServiceAccount."""
    generated = re.compile(rf"{re.escape(seen.reference.name)}-(token|dockercfg)-[a-z0-9]{{5}}")
    hits = 0
    for field in ("secrets", "imagePullSecrets"):
        listed = maps_in(content, field)
        hits += drop_items(
            content, field, [item for item in listed if generated.fullmatch(str(item.get("name")))]
        )
    return hits


def drop_generated_token(content: Content, _seen: Document, _around: Surroundings) -> int:
    """The token that a controller writes into a service account token Secret."""
    if content.get("type") != "kubernetes.io/service-account-token":
        return 0
    return drop(inside(content, "data"), "token", "ca.crt", "namespace")


def drop_cluster_certificate(content: Content, seen: Document, _around: Surroundings) -> int:
    """The cluster's root certificate, where it is as the cluster publishes it.

    https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#root-ca-cert-publisher
    """
    annotations = inside(content, "metadata", "annotations")
    is_published = (
        seen.reference.name == "kube-root-ca.crt"
        and "kubernetes.io/description" in annotations
        and set(inside(content, "data")) == {"ca.crt"}
    )
    if not is_published:
        return 0
    return drop(annotations, "kubernetes.io/description") + drop(content, "data")


def drop_namespace_spec(content: Content, _seen: Document, _around: Surroundings) -> int:
    """A Namespace's own finalizers, and the ranges OpenShift gives it."""
    annotations = inside(content, "metadata", "annotations")
    given = [key for key in annotations if key.startswith("openshift.io/sa.scc.")]
    return drop(content, "spec") + drop(annotations, *given)


def drop_claim_template_status(content: Content, _seen: Document, _around: Surroundings) -> int:
    """What the API server adds to each volumeClaimTemplate."""
    templates = maps_in(inside(content, "spec"), "volumeClaimTemplates")
    return sum(drop(template, "apiVersion", "kind", "status") for template in templates)
