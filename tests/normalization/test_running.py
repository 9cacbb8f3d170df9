"""Which pods and which of their containers count as running, and for whom."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from driftcheck import ImageRow, Snapshot
from driftcheck.model import ClusterNode, Origin
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, container, resource, snapshot, workload

A, B = ("sha256:" + letter * 64 for letter in "ab")
SETTLED: Body = {"phase": "Running"}


def pod(name: str, owner: Body | None, image_id: str = f"x@{A}", **labels: str) -> Body:
    """A running pod of one container."""
    body = resource("v1", "Pod", name, spec={"containers": [container()]})
    body["metadata"] |= {"uid": name, "labels": labels, **owned(owner)}
    body["status"] = {**SETTLED, "containerStatuses": [{"name": "web", "imageID": image_id}]}
    return body


def owned(owner: Body | None) -> Body:
    if owner is None:
        return {}
    reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": True}
    named = {"name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    return {"ownerReferences": [{**reference, **named}]}


def made(api_version: str, kind: str, name: str, owner: Body | None = None, **fields: Any) -> Body:
    body = resource(api_version, kind, name, **fields)
    body["metadata"] |= {"uid": f"{kind}-{name}", **owned(owner)}
    return body


def images(*bodies: Body) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each row's workload, container and digests."""
    (environment,) = {name for row in rows(*bodies) for name in row.environments} or {""}
    return [
        (str(row.workload), row.container, row.environments[environment].digests)
        for row in rows(*bodies)
    ]


def rows(*bodies: Body) -> tuple[ImageRow, ...]:
    return evolve(snapshot(*bodies), origin=Origin.CLUSTER).images


def test_a_pod_of_a_deployment() -> None:
    """What runs belongs to the object that a person would edit, not to its ReplicaSet."""
    deployment = made("apps/v1", "Deployment", "web", spec=workload()["spec"])
    replica_set = made("apps/v1", "ReplicaSet", "web-1", deployment, spec={})

    assert images(deployment, replica_set, pod("web-1-x", replica_set)) == [
        ("Deployment web", "web", (A,))
    ]


@pytest.mark.parametrize(
    ("chain", "workload"),
    [
        ([("apps/v1", "StatefulSet")], "StatefulSet w0"),
        ([("apps/v1", "DaemonSet")], "DaemonSet w0"),
        ([("batch/v1", "Job")], "Job w0"),
        ([("batch/v1", "CronJob"), ("batch/v1", "Job")], "CronJob w0"),
        ([("argoproj.io/v1alpha1", "Rollout"), ("apps/v1", "ReplicaSet")], "Rollout w0"),
        ([("apps/v1", "ReplicaSet")], "ReplicaSet w0"),
        ([("shop.io/v1", "Till")], "Till w0"),
        (
            [("kubevirt.io/v1", "VirtualMachine"), ("kubevirt.io/v1", "VirtualMachineInstance")],
            "VirtualMachine w0",
        ),
    ],
)
def test_owners(chain: list[tuple[str, str]], workload: str) -> None:
    """Through all the owners that are made from a template, up to the one that is not."""
    owners: list[Body] = []
    for number, (api_version, kind) in enumerate(chain):
        owner = owners[-1] if owners else None
        owners.append(made(api_version, kind, f"w{number}", owner, spec={}))

    (row,) = rows(*owners, pod("p", owners[-1]))

    assert f"{row.workload.kind} {row.workload.name}" == workload


def test_a_pod_of_nobody() -> None:
    assert images(pod("alone", None)) == [("Pod alone", "web", (A,))]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod(phase: str) -> None:
    """A finished pod runs nothing, unless finishing is what it is for."""
    finished = pod("alone", None)
    finished["status"]["phase"] = phase

    assert images(finished) == []


def test_a_pod_on_its_way_out() -> None:
    leaving = pod("alone", None)
    leaving["metadata"]["deletionTimestamp"] = "2026-11-24T12:00:00Z"

    assert images(leaving) == []


