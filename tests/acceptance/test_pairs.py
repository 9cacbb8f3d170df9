"""Pairs of inputs and what an operator would say of them, the nasty ones first.

The numbers are those of the project's list of acceptance cases; those about images and
about one place at two times stand elsewhere.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Origin, Result, Snapshot, capture
from driftcheck.pipeline import compare_snapshots
from driftcheck.testing import Forbidden, PlaybackServer, StaleDiscovery, When, load_recording
from tests.builders import Body, config_map, container, edited, resource, snapshot, workload
from tests.conftest import RECORDINGS

STAGING = "bookshop-staging"


def live(*bodies: Body, namespace: str | None = None, **more: Any) -> Snapshot:
    """What a cluster holds."""
    return evolve(snapshot(*bodies, namespace=namespace), origin=Origin.CLUSTER, **more)


def compared(left: Snapshot, right: Snapshot) -> Result:
    return compare_snapshots([left, right])


def found(left: list[Body], right: list[Body]) -> list[tuple[str, str]]:
    result = compared(live(*left), live(*right))
    return [(finding.change.value, finding.path) for finding in result.findings]


def pod(**fields: Any) -> Body:
    return workload(containers=[container(**fields)])


def requests(**amounts: str) -> Body:
    return pod(resources={"requests": amounts})


def env(*variables: tuple[str, str]) -> Body:
    return pod(env=[{"name": name, "value": value} for name, value in variables])


def volume(**source: Any) -> Body:
    return workload(volumes=[{"name": "v", **source}])


def policy(**spec: Any) -> Body:
    return resource(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        spec={"podSelector": {}, "policyTypes": ["Ingress"], **spec},
    )


def claim(**spec: Any) -> Body:
    return resource("v1", "PersistentVolumeClaim", spec={"accessModes": ["ReadWriteOnce"], **spec})


def secret(**fields: Any) -> Body:
    return resource("v1", "Secret", "db", type="Opaque", **fields)


def encoded(**values: str) -> dict[str, str]:
    return {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}


def sources(*names: str) -> Body:
    return pod(envFrom=[{"configMapRef": {"name": name}} for name in names])


def metric(name: str) -> Body:
    target = {"type": "Utilization", "averageUtilization": 60}
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def autoscaler(*metrics: Body) -> Body:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "maxReplicas": 9, "metrics": list(metrics)}
    return resource("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec=spec)


def scaled(replicas: int, **metadata: Any) -> Body:
    body = edited(workload(), "spec", "replicas", value=replicas)
    return {**body, "metadata": {**body["metadata"], **metadata}}


def stateful(**rolling: Any) -> Body:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, **rolling}}
    return edited(workload("StatefulSet"), "spec", "updateStrategy", value=strategy)


def template(**metadata: Any) -> Body:
    body = workload()
    inner = {**body["spec"]["template"]["metadata"], **metadata}
    return edited(body, "spec", "template", "metadata", value=inner)


def containers(role: str, *names: str) -> Body:
    return workload(**{role: [container(name) for name in names]})


def role(*verbs: str) -> Body:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs)}]
    return resource("rbac.authorization.k8s.io/v1", "Role", rules=rules)


def ports(*pairs: tuple[int, str]) -> Body:
    return pod(ports=[{"containerPort": port, "protocol": protocol} for port, protocol in pairs])


def service(**fields: Any) -> Body:
    port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 80}
    spec = {"type": "NodePort", "selector": {"app": "web"}, "ports": [port], **fields}
    body = resource("v1", "Service", "web", spec=spec)
    return {**body, "metadata": {**body["metadata"], "uid": "s"}}


def given(address: str, family: str) -> Body:
    """What a server gives a Service."""
    families = {"ipFamilies": [family], "ipFamilyPolicy": "SingleStack"}
    return {"clusterIP": address, "clusterIPs": [address], **families}


def in_host_network(port: Body) -> Body:
    return workload(hostNetwork=True, containers=[container(ports=[port])])


def manual(address: str) -> list[Body]:
    """A Service without selector, and where it leads."""
    subsets = [{"addresses": [{"ip": address}], "ports": [{"port": 5432}]}]
    return [
        resource("v1", "Service", "db", spec={"ports": [{"port": 5432}]}),
        resource("v1", "Endpoints", "db", subsets=subsets),
    ]


CPU = [("changed", "spec.template.spec.containers[name=web].resources.requests.memory")]
SAME: dict[str, tuple[list[Body], list[Body]]] = {
    "1 quantities of another spelling": (
        [requests(cpu="1", memory="1Gi")], [requests(cpu="1000m", memory="1073741824")],
    ),
    "8 a null time of creation": ([template(creationTimestamp=None)], [template()]),
    "9 the order of variables": ([env(("A", "1"), ("B", "2"))], [env(("B", "2"), ("A", "1"))]),
    "10 a variable that is set twice": ([env(("X", "1"), ("X", "2"))], [env(("X", "2"))]),
    "6 host ports of the host network": (
        [in_host_network({"containerPort": 8080, "hostPort": 8080})],
        [in_host_network({"containerPort": 8080})],
    ),
    "7 a StatefulSet's new default": ([stateful(maxUnavailable=1)], [stateful()]),
    "12 the order of volumes": (
        [workload(volumes=[{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}])],
        [workload(volumes=[{"name": "b", "emptyDir": {}}, {"name": "a", "emptyDir": {}}])],
    ),
    "12 the order of tolerations": (
        [workload(tolerations=[{"key": "a"}, {"key": "b"}])],
        [workload(tolerations=[{"key": "b"}, {"key": "a"}])],
    ),
    "12 the order of access modes": (
        [claim(accessModes=["ReadWriteOnce", "ReadOnlyMany"])],
        [claim(accessModes=["ReadOnlyMany", "ReadWriteOnce"])],
    ),
    "12 the order of verbs": ([role("get", "list")], [role("list", "get")]),
    "13 the order of metrics": (
        [autoscaler(metric("cpu"), metric("memory"))],
        [autoscaler(metric("memory"), metric("cpu"))],
    ),
    "14 the order of sources without a key in common": (
        [config_map("a", A="1"), config_map("b", B="1"), sources("a", "b")],
        [config_map("a", A="1"), config_map("b", B="1"), sources("b", "a")],
    ),
    "15 no ingress, said in two ways": ([policy(ingress=[])], [policy()]),
    "16 no source, which is an empty folder": ([volume(emptyDir={})], [volume()]),
    "20 an empty value, said in two ways": (
        [secret(data={"a": ""})], [secret(data={"a": None})],
    ),
    "31 a restart": (
        [template(annotations={"kubectl.kubernetes.io/restartedAt": "2026-11-23T20:00:00Z"})],
        [template()],
    ),
    "40 what a Service was given": (
        [service(**given("10.0.0.1", "IPv4"))], [service(**given("fd00::1", "IPv6"))],
    ),
}  # fmt: skip
IN_POD = "spec.template.spec"
WEB = f"{IN_POD}.containers[name=web]"
OTHER: dict[str, tuple[list[Body], list[Body], list[tuple[str, str]]]] = {
    "2 a decimal and a binary unit": ([requests(memory="1G")], [requests(memory="1Gi")], CPU),
    "5 a pull policy that does not follow from the tag": (
        [pod(image="shop/web:1.2")], [pod(image="shop/web:1.2", imagePullPolicy="Always")],
        [("changed", f"{WEB}.imagePullPolicy")],
    ),
    "7 a StatefulSet's own setting": (
        [stateful(maxUnavailable=2)], [stateful()],
        [("changed", "spec.updateStrategy.rollingUpdate.maxUnavailable")],
    ),
    "9 the order of variables that refer to each other": (
        [env(("A", "1"), ("B", "$(A)x"))], [env(("B", "$(A)x"), ("A", "1"))],
        [("reordered", f"{WEB}.env")],
    ),
    "10 the value that counts": (
        [env(("X", "1"), ("X", "2"))], [env(("X", "1"))], [("changed", f"{WEB}.env[name=X].value")],
    ),
    "11 one port under two protocols": (
        [ports((53, "TCP"), (53, "UDP"))], [ports((53, "TCP"))],
        [("removed", f"{WEB}.ports[containerPort=53,protocol=UDP]")],
    ),
    "12 the order of init containers": (
        [containers("initContainers", "a", "b")], [containers("initContainers", "b", "a")],
        [("reordered", f"{IN_POD}.initContainers")],
    ),
    "12 the order of containers": (
        [containers("containers", "a", "b")], [containers("containers", "b", "a")],
        [("reordered", f"{IN_POD}.containers")],
    ),
    "14 the order of sources with a key in common": (
        [config_map("a", A="1"), config_map("b", A="2"), sources("a", "b")],
        [config_map("a", A="1"), config_map("b", A="2"), sources("b", "a")],
        [("reordered", f"{WEB}.envFrom")],
    ),
    "15 everything may come in": (
        [policy(ingress=[])], [policy(ingress=[{}])], [("added", "spec.ingress")],
    ),
    "16 a folder in memory": (
        [volume(emptyDir={})], [volume(emptyDir={"medium": "Memory"})],
        [("added", f"{IN_POD}.volumes[name=v].emptyDir.medium")],
    ),
    "17 no class, and the default class": (
        [claim(storageClassName="")], [claim()], [("removed", "spec.storageClassName")],
    ),
    "20 a key that is missing": (
        [secret(data={"a": "", "b": ""})], [secret(data={"b": ""})], [("removed", "data.a")],
    ),
    "22 a newline at the end of a secret": (
        [secret(data=encoded(pw="pw"))], [secret(data=encoded(pw="pw\n"))],
        [("changed", "data.pw")],
    ),
    "30 scaled by hand": ([scaled(3)], [scaled(5)], [("changed", "spec.replicas")]),
    "30 scaled by an autoscaler on one side": (
        [scaled(3), autoscaler()], [scaled(5)], [("changed", "spec.replicas"), ("removed", "")],
    ),
    "38 where a hand-made Service leads": (
        manual("10.0.0.1"), manual("10.0.0.2"), [("changed", "subsets[0].addresses[0].ip")],
    ),
    "40 the name of a port": (
        [service()], [edited(service(), "spec", "ports", 0, "name", value="web")],
        [("changed", "spec.ports[port=80,protocol=TCP].name")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME.keys())
def test_the_same(left: list[Body], right: list[Body]) -> None:
    """No finding, either way round, and the verdict `identical`."""
    for one, two in ((left, right), (right, left)):
        result = compared(live(*one), live(*two))
        assert not result.findings
        assert result.verdict.value == "identical"


@pytest.mark.parametrize(("left", "right", "expected"), OTHER.values(), ids=OTHER.keys())
def test_not_the_same(left: list[Body], right: list[Body], expected: list[tuple[str, str]]) -> None:
    """One finding for each thing that differs, at its path."""
    assert sorted(found(left, right)) == expected


def test_a_manifest_without_defaults() -> None:
    """4: what a manifest leaves out and the server fills in is filled, and counted."""
    manifest = edited(workload(), "spec", "selector", value={"matchLabels": {"app": "web"}})
    spec = {
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
        "strategy": {
            "type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}
        },
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"creationTimestamp": None, "labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        **container(),
                        "imagePullPolicy": "IfNotPresent",
                        "resources": {},
                        "terminationMessagePath": "/dev/termination-log",
                        "terminationMessagePolicy": "File",
                    }
                ],
                "dnsPolicy": "ClusterFirst",
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {},
                "terminationGracePeriodSeconds": 30,
            },
        },
    }  # fmt: skip

    result = compared(snapshot(manifest), live({**manifest, "spec": spec}))

    assert result.verdict.value == "identical"
    assert {rule.id: rule.hits for rule in result.rules}["default"] > 10


def test_quantities_of_custom_resources() -> None:
    """3: without a schema `100m` and `0.1` are other texts; where it says quantity, one amount."""
    left, right = (
        resource("example.com/v1", "Thing", spec={"cpu": cpu}) for cpu in ("100m", "0.1")
    )
    number = r"(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    pattern = rf"^(\+|-)?{number}(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?{number}))?$"
    cpu = {"x-kubernetes-int-or-string": True, "pattern": pattern}
    spec = {"type": "object", "properties": {"cpu": cpu}}
    schemas = {"example.com/v1/Thing": {"type": "object", "properties": {"spec": spec}}}

    bare = compared(live(left), live(right))
    typed = compared(live(left, schemas=schemas), live(right, schemas=schemas))

    assert [finding.path for finding in bare.findings] == ["spec.cpu"]
    assert typed.verdict.value == "identical"


def test_string_data_of_a_manifest() -> None:
    """18, 19: plain text in a manifest is the same value; a key that nobody removed is drift."""
    manifest = resource("v1", "Secret", "db", stringData={"a": "x"})

    same = compared(snapshot(manifest), live(secret(data=encoded(a="x"))))
    more = compared(snapshot(manifest), live(secret(data=encoded(a="x", b="y"))))

    assert same.verdict.value == "identical"
    assert [(item.change.value, item.path) for item in more.findings] == [("added", "data.b")]


def test_secrets_under_other_keys(tmp_path: Path) -> None:
    """21: values that were fingerprinted with different keys prove nothing."""
    snapshots = []
    for key in ("a" * 32, "b" * 32):
        (tmp_path / key).write_text(key)
        snapshots.append(
            capture([config_map(), secret(data=encoded(a="x"))], secret_key_file=tmp_path / key)
        )

    result = compare_snapshots(snapshots)

    assert not result.findings
    assert result.verdict.value == "inconclusive"
    assert "different keys" in result.reasons[0]


def test_a_rollout_under_way() -> None:
    """29: what is declared is compared; what runs is not settled, and so nothing is proved."""
    recording = load_recording(RECORDINGS["equal"])
    moving = recording.object(STAGING, "Deployment", "web")
    moving["status"]["observedGeneration"] = moving["metadata"]["generation"] - 1
    with PlaybackServer(recording.with_objects(STAGING, [moving])) as server:
        seen = capture(STAGING, kubeconfig=str(server.kubeconfig))

    result = compared(seen, seen)

    assert result.verdict.value == "inconclusive"
    assert any("rollout" in reason for reason in result.reasons)


def test_scaled_by_hand_says_by_whom() -> None:
    """30: a replica count that `kubectl scale` wrote is attributed to the scale subresource."""
    wrote = {
        "manager": "kubectl", "operation": "Update", "subresource": "scale",
        "time": "2026-11-23T20:00:00Z",
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
    }  # fmt: skip

    result = compared(live(scaled(3)), live(scaled(5, managedFields=[wrote])))

    (finding,) = result.findings
    (writer,) = finding.written_by["objects (2)"]
    assert (writer.manager, writer.operation, writer.subresource) == ("kubectl", "Update", "scale")


def test_scaled_by_autoscalers() -> None:
    """30: replicas that an autoscaler holds on both sides are no difference, and counted."""
    result = compared(live(scaled(3), autoscaler()), live(scaled(5), autoscaler()))

    assert result.verdict.value == "identical"
    assert {rule.id: rule.hits for rule in result.rules}["autoscaled-replicas"] == 2


def binding(namespace: str) -> Body:
    return resource(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
        subjects=[{"kind": "ServiceAccount", "name": "sa", "namespace": namespace}],
    )


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (binding("staging"), binding("prod"), True),
        (binding("staging"), binding("staging"), False),
        (
            config_map(url="http://db.staging.svc.cluster.local"),
            config_map(url="http://db.prod.svc.cluster.local"),
            True,
        ),
        (config_map(url="http://db.staging.svc"), config_map(url="http://db.staging.svc"), False),
    ],
    ids=["35 a subject", "35 a forgotten subject", "36 a host", "36 a forgotten host"],
)
def test_the_namespaces_own_name(left: Body, right: Body, same: bool) -> None:
    """35, 36: each side's own name is one name; production that says staging is drift."""
    result = compared(live(left, namespace="staging"), live(right, namespace="prod"))

    assert (result.verdict.value == "identical") is same


