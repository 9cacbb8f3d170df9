"""What one side does not show is left out by a rule that is named, or costs the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import GroupKind, KindCoverage, Origin, ReadStatus, Result, Snapshot, Verdict
from driftcheck.pipeline import capture, compare_snapshots
from tests.builders import Body, config_map, resource, snapshot, workload
from tests.ways import live, saved

RBAC = "rbac.authorization.k8s.io/v1"
READ = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
ALL = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
ZONE = resource("example.com/v1", "Zone", "eu", spec={"on": True})
DIGESTS = ["sha256:" + digit * 64 for digit in "12"]


def files(*bodies: Body) -> Snapshot:
    """What manifests declare."""
    return capture(list(bodies))


def both_ways(left: Snapshot, right: Snapshot) -> list[Result]:
    """A comparison from both ends, and again of what was saved."""
    return [
        compare_snapshots(sides)
        for left, right in ((left, right), (saved(left), saved(right)))
        for sides in ((left, right), (right, left))
    ]


def only_verdict(left: Snapshot, right: Snapshot) -> Verdict:
    """The one verdict that every comparison of the two gives."""
    (verdict,) = {result.verdict for result in both_ways(left, right)}
    return verdict


def cluster_role(rules: list[Body], name: str = "monitoring") -> Body:
    """A ClusterRole with these rules."""
    return resource(RBAC, "ClusterRole", name, rules=rules)


def definition(scope: str) -> Body:
    """The definition of Zone."""
    return resource(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "zones.example.com",
        spec={"group": "example.com", "scope": scope, "names": {"kind": "Zone"}, "versions": []},
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (cluster_role(READ), cluster_role(ALL)),
        (definition("Cluster"), definition("Namespaced")),
        (ZONE, {**ZONE, "spec": {"on": False}}),
    ],
)
def test_outside_any_namespace_between_files(left: Body, right: Body) -> None:
    """Between files an object outside any namespace is compared like any other."""
    assert only_verdict(files(left), files(left)) is Verdict.IDENTICAL
    assert only_verdict(files(left), files(right)) is Verdict.DRIFTED
    assert only_verdict(files(left), files(config_map())) is Verdict.DRIFTED


def test_the_order_of_rules_of_a_cluster_role() -> None:
    """What a list means outside any namespace is what it means inside."""
    assert only_verdict(
        files(cluster_role([*READ, *ALL])), files(cluster_role([*ALL, *READ]))
    ) is Verdict.IDENTICAL  # fmt: skip


def test_outside_any_namespace_beside_a_cluster() -> None:
    """Beside a live Namespace what stands outside any is left out, by name and count."""
    declared = files(cluster_role(READ), definition("Cluster"), ZONE, config_map())
    for result in both_ways(declared, live(config_map())):
        assert result.verdict is Verdict.IDENTICAL
        (warning,) = (said for said in result.warnings if "outside any namespace" in said)
        assert warning.endswith(
            "3 objects outside any namespace were left out: ClusterRole monitoring,"
            " CustomResourceDefinition zones.example.com, Zone eu"
        )
        rows = {row.kind: row for row in result.coverage.kinds if row.objects == 1}
        assert rows["ClusterRole"].status is ReadStatus.EXCLUDED
        assert rows["ClusterRole"].reason == "cluster-scoped: monitoring"
    assert only_verdict(declared, live(config_map(b="x"))) is Verdict.DRIFTED


def test_what_a_server_says_of_scopes() -> None:
    """A server tells which of its kinds stand in no namespace; what it does not know, counts."""
    here = live(config_map())
    assert GroupKind("", "Node") in here.cluster_scoped
    assert GroupKind("", "Namespace") not in here.cluster_scoped
    assert not here.cluster_scoped & {row.group_kind for row in here.coverage}
    knowing = evolve(here, cluster_scoped=frozenset({GroupKind("example.com", "Zone")}))
    assert only_verdict(files(ZONE, config_map()), knowing) is Verdict.IDENTICAL
    assert only_verdict(files(ZONE, config_map()), here) is Verdict.DRIFTED


def test_a_definition_does_not_hide_what_a_server_has() -> None:
    """A kind that a server lists in namespaces is compared, whatever a definition says of it."""
    row = KindCoverage("example.com", "Zone", ReadStatus.READ, 0)
    here = live(config_map())
    serving = evolve(here, coverage=(*here.coverage, row))
    declared = files(definition("Cluster"), ZONE, config_map())
    assert only_verdict(declared, serving) is Verdict.DRIFTED


EVENTS = [
    resource("v1", "Event", "web.1", reason="Pulled"),
    resource("coordination.k8s.io/v1", "Lease", "lock", spec={"holderIdentity": "a"}),
    resource("tekton.dev/v1", "TaskRun", "build-1", spec={}),
]


def test_events_in_files() -> None:
    """What is left out of a cluster is left out of files too, counted by kind."""
    declared = files(config_map(), *EVENTS)
    assert only_verdict(declared, files(config_map())) is Verdict.IDENTICAL
    assert only_verdict(declared, live(config_map())) is Verdict.IDENTICAL
    assert only_verdict(declared, files(config_map(b="x"), *EVENTS)) is Verdict.DRIFTED
    assert {
        row.kind: row.objects
        for row in declared.coverage
        if row.status is ReadStatus.EXCLUDED
    } == {"Event": 1, "Lease": 1, "TaskRun": 1}  # fmt: skip


def test_what_another_side_left_out() -> None:
    """No difference rests on a kind that was left out elsewhere: that it was is a reason."""
    row = KindCoverage("example.com", "Zone", ReadStatus.EXCLUDED, reason="not-listable: 405")
    here = live(config_map())
    for result in both_ways(
        files(ZONE, config_map()), evolve(here, coverage=(*here.coverage, row))
    ):
        assert result.verdict is Verdict.INCONCLUSIVE
        assert not result.findings
        assert any("Zone.example.com" in gap and "left out" in gap for gap in result.gaps)


def test_an_odd_document_costs_the_verdict() -> None:
    """What could not be read may be the drift; what else drifts is found all the same."""
    odd = {**config_map("odd"), "metadata": {"name": "odd", "labels": ["x"]}}
    left = files(config_map(), odd)
    for result in both_ways(left, files(config_map())):
        assert result.verdict is Verdict.INCONCLUSIVE
        assert any("ConfigMap odd" in gap for gap in result.gaps)
    assert only_verdict(left, live(config_map())) is Verdict.INCONCLUSIVE
    assert only_verdict(left, files(config_map(b="x"))) is Verdict.DRIFTED


def nameless_job(*images: str) -> list[Body]:
    """Jobs that the server is to name."""
    return [
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"generateName": "migrate-"},
            "spec": {
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [{"name": "m", "image": image}],
                    }
                }
            },
        }
        for image in images
    ]


def test_objects_without_a_name() -> None:
    """Objects that the server is to name are paired by what they are to be called, and say."""
    one, other = files(*nameless_job("m:1", "m:2")), files(*nameless_job("m:2", "m:1"))
    assert only_verdict(one, other) is Verdict.IDENTICAL
    assert only_verdict(one, files(*nameless_job("m:1", "m:3"))) is Verdict.DRIFTED
    assert only_verdict(one, files(*nameless_job("m:1"))) is Verdict.DRIFTED
    (named,) = nameless_job("m:1")
    named["metadata"] = {"generateName": "migrate-", "name": "migrate-x7v2k"}
    assert only_verdict(files(*nameless_job("m:1")), live(named)) is Verdict.IDENTICAL
    assert only_verdict(files(*nameless_job("m:2")), live(named)) is Verdict.DRIFTED


def sealed(text: str, *, generation: int = 1, **status: Any) -> Body:
    """A SealedSecret as a cluster has it, with the status that its controller keeps."""
    body = resource("bitnami.com/v1alpha1", "SealedSecret", "db")
    body["metadata"] |= {"uid": "5ea1ed", "generation": generation}
    conditions = [{"type": "Synced", "status": "True"}]
    return {
        **body,
        "spec": {"encryptedData": {"password": text}},
        "status": {"observedGeneration": 1, "conditions": conditions, **status},
    }


def opened(password: str) -> Body:
    """The Secret that comes of it."""
    reference = {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "name": "db",
        "uid": "5ea1ed",
        "controller": True,
    }
    body = resource("v1", "Secret", "db", type="Opaque", stringData={"password": password})
    body["metadata"] |= {"uid": "5ec7e7", "ownerReferences": [reference]}
    return body


def in_cluster(*bodies: Body) -> Snapshot:
    """What manifests declare, as if a cluster had shown it."""
    return evolve(files(*bodies), origin=Origin.CLUSTER)


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ([sealed("AgA")], [sealed("AgA")], Verdict.IDENTICAL),
        ([sealed("AgA")], [sealed("AgB")], Verdict.INCONCLUSIVE),
        ([sealed("AgA"), opened("a")], [sealed("AgB"), opened("a")], Verdict.IDENTICAL),
        ([sealed("AgA"), opened("a")], [sealed("AgB"), opened("b")], Verdict.DRIFTED),
        (
            [sealed("AgA", observedGeneration=1), opened("a")],
            [{**sealed("AgB"), "status": {}}, opened("a")],
            Verdict.IDENTICAL,
        ),
        (
            [sealed("AgA"), resource("v1", "Secret", "db", stringData={"password": "a"})],
            [sealed("AgB"), resource("v1", "Secret", "db", stringData={"password": "a"})],
            Verdict.INCONCLUSIVE,
        ),
        (
            [sealed("AgA"), opened("a")],
            [sealed("AgB", generation=2), opened("a")],
            Verdict.INCONCLUSIVE,
        ),
        (
            [sealed("AgA"), opened("a")],
            [sealed("AgB", conditions=[{"type": "Synced", "status": "False"}]), opened("a")],
            Verdict.INCONCLUSIVE,
        ),
    ],
)
def test_sealed_values(left: list[Body], right: list[Body], verdict: Verdict) -> None:
    """Another cipher text proves nothing, but where the Secret that came of it is compared."""
    assert only_verdict(in_cluster(*left), in_cluster(*right)) is verdict


def test_a_sealed_value_and_nothing_else() -> None:
    """A key that is sealed on one side only is a difference, and no cipher text is in a reason."""
    more = sealed("AgA")
    more["spec"]["encryptedData"]["user"] = "AgC"
    assert only_verdict(files(sealed("AgA")), files(more)) is Verdict.DRIFTED
    (gap,) = both_ways(files(sealed("AgA")), files(sealed("AgB")))[0].gaps
    assert "spec.encryptedData.password" in gap
    assert "AgB" not in gap


SOPS = {"mac": "ENC[AES256_GCM,data:x]", "lastmodified": "2026-01-01T00:00:00Z", "version": "3.9"}


def encrypted(text: str, **fields: Any) -> Body:
    """A Secret that SOPS encrypted, anew at that."""
    sops = {**SOPS, "mac": f"{SOPS['mac']}{text}"}
    values = {"password": f"ENC[AES256_GCM,data:{text},type:str]"}
    return resource("v1", "Secret", "db", stringData=values, sops=sops, **fields)


def test_secrets_that_sops_encrypted() -> None:
    """Equal cipher text is equal; other text, and what was decrypted, can't be compared with it."""
    plain = resource("v1", "Secret", "db", type="Opaque", stringData={"password": "a"})
    other = resource("v1", "Secret", "db", type="Opaque", stringData={"user": "a"})
    one = files(encrypted("a"))
    assert only_verdict(one, files(encrypted("a"))) is Verdict.IDENTICAL
    assert only_verdict(one, files(encrypted("b"))) is Verdict.INCONCLUSIVE
    assert only_verdict(one, files(plain)) is Verdict.INCONCLUSIVE
    assert only_verdict(one, live(plain)) is Verdict.INCONCLUSIVE
    assert only_verdict(one, files(other)) is Verdict.DRIFTED
    assert only_verdict(one, files(encrypted("a", immutable=True))) is Verdict.DRIFTED
    assert "ENC[" not in str(one.documents[0].body["data"])


