"""Objects that claim to be made by another: `ownerReferences` can be written by anybody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.hostile import HOSTILE, Body, resource
from tests.accuracy.worlds import AGAINST_LIVE, DUMPS, LIVE, edit, live, served

NOT_SUBSTANCE = {
    ("ControllerRevision", "StatefulSet"): "a revision of history, which no pod runs",
    ("ControllerRevision", "DaemonSet"): "likewise",
}
"""What a controller keeps beside what runs; `kubectl rollout history` shows it.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/
"""

ABSENT = (
    ("tekton.dev/v1", "TaskRun"),
    ("argoproj.io/v1alpha1", "Workflow"),
    ("acme.cert-manager.io/v1", "Challenge"),
    ("coordination.k8s.io/v1", "Lease"),
    ("v1", "Event"),
    ("v1", "Node"),
    ("apps/v1", "ReplicaSet"),
    ("example.com/v1", "Operator"),
)
"""Owners that were not captured: of kinds that are not read, and ones that are gone."""


def reference_to(owner: Body, **fields: object) -> Body:
    return ways.owner(owner, **fields)


def owned(body: Body, *references: Body) -> Body:
    return {**body, "metadata": {**body["metadata"], "ownerReferences": list(references)}}


@against("owned", "consequence")
def self_owned() -> Iterator[Attack]:
    """An object that names itself."""
    for body in HOSTILE:
        it = served(body)
        yield added(f"{body['kind']} owned by itself", owned(it, reference_to(it)))


@against("owned", "consequence", "owner-uid")
def owned_by_what_is_there() -> Iterator[Attack]:
    """An object of every kind, owned by one of every kind, which both sides have."""
    for body, (kind, owner) in product(HOSTILE, _owners().items()):
        if (body["kind"], kind) in NOT_SUBSTANCE:
            continue
        present = edit(owner) if owner["metadata"]["name"] == "owner" else {}
        it = owned(served(body), reference_to(owner))
        said = f"{body['kind']} owned by {kind}"
        yield added(said, it, left=present, forms=(LIVE, DUMPS, AGAINST_LIVE))
    for body in HOSTILE:
        owner = ways.recorded("Deployment", "web")
        it = owned(served(body), reference_to(owner, controller=False))
        yield added(f"{body['kind']} owned by Deployment, not as its controller", it)


def _owners() -> dict[str, Body]:
    """An object of each kind: the bookshop's, or one that is put there."""
    there = {document.reference.kind: dict(document.body) for document in live({}).documents}
    made = {body["kind"]: served(resource_named(body, "owner")) for body in HOSTILE}
    return {**made, **there}


def resource_named(body: Body, name: str) -> Body:
    return {**body, "metadata": {**body["metadata"], "name": name}}


@against("owned", "consequence", "runs", "certificate-requests", "events", "leases")
def owned_by_what_is_not_there() -> Iterator[Attack]:
    """An object of every kind, owned by one that nobody has seen."""
    for body, (api_version, kind) in product(HOSTILE, ABSENT):
        owner = {**resource(api_version, kind, "gone"), "metadata": {"name": "gone", "uid": "gone"}}
        yield added(
            f"{body['kind']} owned by {kind} that is gone", owned(served(body), reference_to(owner))
        )


@against("owned", "consequence")
def owned_by_what_is_left_out() -> Iterator[Attack]:
    """An object whose owner is itself an object that somebody claims to own."""
    for body, kind in product(HOSTILE, ("Pod", "ReplicaSet", "Job", "ConfigMap", "Deployment")):
        middle = served(resource_named(next(b for b in HOSTILE if b["kind"] == kind), "middle"))
        root = ways.recorded("ConfigMap", "web-config")
        chained = owned(middle, reference_to(root))
        yield added(
            f"{body['kind']} owned by {kind} that is owned by a ConfigMap",
            chained,
            owned(served(body), reference_to(middle)),
            forms=(LIVE, DUMPS, AGAINST_LIVE),
        )


RUNS = (
    ("tekton.dev/v1", "TaskRun", {"tekton.dev/taskRun": "gone"}),
    ("argoproj.io/v1alpha1", "Workflow", {"workflows.argoproj.io/workflow": "gone"}),
    (
        "acme.cert-manager.io/v1",
        "Challenge",
        {"acme.cert-manager.io/http01-solver": "true"},
    ),
)
"""Kinds of runs, and the labels of what their controllers make."""


@against("of-runs", "runs", "certificate-requests", "owned")
def owned_by_runs_that_nobody_serves() -> Iterator[Attack]:
    """What claims to be part of a run, labels and all, where no such kind is served."""
    for body, (api_version, kind, labels) in product(HOSTILE, RUNS):
        run = resource(api_version, kind, "gone", metadata={"uid": "gone"})
        it = served({**body, "metadata": {**body["metadata"], "labels": labels}})
        yield added(f"{body['kind']} of a {kind}", owned(it, reference_to(run)), forms=(LIVE,))


@against("terminating", "owned")
def pods_that_never_go() -> Iterator[Attack]:
    """A Pod that is being deleted, and has years to do so: it runs all the while.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
    """
    web = ways.recorded("Deployment", "web")
    going = {
        "deletionTimestamp": "2046-11-23T22:20:00Z",
        "deletionGracePeriodSeconds": 20 * 365 * 86400,
        "finalizers": ["example.com/hold"],
    }
    gone = resource("apps/v1", "ReplicaSet", "gone", metadata={"uid": "gone"})
    for said, owner in {"a ReplicaSet that is gone": gone, "Deployment web": web}.items():
        pod = next(body for body in HOSTILE if body["kind"] == "Pod")
        it = served({**pod, "metadata": {**pod["metadata"], **going}})
        yield added(f"a Pod of {said}", owned(it, reference_to(owner)), forms=(LIVE, DUMPS))