def test_every_sort_of_container() -> None:
    """Init, sidecar, ephemeral containers and image volumes count."""
    body = pod("alone", None)
    body["spec"] |= {
        "initContainers": [container("init"), container("side", restartPolicy="Always")],
        "ephemeralContainers": [container("debug")],
        "volumes": [{"name": "model", "image": {"reference": "models/m:1"}}, {"name": "tmp"}],
    }
    body["status"] |= {
        "initContainerStatuses": [
            {"name": "init", "imageID": f"x@{B}"},
            {"name": "side", "imageID": B},
        ],
        "ephemeralContainerStatuses": [{"name": "debug", "imageID": f"x@{B}"}],
    }
    body["status"]["containerStatuses"][0]["volumeMounts"] = [
        {"name": "model", "volumeStatus": {"image": {"imageRef": f"models/m@{B}"}}}
    ]

    assert [(name, digests) for _, name, digests in images(body)] == [
        ("web", (A,)),
        ("debug", (B,)),
        ("init", (B,)),
        ("side", (B,)),
        ("model", (B,)),
    ]


def test_a_volume_by_digest() -> None:
    """A node that does not say what it mounted has mounted what the digest says."""
    body = pod("alone", None)
    body["spec"]["volumes"] = [{"name": "model", "image": {"reference": f"models/m@{B}"}}]

    assert ("Pod alone", "model", (B,)) in images(body)


def test_a_volume_by_tag() -> None:
    """Otherwise nobody knows, and the comparison says so."""
    sides = []
    for _ in range(2):
        body = pod("alone", None)
        body["spec"]["volumes"] = [{"name": "model", "image": {"reference": "models/m:1"}}]
        sides.append(evolve(snapshot(body), origin=Origin.CLUSTER))

    result = compare_snapshots(sides)

    assert result.findings == ()
    assert result.verdict.value == "inconclusive"
    assert "Pod alone: image volume model does not say which image it runs in" in result.reasons[0]


def test_an_id_of_an_unknown_kind() -> None:
    """Where the image was declared by digest, the kubelet has verified that digest."""
    body = pinned(f"docker://{A}")

    assert images(body) == [("Pod alone", "web", (B,))]


def pinned(image_id: str, written: str = "10:00:00", started: str = "10:00:00") -> Body:
    """A pod whose image is declared as B, by whom wrote it then, and whose container started."""
    body = pod("alone", None, image_id)
    body["spec"]["containers"][0]["image"] = f"shop/web:1@{B}"
    container_ = {'k:{"name":"web"}': {"f:image": {}}}
    body["metadata"]["managedFields"] = [
        {"time": "2026-11-24T09:00:00Z", "fieldsV1": {"f:metadata": {}}},
        {
            "time": f"2026-11-24T{written}Z",
            "fieldsV1": {"f:spec": {"f:containers": container_}},
        },
    ]
    running = {"running": {"startedAt": f"2026-11-24T{started}Z"}}
    body["status"]["containerStatuses"][0]["state"] = running
    return body


@pytest.mark.parametrize("image_id", [A, A.removeprefix("sha256:"), f"x@{A}"])
def test_an_image_by_digest_runs_by_that_digest(image_id: str) -> None:
    """Whatever name the node reports, what was declared by digest is what it verified."""
    assert same(pinned(image_id), pod("alone", None, f"x@{B}")) is True
    assert same(pinned(image_id), pinned(f"docker://{A}")) is True
    assert same(pinned(image_id), pod("alone", None, image_id)) is True


@pytest.mark.parametrize("image_id", [A, f"docker://{A}", f"x@{A}"])
def test_an_image_that_was_set_by_hand_and_not_yet_started(image_id: str) -> None:
    """A container that has run since before its image was written proves nothing about it."""
    late = pinned(image_id, written="11:00:00")
    unknown = pinned(image_id)
    del unknown["metadata"]["managedFields"]

    assert images(late) == images(unknown) == [("Pod alone", "web", (A,))]
    assert same(late, pod("alone", None, f"x@{B}")) is not True
    assert same(unknown, pod("alone", None, f"x@{B}")) is not True


def same(*bodies: Body) -> bool | None:
    """Whether a comparison of the first container of each says that they are the same."""
    sides = [evolve(snapshot(body), origin=Origin.CLUSTER) for body in bodies]
    return compare_snapshots(sides).images[0].same


def test_mutable() -> None:
    """A tag may stand for another image tomorrow; a digest never does."""
    by_digest = pod("b", None)
    by_digest["spec"]["containers"][0]["image"] = f"shop/web:1@{B}"

    assert [
        found.mutable
        for row in rows(pod("a", None), by_digest)
        for found in row.environments.values()
    ] == [True, False]