def test_a_namespace_that_is_a_common_word() -> None:
    """36: the namespace `app` does not turn `app-config` into something else."""
    left, right = config_map(a="app-config", b="app"), config_map(a="web-config", b="web")

    result = compared(live(left, namespace="app"), live(right, namespace="web"))

    assert {finding.path for finding in result.findings} == {"data.a", "data.b"}


def generation(name: str, **data: str) -> list[Body]:
    return [config_map(name, **data), sources(name)]


def test_generated_names() -> None:
    """37: two generations of a ConfigMap, named by kustomize, are one object whose data differ."""
    left = generation("cfg-t4cdmg7hkt", a="1", html='<b>&"x"')
    right = generation("cfg-ctbg988m74", a="1")

    result = compared(live(*left), live(*right))

    assert [(item.change.value, item.path) for item in result.findings] == [
        ("removed", "data.html")
    ]


@pytest.mark.parametrize(
    "touched",
    [
        {"imagePullSecrets": [{"name": "registry"}]},
        {"automountServiceAccountToken": False},
        {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/shop"}},
    ],
)
def test_a_default_account_that_was_touched(touched: Mapping[str, Any]) -> None:
    """38: the default ServiceAccount counts as soon as somebody gave it something."""
    annotations = touched.get("annotations", {})
    fields = {name: value for name, value in touched.items() if name != "annotations"}
    account = resource("v1", "ServiceAccount", "default")
    other = {**account, **fields, "metadata": {"name": "default", "annotations": annotations}}

    result = compared(live(config_map(), account), live(config_map(), other))

    assert [finding.object.kind for finding in result.findings] == ["ServiceAccount"]


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        (Forbidden(When(resource="secrets")), "inconclusive"),
        (StaleDiscovery(group="metrics.k8s.io"), "identical"),
        (StaleDiscovery(group="bookshop.example.com"), "inconclusive"),
    ],
    ids=["403", "a stale group that is left out", "a stale group"],
)
def test_what_one_side_could_not_see(fault: Any, verdict: str) -> None:
    """39: what may not or can't be read on one side is no difference, and proves nothing."""
    recording = load_recording(RECORDINGS["equal"])
    with PlaybackServer(recording) as whole, PlaybackServer(recording, faults=[fault]) as part:
        snapshots = [
            capture(STAGING, kubeconfig=str(server.kubeconfig)) for server in (whole, part)
        ]

    result = compare_snapshots(snapshots)

    assert not result.findings
    assert result.verdict.value == verdict
