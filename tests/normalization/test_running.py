"""Which pods and which of their containers count as running, and for whom."""

from __future__ import annotations

import re
from typing import Any

import pytest
from attrs import evolve

from driftcheck import ImageRow, Snapshot, render
from driftcheck.images import parse_mirrors
from driftcheck.model import ClusterNode, Origin
from driftcheck.pipeline import compare_snapshots
from driftcheck.pipeline._images import image_table
from tests.builders import Body, config_map, container, resource, snapshot, workload

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
        ([("shop.io/v1", "Till")], "Pod p"),
        (
            [("kubevirt.io/v1", "VirtualMachine"), ("kubevirt.io/v1", "VirtualMachineInstance")],
            "VirtualMachine w0",
        ),
    ],
)
def test_owners(chain: list[tuple[str, str]], workload: str) -> None:
    """Through all the owners that are made from a template, up to the one that is not.

    What a custom resource's controller makes is an object of its own.
    """
    owners: list[Body] = []
    for number, (api_version, kind) in enumerate(chain):
        owner = owners[-1] if owners else None
        spec = {"template": {"spec": {"domain": {}}}, "domain": {}}
        owners.append(made(api_version, kind, f"w{number}", owner, spec=spec))

    name = "w0-0" if chain[-1][1] == "StatefulSet" else "p"
    (row,) = rows(*owners, pod(name, owners[-1]))

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
    old = pod("web-0", owner, **{"controller-revision-hash": "old"})
    new = pod("web-1", owner, f"x@{B}", **{"controller-revision-hash": "new"})
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
        "one image; in objects (2) a pod has shop/other:1, which Deployment web does not declare"
    )
    (finding,) = compare_snapshots([declared, side("shop/web:1", f"x@{B}")]).findings
    assert finding.note == (
        "unresolved digests: --registry asks whether they are one image; "
        "another digest behind the same tag"
    )


def owned_side(image: str, image_id: str, mirrored: str = "") -> Snapshot:
    """A Deployment that declares shop/web:1, or a copy of it, and its pod with an image."""
    template = workload(containers=[container(image=mirrored or "shop/web:1")])
    deployment = made("apps/v1", "Deployment", "web", spec=template["spec"])
    replica_set = made("apps/v1", "ReplicaSet", "web-1", deployment, spec={})
    body = pod("web-1-x", replica_set, image_id)
    body["spec"]["containers"][0]["image"] = image
    return evolve(snapshot(deployment, replica_set, body), origin=Origin.CLUSTER)


@pytest.mark.parametrize("image_id", [f"x@{A}", ""])
def test_an_image_that_nobody_declares_with_an_equal_digest(image_id: str) -> None:
    """An image set by hand is a finding of its own where no digest tells it."""
    sides = [owned_side("shop/web:1", image_id), owned_side("shop/other:1", image_id)]

    (finding,) = compare_snapshots(sides).findings

    assert (finding.path, finding.category.value) == ("running.containers[name=web].image", "image")
    assert finding.values == {"objects": ["shop/web:1"], "objects (2)": ["shop/other:1"]}
    assert (
        finding.note
        == "in objects (2) a pod has shop/other:1, which Deployment web does not declare"
    )
    assert compare_snapshots([sides[1], sides[1]]).findings == ()


def test_pods_that_run_what_they_ran() -> None:
    """What is declared differs, and the pods don't: that is a difference of what is declared."""
    sides = [owned_side("shop/web:1", f"x@{A}"), owned_side("shop/web:1", f"x@{A}", "shop/web:2")]

    assert [finding.path for finding in compare_snapshots(sides).findings] == [
        "spec.template.spec.containers[name=web].image"
    ]


def test_an_image_that_admission_takes_from_a_mirror() -> None:
    """A copy that is declared to be one is no image that nobody declares."""
    sides = [
        owned_side("shop/web:1", f"x@{A}"),
        owned_side("mirror.corp/hub/shop/web:1", f"x@{A}"),
    ]

    assert len(compare_snapshots(sides).findings) == 1
    mirrors = parse_mirrors({"mirror.corp/hub": "docker.io"})
    assert compare_snapshots(sides, mirrors=mirrors).findings == ()


