"""Rules for single kinds: fields that a server or a controller fills in by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from driftcheck.model import NAMESPACE_TOKEN, Document, Field, Pick, Reading
from driftcheck.normalization._choices import CONTROLLER_MANAGERS, Picks, is_chosen, taken
from driftcheck.normalization._defaults import POD, job_defaults
from driftcheck.normalization._inside import drop, drop_items, inside, maps_in
from driftcheck.normalization._metadata import Content, pod_templates, runs_pods
from driftcheck.normalization._namespace import NAMESPACE_LABEL
from driftcheck.normalization._pods import GENERATED_SUFFIX
from driftcheck.normalization._surroundings import Surroundings

_TOKEN_DATA = ("ca.crt", "namespace", "token")
_TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 - a type
_GENERATED = re.compile(rf"(.+)-(?:token|dockercfg)-{GENERATED_SUFFIX}")
_INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since"
_PROJECT = "field.cattle.io/projectId"
_OTHER_PROJECT = "another Rancher project, which decides who has access and was not compared"
_ALLOTTERS = frozenset({"cluster-policy-controller", "openshift-controller-manager"})
JOB_NAMES = ("batch.kubernetes.io/job-name", "job-name")
JOB_UIDS = ("batch.kubernetes.io/controller-uid", "controller-uid")


def drop_job_identity(content: Content, seen: Document, _around: Surroundings) -> int:
    """The selector and labels by which the Job controller tells its own pods.

    `generateSelector` in pkg/registry/batch/job/strategy.go of Kubernetes
    """
    spec = inside(content, "spec")
    if spec.get("manualSelector"):
        return 0
    hits = drop(spec, "selector") if _is_generated(inside(spec, "selector")) else 0
    for labels in (
        inside(content, "metadata", "labels"),
        inside(spec, "template", "metadata", "labels"),
    ):
        names = [key for key in JOB_NAMES if labels.get(key) == seen.reference.name]
        hits += drop(labels, *JOB_UIDS, *names)
    return hits


def _is_generated(selector: Mapping[str, Any]) -> bool:
    labels = inside(selector, "matchLabels")
    return bool(labels) and selector == {"matchLabels": labels} and set(labels) <= set(JOB_UIDS)


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


def fill_host_ports(content: Content, seen: Document, _around: Surroundings) -> int:
    """The ports of a pod in the host's network, which are the host's.

    Up to 1.27 the API server filled them into templates as well.
    https://github.com/kubernetes/kubernetes/pull/117696
    """
    if not runs_pods(seen):
        return 0
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


def drop_account_alias(content: Content, seen: Document, _around: Surroundings) -> int:
    """`serviceAccount`, the old name that the API server keeps equal to `serviceAccountName`."""
    if not runs_pods(seen):
        return 0
    hits = 0
    for spec in (
        inside(content, "spec"),
        *(inside(item, "spec") for item in pod_templates(content)),
    ):
        alias = spec.get("serviceAccount")
        if alias and spec.setdefault("serviceAccountName", alias) == alias:
            hits += drop(spec, "serviceAccount")
    return hits


def drop_generated_references(content: Content, seen: Document, around: Surroundings) -> int:
    """Token and pull Secrets that a controller generated and listed in a ServiceAccount.

    A Secret of such a name that was captured, and is not the account's, was listed by somebody;
    so is whatever a manifest lists.
    https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
    """
    if not seen.is_live:
        return 0
    account = seen.reference.name
    hits = 0
    for field in ("secrets", "imagePullSecrets"):
        unwanted = [
            item
            for item in maps_in(content, field)
            if (generated := _GENERATED.fullmatch(name := str(item.get("name"))))
            and generated[1] == account
            and around.secret_account(name) in (account, None)
        ]
        hits += drop_items(content, field, unwanted)
    return hits


def take_generated_token(content: Content, seen: Document, _around: Surroundings) -> Picks:
    """The token that a controller writes into a service account token Secret."""
    data = inside(content, "data") if content.get("type") == _TOKEN_TYPE else {}
    for key in _TOKEN_DATA:
        if key in data and not _is_written(seen, key):
            yield (Field("data"), Field(key)), Pick(data.pop(key), is_due=True)


def read_invalidation(content: Content, _seen: Document, _around: Surroundings) -> int:
    """That a token is refused; since when says nothing.

    `Validate` in pkg/serviceaccount/legacy.go of Kubernetes
    """
    labels = inside(content, "metadata", "labels")
    since = labels.get(_INVALID_SINCE)
    if content.get("type") != _TOKEN_TYPE or not since:
        return 0
    labels[_INVALID_SINCE] = Reading("invalid", since)
    return 1


def _is_written(seen: Document, key: str) -> bool:
    """Whether somebody, and no controller, wrote a key of a Secret."""
    path = (Field("data"), Field(key))
    return bool(is_chosen(seen, path, controllers=CONTROLLER_MANAGERS))


def drop_namespace_spec(content: Content, seen: Document, _around: Surroundings) -> int:
    """What the API server gives every Namespace: its own finalizer, and its name as a label.

    Any other finalizer there is somebody's.
    `SetDefaults_Namespace` in pkg/apis/core/v1/defaults.go of Kubernetes
    """
    labels = inside(content, "metadata", "labels")
    is_own = labels.get(NAMESPACE_LABEL) in (NAMESPACE_TOKEN, seen.reference.name)
    hits = drop(labels, NAMESPACE_LABEL) if is_own else 0
    spec = inside(content, "spec")
    if spec.get("finalizers") in ([], ["kubernetes"]):
        hits += drop(spec, "finalizers")
    return hits


def drop_rancher_status(content: Content, _seen: Document, _around: Surroundings) -> int:
    """When Rancher did what in a Namespace."""
    return drop(inside(content, "metadata", "annotations"), "cattle.io/status")


def take_project(content: Content, _seen: Document, _around: Surroundings) -> Picks:
    """The Rancher project that a Namespace is in, which is another one in each environment.

    https://ranchermanager.docs.rancher.com/how-to-guides/new-user-guides/manage-namespaces
    """
    for where in ("annotations", "labels"):
        path = (Field("metadata"), Field(where), Field(_PROJECT))
        for place, pick in taken(inside(content, "metadata", where), _PROJECT, path, None):
            yield place, evolve(pick, caveat=_OTHER_PROJECT)


def take_ranges(content: Content, seen: Document, _around: Surroundings) -> Picks:
    """The user IDs and labels that OpenShift allots to a Namespace.

    https://docs.redhat.com/en/documentation/openshift_container_platform/4.17/html/authentication_and_authorization/managing-pod-security-policies
    """
    annotations = inside(content, "metadata", "annotations")
    for key in [key for key in annotations if key.startswith("openshift.io/sa.scc.")]:
        path = (Field("metadata"), Field("annotations"), Field(key))
        yield from taken(annotations, key, path, is_chosen(seen, path, controllers=_ALLOTTERS))


def fill_subject_namespace(content: Content, _seen: Document, _around: Surroundings) -> int:
    """The namespace of a ServiceAccount of which a RoleBinding says none: its own.

    `appliesToUser` in pkg/registry/rbac/validation/rule.go of Kubernetes
    """
    return sum(
        _fill(subject, {"namespace": NAMESPACE_TOKEN})
        for subject in maps_in(content, "subjects")
        if subject.get("kind") == "ServiceAccount"
    )
