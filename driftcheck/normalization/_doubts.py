"""What can't be derived from what is compared, and is no object of its own: reasons for doubt.

None of it may be taken for sameness, so that each costs the verdict `identical`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from driftcheck.model import (
    Document,
    GroupKind,
    Node,
    ObjectReference,
    Origin,
    ReadStatus,
    Snapshot,
    counted,
    same,
)
from driftcheck.normalization._exclusions import addresses, exclusion, is_mirrored
from driftcheck.normalization._inside import inside, maps_in
from driftcheck.normalization._makers import (
    ENDPOINT_SLICE,
    ENDPOINTS,
    JOB,
    REPLICA_SET,
    REPLICATION_CONTROLLER,
    maker_of,
    root_of,
)
from driftcheck.normalization._revisions import is_being_replaced
from driftcheck.normalization._strays import Normalize, encoded
from driftcheck.normalization._surroundings import (
    CONTROLLER_REVISION,
    DEPLOYMENT_CONFIG,
    POD,
    ROLLOUT,
    STATEFUL_SET,
    Surroundings,
    referred,
)
from driftcheck.normalization._templates import has_finished
from driftcheck.normalization._unseen import UNSEEN_MAKER, unseen_maker

_ADDED_LABELS = ("pod-template-hash", "rollouts-pod-template-hash")
_OF_DEPLOYMENT_CONFIG = ("deployment", "deploymentconfig")
_TEMPLATE_SETS = (REPLICA_SET, REPLICATION_CONTROLLER)


Doubt = tuple[Document, str]
"""The object that a person would edit, and the reason."""


def doubts(snapshot: Snapshot, around: Surroundings, normalize: Normalize) -> Iterator[Doubt]:
    """Why a snapshot does not show all that it runs to be what it declares.

    Args:
        snapshot: What was seen.
        around: Its surroundings.
        normalize: Says what a document means.

    Returns:
        Each reason with its object; nothing of a kind that the coverage already calls unsettled.
    """
    moving = {row.group_kind for row in snapshot.coverage if row.status is ReadStatus.UNSETTLED}
    for document in snapshot.documents:
        for check in _CHECKS.get(document.kind, ()):
            for said in check(document, around, normalize):
                root = root_of(document, around)
                if root.reference.group_kind not in moving:
                    yield root, said
        maker = unseen_maker(document, around)
        if maker and exclusion(document, around) == UNSEEN_MAKER:
            said = f"{document.kind} made by {maker} can't be compared"
            yield document, f"{said}, for {maker} could not be read"
    if snapshot.origin is Origin.CLUSTER:
        yield from _not_running(snapshot.documents, around)


def _of_another_template(
    replicas: Document, around: Surroundings, normalize: Normalize
) -> Iterator[str]:
    """A ReplicaSet that wants pods, and not those of its Deployment.

    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
    """
    maker, wanted = maker_of(replicas, around), inside(replicas.body, "spec").get("replicas", 1)
    if maker and wanted and not _is_of_template(replicas, maker, around, normalize):
        pods = counted(int(wanted), "pod") if isinstance(wanted, int) else "pods"
        yield f"{maker.reference}: {replicas.reference} wants {pods} of another template"


def _is_of_template(
    replicas: Document, maker: Document, around: Surroundings, normalize: Normalize
) -> bool:
    """Whether a ReplicaSet has the template that its maker has, or refers to."""
    source = _with_template(maker, around)
    if source is None:
        return False
    if encoded(_template(replicas.body, maker)) == encoded(_template(source.body, maker)):
        return True
    own, given = (_template(normalize(item), maker) for item in (replicas, source))
    return same(own, given)


def _with_template(maker: Document, around: Surroundings) -> Document | None:
    """The object whose template counts: the maker itself, or what a Rollout refers to.

    https://argo-rollouts.readthedocs.io/en/stable/features/specification/
    """
    spec = inside(maker.body, "spec")
    return (
        maker if "template" in spec else around.documents.get(referred(inside(spec, "workloadRef")))
    )


def _template(content: Mapping[str, Node], maker: Document) -> Mapping[str, Node]:
    """A template without what a controller writes into its copy of it."""
    template = inside(content, "spec", "template") or inside(content, "template")
    metadata = dict(inside(template, "metadata"))
    for field, is_added in _added_keys(maker):
        if field in metadata:
            kept = {key: value for key, value in metadata[field].items() if not is_added(key)}
            metadata[field] = type(metadata[field])(kept)
    return {**template, "metadata": metadata}


def _added_keys(maker: Document) -> Iterator[tuple[str, Callable[[str], bool]]]:
    kind = maker.kind
    yield "labels", _ADDED_LABELS.__contains__
    if kind == DEPLOYMENT_CONFIG:
        yield "labels", _OF_DEPLOYMENT_CONFIG.__contains__
        yield "annotations", lambda key: key.startswith("openshift.io/deployment")
    if kind == ROLLOUT:
        for strategy in inside(maker.body, "spec", "strategy").values():
            for given in ("stable", "canary", "active", "preview"):
                for field in ("labels", "annotations"):
                    yield field, inside(strategy, f"{given}Metadata", field).__contains__


def _of_old_revision(
    stateful_set: Document, around: Surroundings, normalize: Normalize
) -> Iterator[str]:
    """What the pods below a partition are made of, where that is not the template.

    `newVersionedStatefulSetPod` in pkg/controller/statefulset/stateful_set_utils.go
    """
    strategy = inside(stateful_set.body, "spec", "updateStrategy", "rollingUpdate")
    current = str(inside(stateful_set.body, "status").get("currentRevision"))
    revision = around.documents.get(ObjectReference(*CONTROLLER_REVISION, current))
    if not strategy.get("partition") or revision is None:
        return
    template = inside(revision.body, "data", "spec", "template")
    kept = {key: value for key, value in template.items() if key != "$patch"}
    spec = {**inside(stateful_set.body, "spec"), "template": kept}
    made = Document({**stateful_set.body, "spec": spec})
    if not same(normalize(made), normalize(stateful_set)):
        yield f"{stateful_set.reference} makes pods of {current}, which is not its template"


def _of_another_job(job: Document, around: Surroundings, normalize: Normalize) -> Iterator[str]:
    """A run under way that is not what its CronJob says now."""
    maker = maker_of(job, around)
    if maker is None or _is_finished(job):
        return
    template = inside(maker.body, "spec", "jobTemplate", "spec")
    given = Document({**job.body, "spec": template})
    own, wanted = (inside(normalize(item), "spec") for item in (job, given))
    if not same(own, wanted):
        yield f"{maker.reference}: {job.reference} runs, and is not of its template"


def _is_finished(job: Document) -> bool:
    """https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions."""
    return any(
        condition.get("type") in ("Complete", "Failed") and condition.get("status") == "True"
        for condition in maps_in(inside(job.body, "status"), "conditions")
    )


def _of_old_template(pod: Document, around: Surroundings, normalize: Normalize) -> Iterator[str]:
    """A pod that its maker is about to replace, or to delete, or that nobody has any more."""
    if is_being_replaced(pod, around) or _is_of_history(pod, around, normalize):
        workload = root_of(pod, around).reference
        yield f"{workload}: {pod.reference} is of another template, and about to go"
    elif _is_of_past_run(pod, around):
        yield f"{root_of(pod, around).reference}: {pod.reference} runs, and its run has finished"
    elif "deletionTimestamp" in pod.metadata and exclusion(pod, around) == "terminating":
        yield f"{pod.reference} is being deleted, and still there"


def _is_of_history(pod: Document, around: Surroundings, normalize: Normalize) -> bool:
    """Whether a pod is left of a ReplicaSet that wants none, and has another template."""
    replicas = maker_of(pod, around)
    if replicas is None or replicas.kind not in _TEMPLATE_SETS:
        return False
    maker = maker_of(replicas, around)
    if maker is None or has_finished(pod) or inside(replicas.body, "spec").get("replicas") != 0:
        return False
    return not _is_of_template(replicas, maker, around, normalize)


def _is_of_past_run(pod: Document, around: Surroundings) -> bool:
    """Whether a pod runs of a Job that has finished, whose controller looks at it no more.

    `syncJob` in pkg/controller/job/job_controller.go of Kubernetes
    """
    job = maker_of(pod, around)
    is_run = job is not None and job.reference.group_kind == JOB
    return bool(job and is_run and _is_finished(job)) and not has_finished(pod)


def _of_unknown_address(endpoints: Document, around: Surroundings, _: Normalize) -> Iterator[str]:
    """What a controller is said to have written, and leads to no pod."""
    if around.pod_addresses is None or exclusion(endpoints, around) != "managed-endpoints":
        return
    unknown = sorted(set(addresses(endpoints)) - around.pod_addresses)
    if unknown and not (around.is_of_api_server(endpoints) or is_mirrored(endpoints)):
        yield f"{endpoints.reference} leads to {', '.join(unknown)}, which is no pod's address"


_Check = Callable[[Document, Surroundings, Normalize], Iterator[str]]
_CHECKS: dict[GroupKind, tuple[_Check, ...]] = {
    **dict.fromkeys(_TEMPLATE_SETS, (_of_another_template,)),
    **dict.fromkeys((ENDPOINTS, ENDPOINT_SLICE), (_of_unknown_address,)),
    JOB: (_of_another_job,),
    STATEFUL_SET: (_of_old_revision,),
    POD: (_of_old_template,),
}


def _not_running(documents: Iterable[Document], around: Surroundings) -> Iterator[Doubt]:
    """What should run and does not, of the kinds that have no rollouts."""
    for document in documents:
        say = _NOT_RUNNING.get(document.kind)
        if say is None or maker_of(document, around) or not inside(document.body, "status"):
            continue
        said = say(document.body)
        if said and exclusion(document, around) is None:
            yield document, f"{document.reference} {said}"


def _missing_pods(body: Mapping[str, Any]) -> str:
    wanted, ready = inside(body, "spec").get("replicas", 1), inside(body, "status")
    there = ready.get("readyReplicas", 0)
    return f"has {there} of {wanted} pods ready" if there != wanted else ""


def _idle_pod(body: Mapping[str, Any]) -> str:
    """https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase."""
    status = inside(body, "status")
    restarts = inside(body, "spec").get("restartPolicy", "Always")
    match status.get("phase"):
        case "Failed":
            return "" if restarts == "Never" else f"has failed: {_why(status)}"
        case "Succeeded":
            return "has ended, and should not have" if restarts == "Always" else ""
    ready = _condition(status, "Ready")
    return f"is not ready: {_why(ready)}" if ready.get("status", "True") != "True" else ""


def _failed_job(body: Mapping[str, Any]) -> str:
    """https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions."""
    failed = _condition(inside(body, "status"), "Failed")
    return f"has failed: {_why(failed)}" if failed.get("status") == "True" else ""


def _condition(status: Mapping[str, Any], type_: str) -> Mapping[str, Any]:
    """The condition of a type; an empty one where nothing is said of it."""
    found = (it for it in maps_in(status, "conditions") if it.get("type") == type_)
    return next(found, {})


def _why(said: Mapping[str, Any]) -> str:
    return str(said.get("reason") or said.get("message") or "it does not say why")


_NOT_RUNNING: Mapping[GroupKind, Callable[[Mapping[str, Any]], str]] = {
    **dict.fromkeys(_TEMPLATE_SETS, _missing_pods),
    JOB: _failed_job,
    POD: _idle_pod,
}
"""How each kind says that it does not run, of those that have no rollouts."""
