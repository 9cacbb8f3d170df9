"""What a declaration says of its own place, and what it is silent of."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import Declaration, Declarer, Origin, Result, Snapshot, Verdict
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, config_map, container, edited, resource, snapshot, workload

UID = "3f0c"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": UID}}


def declared(*bodies: Body, by: Declarer = Declarer.HELM, uid: str | None = UID) -> Snapshot:
    """What was declared of the namespace `shop`."""
    seen = snapshot(*bodies, namespace="shop")
    return evolve(seen, name=f"{by}:shop", declaration=Declaration(by, uid))


def look(*bodies: Body) -> Snapshot:
    """A look at the namespace `shop`."""
    owned = [edited(body, "metadata", "uid", value=body["metadata"]["name"]) for body in bodies]
    seen = snapshot(*owned, namespace="shop")
    documents = (*snapshot(NAMESPACE).documents, *seen.documents)
    rows = (*snapshot(NAMESPACE).coverage, *seen.coverage)
    return evolve(seen, name="shop", origin=Origin.CLUSTER, documents=documents, coverage=rows)


def places(result: Result) -> list[str]:
    return [finding.path for finding in result.findings]


def silent(result: Result) -> list[str]:
    return [item.path for item in result.undeclared]


def pod(**fields: Any) -> Body:
    return workload(containers=[container(**fields)])


IN_POD = ("spec", "template", "spec")
IN_CONTAINER = (*IN_POD, "containers", 0)
POLICY = resource("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}})
ROLE = resource(
    "rbac.authorization.k8s.io/v1",
    "Role",
    rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
)


@pytest.mark.parametrize(
    ("body", "path", "value"),
    [
        (workload(), ("spec", "replicas"), 3),
        (workload(), ("metadata", "labels"), {"hotfix": "yes"}),
        (workload(), (*IN_POD, "hostNetwork"), True),
        (pod(resources={}), (*IN_CONTAINER, "resources"), {"limits": {"cpu": "1"}}),
        (pod(env=[{"name": "A"}]), (*IN_CONTAINER, "env"), [{"name": "A"}, {"name": "B"}]),
        (pod(ports=[{"containerPort": 53}]), (*IN_CONTAINER, "ports", 0, "name"), "dns"),
        (config_map(a="1"), ("data", "b"), "2"),
    ],
)
def test_silent(body: Body, path: Sequence[str | int], value: Any) -> None:
    """What the manifest does not say is undeclared, a default's place too; closed, it is drift."""
    live = edited(body, *path, value=value)
    for sides in ([declared(body), look(live)], [look(live), declared(body)]):
        result = compare_snapshots(sides)
        assert result.verdict is Verdict.IDENTICAL
        assert len(result.undeclared) == 1
        assert "undeclared: 1 field; --closed counts" in "".join(result.reasons)
        closed = compare_snapshots(sides, closed=True)
        assert closed.verdict is Verdict.DRIFTED
        assert closed.undeclared == ()


@pytest.mark.parametrize(
    ("body", "path", "value"),
    [
        (edited(workload(), "spec", "replicas", value=1), ("spec", "replicas"), 3),
        (pod(args=["-v"]), (*IN_CONTAINER, "args"), ["-v", "-x"]),
        (pod(env=[{"name": "A", "value": "1"}]), (*IN_CONTAINER, "env"), []),
        (
            pod(ports=[{"containerPort": 53, "name": "dns"}]),
            (*IN_CONTAINER, "ports", 0, "name"),
            "other",
        ),
        (workload(hostNetwork=False), (*IN_POD, "hostNetwork"), True),
        (workload(serviceAccount="a"), (*IN_POD, "serviceAccount"), "b"),
        (workload(nodeSelector={"a": "b"}), (*IN_POD, "nodeSelector"), {"a": "b", "c": "d"}),
        (POLICY, ("spec", "podSelector"), {"matchLabels": {"app": "web"}}),
        (ROLE, ("rules", 0, "verbs"), ["get", "delete"]),
        (config_map(a="x: 1\n"), ("data", "a"), "x: 1\ny: 2\n"),
        (config_map(a="1"), ("data",), {}),
        (
            edited(workload(), "metadata", "finalizers", value=["a.example/x"]),
            ("metadata", "finalizers"),
            [],
        ),
    ],
)
def test_declared(body: Body, path: Sequence[str | int], value: Any) -> None:
    """What the manifest says is held to, and what the API writes as a whole is said as a whole."""
    live = edited(body, *path, value=value)
    for sides in ([declared(body), look(live)], [look(live), declared(body)]):
        result = compare_snapshots(sides)
        assert result.verdict is Verdict.DRIFTED
        assert silent(result) == []


