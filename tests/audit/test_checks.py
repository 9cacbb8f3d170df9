"""What checks find in what runs, what is read at a start, what is under way; and their limits."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import AuditVerdict, Check, Grade, KindCoverage, Origin, ReadStatus
from driftcheck.pipeline import audit_snapshots
from tests.audit.audited import EARLIER, LATER, audited, entry, live, of, owned
from tests.builders import Body, config_map, container, edited, resource, workload

DIGEST = f"sha256:{'a' * 64}"
ARGO = entry("argocd-controller", "f:spec", operation="Apply")


def running(body: Body, started: str = EARLIER, name: str = "it-0", **spec: Any) -> Body:
    """A pod of a StatefulSet that runs since some time."""
    given = {**body["spec"]["template"]["spec"], "hostname": name, **spec}
    containers = given["containers"]
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "it", "uid": "uid-of-it"}
    pod = resource("v1", "Pod", name, spec=given)
    pod["metadata"] |= {
        "uid": f"uid-of-{name}",
        "labels": {"app": "it", "statefulset.kubernetes.io/pod-name": name},
        "ownerReferences": [{**owner, "controller": True}],
    }
    pod["status"] = {
        "phase": "Running",
        "containerStatuses": [
            {
                "name": each["name"],
                "imageID": f"x@{DIGEST}",
                "state": {"running": {"startedAt": started}},
            }
            for each in containers
        ],
    }
    return pod


def stateful(**fields: Any) -> Body:
    return owned(workload("StatefulSet", "it", containers=[container(**fields)]), ARGO)


ALL = stateful(envFrom=[{"configMapRef": {"name": "settings"}}])
ONE = stateful(
    env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}]
)


def settings(*paths: str, at: str | None = LATER, made: str = "2026-11-01T00:00:00Z") -> Body:
    body = owned(config_map("settings", a="1", b="2"), entry("argocd-controller", *paths, time=at))
    return edited(body, "metadata", "creationTimestamp", value=made)


@pytest.mark.parametrize(
    ("body", "source", "started", "grade"),
    [
        (ALL, settings("f:data/f:b"), EARLIER, Grade.POSSIBLE),
        (ALL, settings("f:data/f:b"), "2026-11-23T22:09:58Z", None),
        (ALL, settings("f:data/f:b"), "2026-11-23T22:09:57Z", Grade.POSSIBLE),
        (ALL, settings("f:data/f:b", at=None), EARLIER, None),
        (ALL, settings("f:metadata/f:labels"), EARLIER, None),
        (ALL, settings("f:data/f:b", at=EARLIER, made=LATER), EARLIER, Grade.CERTAIN),
        (ONE, settings("f:data/f:b"), EARLIER, None),
        (ONE, settings("f:data/f:a"), EARLIER, Grade.POSSIBLE),
        (ALL, config_map("other"), EARLIER, None),
    ],
)
def test_stale(body: Body, source: Body, started: str, grade: Grade | None) -> None:
    """A container may be stale that started before what it then read was written."""
    found = of(Check.STALE_CONFIGURATION, audited(body, running(body, started), source))

    assert [each.grade for each in found] == ([grade] if grade else [])
    if grade:
        assert found[0].object.kind == "StatefulSet"
        assert found[0].path.startswith("spec.template.spec.containers[name=web].env")


def test_replicas_that_straddle_a_change() -> None:
    """Of two pods that started before and after, the finding says how many are older."""
    pods = [running(ALL), running(ALL, "2026-11-23T23:00:00Z", "it-1")]
    (found,) = of(Check.STALE_CONFIGURATION, audited(ALL, *pods, settings("f:data/f:b")))
    assert "1 of 2 pods" in found.says


@pytest.mark.parametrize(
    ("source", "finds"),
    [
        (settings("f:data"), True),
        (edited(settings("f:data"), "immutable", value=True), False),
        (edited(settings("f:data"), "metadata", "name", value="unread"), False),
    ],
)
def test_not_immutable(source: Body, finds: bool) -> None:
    assert bool(of(Check.NOT_IMMUTABLE, audited(ALL, running(ALL), source))) is finds


@pytest.mark.parametrize(
    ("volume", "mount", "finds"),
    [
        ({"configMap": {"name": "c"}}, {"subPath": "a"}, True),
        ({"secret": {"secretName": "c"}}, {"subPathExpr": "$(A)"}, True),
        ({"projected": {"sources": [{"configMap": {"name": "c"}}]}}, {"subPath": "a"}, True),
        ({"configMap": {"name": "c"}}, {}, False),
        ({"emptyDir": {}}, {"subPath": "a"}, False),
    ],
)
def test_never_updates(volume: Body, mount: Body, finds: bool) -> None:
    mounts = [{"name": "v", "mountPath": "/a", **mount}]
    body = workload(containers=[container(volumeMounts=mounts)], volumes=[{"name": "v", **volume}])
    found = of(Check.NEVER_UPDATES, audited(owned(body, ARGO)))
    assert [each.object.name for each in found] == (["web"] if finds else [])


@pytest.mark.parametrize(
    ("image", "finds"),
    [
        ("shop/web:1", True),
        ("shop/web", True),
        ("shop/web:latest", True),
        (f"shop/web@{DIGEST}", False),
        (f"shop/web:1@{DIGEST}", False),
        ("no image at all", True),
    ],
)
def test_mutable_images(image: str, finds: bool) -> None:
    body = owned(workload(containers=[container(image=image)]), ARGO)
    assert bool(of(Check.MUTABLE_IMAGE, audited(body))) is finds


def test_pods_that_are_not_their_template() -> None:
    """A hand on a pod is certain; what an admission webhook may have done is probable."""
    body = stateful()
    other = running(body, serviceAccountName="other")
    by_hand = edited(other, "metadata", "managedFields", value=[entry("kubectl-edit", "f:spec")])

    (probable,) = of(Check.POD_NOT_ITS_TEMPLATE, audited(body, other))
    (certain,) = of(Check.POD_NOT_ITS_TEMPLATE, audited(body, by_hand))
    assert (probable.grade, certain.grade) == (Grade.PROBABLE, Grade.CERTAIN)
    assert not of(Check.POD_NOT_ITS_TEMPLATE, audited(body, running(body)))


@pytest.mark.parametrize("grade", [Grade.PROBABLE, Grade.CERTAIN])
@pytest.mark.parametrize("is_leaving", [True, False])
@pytest.mark.parametrize("field", ["image", "command"])
def test_pods_that_do_not_say_that_they_run(grade: Grade, is_leaving: bool, field: str) -> None:
    """A pod that is being deleted, or has no status, is held against its template as well."""
    body = stateful()
    changed = container(**{field: "other:1" if field == "image" else ["other"]})
    pod = running(body, containers=[changed])
    if is_leaving:
        pod["metadata"]["deletionTimestamp"] = LATER
    else:
        del pod["status"]
    if grade is Grade.CERTAIN:
        pod["metadata"]["managedFields"] = [entry("kubectl-edit", "f:spec")]

    (found,) = of(Check.POD_NOT_ITS_TEMPLATE, audited(body, pod))
    assert (found.grade, found.object.kind) == (grade, "StatefulSet")
    assert "it-0" in found.says


def test_debugged() -> None:
    debugged = running(stateful(), ephemeralContainers=[{"name": "d", "image": "busybox:1"}])
    audit = audited(stateful(), debugged)
    (found,) = of(Check.EPHEMERAL_CONTAINER, audit)
    assert (found.grade, found.object.kind) == (Grade.CERTAIN, "StatefulSet")
    assert not of(Check.POD_NOT_ITS_TEMPLATE, audit)
    assert "it-0 runs busybox:1 to debug it" in found.says


def machine(cores: int, **instance: Any) -> list[Body]:
    """A machine and its instance, which runs two cores."""
    spec = {"domain": {"cpu": {"cores": 2}}, "networks": [{"name": "a"}, {"name": "b"}], **instance}
    wanted = {"domain": {"cpu": {"cores": cores}}, "networks": [{"name": "a"}, {"name": "b"}]}
    bodies = [
        resource("kubevirt.io/v1", "VirtualMachine", spec={"template": {"spec": wanted}}),
        resource("kubevirt.io/v1", "VirtualMachineInstance", spec=spec),
    ]
    return [owned(body, ARGO) for body in bodies]


@pytest.mark.parametrize(
    ("bodies", "path"),
    [
        (machine(2), None),
        (machine(2, evictionStrategy="LiveMigrate"), None),
        (machine(4), "spec.template.spec.domain.cpu.cores"),
        (machine(2, networks=[{"name": "b"}, {"name": "a"}]), None),
        (machine(2, networks=[{"name": "a"}]), "spec.template.spec.networks[name=b].name"),
        (machine(4)[:1], None),
    ],
)
def test_machines(bodies: list[Body], path: str | None) -> None:
    found = of(Check.MACHINE_NOT_ITS_TEMPLATE, audited(*bodies))
    assert [each.path for each in found] == ([path] if path else [])


def test_paths_that_are_quoted() -> None:
    """Names of nodes' labels, mounts and variables may have what a path is made of."""
    vm, instance = machine(2)
    placed = edited(
        vm, "spec", "template", "spec", "nodeSelector", value={"kubernetes.io/arch": "arm64"}
    )
    mounts = [{"name": "v", "mountPath": "/a b]", "subPath": "x"}]
    variables = [
        {"name": "A]B, C", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}
    ]
    body = stateful(volumeMounts=mounts, env=variables)
    volumes = [{"name": "v", "configMap": {"name": "c"}}]
    body["spec"]["template"]["spec"]["volumes"] = volumes

    audit = audited(placed, instance, body, running(body), settings("f:data/f:a"))
    found = {each.check: each.path for each in audit.findings}
    containers = "spec.template.spec.containers[name=web]"
    assert found[Check.MACHINE_NOT_ITS_TEMPLATE] == (
        'spec.template.spec.nodeSelector["kubernetes.io/arch"]'
    )
    assert found[Check.NEVER_UPDATES] == f'{containers}.volumeMounts[mountPath="/a b]"]'
    assert found[Check.STALE_CONFIGURATION] == f'{containers}.env[name="A]B, C"]'