@pytest.mark.parametrize(
    "spec",
    [
        "text",
        {"template": "web"},
        {"template": {"spec": "web"}},
        {"template": {"spec": {"containers": "web"}}},
        {"template": {"spec": {"containers": ["web", {"image": 1}], "volumes": [3]}}},
        {"jobTemplate": [1]},
    ],
    ids=str,
)
def test_an_owner_of_any_shape(spec: Any) -> None:
    """A custom owner's spec may be anything; its pods are objects of their own."""

    def side(image_id: str) -> Snapshot:
        owner = made("shop.io/v1", "Till", "till", spec=spec)
        return evolve(snapshot(owner, pod("p", owner, image_id)), origin=Origin.CLUSTER)

    (finding,) = compare_snapshots([side(f"x@{A}"), side(f"x@{B}")]).findings
    assert (finding.object.kind, finding.path) == ("Pod", "running.containers[name=web].digest")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            {"state": {"waiting": {"reason": "ImagePullBackOff"}}},
            "pod of objects: ImagePullBackOff",
        ),
        ({"state": {"waiting": {}}}, "pod of objects"),
        ({"imageID": "shop/web:1", "state": {"running": {}}}, "pod of objects"),
    ],
)
def test_a_container_that_was_never_made(status: Body, said: str) -> None:
    """Nobody knows what it runs, and what it waits for is said."""
    waiting = pod("alone", None)
    waiting["status"]["containerStatuses"] = [{"name": "web", "imageID": "", **status}]
    sides = [evolve(snapshot(it), origin=Origin.CLUSTER) for it in (waiting, pod("alone", None))]

    result = compare_snapshots(sides)

    assert result.verdict.value == "inconclusive"
    assert result.reasons == (
        f"Pod alone: container web does not say which image it runs in 1 {said}",
    )
    (row,) = result.images
    assert (row.same, row.note) == (None, f"does not say which image it runs in 1 {said}")


def replicas(*image_ids: str) -> Snapshot:
    owner = made("apps/v1", "StatefulSet", "db", spec=workload()["spec"])
    pods = [pod(f"db-{number}", owner, image_id) for number, image_id in enumerate(image_ids)]
    return evolve(snapshot(owner, *pods), origin=Origin.CLUSTER)


def test_one_replica_that_does_not_say() -> None:
    """What most pods run is not what all run: neither a comparison nor the table says so."""
    sides = [replicas(f"x@{A}", ""), replicas(f"x@{A}", f"x@{A}")]

    result, table = compare_snapshots(sides), image_table(sides)

    assert result.verdict.value == "inconclusive"
    assert [row.same for row in (*result.images, *table.rows, *sides[0].images)] == [None] * 3
    assert table.rows[0].note == "does not say which image it runs in 1 pod of objects"


@pytest.mark.parametrize("images", [("", ""), (f"x@{A}", "")])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_rollout_under_way(images: tuple[str, str], at: int) -> None:
    """Where pods do not say what they run, a comparison has the row that the table has: unknown."""
    sides = [replicas(f"x@{A}", f"x@{A}") for _ in range(4)]
    sides[at] = replicas(*images)

    result, table = compare_snapshots(sides), image_table(sides)
    (row,), (in_table,) = result.images, table.rows
    name = result.environments[at].name

    assert row == in_table
    assert row.same is None
    assert row.environments[name].digests == ((A,) if any(images) else ())
    assert row.note is not None
    assert f"of {name}" in row.note
    page = render(result, "html")
    assert (
        "Containers that don&#39;t run the same everywhere" in page or "don't run the same" in page
    )
    if not any(images):
        assert 'class="sign">?</span>' in page
        assert "digest unknown" in page
        assert 'class="sign">—</span>' not in page


def test_names_of_full_digests() -> None:
    """Each digest stands beside the name of who runs it, also where the baseline has nothing."""
    sides = [snapshot(config_map()), replicas(f"x@{A}"), replicas(f"x@{B}")]
    page = render(compare_snapshots(sides), "html")
    digests, *_ = re.findall(r'<dl class="digests">.*?</dl>', page, re.DOTALL)
    names = re.findall(r"<dd><bdi>(.*?)</bdi>.*?(sha256:.)", digests)

    assert names == [("objects (2)", A[:8]), ("objects (3)", B[:8])]


def test_two_images_in_one_workload() -> None:
    """Two digests at once are a finding, and a note where both sides have them."""
    skewed, even = replicas(f"x@{A}", f"x@{B}"), replicas(f"x@{A}", f"x@{A}")

    (finding,) = compare_snapshots([even, skewed]).findings
    assert finding.values == {"objects": [A], "objects (2)": [A, B]}
    assert finding.note is not None
    assert finding.note.endswith("several images at once in objects (2)")
    (row,) = compare_snapshots([skewed, skewed]).images
    assert (row.same, row.note) == (True, "several images at once in objects and objects (2)")


def test_one_index_on_two_platforms() -> None:
    """It is one image, and what runs is other code; that is said."""

    def side(platform: str) -> Snapshot:
        body = pod("alone", None)
        body["spec"]["nodeName"] = "node"
        nodes = (ClusterNode("node", platform),)
        return evolve(snapshot(body), origin=Origin.CLUSTER, nodes=nodes)

    result = compare_snapshots([side("linux/amd64"), side("linux/arm64")])

    assert result.verdict.value == "identical"
    (row,) = result.images
    assert (row.same, row.note) == (True, "one index, on linux/amd64 and linux/arm64")


def test_three_environments() -> None:
    """Two that differ are a difference, whatever a third runs, and whether it runs it at all."""
    first, second = (replicas(image_id) for image_id in (f"x@{A}", f"x@{B}"))
    config, nothing = replicas("sha256:" + "c" * 64), evolve(snapshot(), origin=Origin.CLUSTER)

    (finding,) = compare_snapshots([config, first, second]).findings
    assert len(finding.values) == 3
    for third in (config, nothing):
        assert [row.same for row in image_table([third, first, second]).rows] == [False]
    assert [row.same for row in image_table([nothing, first, first]).rows] == [None]