def test_whole_objects() -> None:
    """An object that nobody declares is counted, and a declared one that is gone is drift."""
    result = compare_snapshots([declared(config_map("a")), look(config_map("b"))])

    assert [(finding.object.name, finding.change) for finding in result.findings] == [
        ("a", "removed")
    ]
    assert [item.object.name for item in result.undeclared] == ["b"]


def test_a_job_that_has_passed() -> None:
    """A declared Job that deletes itself may be gone, and no other one."""
    job = edited(workload("Job", "migrate"), "apiVersion", value="batch/v1")
    passing = edited(job, "spec", "ttlSecondsAfterFinished", value=60)
    live = look(config_map())

    assert not compare_snapshots([declared(passing, config_map()), live]).findings
    assert not compare_snapshots([live, declared(passing, config_map())]).findings
    assert len(compare_snapshots([declared(job, config_map()), live]).findings) == 1


def test_the_namespace_itself() -> None:
    """What was applied to the Namespace is held to as well, and what a server adds is not said."""
    bare = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    labelled = edited(bare, "metadata", "labels", value={"team": "shop"})
    live = look(config_map())
    applied = [declared(body, config_map(), by=Declarer.APPLIED) for body in (bare, labelled)]

    assert compare_snapshots([applied[0], live]).verdict is Verdict.IDENTICAL
    assert places(compare_snapshots([applied[1], live])) == ["metadata.labels"]


def test_another_place() -> None:
    """Against another place, or one that is not known to be the same, the world is closed."""
    more = look(config_map("a"), config_map("b"))
    for uid in ("another", None):
        result = compare_snapshots([declared(config_map("a"), uid=uid), more])
        assert result.verdict is Verdict.DRIFTED
        is_said = any("was not seen" in warning for warning in result.warnings)
        assert is_said is (uid is None)
    elsewhere = evolve(declared(config_map("a"), uid="another"), name="helm:other")
    assert compare_snapshots([declared(config_map("a")), elsewhere]).verdict is Verdict.IDENTICAL
    both = compare_snapshots([declared(config_map("a")), elsewhere, more])
    assert both.verdict is Verdict.DRIFTED


def test_two_declarations() -> None:
    """Each speaks for its own objects, whichever comes first."""
    helm, applied = config_map("a", k="1"), config_map("b", k="1")
    live = look(edited(helm, "data", "k", value="2"), edited(applied, "data", "k", value="2"))
    first, second = declared(helm), declared(applied, by=Declarer.APPLIED)
    for sides in ([first, second, live], [second, first, live], [live, first, second]):
        result = compare_snapshots(sides)
        assert [finding.object.name for finding in result.findings] == ["a", "b"]
        assert result.undeclared == ()


def test_an_autoscaler_that_nobody_declares() -> None:
    """What holds a workload's replicas in a place holds them whoever declared the workload."""
    web = edited(workload(), "spec", "replicas", value=2)
    autoscaler = resource(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec={
            "maxReplicas": 9,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        },
    )
    live = look(edited(web, "spec", "replicas", value=7), autoscaler)
    assert compare_snapshots([declared(web), live]).verdict is Verdict.IDENTICAL


def test_nothing_declared() -> None:
    """A declaration of nothing proves nothing."""
    empty = declared()
    assert compare_snapshots([empty, look(config_map())]).verdict is Verdict.INCONCLUSIVE
    why = evolve(empty, declaration=Declaration(Declarer.HELM, "other", nothing="no release"))
    for sides in ([why, look(config_map())], [look(config_map()), why]):
        result = compare_snapshots(sides)
        assert result.verdict is Verdict.INCONCLUSIVE
        assert result.findings == ()
        assert "helm:shop: no release" in result.gaps


def test_gaps() -> None:
    """What may be declared besides costs the verdict, and what is known to differ still shows."""
    partly = evolve(
        declared(config_map("a", k="1")), declaration=Declaration(Declarer.HELM, UID, ("cut off",))
    )
    same = compare_snapshots([partly, look(config_map("a", k="1"), config_map("b"))])
    assert same.verdict is Verdict.INCONCLUSIVE
    other = compare_snapshots([partly, look(config_map("a", k="2"))])
    assert other.verdict is Verdict.DRIFTED
    assert "helm:shop: cut off" in other.reasons


def test_nothing_is_changed() -> None:
    """A comparison leaves what was declared as it is."""
    body = workload()
    before = copy.deepcopy(body)
    compare_snapshots([declared(body), look(body)])
    assert body == before
