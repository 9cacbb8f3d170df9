"""`--kind` and `--selector` narrow what is compared, and hide no gap in what that rests on."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from attrs import evolve

from driftcheck import Result, Snapshot, Verdict, capture
from driftcheck.model import (
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Scope,
    parse_selector,
)
from driftcheck.normalization._narrowing import RUNS, SAYS_WHAT_RUNS, deciding
from driftcheck.pipeline import compare_snapshots
from driftcheck.pipeline._images import image_table
from driftcheck.testing import Failing, Fault, Forbidden, PlaybackServer, StaleDiscovery, When
from tests.builders import Body, config_map, container, edited, resource, workload
from tests.conftest import RECORDINGS
from tests.ways import STAGING, live, recorded, saved, twin

BUILTIN = Path("driftcheck/normalization/data/builtin.json")
APPS = ("daemonsets", "deployments", "statefulsets", "replicasets", "controllerrevisions")
CUSTOM = GroupKind("example.com", "Anything")
RUN_NOTHING = {
    GroupKind("", "ConfigMap"),
    GroupKind("", "PersistentVolumeClaim"),
    GroupKind("", "Secret"),
    GroupKind("", "Service"),
    GroupKind("apps", "ControllerRevision"),
    GroupKind("autoscaling", "HorizontalPodAutoscaler"),
    GroupKind("networking.k8s.io", "NetworkPolicy"),
    GroupKind("rbac.authorization.k8s.io", "RoleBinding"),
}
UNREAD = (ReadStatus.FORBIDDEN, ReadStatus.FAILED)


@cache
def look(*faults: Fault) -> Snapshot:
    with PlaybackServer(RECORDINGS["equal"], faults=list(faults)) as server:
        return capture(STAGING, kubeconfig=str(server.kubeconfig))


def narrowed(left: Snapshot, right: Snapshot, *kinds: str, selector: str = "") -> list[Result]:
    """What is said live and of what was saved, from both ends."""
    scope = Scope(kinds, parse_selector(selector) if selector else ())
    live = [left, right]
    kept = [saved(left)] * 2 if left is right else [*map(saved, live)]
    sides = (live, kept) if left is right else (live, live[::-1], kept, kept[::-1])
    return [compare_snapshots(pair, scope=scope) for pair in sides]


def verdicts(left: Snapshot, right: Snapshot, *kinds: str, selector: str = "") -> set[Verdict]:
    return {result.verdict for result in narrowed(left, right, *kinds, selector=selector)}


def test_every_kind() -> None:
    """Kubernetes' own kinds that hold a pod's spec run something, but for a PodTemplate."""
    table = json.loads(BUILTIN.read_text())
    running = {
        GroupKind(name.partition("/")[0], name.rpartition("/")[2])
        for name, type_name in table["kinds"].items()
        if reaches(table["types"], type_name, "core.v1.PodSpec")
    }

    assert running - {GroupKind("", "PodTemplate")} <= RUNS.keys()


def reaches(types: dict[str, dict[str, object]], start: str, end: str) -> bool:
    """Whether a type holds another one, at whatever depth."""
    waiting, seen = [start], {start}
    while waiting:
        words = re.findall(r"[A-Za-z0-9.]+", json.dumps(types.get(waiting.pop(), {})))
        found = {word for word in words if word in types} - seen
        seen |= found
        waiting += found
    return end in seen


@pytest.mark.parametrize("kind", sorted(RUNS))
def test_chains(kind: GroupKind) -> None:
    """What runs something is seen in Pods, and in all that stands between."""
    pod = GroupKind("", "Pod")
    assert kind == pod or RUNS[kind][-1] == pod
    assert all(set(RUNS.get(each, ())) <= set(RUNS[kind]) for each in RUNS[kind])


@pytest.mark.parametrize("status", UNREAD)
@pytest.mark.parametrize("kind", sorted(RUNS.keys() | RUN_NOTHING | {CUSTOM}))
def test_gaps_of_every_kind(kind: GroupKind, status: ReadStatus) -> None:
    """A kind that says what a chosen kind runs is missed where it is unread; no other one is."""
    version = f"{kind.group}/v1".lstrip("/")
    chosen = live_of(resource(version, kind.kind))
    for unread in sorted((SAYS_WHAT_RUNS | {GroupKind("", "Secret")}) - {kind}):
        row = KindCoverage(*unread, status, reason="why")
        seen = evolve(chosen, coverage=(*chosen.coverage, row))

        result = compare_snapshots([seen, seen], scope=Scope((str(kind),)))

        assert bool(result.gaps) == (unread in deciding(kind)), unread
        assert result.coverage.complete == (unread not in deciding(kind))


def live_of(*bodies: Body) -> Snapshot:
    """A cluster's, with kinds that no recorded cluster serves."""
    return evolve(capture(list(bodies)), origin=Origin.CLUSTER)


