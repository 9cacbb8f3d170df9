"""What a value's type says of it: its default, its zero, its null, and what is no value at all."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import SECRET, VALUES_LEFT_OUT, KindCoverage, ReadStatus, Verdict
from driftcheck.pipeline import compare_snapshots
from tests.builders import (
    Body,
    config_map,
    container,
    differences,
    edited,
    resource,
    snapshot,
)
from tests.builders import workload as workload_without_status
from tests.ways import verdicts

IDENTICAL, DRIFTED = {Verdict.IDENTICAL}, {Verdict.DRIFTED}
DIGEST = "sha256:" + "1" * 64
PROBE: Body = {"httpGet": {"port": 80}}


SETTLED = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}


def workload(**pod: Any) -> Body:
    """A Deployment that is not in the middle of a rollout."""
    return {**workload_without_status(**pod), "status": SETTLED}


def with_container(**fields: Any) -> Body:
    return workload(containers=[container(**fields)])


def with_spec(**fields: Any) -> Body:
    return edited(workload(), "spec", value={**workload()["spec"], **fields})


def service(**spec: Any) -> Body:
    return resource("v1", "Service", spec=spec)


def policy(**spec: Any) -> Body:
    return resource("networking.k8s.io/v1", "NetworkPolicy", spec=spec)


def binding(**role: Any) -> Body:
    return resource("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef={"name": "a", **role})


def pod(**resources: Any) -> Body:
    return resource("v1", "Pod", spec={"containers": [container(resources=resources)]})


def replication_controller(metadata: Body, **spec: Any) -> Body:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container()]}}
    return {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "web", **metadata},
        "spec": {"template": template, **spec},
    }


@pytest.mark.parametrize(
    ("image", "default"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("reg.example.com:5000/a/b", "Always"),
        ("reg.example.com:5000/a/b:latest", "Always"),
        (f"nginx:latest@{DIGEST}", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("nginx:latest-alpine", "IfNotPresent"),
        (f"nginx@{DIGEST}", "IfNotPresent"),
        (f"nginx:1.27@{DIGEST}", "IfNotPresent"),
        ("", "IfNotPresent"),
        ("Not An Image:latest", "IfNotPresent"),
    ],
)
def test_pull_policy(image: str, default: str) -> None:
    """The tag alone decides: `SetDefaults_Container`, `SetDefaults_Volume`, `ParseImageName`."""
    other = {"Always": "IfNotPresent", "IfNotPresent": "Always"}[default]
    volume = {"name": "data", "image": {"reference": image}}

    def mounting(**fields: str) -> Body:
        return workload(volumes=[{**volume, "image": {**volume["image"], **fields}}])  # type: ignore[dict-item]

    assert not differences(
        with_container(image=image), with_container(image=image, imagePullPolicy=default)
    )
    assert differences(
        with_container(image=image), with_container(image=image, imagePullPolicy=other)
    )
    assert not differences(mounting(), mounting(pullPolicy=default))
    assert differences(mounting(), mounting(pullPolicy=other))


SAME: dict[str, tuple[Body, Body]] = {
    # pkg/apis/core/v1/defaults.go: `if obj.X == 0`, `if obj.X == ""`
    "zeros of a probe": (
        with_container(
            livenessProbe={
                "httpGet": {"port": 80, "path": "", "scheme": ""},
                "timeoutSeconds": 0,
                "periodSeconds": 0,
                "successThreshold": 0,
                "failureThreshold": 0,
                "initialDelaySeconds": 0,
            }
        ),
        with_container(
            livenessProbe={
                "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
                "timeoutSeconds": 1,
                "periodSeconds": 10,
                "successThreshold": 1,
                "failureThreshold": 3,
            }
        ),
    ),
    "zeros of a container": (
        with_container(
            imagePullPolicy="",
            terminationMessagePath="",
            terminationMessagePolicy="",
            ports=[{"containerPort": 80, "protocol": "", "hostPort": 0}],
        ),
        with_container(
            imagePullPolicy="IfNotPresent",
            terminationMessagePath="/dev/termination-log",
            terminationMessagePolicy="File",
            ports=[{"containerPort": 80, "protocol": "TCP"}],
        ),
    ),
    "zeros of a pod's spec": (
        workload(dnsPolicy="", restartPolicy="", schedulerName="", hostNetwork=False),
        workload(
            dnsPolicy="ClusterFirst", restartPolicy="Always", schedulerName="default-scheduler"
        ),
    ),
    "zeros of a Service": (
        service(type="", sessionAffinity="", ports=[{"port": 80, "targetPort": 0, "protocol": ""}]),
        service(
            type="ClusterIP",
            sessionAffinity="None",
            ports=[{"port": 80, "targetPort": 80, "protocol": "TCP"}],
        ),
    ),
    "zeros of references": (
        binding(apiGroup="", kind="Role"),
        binding(apiGroup="rbac.authorization.k8s.io", kind="Role"),
    ),
    "a strategy without a type": (
        with_spec(strategy={"type": ""}),
        with_spec(strategy={"type": "RollingUpdate"}),
    ),
    # k8s.io/api: slices, of which neither the storage nor `omitempty` keeps an empty one
    "empty lists": (
        workload(tolerations=[], volumes=[], containers=[container(command=[], env=[])]),
        workload(),
    ),
    "no rules for a direction": (
        policy(podSelector={}, policyTypes=["Ingress", "Egress"], ingress=[], egress=[]),
        policy(podSelector={}, policyTypes=["Ingress", "Egress"]),
    ),
    "a rule from nowhere in particular": (
        policy(podSelector={}, ingress=[{"from": [], "ports": []}]),
        policy(podSelector={}, ingress=[{}]),
    ),
    "an empty selector, and one of no labels": (
        policy(podSelector={"matchLabels": {}, "matchExpressions": []}),
        policy(podSelector={}),
    ),
    # encoding/json gives a map value or list item that is null its type's zero
    "null in maps": (
        workload(
            nodeSelector={"disk": None},
            containers=[container(resources={"limits": {"cpu": None}}, args=["a", None])],
        ),
        workload(
            nodeSelector={"disk": ""},
            containers=[container(resources={"limits": {"cpu": "0"}}, args=["a", ""])],
        ),
    ),
    # SetDefaults_Pod, SetDefaults_ReplicationController, SetDefaults_ResourceList
    "limits of a Pod": (
        pod(limits={"cpu": "1", "memory": "1Gi"}, requests={"cpu": "500m"}),
        pod(limits={"cpu": "1", "memory": "1Gi"}, requests={"cpu": "500m", "memory": "1Gi"}),
    ),
    "a ReplicationController's labels": (
        replication_controller({}, selector={}),
        replication_controller({"labels": {"app": "web"}}, selector={"app": "web"}),
    ),
    "a thousandth and less": (
        with_container(resources={"requests": {"cpu": "0.0001"}}),
        with_container(resources={"requests": {"cpu": "1m"}}),
    ),
}

OTHER: dict[str, tuple[Body, Body]] = {
    # k8s.io/api: pointers, whose zero is a value
    "no replicas": (with_spec(replicas=0), with_spec()),
    "no grace": (workload(terminationGracePeriodSeconds=0), workload()),
    "no token": (workload(automountServiceAccountToken=False), workload()),
    "no history": (with_spec(revisionHistoryLimit=0), with_spec()),
    "no class": (
        resource("v1", "PersistentVolumeClaim", spec={"storageClassName": ""}),
        resource("v1", "PersistentVolumeClaim", spec={}),
    ),
    "a group's zero": (workload(securityContext={"fsGroup": 0}), workload()),
    # structs by pointer: empty ones select or allow everything, absent ones nothing
    "a rule for everybody": (
        policy(podSelector={}, ingress=[{}]),
        policy(podSelector={}, ingress=[]),
    ),
    "every namespace": (
        policy(podSelector={}, ingress=[{"from": [{"podSelector": {}, "namespaceSelector": {}}]}]),
        policy(podSelector={}, ingress=[{"from": [{"podSelector": {}}]}]),
    ),
    "a budget for every pod": (
        resource("policy/v1", "PodDisruptionBudget", spec={"selector": {}}),
        resource("policy/v1", "PodDisruptionBudget", spec={}),
    ),
    "limits of a template": (
        with_container(resources={"limits": {"cpu": "1"}}),
        with_container(resources={"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}),
    ),
    "other limits of a Pod": (
        pod(limits={"cpu": "1"}),
        pod(limits={"cpu": "1"}, requests={"cpu": "500m"}),
    ),
    "a ReplicationController's own selector": (
        replication_controller({}, selector={"app": "other"}),
        replication_controller({}),
    ),
    "two thousandths": (
        with_container(resources={"requests": {"cpu": "0.0011"}}),
        with_container(resources={"requests": {"cpu": "1m"}}),
    ),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME.keys())
def test_as_good_as_absent(left: Body, right: Body) -> None:
    """What the API server can't tell from a field that is left out is none, in every way."""
    assert verdicts([left], [right]) == IDENTICAL


