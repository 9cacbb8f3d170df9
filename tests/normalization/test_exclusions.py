"""Objects are left out by what they prove to be, never by their names, and are counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Result, Snapshot
from driftcheck.model import GroupKind, Origin
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, config_map, edited, resource, snapshot, workload

TEMPLATE = {"spec": {"containers": [{"name": "web", "image": "shop/web:1"}]}}
OWNERS = {
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "CronJob": "batch/v1",
    "Thing": "example.com/v1",
}


def live(*bodies: Body) -> Snapshot:
    """What a cluster holds, where controllers have done their work."""
    return evolve(snapshot(*bodies), origin=Origin.CLUSTER)


def compare(left: Iterable[Body], right: Iterable[Body]) -> Result:
    return compare_snapshots([live(*left), live(*right)])


def marked(body: Body, **metadata: object) -> Body:
    return {**body, "metadata": {**body["metadata"], **metadata}}


def owner(kind: str) -> Body:
    spec = {"template": TEMPLATE, "jobTemplate": {"spec": {"template": TEMPLATE}}}
    return marked(resource(OWNERS[kind], kind, "web", spec=spec), uid="the-owner")


def owned_by(kind: str, body: Body, uid: str = "the-owner", **extra: object) -> Body:
    reference = {
        "apiVersion": OWNERS[kind], "kind": kind, "name": "web", "uid": uid, "controller": True
    }  # fmt: skip
    return marked(body, ownerReferences=[{**reference, **extra}])


def service(**spec: object) -> Body:
    return resource("v1", "Service", "db", spec={"ports": [{"port": 5432}], **spec})


def endpoints(**labels: str) -> Body:
    subsets = [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 5432}]}]
    return marked(resource("v1", "Endpoints", "db", subsets=subsets), labels=labels)


def endpoint_slice(**labels: str) -> Body:
    named = {"kubernetes.io/service-name": "db", **labels}
    body = resource("discovery.k8s.io/v1", "EndpointSlice", "db-1", addressType="IPv4")
    return marked({**body, "endpoints": [{"addresses": ["10.0.0.1"]}]}, labels=named)


REPLICA_SET = resource(
    "apps/v1", "ReplicaSet", "web-5c57", spec={"replicas": 1, "template": TEMPLATE}
)
REVISION = resource("apps/v1", "ControllerRevision", "web-1", revision=1)
POD = resource("v1", "Pod", "web-1", spec={"containers": [{"name": "web", "image": "shop/web:1"}]})
MEMBER = marked(POD, labels={"statefulset.kubernetes.io/pod-name": "web-1"}) | {
    "spec": {**POD["spec"], "hostname": "web-1"}
}
JOB = resource("batch/v1", "Job", "web-1", spec={"template": TEMPLATE})
BY_HAND = {"cronjob.kubernetes.io/instantiate": "manual"}
SLICES = "endpointslice.kubernetes.io/managed-by"
LEADER = {"control-plane.alpha.kubernetes.io/leader": '{"holderIdentity": "a"}'}
HELM = {"owner": "helm", "name": "web", "version": "1"}
RUNNING_TASK: Body = {
    **marked(
        POD,
        labels={"tekton.dev/taskRun": "build"},
        ownerReferences=[
            {"apiVersion": "tekton.dev/v1", "kind": "TaskRun", "name": "build", "uid": "t",
             "controller": True}
        ],
    ),
    "status": {"phase": "Running"},
}  # fmt: skip
TOKEN = "kubernetes.io/service-account-token"
TOKEN_OF = {"kubernetes.io/service-account.name": "web"}


def token(name: str, type_: str = TOKEN) -> Body:
    return marked(resource("v1", "Secret", name, type=type_), annotations=TOKEN_OF)


def account(*secrets: str) -> Body:
    return resource("v1", "ServiceAccount", "web", secrets=[{"name": name} for name in secrets])


def static_pod() -> Body:
    """As a kubelet shows it: the node owns it, and its name ends with the node's."""
    said = {"kubernetes.io/config.mirror": "8f1e", "kubernetes.io/config.hash": "8f1e"}
    node = {"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "n", "controller": True}
    body = edited(POD, "spec", "nodeName", value="n1")
    return marked(body, name="etcd-n1", annotations=said, ownerReferences=[node])


RELEASE = "sh.helm.release.v1.web.v1"


def release(**labels: str) -> Body:
    return marked(resource("v1", "Secret", RELEASE, type="helm.sh/release.v1"), labels=labels)


def release_map(**fields: Any) -> Body:
    """A release that Helm keeps in a ConfigMap, as `HELM_DRIVER=configmap` has it."""
    return marked(
        resource("v1", "ConfigMap", RELEASE, data={"release": "eA=="}, **fields), labels=HELM
    )


LEFT_OUT: dict[str, tuple[str, list[Body], Body]] = {
    "a Deployment's ReplicaSet": (
        "owned", [owner("Deployment")], owned_by("Deployment", REPLICA_SET),
    ),
    "a StatefulSet's revision": (
        "owned", [owner("StatefulSet")], owned_by("StatefulSet", REVISION),
    ),
    "a StatefulSet's pod": ("owned", [owner("StatefulSet")], owned_by("StatefulSet", MEMBER)),
    "a CronJob's Job": ("owned", [owner("CronJob")], owned_by("CronJob", JOB)),
    "a static pod": ("static-pod", [], static_pod()),
    "Endpoints of a Service that selects": (
        "managed-endpoints", [service(selector={"app": "db"})], endpoints(),
    ),
    "a slice of the controller": (
        "managed-endpoints",
        [service(selector={"app": "db"})],
        endpoint_slice(**{SLICES: "endpointslice-controller.k8s.io"}),
    ),
    "a mirrored slice": (
        "managed-endpoints",
        [service(), endpoints()],
        endpoint_slice(**{SLICES: "endpointslicemirroring-controller.k8s.io"}),
    ),
    "a leader's lock": ("leader-election", [], marked(config_map("lock"), annotations=LEADER)),
    "a helm release": ("helm-release", [], release(**HELM)),
    "a helm release in a ConfigMap": ("helm-release", [], release_map()),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "around", "body"), LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_left_out(rule: str, around: list[Body], body: Body) -> None:
    """What a controller made is not compared, and coverage counts it under the rule's name."""
    result = compare([*around, body, config_map()], [*around, config_map()])

    kind = GroupKind(body["apiVersion"].rpartition("/")[0], body["kind"])
    (row,) = [row for row in result.coverage.of("objects") if row.group_kind == kind]
    assert not result.findings
    assert row.excluded == {rule: 1}


COMPARED: dict[str, tuple[list[Body], Body]] = {
    "a ReplicaSet nobody owns": ([owner("Deployment")], REPLICA_SET),
    "a ReplicaSet whose owner was not seen": (
        [owner("Deployment")], owned_by("Deployment", REPLICA_SET, uid="another"),
    ),
    "a ReplicaSet of a custom resource": ([owner("Thing")], owned_by("Thing", REPLICA_SET)),
    "a ReplicaSet that is owned, not controlled": (
        [owner("Deployment")], owned_by("Deployment", REPLICA_SET, controller=False),
    ),
    "what an operator made of its resource": (
        [owner("Thing")], owned_by("Thing", config_map("made")),
    ),
    "a pod nobody owns": ([], POD),
    "a pod of a custom resource": ([owner("Thing")], owned_by("Thing", POD)),
    "a pod of a Deployment, which makes none": (
        [owner("Deployment")], owned_by("Deployment", POD),
    ),
    "a pod that says it is static": (
        [], marked(POD, annotations={"kubernetes.io/config.mirror": "x"}),
    ),
    "a pod of a run of a kind that is not served": ([], RUNNING_TASK),
    "a Job nobody owns": ([], JOB),
    "a Job made by hand from a CronJob": (
        [owner("CronJob")], marked(owned_by("CronJob", JOB), annotations=BY_HAND),
    ),
    "Endpoints of a Service without selector": ([service()], endpoints()),
    "Endpoints of no Service": ([], endpoints()),
    "Endpoints that say a controller manages them": (
        [service()], endpoints(**{"endpoints.kubernetes.io/managed-by": "endpoint-controller"}),
    ),
    "a slice made by hand": ([service()], endpoint_slice()),
    "a slice left over from a selector": (
        [service()], endpoint_slice(**{SLICES: "endpointslice-controller.k8s.io"}),
    ),
    "a slice of no Service": (
        [], endpoint_slice(**{SLICES: "endpointslice-controller.k8s.io"}),
    ),
    "a slice that says more than the Endpoints it mirrors": (
        [service(), endpoints()],
        edited(
            endpoint_slice(**{SLICES: "endpointslicemirroring-controller.k8s.io"}),
            "endpoints", 0, "addresses", value=["10.66.0.9"],
        ),
    ),
    "a slice of another manager": ([], endpoint_slice(**{SLICES: "me"})),
    "a Secret named like a helm release": ([], release()),
    "a helm release with more in it": (
        [], {**release(**HELM), "data": {"release": "eA==", "password": "eA=="}},
    ),
    "a helm release of another name": ([], marked(release(**HELM), name="web-release")),
    "a helm release in a ConfigMap with bytes": ([], release_map(binaryData={"x": "eA=="})),
    "a ConfigMap of helm's owner": ([], marked(config_map("x"), labels={"owner": "helm"})),
    "a token made by hand": ([], token("web-token")),
    "a token that no account lists": ([account()], token("web-token-x7v2k")),
    "a Secret named like a token": ([], token("web-token-x7v2k", "Opaque")),
}  # fmt: skip


@pytest.mark.parametrize(("around", "body"), COMPARED.values(), ids=COMPARED.keys())
def test_compared(around: list[Body], body: Body) -> None:
    """What no controller is proven to have made is compared, whatever it is called."""
    result = compare([*around, config_map()], [*around, body, config_map()])

    (finding,) = result.findings
    assert (finding.object.kind, finding.object.name) == (body["kind"], body["metadata"]["name"])
    assert (finding.change.value, finding.path) == ("added", "")


@pytest.mark.parametrize(
    "body", [workload(), resource("rbac.authorization.k8s.io/v1", "Role", rules=[])]
)
def test_only_locks_are_locks(body: Body) -> None:
    """An annotation by which leaders are elected hides no workload and no Role."""
    assert compare([config_map()], [config_map(), marked(body, annotations=LEADER)]).findings


def test_edited_hand_made_endpoints() -> None:
    """Where a Service without selector leads is configuration: another address is a difference."""
    moved = edited(endpoints(), "subsets", 0, "addresses", 0, "ip", value="10.0.0.2")

    (finding,) = compare([service(), endpoints()], [service(), moved]).findings

    assert finding.path == "subsets[0].addresses[0].ip"
    assert finding.category.value == "network"


def test_replica_set_of_a_removed_deployment() -> None:
    """What a Deployment owns adds nothing to the finding that it is gone."""
    left = [owner("Deployment"), owned_by("Deployment", REPLICA_SET), config_map()]

    (finding,) = compare(left, [config_map()]).findings

    assert (finding.object.kind, finding.change.value) == ("Deployment", "removed")


def claims(replicas: int, *ordinals: int) -> list[Body]:
    """A StatefulSet of this size, and the claims that are there."""
    template = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    spec = {"replicas": replicas, "volumeClaimTemplates": [template]}
    names = [f"data-db-{ordinal}" for ordinal in ordinals]
    return [
        resource("apps/v1", "StatefulSet", "db", spec=spec),
        *(resource("v1", "PersistentVolumeClaim", name, spec=template["spec"]) for name in names),
    ]


def test_claims_of_a_scaled_stateful_set() -> None:
    """The claims of a larger StatefulSet follow from its size, which is the one difference."""
    result = compare(claims(1, 0), claims(3, 0, 1, 2))

    assert [finding.path for finding in result.findings] == ["spec.replicas"]
    assert {rule.id: rule.hits for rule in result.rules}["consequence"] == 2


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (claims(1, 0), claims(1, 0, 1)),
        (claims(2, 0, 1), claims(2, 0)),
        (claims(1, 0), [*claims(1, 0), resource("v1", "PersistentVolumeClaim", "other", spec={})]),
    ],
    ids=["left over", "missing", "of nobody"],
)
def test_claims_that_follow_from_nothing(left: list[Body], right: list[Body]) -> None:
    """A claim that no difference in size explains is a difference itself."""
    found = [finding.object.kind for finding in compare(left, right).findings]

    assert found == ["PersistentVolumeClaim"]


