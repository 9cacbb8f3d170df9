"""The example policy on both recordings: what it expects, and what it finds fault with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from driftcheck import Result, Snapshot, load_policy
from driftcheck.pipeline import compare_snapshots
from driftcheck.policy import lint

Captured = Callable[[str, str], Snapshot]
POLICY = Path(__file__).parents[2] / "examples" / "bookshop" / "driftcheck.yaml"
TODAY = date(2026, 11, 24)


def judged(captured: Captured, recording: str) -> Result:
    seen = [captured(recording, f"bookshop-{name}") for name in ("staging", "production")]
    return compare_snapshots(seen, policy=load_policy(POLICY), today=TODAY)


def test_drifted(captured: Captured) -> None:
    """Hosts, sizes, caching and credentials are expected; what runs is held to be the same."""
    result = judged(captured, "drifted")

    assert {
        (finding.object.kind, finding.object.name, finding.path, finding.expected.rule)
        for finding in result.findings
        if finding.expected
    } == {
        ("Ingress", "web", "spec.rules[0].host", "hosts"),
        ("Ingress", "web", "spec.tls[0].hosts[=staging.bookshop.example.com]", "hosts"),
        ("Ingress", "web", "spec.tls[0].hosts[=www.bookshop.example.com]", "hosts"),
        ("Secret", "db-credentials", "data.password", "own-database"),
        ("Deployment", "web", "spec.replicas", "load"),
        ("ConfigMap", "web-config", 'data["settings.yaml"].cache.ttl', "caching"),
        ("Service", "web", "metadata.labels.hotfix", "hotfix"),
    }
    assert {
        (finding.object.name, finding.path) for finding in result.findings if finding.violates
    } == {
        ("api", "running.containers[name=api].digest"),
        ("api", "running.ephemeralContainers[name=debugger]"),
        ("web", "running.containers[name=web].digest"),
        ("worker", "running.containers[name=worker].digest"),
    }
    assert len(result.findings) == 20
    assert result.verdict.value == "drifted"


def test_equal(captured: Captured) -> None:
    """Two environments that differ in their hosts alone share a password, which is forbidden."""
    result = judged(captured, "equal")
    (fault,) = [finding for finding in result.findings if not finding.expected]

    assert (fault.object.name, fault.path, fault.change.value) == (
        "db-credentials", "data.password", "unchanged",
    )  # fmt: skip
    assert fault.violates
    assert fault.violates.rule == "own-database"
    assert {rule.id for rule in result.rules if rule.state and rule.state.value == "unused"} == {
        "hotfix"
    }


def test_nothing_to_mend() -> None:
    """The example is a good one."""
    assert lint(load_policy(POLICY), today=TODAY) == ()