@pytest.mark.parametrize(("left", "right"), OTHER.values(), ids=OTHER.keys())
def test_a_value_of_its_own(left: Body, right: Body) -> None:
    """What the API server tells from a field that is left out is a difference, in every way."""
    assert verdicts([left], [right]) == DRIFTED


def test_account_of_a_pod() -> None:
    """Admission gives a Pod its namespace's account; a template gets none."""
    named = edited(pod(), "spec", "serviceAccountName", value="default")

    assert not differences(pod(), named)
    assert differences(pod(), edited(named, "spec", "serviceAccountName", value="other"))
    assert differences(workload(), workload(serviceAccountName="default"))


def secret(**fields: Any) -> Body:
    return resource("v1", "Secret", **fields)


@pytest.mark.parametrize(
    "other", [{"data": {"password": "Yg=="}}, {"data": {"user": "YQ=="}}, {"immutable": True}]
)
def test_secret_without_a_type(other: Body) -> None:
    """It is Opaque (`SetDefaults_Secret`), and compared like any other: no shape hides it."""
    plain = secret(data={"password": "YQ=="})

    assert verdicts([plain], [{**plain, "type": "Opaque"}]) == IDENTICAL
    assert verdicts([plain], [{**plain, **other}]) == DRIFTED


def test_secrets_whose_values_were_not_asked_for() -> None:
    """That is known by what capture noted of them, whatever else it noted."""
    row = KindCoverage("", "Secret", ReadStatus.UNSETTLED, 1, f"it changed; {VALUES_LEFT_OUT}")
    seen = snapshot(secret(), config_map())
    rows = [item for item in seen.coverage if item.group_kind != SECRET]
    partly = evolve(seen, coverage=(row, *rows))
    full = snapshot(secret(data={"a": "Yg=="}), config_map())

    assert compare_snapshots([partly, full]).verdict is Verdict.INCONCLUSIVE
    assert compare_snapshots([seen, full]).verdict is Verdict.DRIFTED