def test_a_container_disk() -> None:
    """KubeVirt's container disks and kernels are containers of the pod that runs the machine.

    https://kubevirt.io/user-guide/storage/disks_and_volumes/#containerdisk
    """
    spec = {"template": {"spec": {"volumes": [{"name": "root", "containerDisk": {"image": "d"}}]}}}
    machine = made("kubevirt.io/v1", "VirtualMachine", "vm", spec=spec)
    completed = {**spec["template"]["spec"], "domain": {"firmware": {"uuid": "5d"}}}
    instance = made("kubevirt.io/v1", "VirtualMachineInstance", "vm", machine, spec=completed)
    launcher = pod("virt-launcher-vm-x", instance)
    launcher["spec"] |= {
        "containers": [container("compute"), container("volumeroot")],
        "initContainers": [container("container-disk-binary"), container("kernel-boot-init")],
    }
    launcher["status"] |= {
        "containerStatuses": [
            {"name": "compute", "imageID": f"x@{A}"},
            {"name": "volumeroot", "imageID": f"d@{B}"},
        ],
        "initContainerStatuses": [
            {"name": "container-disk-binary", "imageID": f"x@{A}"},
            {"name": "kernel-boot-init", "imageID": f"k@{B}"},
        ],
    }

    assert images(machine, instance, launcher) == [
        ("VirtualMachine vm", "compute", (A,)),
        ("VirtualMachine vm", "volumeroot", (B,)),
        ("VirtualMachine vm", "container-disk-binary", (A,)),
        ("VirtualMachine vm", "kernel-boot-init", (B,)),
    ]


def test_a_repository_means_nothing() -> None:
    """One digest under two names is one image; `status.image` is never asked."""
    left, right = pod("alone", None, f"docker-pullable://nginx@{A}"), pod("alone", None)
    right["status"]["containerStatuses"][0] |= {
        "imageID": f"mirror.corp/library/nginx@{A}",
        "image": "another:9",
    }

    assert same(left, right) is True


def test_a_change_inside_one_pod() -> None:
    """The same pod may run another digest after a restart; the status counts, not the past."""
    before, after = pod("alone", None), pod("alone", None, f"x@{B}")
    after["status"]["containerStatuses"][0] |= {
        "restartCount": 1,
        "lastState": {"terminated": {"containerID": "containerd://1"}},
    }

    assert same(before, after) is False


def test_a_volume_that_one_container_does_not_report() -> None:
    """What one of a pod's containers says of a shared volume holds, whatever others leave out."""
    body = pod("alone", None)
    body["spec"]["volumes"] = [{"name": "m", "image": {"reference": "models/m:1"}}]
    said = {"name": "m", "volumeStatus": {"image": {"imageRef": f"models/m@{B}"}}}
    body["status"]["containerStatuses"] = [
        {"name": "web", "imageID": f"x@{A}", "volumeMounts": [said]},
        {"name": "side", "imageID": f"x@{A}", "volumeMounts": [{"name": "m"}]},
    ]

    assert ("Pod alone", "m", (B,)) in images(body)


def test_a_cron_job_s_last_run() -> None:
    """Earlier runs ran an earlier template, and one started by hand belongs to who started it."""
    cron_job = made("batch/v1", "CronJob", "night", spec={})
    jobs = [made("batch/v1", "Job", f"night-{number}", cron_job, spec={}) for number in range(3)]
    for number, job in enumerate(jobs):
        job["metadata"]["creationTimestamp"] = f"2026-11-2{number}T00:00:00Z"
    jobs[2]["metadata"]["annotations"] = {"cronjob.kubernetes.io/instantiate": "manual"}
    pods = [
        pod(f"p{number}", job, f"x@sha256:{number}{'0' * 63}") for number, job in enumerate(jobs)
    ]

    pods[0]["status"]["phase"] = "Succeeded"

    assert images(cron_job, *jobs, *pods) == [
        ("CronJob night", "web", (f"sha256:1{'0' * 63}",)),
        ("Job night-2", "web", (f"sha256:2{'0' * 63}",)),
    ]


def test_owners_in_a_circle() -> None:
    """Pods may be made to own each other; looking for the workload ends all the same."""
    first, second = pod("a", None), pod("b", None)
    first["metadata"] |= owned(second)
    second["metadata"] |= owned(first)

    assert [row.container for row in rows(first, second)] == ["web", "web"]


def test_names_of_any_shape() -> None:
    """A pod in a file may have anything for a name."""
    body = pod("alone", None)
    body["status"]["containerStatuses"].append({"name": {}, "volumeMounts": [{"name": []}]})
    body["spec"]["volumes"] = [{"name": {}, "image": {"reference": f"m@{B}"}}]

    assert ("Pod alone", "web", (A,)) in images(body)