def test_what_controllers_make_of_manifests() -> None:
    """Against manifests, what a StatefulSet makes of them is no difference.

    What a custom resource's controller may have made is one that nobody can tell.
    """
    made = owned_by("Thing", config_map("made"))
    thing = resource(OWNERS["Thing"], "Thing", "web", spec={})

    there = compare_snapshots([snapshot(*claims(2)), live(*claims(2, 0, 1))])
    unknown = compare_snapshots([snapshot(thing), live(marked(thing, uid="the-owner"), made)])

    assert not there.findings
    assert not unknown.findings
    assert unknown.verdict.value == "inconclusive"
    assert unknown.reasons[0].startswith("ConfigMap made in objects (2) is said to be made by")


def test_hand_made_job_against_manifests() -> None:
    """A Job that somebody made by hand from a CronJob is in no manifest, and is a difference."""
    by_hand = marked(owned_by("CronJob", JOB), annotations=BY_HAND)

    result = compare_snapshots([snapshot(owner("CronJob")), live(owner("CronJob"), by_hand)])

    assert [finding.object.kind for finding in result.findings] == ["Job"]


def test_nothing_but_what_is_left_out() -> None:
    """Where everything there is was left out, nothing was compared, and nothing is proved."""
    result = compare([release(**HELM)], [release(**HELM)])

    assert result.verdict.value == "inconclusive"