@pytest.mark.parametrize("fault", [Forbidden, Failing])
@pytest.mark.parametrize(
    ("kind", "unread", "verdict"),
    [
        ("Deployment", "pods", Verdict.INCONCLUSIVE),
        ("Deployment", "replicasets", Verdict.INCONCLUSIVE),
        ("Deployment.apps", "replicasets", Verdict.INCONCLUSIVE),
        ("Deployment", "controllerrevisions", Verdict.IDENTICAL),
        ("Deployment", "secrets", Verdict.IDENTICAL),
        ("StatefulSet", "pods", Verdict.INCONCLUSIVE),
        ("StatefulSet", "controllerrevisions", Verdict.INCONCLUSIVE),
        ("StatefulSet", "replicasets", Verdict.IDENTICAL),
        ("CronJob", "jobs", Verdict.INCONCLUSIVE),
        ("CronJob", "pods", Verdict.INCONCLUSIVE),
        ("FeatureFlag", "pods", Verdict.INCONCLUSIVE),
        ("ConfigMap", "pods", Verdict.IDENTICAL),
        ("ConfigMap", "secrets", Verdict.IDENTICAL),
        ("Role", "secrets", Verdict.IDENTICAL),
        ("Secret", "secrets", Verdict.INCONCLUSIVE),
    ],
)
def test_what_may_not_be_read(
    fault: type[Forbidden | Failing], kind: str, unread: str, verdict: Verdict
) -> None:
    """What a chosen kind runs is part of it: where that can't be read, nothing is proved."""
    whole, part = look(), look(fault(When(resource=unread)))

    assert verdicts(part, part, kind) == verdicts(whole, part, kind) == {verdict}


@pytest.mark.parametrize(
    "kind",
    ["Deployment", "Deployment.apps", "StatefulSet", "CronJob", "FeatureFlag", "ConfigMap", "Role",
     "Secret"],
)  # fmt: skip
def test_what_was_read_whole(kind: str) -> None:
    """Where everything was read, each of these kinds is the same as itself."""
    assert verdicts(look(), look(), kind) == {Verdict.IDENTICAL}


@pytest.mark.parametrize(
    ("kind", "group", "verdict"),
    [
        ("Deployment.apps", "batch", Verdict.IDENTICAL),
        ("CronJob.batch", "apps", Verdict.IDENTICAL),
        ("Deployment", "bookshop.example.com", Verdict.INCONCLUSIVE),
        ("FeatureFlag.bookshop.example.com", "apps", Verdict.INCONCLUSIVE),
        ("FeatureFlag.bookshop.example.com", "policy", Verdict.IDENTICAL),
        ("Role.rbac.authorization.k8s.io", "apps", Verdict.IDENTICAL),
    ],
)
def test_undiscovered_groups(kind: str, group: str, verdict: Verdict) -> None:
    """A group that is not known may hold the chosen kind, or one that says what it runs."""
    part = look(StaleDiscovery(group=group))

    assert verdicts(part, part, kind) == {verdict}


def test_what_is_made_by_others() -> None:
    """Pods that belong to what is left out are not compared, and that is said."""
    whole = look()

    for kind in ("Pod", "ReplicaSet"):
        for result in narrowed(whole, whole, kind):
            assert result.verdict is Verdict.INCONCLUSIVE
            assert "left out that" in result.gaps[0]
    assert verdicts(
        whole, whole, "Pod", "Deployment", "StatefulSet", "CronJob", "Job", "DaemonSet"
    ) == {Verdict.IDENTICAL}


def test_pods_among_others() -> None:
    """One bare Pod that is the same does not vouch for those that others made."""
    bare = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "bare"},
        "spec": {"containers": [container()]},
    }
    whole = twin({("Pod", "bare"): bare})

    assert verdicts(whole, whole, "Pod") == {Verdict.INCONCLUSIVE}
    assert verdicts(live(bare), live(bare), "Pod") == {Verdict.IDENTICAL}


def test_a_claim_whose_owner_is_left_out() -> None:
    """A claim on one side only is no consequence of a StatefulSet that nobody compares."""
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data-db-1"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    database = workload("StatefulSet", "db")
    database["spec"] |= {
        "replicas": 2,
        "serviceName": "db",
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim["spec"]}],
    }
    smaller = edited(database, "spec", "replicas", value=1)

    with_claim, without = live_of(database, claim), live_of(smaller)

    assert verdicts(with_claim, without, "PersistentVolumeClaim") == {Verdict.DRIFTED}
    both = narrowed(with_claim, without, "PersistentVolumeClaim", "StatefulSet")
    assert {item.path for result in both for item in result.findings} == {"spec.replicas"}


def test_sources_still_decide() -> None:
    """Which variables come from where is asked of ConfigMaps that are not compared themselves."""

    def reading(*names: str) -> Body:
        sources = [{"configMapRef": {"name": name}} for name in names]
        return workload(containers=[container(envFrom=sources)])

    independent = [config_map("a", X="1"), config_map("b", Y="2")]
    shared = [config_map("a", X="1"), config_map("b", X="2")]

    for maps, verdict in ((independent, Verdict.IDENTICAL), (shared, Verdict.DRIFTED)):
        left, right = live_of(*maps, reading("a", "b")), live_of(*maps, reading("b", "a"))
        assert verdicts(left, right, "Deployment") == {verdict}


def test_labels_of_an_owner() -> None:
    """Pods with the labels count for their workload; where that has others, that is said."""
    deployment = recorded("Deployment", "web")
    deployment["metadata"]["labels"] = {"tier": "other"}
    whole = twin({("Deployment", "web"): deployment})

    label = next(iter(recorded("Deployment", "web")["spec"]["selector"]["matchLabels"].items()))
    results = narrowed(whole, whole, selector="=".join(label))

    assert {result.verdict for result in results} == {Verdict.INCONCLUSIVE}


def test_images_of_undiscovered_groups() -> None:
    """Where a group is not known, what runs may be somebody else's, and the table says so."""
    assert not image_table([look()]).reasons
    assert image_table([look(StaleDiscovery(group="apps"))]).reasons