def rolling(kind: str, **spec: Any) -> tuple[Body, ...]:
    """A workload with a pod of its old template, which runs A, and one of its new, which runs B."""
    if kind == "Deployment":
        owner = made("apps/v1", kind, "web", spec=spec)
        owner["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "2"}
        sets = [made("apps/v1", "ReplicaSet", f"web-{n}", owner, spec={}) for n in (1, 2)]
        for number, replica_set in enumerate(sets, start=1):
            replica_set["metadata"]["annotations"] = {
                "deployment.kubernetes.io/revision": str(number)
            }
        return (owner, *sets, pod("p1", sets[0]), pod("p2", sets[1], f"x@{B}"))
    if kind == "Rollout":
        owner = made("argoproj.io/v1alpha1", kind, "web", spec=spec)
        owner["status"] = {"currentPodHash": "new"}
        sets = [made("apps/v1", "ReplicaSet", f"web-{n}", owner, spec={}) for n in (1, 2)]
        old = pod("p1", sets[0], **{"rollouts-pod-template-hash": "old"})
        return (
            owner,
            *sets,
            old,
            pod("p2", sets[1], f"x@{B}", **{"rollouts-pod-template-hash": "new"}),
        )
    owner = made("apps/v1", kind, "web", spec=spec)
    owner["status"] = {"updateRevision": "new"} if kind == "StatefulSet" else {}
    revisions = [
        {**made("apps/v1", "ControllerRevision", f"web-{name}", owner), "revision": number}
        for number, name in ((2, "old"), (10, "new"))
    ]
    for revision, name in zip(revisions, ("old", "new"), strict=True):
        revision["metadata"]["labels"] = {"controller-revision-hash": name}
    old = pod("p1", owner, **{"controller-revision-hash": "old"})
    new = pod("p2", owner, f"x@{B}", **{"controller-revision-hash": "new"})
    return (owner, *revisions, old, new)


@pytest.mark.parametrize("kind", ["Deployment", "Rollout", "StatefulSet", "DaemonSet"])
def test_a_pod_that_is_being_replaced(kind: str) -> None:
    """In the middle of a rollout, what runs is what the new pods run."""
    ((_, _, digests),) = images(*rolling(kind))

    assert digests == (B,)


@pytest.mark.parametrize(
    ("kind", "strategy"),
    [
        ("StatefulSet", {"type": "OnDelete"}),
        ("StatefulSet", {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}),
        ("DaemonSet", {"type": "OnDelete"}),
    ],
)
def test_an_old_pod_that_stays(kind: str, strategy: Body) -> None:
    """A pod that nobody replaces runs on."""
    ((_, _, digests),) = images(*rolling(kind, updateStrategy=strategy))

    assert digests == (A, B)


def test_a_node_knows_better() -> None:
    """Two digests are one image where a node says so, or may be one on other platforms."""

    def side(image_id: str, *nodes: ClusterNode) -> Snapshot:
        body = pod("alone", None, image_id=image_id)
        body["spec"]["nodeName"] = "node"
        return evolve(snapshot(body), origin=Origin.CLUSTER, nodes=nodes)

    known = ClusterNode("node", "linux/amd64", (frozenset({A, B}),))
    arm = ClusterNode("node", "linux/arm64")

    def same(left: Snapshot, right: Snapshot) -> bool | None:
        return compare_snapshots([left, right]).images[0].same

    assert same(side(f"x@{A}"), side(f"x@{B}")) is False
    assert same(side(f"x@{A}", known), side(f"x@{B}")) is True
    assert same(side(f"x@{A}", known), side(B)) is True
    assert same(side(A, evolve(known, images=())), side(B, arm)) is None


def test_an_image_that_nobody_declares() -> None:
    """A pod's image can be set by hand, behind its Deployment's back; that is said."""

    def side(image: str, image_id: str) -> Snapshot:
        deployment = made("apps/v1", "Deployment", "web", spec=workload()["spec"])
        replica_set = made("apps/v1", "ReplicaSet", "web-1", deployment, spec={})
        body = pod("web-1-x", replica_set, image_id)
        body["spec"]["containers"][0]["image"] = image
        return evolve(snapshot(deployment, replica_set, body), origin=Origin.CLUSTER)

    declared = side("docker.io/shop/web:1", f"x@{A}")

    (finding,) = compare_snapshots([declared, side("shop/other:1", f"x@{B}")]).findings
    assert finding.note is not None
    assert finding.note.endswith(
        "as one image; in objects (2) a pod has shop/other:1, which Deployment web does not declare"
    )
    (finding,) = compare_snapshots([declared, side("shop/web:1", f"x@{B}")]).findings
    assert finding.note == (
        "unresolved digests: a registry may still know them as one image; "
        "another digest behind the same tag"
    )
