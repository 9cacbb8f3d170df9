"""What is over, or about to be, hides nothing that runs: in every form, and both ways."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import Origin
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, compare, config_map, container, edited, resource, snapshot
from tests.ways import live, owner, recorded, saved, twin, verdicts

SOON = "2026-11-24T12:00:00Z"
WEB, WEB_POD = "web-77dd8c58c", "web-77dd8c58c-2pr4z"


def said(*extra: Body) -> set[str]:
    """The verdicts on a recorded namespace against one that has these objects as well."""
    more = {(item["kind"], item["metadata"]["name"]): item for item in extra}
    sides = [twin({}), twin(more)]
    return {
        compare_snapshots(ways).verdict.value
        for ways in (sides, sides[::-1], [saved(side) for side in sides])
    }


def another(body: Body, name: str, **metadata: Any) -> Body:
    """An object like this one, of another name."""
    made = copy.deepcopy(body)
    made["metadata"] |= {"name": name, "uid": f"uid-{name}", **metadata}
    return made


def commanded(body: Body) -> Body:
    """The object whose first container runs another command."""
    where = ["spec", "containers", 0, "command"]
    if body["kind"] != "Pod":
        where[:1] = ["spec", "template", "spec"]
    return edited(body, *where, value=["/bin/miner"])


def with_image(pod: Body) -> Body:
    """The pod whose first container runs another image."""
    return edited(pod, "spec", "containers", 0, "image", value="evil/miner:1")


def debugged(pod: Body) -> Body:
    """The pod with an ephemeral container."""
    session = {"name": "debugger", "image": "evil/miner:1", "targetContainerName": "web"}
    return edited(pod, "spec", "ephemeralContainers", value=[session])


def bound(**fields: Any) -> Body:
    """Fields of a pod's container that a node reports to run."""
    status = {"name": "web", "imageID": "docker.io/shop/web@sha256:" + "1" * 64}
    return {"phase": "Running", "containerStatuses": [status], **fields}


def test_a_pod_that_is_being_deleted_runs_until_then() -> None:
    """A grace period may be years long: what its template does not give it, it has."""
    leaving = another(recorded("Pod", WEB_POD), f"{WEB}-zzzzz", deletionTimestamp=SOON)

    assert said(leaving) == {"identical"}
    assert said(commanded(leaving)) == {"drifted"}
    assert said(with_image(leaving)) == {"drifted"}
    assert said(debugged(leaving)) == {"drifted"}


def test_an_image_that_no_other_environment_runs() -> None:
    """A pod whose image was set by hand is found against manifests, which run nothing."""
    around = [recorded("Deployment", "web"), recorded("ReplicaSet", WEB)]
    pod = recorded("Pod", WEB_POD)

    for written, verdict in ((pod, "identical"), (with_image(pod), "drifted")):
        assert compare(around[:1], [*around, written]).verdict.value == verdict


def test_a_pod_without_a_status_is_held_against_its_template() -> None:
    """Tools strip the status from what they save; the pod is compared all the same."""
    pod = recorded("Pod", WEB_POD)
    stripped = {key: value for key, value in pod.items() if key != "status"}
    around = [recorded("Deployment", "web"), recorded("ReplicaSet", WEB)]

    assert compare([*around, stripped], [*around, stripped]).verdict.value == "identical"
    for change in (commanded, with_image, debugged):
        changed = [*around, change(stripped)]
        assert compare([*around, stripped], changed).verdict.value == "drifted"


def test_addresses_of_pods_without_a_status() -> None:
    """Pods that do not say their addresses give no doubt about where a Service leads."""
    seen = [recorded(*name) for name in (("Service", "web"), ("Endpoints", "web"))]
    around = [*seen, recorded("Deployment", "web"), recorded("ReplicaSet", WEB)]
    pod = {key: value for key, value in recorded("Pod", WEB_POD).items() if key != "status"}

    assert compare([*around, pod], [*around, pod]).verdict.value == "identical"


