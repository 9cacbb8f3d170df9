"""Rules for single kinds: fields that a server or a controller fills in by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from driftcheck.model import Document, Reading
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


def hide_sealed_values(content: Content, _seen: Document, _around: Surroundings) -> int:
    """Sealed values, of which each encryption gives another: what they hold is in the Secret.

    https://github.com/bitnami-labs/sealed-secrets#scopes
    """
    sealed = inside(content, "spec", "encryptedData")
    sealed |= {name: Reading("sealed", value) for name, value in sealed.items()}
    return len(sealed)


def drop_namespace_spec(content: Content, _seen: Document, _around: Surroundings) -> int:
    """A Namespace's own finalizers, and the ranges OpenShift gives it."""
    annotations = inside(content, "metadata", "annotations")
    given = [key for key in annotations if key.startswith("openshift.io/sa.scc.")]
    return drop(content, "spec") + drop(annotations, *given)