def widget(**spec: Any) -> Body:
    return resource("example.com/v1", "Widget", spec=spec)


def definition(**spec: Any) -> Body:
    """A CustomResourceDefinition of Widgets, with the schemas of their spec's fields."""
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}],
        },
    }


def kept(schema: Body, left: Any, right: Any) -> bool:
    """Whether two values of a field with a schema are told apart, from both ends."""
    known = definition(field=schema)
    sides = [snapshot(known, widget(field=left)), snapshot(known, widget(field=right))]
    found = {compare_snapshots(order).verdict for order in (sides, sides[::-1])}
    (verdict,) = found
    return verdict is Verdict.DRIFTED


INTEGER = {"type": "integer", "default": 300}
NULLABLE = {**INTEGER, "nullable": True}


def nested(schema: Body) -> Body:
    return {"type": "object", "properties": {"ttl": schema}}


@pytest.mark.parametrize(
    ("around", "within"),
    [
        (nested, lambda value: {"ttl": value}),
        (lambda schema: {"type": "array", "items": schema}, lambda value: [value]),
        (lambda schema: {"type": "array", "items": nested(schema)}, lambda value: [{"ttl": value}]),
        (
            lambda schema: {"type": "object", "additionalProperties": schema},
            lambda value: {"a": value},
        ),
    ],
    ids=["field", "list", "items", "map"],
)
def test_null_of_a_custom_resource(around: Any, within: Any) -> None:
    """Null is a value where the schema says nullable, and else makes way for the default.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
    """
    assert kept(around(NULLABLE), within(None), within(300))
    assert not kept(around(INTEGER), within(None), within(300))
    assert kept(around(INTEGER), within(None), within(301))


def test_null_without_a_default() -> None:
    """It is pruned, unless it is nullable or no schema knows its field."""
    bare = {"type": "integer"}
    mapped = {"type": "object", "additionalProperties": bare}

    assert not kept(nested(bare), {"ttl": None}, {})
    assert not kept(mapped, {"a": None}, {})
    assert kept(nested({**bare, "nullable": True}), {"ttl": None}, {})
    assert kept({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, {"a": None}, {})


CONTAINERS = [{"name": "a", "image": "shop/a:1"}, {"name": "b", "image": "shop/b:1"}]
WEB = CONTAINERS[0]
TIMED = {**PROBE, "periodSeconds": 10}
VARIABLES = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]