@pytest.mark.parametrize("revision", ["1", "0"])
def test_a_pod_of_history(revision: str) -> None:
    """A ReplicaSet that wants no pods is history, and what still runs of it is none."""
    replicas = edited(commanded(another(recorded("ReplicaSet", WEB), "old")), "spec", "replicas",
                      value=0)  # fmt: skip
    replicas["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = revision
    pod = commanded(another(recorded("Pod", WEB_POD), "old-1", ownerReferences=[owner(replicas)]))

    assert said(replicas) == {"identical"}
    assert said(replicas, pod) == {"inconclusive"}


def test_a_pod_of_a_run_that_has_finished() -> None:
    """A Job's controller looks no more at what runs of it once it has finished."""
    pod = another(recorded("Pod", "db-migrate-240-gq7z7"), "db-migrate-240-xxxxx")

    assert said(pod) == {"identical"}
    assert said(edited(pod, "status", "phase", value="Running")) == {"inconclusive"}


def test_a_pod_that_its_stateful_set_leaves_alone() -> None:
    """Of a StatefulSet are pods named after it and an ordinal, and no others."""
    pod = another(recorded("Pod", "db-0"), "evil")
    pod["spec"]["hostname"] = "evil"

    assert said(pod) == {"drifted"}


def test_a_rollout_that_refers_to_its_template() -> None:
    """What a Rollout's ReplicaSet runs is what the Deployment says that the Rollout refers to."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container()]}}
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    deployment = resource("apps/v1", "Deployment", "web", spec={"replicas": 0})
    deployment["spec"]["template"] = template
    rollout = resource("argoproj.io/v1alpha1", "Rollout", "web", spec={"workloadRef": reference})
    rollout["metadata"]["uid"] = "r"
    replicas = resource(
        "apps/v1", "ReplicaSet", "web-1", spec={"replicas": 1, "template": template}
    )
    replicas["metadata"] |= {"uid": "s", "ownerReferences": [owner(rollout)]}
    around = [deployment, rollout]

    assert compare([*around, replicas], [*around, replicas]).verdict.value == "identical"
    assert (
        compare([*around, replicas], [*around, commanded(replicas)]).verdict.value == "inconclusive"
    )
    assert compare([rollout, replicas], [rollout, replicas]).verdict.value == "inconclusive"


def job(name: str) -> Body:
    made = resource("batch/v1", "Job", name)
    made["metadata"] |= {"uid": name, "generateName": "migrate-"}
    pod = {"containers": [container()], "restartPolicy": "Never"}
    return made | {"spec": {"template": {"metadata": {}, "spec": pod}}}


def run_of(job: Body) -> Body:
    made = resource("v1", "Pod", f"{job['metadata']['name']}-1", status=bound())
    made["metadata"] |= {"uid": "p", "ownerReferences": [owner(job)]}
    return made | {"spec": job["spec"]["template"]["spec"]}


def test_pods_of_jobs_whose_names_were_made_up() -> None:
    """Where two such Jobs are one, so are their pods, as they are and as they were changed."""
    left, right = job("migrate-bcdfg"), job("migrate-xxxxx")
    ours, theirs = run_of(left), run_of(right)
    around = config_map()

    assert {v.value for v in verdicts([around, left, ours], [around, right, theirs])} == {
        "identical"
    }
    assert {
        v.value for v in verdicts([around, left, ours], [around, right, commanded(theirs)])
    } == {"drifted"}


# What a controller makes of a template, and no more.


CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def ephemeral(**fields: Any) -> list[Body]:
    """A pod with a volume of its own, and the claim that was made for it, with more in it."""
    volume = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}}
    spec = {"containers": [container()], "volumes": [volume]}
    pod = resource("v1", "Pod", "web", spec=spec, status=bound())
    pod["metadata"]["uid"] = "p"
    claim = resource("v1", "PersistentVolumeClaim", "web-scratch", spec={**CLAIM, **fields})
    claim["metadata"] |= {"uid": "c", "ownerReferences": [owner(pod)]}
    return [pod, claim]


SOURCE = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "theirs"}


@pytest.mark.parametrize(
    "fields",
    [
        {"volumeName": "pv-golden"},
        {"dataSource": SOURCE},
        {"dataSource": SOURCE, "dataSourceRef": SOURCE},
        {"selector": {"matchLabels": {"tier": "theirs"}}},
        {"volumeMode": "Block"},
    ],
)
def test_a_claim_that_says_more_than_its_template(fields: Body) -> None:
    """What its pod's volume does not ask for, somebody has put into a claim of that name."""
    assert {v.value for v in verdicts(ephemeral(), ephemeral(**fields))} == {"drifted"}


def test_a_claim_that_a_server_completed() -> None:
    """The class and the mode of a claim are filled in, and its volume is bound by its uid."""
    completed = {"storageClassName": "standard", "volumeMode": "Filesystem", "volumeName": "pvc-c"}

    assert {v.value for v in verdicts(ephemeral(), ephemeral(**completed))} == {"identical"}


# What a tool keeps for itself, unless something else reads it.


def release(value: str) -> Body:
    made = resource("v1", "Secret", "sh.helm.release.v1.web.v1", type="helm.sh/release.v1")
    made["metadata"]["labels"] = {"owner": "helm", "name": "web", "version": "1"}
    return made | {"data": {"release": value}}


def test_a_release_that_a_pod_reads() -> None:
    """Where an object names a release's Secret, that is configuration like any other."""
    source = [{"secretRef": {"name": "sh.helm.release.v1.web.v1"}}]
    reader = resource("v1", "Pod", "web", status=bound())
    reader["spec"] = {"containers": [container(envFrom=source)]}

    alone = ([config_map(), release(value)] for value in ("YQ==", "Yg=="))

    assert {v.value for v in verdicts(*alone)} == {"identical"}
    assert {v.value for v in verdicts([reader, release("YQ==")], [reader, release("Yg==")])} == {
        "drifted"
    }


def test_a_token_in_a_manifest() -> None:
    """A token controller keeps the token that somebody wrote: in a manifest, somebody did."""
    token = resource("v1", "Secret", "web-token", type="kubernetes.io/service-account-token")
    token["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "web"}
    ours, theirs = ({**token, "data": {"token": value}} for value in ("YQ==", "Yg=="))

    assert compare([ours], [ours]).verdict.value == "identical"
    assert compare([ours], [theirs]).verdict.value == "drifted"
    assert compare([token], [theirs]).verdict.value == "drifted"


def test_a_pull_secret_that_a_manifest_lists() -> None:
    """No controller has listed anything in a manifest, whatever it is called."""
    account = resource("v1", "ServiceAccount", "web")
    listed = {**account, "imagePullSecrets": [{"name": "web-dockercfg-bcdfg"}]}

    assert compare([config_map(), account], [config_map(), listed]).verdict.value == "drifted"
    assert compare([config_map(), listed], [config_map(), account]).verdict.value == "drifted"


@pytest.mark.parametrize(("ours", "theirs"), [("on", "off"), (["on"], ["off"]), (1, 2)])
def test_a_status_that_is_none(ours: Any, theirs: Any) -> None:
    """A status is an object, by the API's conventions: anything else is somebody's value.

    https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
    """
    flags = [resource("example.com/v1", "Flag", status=value) for value in (ours, theirs)]

    assert compare([flags[0]], [flags[1]]).verdict.value == "drifted"
    assert compare([flags[0]], [flags[0]]).verdict.value == "identical"


# Where traffic goes.


def led_to(address: str, **service: Any) -> list[Body]:
    made = resource("v1", "Service", "web", spec={"ports": [{"port": 80}], **service})
    labels = {
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    led = resource("discovery.k8s.io/v1", "EndpointSlice", "web-1", addressType="IPv4")
    led["metadata"]["labels"] = labels
    return [made, led | {"endpoints": [{"addresses": [address]}], "ports": []}]


def test_an_address_where_no_pod_is() -> None:
    """In a namespace without pods no address is a pod's."""
    sides = [
        live(*led_to(address, selector={"app": "web"})) for address in ("10.0.0.1", "192.0.2.1")
    ]

    for ways in (sides, sides[::-1], [saved(side) for side in sides]):
        assert compare_snapshots(ways).verdict.value == "inconclusive"


def test_addresses_of_an_external_name() -> None:
    """No controller writes, or mends, where a Service leads that is another host's name."""
    named = {"type": "ExternalName", "externalName": "db.example.com", "selector": {"app": "web"}}

    assert {
        v.value for v in verdicts(led_to("10.0.0.1", **named), led_to("192.0.2.1", **named))
    } == {"drifted"}


def mirrored(**fields: Any) -> list[Body]:
    """A Service of somebody's own Endpoints, and the slice that a controller makes of these."""
    service, led = led_to("192.0.2.1")
    ports = [{"port": 5432}]
    subsets = [{"addresses": [{"ip": "192.0.2.1"}], "ports": ports}]
    led["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"] = (
        "endpointslicemirroring-controller.k8s.io"
    )
    endpoints = resource("v1", "Endpoints", "web", subsets=subsets)
    return [service, endpoints, led | {"ports": ports} | fields]


@pytest.mark.parametrize(
    "fields", [{"endpoints": [{"addresses": ["192.0.2.9"]}]}, {"ports": [{"port": 9999}]}]
)
def test_a_slice_that_repeats_endpoints(fields: Body) -> None:
    """It may lead to addresses that no pod has, where the Endpoints do, and nowhere else."""
    assert {v.value for v in verdicts(mirrored(), mirrored())} == {"identical"}
    assert {v.value for v in verdicts(mirrored(), mirrored(**fields))} == {"drifted"}


# Who holds replicas.


def scaled(replicas: int, autoscaler: Body) -> list[Body]:
    deployment = resource("apps/v1", "Deployment", "web", spec={"replicas": replicas})
    deployment["spec"]["template"] = {"spec": {"containers": [container()]}}
    return [deployment, autoscaler]


def held(**spec: Any) -> Body:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 9, **spec}
    return resource("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec=spec)


def kept(**annotations: str) -> Body:
    target = {"scaleTargetRef": {"name": "web"}, "minReplicaCount": 1, "maxReplicaCount": 9}
    made = resource("keda.sh/v1alpha1", "ScaledObject", "web", spec=target)
    made["metadata"]["annotations"] = {
        f"autoscaling.keda.sh/{key.replace('_', '-')}": value for key, value in annotations.items()
    }
    return made


NEVER = {"selectPolicy": "Disabled"}


def resting() -> Body:
    """A ScaledObject whose autoscaler may scale neither up nor down."""
    config = {"behavior": {"scaleUp": NEVER, "scaleDown": NEVER}}
    advanced = {"horizontalPodAutoscalerConfig": config}
    return edited(kept(), "spec", value={**kept()["spec"], "advanced": advanced})


@pytest.mark.parametrize(
    ("autoscaler", "verdict"),
    [
        (held(), "identical"),
        (held(behavior={"scaleUp": NEVER}), "identical"),
        (held(behavior={"scaleUp": NEVER, "scaleDown": NEVER}), "drifted"),
        (kept(), "identical"),
        (kept(paused="false"), "identical"),
        (kept(paused="False"), "identical"),
        (kept(paused="true"), "drifted"),
        (kept(paused="1"), "drifted"),
        (kept(paused="until Monday"), "drifted"),
        (resting(), "drifted"),
        (kept(paused_replicas="3"), "drifted"),
    ],
)
def test_an_autoscaler_that_is_told_to_rest(autoscaler: Body, verdict: str) -> None:
    """One that may scale neither up nor down, or is paused, holds no replicas."""
    sides = [snapshot(*scaled(replicas, autoscaler)) for replicas in (2, 5)]
    seen = [evolve(side, origin=Origin.CLUSTER) for side in sides]

    for ways in (sides, sides[::-1], seen, seen[::-1]):
        assert compare_snapshots(ways).verdict.value == verdict


# What a controller gives every account a Secret for.


def account_with(suffix: str, type_: str, value: str) -> list[Body]:
    """A ServiceAccount and the credential that a controller generated for it."""
    name = f"web-token-{suffix}"
    account = resource("v1", "ServiceAccount", "web", secrets=[{"name": name}])
    secret = resource("v1", "Secret", name, type=type_, data={"token": value})
    secret["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "web"}
    for made in (account, secret):
        made["metadata"]["uid"] = f"{made['kind']}-{suffix}"
    return [config_map(), account, secret]


@pytest.mark.parametrize(
    ("type_", "verdict"),
    [("kubernetes.io/service-account-token", "identical"), ("Opaque", "drifted")],
)
def test_credentials_whose_names_were_made_up(type_: str, verdict: str) -> None:
    """The account's token here is its token there; what is no token is compared.

    Up to 1.23 every account has one.
    https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
    """
    sides = (account_with("bcdfg", type_, "YQ=="), account_with("xxxxx", type_, "Yg=="))

    assert {v.value for v in verdicts(*sides)} == {verdict}