KEDA = {"autoscaling.keda.sh/paused": "true"}
UNSEEN = edited(workload(), "metadata", "generation", value=2)
HALF = edited(workload(), "spec", "replicas", value=2)


@pytest.mark.parametrize(
    ("check", "body"),
    [
        (Check.PAUSED, edited(workload(), "spec", "paused", value=True)),
        (Check.PAUSED, edited(workload(), "metadata", "annotations", value=KEDA)),
        (Check.SUSPENDED, resource("batch/v1", "CronJob", spec={"suspend": True})),
        (Check.IN_ROLLOUT, {**UNSEEN, "status": {"observedGeneration": 1}}),
        (Check.IN_ROLLOUT, {**HALF, "status": {"replicas": 3, "updatedReplicas": 1}}),
    ],
)
def test_under_way(check: Check, body: Body) -> None:
    (found,) = of(check, audited(owned(body, ARGO)))
    assert found.advice


def test_nothing_under_way() -> None:
    quiet = {**edited(workload(), "spec", "paused", value=False), "status": {"replicas": 1}}
    audit = audited(owned(quiet, ARGO), resource("batch/v1", "CronJob", spec={"suspend": False}))
    assert not [each for each in audit.findings if each.check in (Check.PAUSED, Check.SUSPENDED)]


