"""From kubeconfig to verdict: both recordings over real HTTP, against what was done to them.

What must be found is written out by hand from the list of commands that were run
between the recordings, never from a run of the program.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

import driftcheck as library
from driftcheck.testing import PlaybackServer
from tests.conftest import EXAMPLES, Captured, Program

STAGING, PRODUCTION, DEV = NAMESPACES = ("bookshop-staging", "bookshop-production", "bookshop-dev")
HOSTS = {
    STAGING: "staging.bookshop.example.com",
    PRODUCTION: "www.bookshop.example.com",
    DEV: "dev.bookshop.example.com",
}
MIRRORED = {
    "added": "removed",
    "removed": "added",
    "changed": "changed",
    "reordered": "reordered",
}

Row = tuple[str, str, str, str, str, Mapping[str, Any]]
"""Kind, name, change, path, category and values of one finding."""


def digest(image: str) -> str:
    """What the recorded nodes say runs, where nothing else was made to run."""
    return f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def hosts(baseline: str, *others: str) -> list[Row]:
    """The one difference that was meant: each environment's own public name."""
    names = {name: HOSTS[name] for name in (baseline, *others)}
    mine = HOSTS[baseline]
    return [
        ("Ingress", "web", "changed", "spec.rules[0].host", "network", names),
        ("Ingress", "web", "removed", f"spec.tls[0].hosts[={mine}]", "network", {baseline: mine}),
        *(
            ("Ingress", "web", "added", f"spec.tls[0].hosts[={name}]", "network", {other: name})
            for other, name in names.items()
            if other != baseline
        ),
    ]


WEB, API, WORKER = (
    f"registry.example.com/bookshop/{image}" for image in ("web:2.4.0", "api:2.4", "worker:latest")
)
POD = "spec.template.spec"


def both(staging: Any, production: Any) -> dict[str, Any]:
    return {STAGING: staging, PRODUCTION: production}


DRIFT: list[Row] = [
    # kubectl set image deployment/api api=registry.example.com/bookshop/api:2.4.1
    ("Deployment", "api", "changed", f"{POD}.containers[name=api].image", "image",
     both(f"{API}.0", f"{API}.1")),
    ("Deployment", "api", "changed", "running.containers[name=api].digest", "image",
     both([digest(f"{API}.0")], [digest(f"{API}.1")])),
    # kubectl scale deployment/web --replicas=4
    ("Deployment", "web", "changed", "spec.replicas", "scaling", both(2, 4)),
    # kubectl edit configmap web-config
    ("ConfigMap", "web-config", "changed", 'data["settings.yaml"].cache.ttl', "config",
     both(300, 600)),
    # kubectl patch deployment web
    ("Deployment", "web", "added", f"{POD}.containers[name=web].env[name=DEBUG]", "environment",
     {PRODUCTION: {"name": "DEBUG", "value": "true"}}),
    # kubectl set resources deployment/api -c=sidecar --limits=memory=256Mi
    ("Deployment", "api", "added", f"{POD}.containers[name=sidecar].resources.limits", "resources",
     {PRODUCTION: {"memory": "256Mi"}}),
    # kubectl label service web hotfix=yes
    ("Service", "web", "added", "metadata.labels.hotfix", "metadata", {PRODUCTION: "yes"}),
    # kubectl annotate ingress web nginx.ingress.kubernetes.io/proxy-read-timeout=120
    ("Ingress", "web", "added",
     'metadata.annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"]', "metadata",
     {PRODUCTION: "120"}),
    # kubectl patch secret db-credentials
    ("Secret", "db-credentials", "changed", "data.password", "secret",
     both("(secret 1)", "(secret 2)")),
    # kubectl delete networkpolicy db-from-api
    ("NetworkPolicy", "db-from-api", "removed", "", "network",
     {STAGING: {"group": "networking.k8s.io", "kind": "NetworkPolicy", "name": "db-from-api"}}),
    # kubectl create deployment debug-shell --image=busybox:1.36 -- sleep infinity
    ("Deployment", "debug-shell", "added", "", "other",
     {PRODUCTION: {"group": "apps", "kind": "Deployment", "name": "debug-shell"}}),
    # kubectl rollout restart deployment/worker, whose tag has moved
    ("Deployment", "worker", "changed", "running.containers[name=worker].digest", "image",
     both([digest(WORKER)], ["sha256:" + 2 * "0f1e2d3c4b5a69788796a5b4c3d2e1f0"])),
    # kubectl patch role config-reader
    ("Role", "config-reader", "added", "rules[0].verbs[=delete]", "rbac", {PRODUCTION: "delete"}),
    # kubectl patch cronjob sales-report
    ("CronJob", "sales-report", "changed", "spec.suspend", "scheduling", both(False, True)),
    # kubectl patch featureflag wishlist
    ("FeatureFlag", "wishlist", "changed", "spec.rules[name=everyone].percent", "custom",
     both(25, 40)),
    # one web pod runs another image than the rest
    ("Deployment", "web", "changed", "running.containers[name=web].digest", "image",
     both([digest(WEB)], sorted([digest(WEB), "sha256:" + 32 * "ab"]))),
    # kubectl debug into one api pod; no node has said what it runs
    ("Deployment", "api", "added", "running.ephemeralContainers[name=debugger]", "image",
     {PRODUCTION: {"image": "busybox:1.36", "digest": []}}),
    *hosts(STAGING, PRODUCTION),
]  # fmt: skip