@pytest.mark.parametrize(
    ("field", "left", "right"),
    [
        ("terminationGracePeriodSeconds", None, 30),
        ("restartPolicy", None, "Always"),
        ("hostNetwork", None, False),
        ("tolerations", None, []),
        ("nodeSelector", None, {}),
        ("containers", CONTAINERS, CONTAINERS[::-1]),
        ("containers", [{**WEB, "env": VARIABLES}], [{**WEB, "env": VARIABLES[::-1]}]),
        ("containers", [{**WEB, "env": VARIABLES}], [{**WEB, "env": [VARIABLES[0], *VARIABLES]}]),
        ("containers", [WEB], [{**WEB, "tty": False}]),
        ("containers", [WEB], [{**WEB, "imagePullPolicy": "IfNotPresent"}]),
        ("containers", [{**WEB, "livenessProbe": PROBE}], [{**WEB, "livenessProbe": TIMED}]),
        ("containers", [WEB], [{**WEB, "image": "shop/a:2"}]),
    ],
)  # fmt: skip
def test_no_pod_but_alike(field: str, left: Any, right: Any) -> None:
    """What looks like a pod's spec in an unknown type gets no default, zero or order of one."""
    base = widget(containers=CONTAINERS)
    sides = [
        base if value is None else edited(base, "spec", field, value=value)
        for value in (left, right)
    ]

    assert differences(*sides)
    assert differences(*sides[::-1])


def test_harmless_readings_in_an_unknown_pod() -> None:
    """Images, resources and names of containers are read all the same: they hide nothing."""

    def holding(image: str, cpu: str) -> Body:
        limits = {"limits": {"cpu": cpu}}
        return widget(containers=[{"name": "a", "image": image, "resources": limits}])

    assert not differences(
        holding("nginx", "1"), holding("docker.io/library/nginx:latest", "1000m")
    )
    assert differences(holding("nginx", "1"), holding("other", "1")) == [
        ("changed", "spec.containers[name=a].image")
    ]
    assert differences(holding("nginx", "100u"), holding("nginx", "1m"))


def marked(**metadata: Any) -> Body:
    return {**widget(size=1), "metadata": {"name": "it", **metadata}}


OWNERS = [
    {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": name} for name in ("a", "b")
]


@pytest.mark.parametrize("known", [[], [definition(size={"type": "integer"})]], ids=["", "schema"])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        (marked(labels={}, annotations={}), marked()),
        (marked(labels={"kustomize.toolkit.fluxcd.io/name": "a"}), marked()),
        (marked(annotations={"argocd.argoproj.io/tracking-id": "a"}), marked()),
        (marked(finalizers=["e.com/a", "e.com/b"]), marked(finalizers=["e.com/b", "e.com/a"])),
        (marked(ownerReferences=OWNERS), marked(ownerReferences=OWNERS[::-1])),
    ],
    ids=["empty", "labels", "annotations", "finalizers", "owners"],
)
def test_metadata_of_every_kind(known: list[Body], left: Body, right: Body) -> None:
    """A custom resource's metadata is ObjectMeta, whether or not its schema is known.

    https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#metadata
    """
    sides = [snapshot(*known, left), snapshot(*known, right)]
    other = snapshot(*known, marked(labels={"app": "x"}, finalizers=["e.com/c"]))

    assert compare_snapshots(sides).verdict is Verdict.IDENTICAL
    assert compare_snapshots(sides[::-1]).verdict is Verdict.IDENTICAL
    assert compare_snapshots([sides[0], other]).verdict is Verdict.DRIFTED


def test_restart_of_an_unknown_workload() -> None:
    """A restart is no difference of a Rollout; of a custom resource nobody knows what it means."""
    mark = {"kubectl.kubernetes.io/restartedAt": "2026-11-23T20:00:00Z"}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": CONTAINERS}}
    restarted = edited(template, "metadata", "annotations", value=mark)
    rollouts = [
        resource("argoproj.io/v1alpha1", "Rollout", spec={"template": item})
        for item in (template, restarted)
    ]

    assert not differences(*rollouts)
    assert differences(widget(template=template), widget(template=restarted))


def test_malformed_fields_are_compared() -> None:
    """What no API server would take is a difference, and no mistake of ours."""
    role = resource("rbac.authorization.k8s.io/v1", "RoleBinding", subjects=[{"name": 7}])
    variables = with_container(env=[{"name": 7, "valueFrom": "a"}])
    for body in (role, variables):
        assert compare_snapshots(
            [snapshot(body, namespace="shop"), snapshot(config_map(), namespace="shop")]
        ).findings