def test_files() -> None:
    """Files do not say who wrote what: these checks have a reason, and the verdict has none."""
    (environment,) = (
        audit := audit_snapshots([evolve(live(config_map()), origin=Origin.MANIFESTS)])
    ).environments

    assert audit.verdict is AuditVerdict.INCONCLUSIVE
    assert "files do not say who wrote what, nor when: name a namespace" in audit.reasons
    unlooked = {row.check for row in environment.checks if not row.is_looked}
    assert unlooked == {
        *(Check.HAND_WRITTEN, Check.UNDECLARED_OBJECT, Check.STALE_CONFIGURATION),
        *(Check.ATTRIBUTION_WIPED, Check.NOT_AS_DECLARED),
    }


def test_a_snapshot_without_managed_fields() -> None:
    """What an older snapshot has not kept can't be asked for."""
    audit = audit_snapshots([live(config_map())])
    assert audit.verdict is AuditVerdict.INCONCLUSIVE
    assert "it was saved without managedFields, which say who wrote what" in audit.reasons


def test_pods_that_may_not_be_read() -> None:
    """What can't be seen costs the verdict, and just those checks that need it."""
    rows = (KindCoverage("", "Pod", ReadStatus.FORBIDDEN),)
    seen = live(owned(config_map(), ARGO))
    audit = audit_snapshots([evolve(seen, coverage=(*seen.coverage, *rows))])

    assert audit.verdict is AuditVerdict.INCONCLUSIVE
    (environment,) = audit.environments
    looked = {row.check: row.is_looked for row in environment.checks}
    assert not looked[Check.POD_NOT_ITS_TEMPLATE]
    assert looked[Check.EDITED_GENERATED]


def test_an_empty_namespace() -> None:
    """Where there is nothing, nothing is proven."""
    audit = audit_snapshots([live()])
    assert audit.verdict is AuditVerdict.INCONCLUSIVE
    assert audit.reasons == ("there was nothing to audit: no object besides its Namespace",)