def test_what_else_sops_encrypts() -> None:
    """SOPS encrypts any manifest; without its own record a text in its form is plain text."""
    settings = [config_map(token=f"ENC[AES256_GCM,data:{text}]") for text in "ab"]
    left, right = ({**body, "sops": SOPS} for body in settings)
    assert only_verdict(files(left), files(left)) is Verdict.IDENTICAL
    assert only_verdict(files(left), files(right)) is Verdict.INCONCLUSIVE
    assert only_verdict(*map(files, settings)) is Verdict.DRIFTED


def hook(body: Body, **annotations: str) -> Body:
    """The object as a hook of Helm's."""
    marked = {f"helm.sh/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {**body, "metadata": {**body["metadata"], "annotations": marked}}


JOB = resource(
    "batch/v1",
    "Job",
    "migrate",
    spec={"template": {"spec": {"containers": [{"name": "m", "image": "m:1"}]}}},
)
POD = resource("v1", "Pod", "test", spec={"containers": [{"name": "m", "image": "m:1"}]})
ACCOUNT = resource("v1", "ServiceAccount", "migrate")


@pytest.mark.parametrize(
    "passed",
    [
        hook(POD, hook="test"),
        hook(JOB, hook="pre-install,pre-upgrade"),
        hook(ACCOUNT, hook="test"),
        hook(ACCOUNT, hook="pre-delete"),
        hook(ACCOUNT, hook="pre-install", hook_delete_policy="hook-succeeded"),
    ],
)
def test_hooks_that_have_passed(passed: Body) -> None:
    """A hook that a live Namespace need not have is counted; between files it is compared."""
    for result in both_ways(files(config_map(), passed), live(config_map())):
        assert result.verdict is Verdict.IDENTICAL
        assert {rule.id: rule.hits for rule in result.rules}["passed-hook"] == 1
    assert only_verdict(files(config_map(), passed), files(config_map())) is Verdict.DRIFTED
    assert only_verdict(files(config_map()), live(config_map(), passed)) is Verdict.DRIFTED
    assert only_verdict(live(config_map(), passed), live(config_map())) is Verdict.DRIFTED


@pytest.mark.parametrize(
    "lasting",
    [JOB, hook(ACCOUNT, hook="pre-install,pre-upgrade"), hook(workload(), hook="post-install")],
)
def test_hooks_that_last(lasting: Body) -> None:
    """What an installation makes and nothing deletes is missed."""
    assert only_verdict(files(config_map(), lasting), live(config_map())) is Verdict.DRIFTED


def test_a_hook_that_is_there() -> None:
    """A hook that is there on both sides is compared."""
    marked = hook(JOB, hook="pre-install")
    edited = {**marked, "spec": {**JOB["spec"], "backoffLimit": 3}}
    assert only_verdict(files(marked), live(marked)) is Verdict.IDENTICAL
    assert only_verdict(files(marked), live(edited)) is Verdict.DRIFTED


def dumped(image_id: str, name: str = "m") -> Body:
    """A Pod as a dump shows it."""
    state = {"name": name, "image": "m:1", "imageID": image_id, "state": {"running": {}}}
    return {**POD, "status": {"phase": "Running", "containerStatuses": [state]}}


def test_pods_in_files() -> None:
    """A pod in a file runs if it has a status; one that names no image is no reason for doubt."""
    known, other, silent = (dumped(text) for text in (f"m@{DIGESTS[0]}", f"m@{DIGESTS[1]}", ""))
    assert only_verdict(files(known), files(known)) is Verdict.IDENTICAL
    assert only_verdict(files(known), files(other)) is Verdict.DRIFTED
    assert only_verdict(files(silent), files(silent)) is Verdict.IDENTICAL
    assert only_verdict(files(known), files(silent)) is Verdict.IDENTICAL
    assert only_verdict(in_cluster(silent), in_cluster(silent)) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["app.staging.yaml", "app.production.json.gz"], ["app.staging", "app.production"]),
        (["a/m/x.yaml", "b/m/x.yaml"], ["a/m/x", "b/m/x"]),
        (["a/x.yaml", "b/x.yml", "c.json"], ["a/x", "b/x", "c"]),
        (["x.yaml", "old/x.yaml"], ["x", "old/x"]),
        (["a/x.yaml", "a/x.yml"], ["x", "x (2)"]),
        (["a/x.yaml", "a/x.yml", "b/x.json"], ["a/x", "a/x (2)", "b/x"]),
        (["a/m/x.yaml", "b/m/x.yaml", "c/x.yaml"], ["a/m/x", "b/m/x", "c/x"]),
    ],
)
def test_names_of_sides(
    paths: list[str], names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sides are called as their files, with as many folders as tell them apart."""
    monkeypatch.chdir(tmp_path)
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".gz":
            files(config_map()).save(path)
        else:
            path.write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")
    result = compare_snapshots([capture(f"./{path}") for path in paths])
    assert [environment.name for environment in result.environments] == names


@pytest.mark.parametrize("unseeing", [0, 1, 2])
def test_a_kind_that_one_of_three_may_not_read(unseeing: int) -> None:
    """What differs among those that were seen is found, and said to be unseen in the third."""
    row = KindCoverage("", "ConfigMap", ReadStatus.FORBIDDEN, reason="no leave")
    unseen = evolve(snapshot(workload()), coverage=(row,), name="unseen")
    sides = [files(workload(), config_map(a=value)) for value in "12"]
    sides.insert(unseeing, unseen)

    result = compare_snapshots(sides)

    assert result.verdict is Verdict.DRIFTED
    (found,) = result.findings
    assert (found.path, found.note) == ("data.a", "not seen in unseen")