def rows_of(result: library.Result) -> list[Row]:
    return [
        (
            finding.object.kind,
            finding.object.name,
            finding.change.value,
            finding.path,
            finding.category.value,
            dict(finding.values),
        )
        for finding in result.findings
    ]


def rows_in(report: str) -> list[Row]:
    return [
        (
            finding["object"]["kind"],
            finding["object"]["name"],
            finding["change"],
            finding["path"],
            finding["category"],
            finding["values"],
        )
        for finding in json.loads(report)["findings"]
    ]


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row[0], row[1], row[3], row[2]))


def mirrored(row: Row) -> Row:
    """The row as the other side sees it; which Secret value is numbered 1 is the baseline's."""
    kind, name, change, path, category, values = row
    shown = {
        environment: "(secret)" if str(value).startswith("(secret ") else value
        for environment, value in values.items()
    }
    return (kind, name, MIRRORED[change], path, category, shown)


def unnumbered(row: Row) -> Row:
    """The row with its Secret values' numbers taken off."""
    return mirrored(mirrored(row))


@pytest.mark.parametrize(("baseline", "other"), list(permutations(NAMESPACES, 2)))
def test_equal_namespaces_differ_by_their_hosts_alone(
    captured: Captured, baseline: str, other: str
) -> None:
    """The same manifests in two namespaces differ by the Ingress host, and by nothing else."""
    result = library.compare(captured("equal", baseline), captured("equal", other))

    assert in_order(rows_of(result)) == in_order(hosts(baseline, other))
    assert result.verdict is library.Verdict.DRIFTED
    assert result.coverage.complete


def test_hands_in_production(captured: Captured) -> None:
    """Every command that was run in production is found where it struck, and nothing else is."""
    result = library.compare(captured("drifted", STAGING), captured("drifted", PRODUCTION))

    assert in_order(rows_of(result)) == in_order(DRIFT)
    assert result.coverage.complete


@pytest.mark.parametrize(
    ("recording", "expected"),
    [("equal", hosts(STAGING, PRODUCTION)), ("drifted", DRIFT)],
)
def test_program(
    driftcheck: Program,
    servers: Mapping[str, PlaybackServer],
    recording: str,
    expected: list[Row],
) -> None:
    """The program finds the same over real HTTP, in a process of its own."""
    run = driftcheck(
        "compare", STAGING, PRODUCTION, "-o", "json", KUBECONFIG=str(servers[recording].kubeconfig)
    )

    assert in_order(rows_in(run.stdout)) == in_order(expected)
    assert run.returncode == 1
    assert run.stderr == ""


def test_older_discovery(recordings: Mapping[str, Path]) -> None:
    """A server that knows only the legacy discovery is read to the same answer."""
    with PlaybackServer(recordings["drifted"], aggregated=False) as server:
        result = library.compare(STAGING, PRODUCTION, kubeconfig=str(server.kubeconfig))

    assert in_order(rows_of(result)) == in_order(DRIFT)


@pytest.mark.parametrize(
    ("recording", "namespace"),
    [
        ("equal", STAGING),
        ("equal", PRODUCTION),
        ("equal", DEV),
        ("drifted", STAGING),
        ("drifted", PRODUCTION),
    ],
)
def test_an_environment_and_itself(captured: Captured, recording: str, namespace: str) -> None:
    """An environment compared with itself is identical, and its evidence is complete."""
    seen = captured(recording, namespace)

    result = library.compare(seen, seen)

    assert result.verdict is library.Verdict.IDENTICAL
    assert not result.findings


