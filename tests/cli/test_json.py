"""The JSON result, key by key: what scripts rely on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from driftcheck.testing import PlaybackServer
from tests.conftest import Program

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
DIGEST = r"sha256:[0-9a-f]{64}"
CATEGORIES = (
    "secret", "rbac", "security", "image", "command", "environment", "config", "network", "storage",
    "resources", "scaling", "probe", "scheduling", "lifecycle", "custom", "platform", "other",
    "metadata",
)  # fmt: skip


@pytest.fixture(scope="module")
def result(
    servers: Mapping[str, PlaybackServer], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The result of comparing the drifted namespaces, as the program prints it."""
    program = [sys.executable, "-m", "driftcheck", "compare", STAGING, PRODUCTION, "-o", "json"]
    run = subprocess.run(
        [*program, "--kubeconfig", str(servers["drifted"].kubeconfig)],
        capture_output=True,
        check=False,
        cwd=tmp_path_factory.mktemp("work"),
    )
    read: dict[str, Any] = json.loads(run.stdout)
    return read


def test_top(result: dict[str, Any]) -> None:
    """The result has these parts, in this order."""
    assert list(result) == [
        "schema", "verdict", "reasons", "environments", "coverage", "findings", "images", "rules",
        "gaps", "warnings", "gate", "objects", "accepted", "policy",
        "witnesses",
        "platform",
    ]  # fmt: skip
    assert result["schema"] == "driftcheck.result/v1"
    assert result["verdict"] == "drifted"
    assert result["reasons"] == [f"{len(result['findings'])} differences that no rule expects"]


def test_environments(result: dict[str, Any]) -> None:
    """An environment says where and when it was seen, how much of it, and its fingerprint."""
    for environment, name in zip(result["environments"], (STAGING, PRODUCTION), strict=True):
        assert list(environment) == [
            "name", "origin", "context", "namespace", "captured", "objects", "fingerprint",
            "place",
        ]  # fmt: skip
        assert environment["name"] == environment["namespace"] == name
        assert (environment["origin"], environment["context"]) == ("cluster", "playback")
        assert list(environment["captured"]) == ["from", "to", "quiescent"]
        assert re.fullmatch(MOMENT, environment["captured"]["from"])
        assert re.fullmatch(MOMENT, environment["captured"]["to"])
        assert environment["captured"]["quiescent"] is True
        assert environment["objects"] > 20
        assert re.fullmatch(DIGEST, environment["fingerprint"])


def test_coverage(result: dict[str, Any]) -> None:
    """Every listable namespaced kind has a row per environment."""
    coverage = result["coverage"]
    assert list(coverage) == ["complete", "kinds"]
    assert coverage["complete"] is True
    for row in coverage["kinds"]:
        assert list(row)[:6] == [
            "environment", "group", "kind", "status", "objects", "reason",
        ]  # fmt: skip
        assert set(row) - set(list(row)[:6]) <= {"version", "excluded"}
        assert ("version" in row) == (row["status"] == "read")
        assert row["status"] in ("read", "excluded")
        assert (row["reason"] is None) == (row["status"] == "read")
    rows = [(row["environment"], row["group"], row["kind"]) for row in coverage["kinds"]]
    staging, production = (
        {(group, kind) for environment, group, kind in rows if environment == name}
        for name in (STAGING, PRODUCTION)
    )
    assert staging == production
    assert {("", "Secret"), ("apps", "Deployment")} <= staging
    assert ("bookshop.example.com", "FeatureFlag") in staging


def test_findings(result: dict[str, Any]) -> None:
    """A finding says of what, where, how and by whom; the worst category comes first."""
    for finding in result["findings"]:
        assert list(finding)[:7] == [
            "object", "change", "path", "values", "category", "expected", "written_by",
        ]  # fmt: skip
        assert set(finding) <= {*list(finding)[:7], "categories", "note"}
        assert list(finding["object"]) == ["group", "kind", "name"]
        assert finding["change"] in ("added", "removed", "changed", "reordered")
        assert finding["expected"] is None
        assert set(finding["values"]) <= {STAGING, PRODUCTION}
        assert (set(finding["values"]) == {STAGING, PRODUCTION}) == (finding["change"] == "changed")
    order = [
        (
            CATEGORIES.index(finding["category"]),
            *finding["object"].values(),
            finding["path"],
        )
        for finding in result["findings"]
    ]
    assert order == sorted(order)


def test_writers(result: dict[str, Any]) -> None:
    """Who wrote a value is known by name, operation, subresource and time; `scale` has no time."""
    written = {item["path"]: item["written_by"] for item in result["findings"]}

    assert written["spec.replicas"][PRODUCTION] == [
        {
            "manager": "kubectl",
            "operation": "Update",
            "subresource": "scale",
            "time": None,
            "class": "hand",
        }
    ]
    (patch,) = written["spec.suspend"][PRODUCTION]
    assert list(patch) == ["manager", "operation", "subresource", "time", "class"]
    assert patch["manager"] == "kubectl-patch"
    assert re.fullmatch(MOMENT, patch["time"])


def test_images(result: dict[str, Any]) -> None:
    """A row of the images' table has a workload, a container, and what each environment runs."""
    for row in result["images"]:
        assert list(row)[:4] == ["workload", "container", "same", "environments"]
        assert row.get("role", "initContainers") == "initContainers"
        assert list(row["workload"]) == ["group", "kind", "name"]
        assert row["same"] in (True, False)
        for environment in row["environments"].values():
            assert list(environment) == ["image", "digests", "mutable"]
            assert all(re.fullmatch(DIGEST, digest) for digest in environment["digests"])


def test_rules(result: dict[str, Any]) -> None:
    """Each built-in rule that took something away is there once, with how often it did."""
    names = [rule["id"] for rule in result["rules"]]
    assert all(list(rule) == ["id", "hits"] and rule["hits"] > 0 for rule in result["rules"])
    assert names == sorted(set(names))
    assert {"namespace", "status", "restart-marker", "service-allocations"} <= set(names)


def test_manifests(driftcheck: Program, tmp_path: Any) -> None:
    """Manifests have no context and no moment; the keys are there all the same."""
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")

    run = driftcheck("compare", "./a.yaml", "./a.yaml", "-o", "json")

    environment = json.loads(run.stdout)["environments"][0]
    assert (environment["origin"], environment["context"]) == ("manifests", None)
    assert (environment["namespace"], environment["captured"]) == (None, None)