def test_a_namespace_looked_at_twice(
    driftcheck: Program, servers: Mapping[str, PlaybackServer]
) -> None:
    """One namespace named twice is identical, exit status 0, under two names."""
    kubeconfig = str(servers["equal"].kubeconfig)

    run = driftcheck("compare", PRODUCTION, PRODUCTION, "-o", "json", KUBECONFIG=kubeconfig)

    names = [environment["name"] for environment in json.loads(run.stdout)["environments"]]
    assert names == [PRODUCTION, f"{PRODUCTION} (2)"]
    assert json.loads(run.stdout)["verdict"] == "identical"
    assert run.returncode == 0


def test_the_other_way_round(captured: Captured) -> None:
    """Comparing B with A finds what comparing A with B finds, mirrored."""
    staging, production = captured("drifted", STAGING), captured("drifted", PRODUCTION)

    forth = rows_of(library.compare(staging, production))
    back = rows_of(library.compare(production, staging))

    assert in_order([mirrored(row) for row in back]) == in_order([unnumbered(row) for row in forth])


def test_saved_snapshots_say_what_the_cluster_says(
    driftcheck: Program, servers: Mapping[str, PlaybackServer], tmp_path: Path
) -> None:
    """What was captured to files is compared offline to the same findings as live."""
    kubeconfig = str(servers["drifted"].kubeconfig)
    for namespace, file in ((STAGING, f"{STAGING}.json"), (PRODUCTION, f"{PRODUCTION}.json.gz")):
        run = driftcheck("capture", namespace, "-o", file, KUBECONFIG=kubeconfig)
        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

    offline = driftcheck("compare", f"{STAGING}.json", f"{PRODUCTION}.json.gz", "-o", "json")

    assert in_order(rows_in(offline.stdout)) == in_order(DRIFT)
    assert offline.returncode == 1
    assert library.load(tmp_path / f"{STAGING}.json").namespace == STAGING


def test_three_environments(captured: Captured) -> None:
    """Three environments at once: each finding has every environment's value."""
    result = library.compare(*(captured("equal", namespace) for namespace in NAMESPACES))

    assert in_order(rows_of(result)) == in_order(hosts(*NAMESPACES))
    assert [environment.name for environment in result.environments] == list(NAMESPACES)


def test_three_environments_of_which_one_drifted(captured: Captured) -> None:
    """The first environment that differs from the baseline says what the change is."""
    result = library.compare(
        captured("drifted", STAGING), captured("equal", DEV), captured("drifted", PRODUCTION)
    )

    found = {(name, path): (change, values) for _, name, change, path, _, values in rows_of(result)}
    assert found["web", "spec.replicas"] == ("changed", {STAGING: 2, DEV: 2, PRODUCTION: 4})
    assert found["db-from-api", ""][0] == "removed"
    assert set(found["db-from-api", ""][1]) == {STAGING, DEV}
    assert found["debug-shell", ""][0] == "added"


def test_snapshot_live_and_manifests(
    driftcheck: Program, servers: Mapping[str, PlaybackServer]
) -> None:
    """A saved snapshot, a live namespace and a folder of manifests stand side by side."""
    kubeconfig = str(servers["equal"].kubeconfig)
    driftcheck("capture", STAGING, "-o", "saved.json.gz", KUBECONFIG=kubeconfig)

    run = driftcheck(
        "compare", "saved.json.gz", PRODUCTION, EXAMPLES / "bookshop", "-o", "json",
        KUBECONFIG=kubeconfig,
    )  # fmt: skip

    sides = [(item["name"], item["origin"]) for item in json.loads(run.stdout)["environments"]]
    assert sides == [("saved", "cluster"), (PRODUCTION, "cluster"), ("bookshop", "manifests")]
    assert run.returncode == 1
    assert run.stderr == ""


def test_manifests_against_themselves(driftcheck: Program) -> None:
    """Manifests have no running images, and are identical with themselves all the same."""
    app = EXAMPLES / "bookshop" / "app.yaml"

    run = driftcheck("compare", app, app, "-o", "json")

    assert json.loads(run.stdout)["verdict"] == "identical"
    assert run.returncode == 0


def test_images_run_or_are_not_listed(captured: Captured) -> None:
    """The table of images has a row for what runs on both sides, and says where it differs."""
    result = library.compare(captured("drifted", STAGING), captured("drifted", PRODUCTION))

    same = {(row.workload.name, row.container): row.same for row in result.images}
    assert same == {
        ("log-agent", "agent"): True,
        ("api", "api"): False,
        ("api", "sidecar"): True,
        ("web", "web"): False,
        ("web", "nginx-exporter"): True,
        ("web", "migrate-assets"): True,
        ("worker", "worker"): False,
        ("db", "postgres"): True,
        ("db-migrate-240", "migrate"): True,
    }
