"""Servers of different versions: what only one of them knows is shown, and is no drift."""

from __future__ import annotations

import json

import pytest
from attrs import evolve

from driftcheck import Origin, Result, Snapshot, render
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, config_map, container, snapshot, workload

PROFILE = {"appArmorProfile": {"type": "RuntimeDefault"}}
"""Of a container's securityContext since 1.30: https://kubernetes.io/docs/tutorials/security/apparmor/."""

PROFILED = workload(containers=[container(securityContext={"runAsUser": 1, **PROFILE})])
PLAIN = workload(containers=[container(securityContext={"runAsUser": 1})])
PATH = "spec.template.spec.containers[name=web].securityContext.appArmorProfile"


def live(version: str | None, *bodies: Body) -> Snapshot:
    seen = snapshot(config_map(), *bodies)
    return evolve(seen, origin=Origin.CLUSTER, server_version=version)


def compared(*snapshots: Snapshot) -> Result:
    return compare_snapshots(snapshots)


@pytest.mark.parametrize("versions", [("v1.29.3", "v1.30.0"), ("v1.29.3-eks-1", "v1.36.2+k3s1")])
def test_a_field_that_one_server_does_not_know(versions: tuple[str, str]) -> None:
    """It is one finding of the category platform, expected by a built-in rule, and counted."""
    older, newer = versions

    result = compared(live(older, PLAIN), live(newer, PROFILED))

    (finding,) = result.findings
    assert (finding.change.value, finding.path) == ("added", PATH)
    assert finding.category.value == "platform"
    assert finding.note == "the server is newer"
    assert finding.expected is not None
    assert finding.expected.rule == "version-skew"
    assert result.verdict.value == "identical"
    assert {rule.id: rule.hits for rule in result.rules}["version-skew"] == 1


def test_the_other_way_round() -> None:
    """The newer server may be the baseline."""
    result = compared(live("v1.36.2", PROFILED), live("v1.29.3", PLAIN))

    (finding,) = result.findings
    assert (finding.change.value, finding.category.value) == ("removed", "platform")
    assert result.verdict.value == "identical"


@pytest.mark.parametrize("version", ["v1.30.0", "v1.36.2", None, "master"])
def test_a_field_that_both_may_know(version: str | None) -> None:
    """Where the server that lacks a field knows it, or may, the field is drift."""
    result = compared(live(version, PLAIN), live("v1.36.2", PROFILED))

    (finding,) = result.findings
    assert finding.expected is None
    assert finding.category.value == "security"
    assert result.verdict.value == "drifted"


def test_a_field_that_both_have() -> None:
    """Another value is drift, whatever the versions."""
    other = workload(
        containers=[
            container(securityContext={"runAsUser": 1, "appArmorProfile": {"type": "Unconfined"}})
        ]
    )

    result = compared(live("v1.29.3", other), live("v1.36.2", PROFILED))

    assert [finding.path for finding in result.findings] == [f"{PATH}.type"]
    assert result.verdict.value == "drifted"


def test_a_field_missing_in_manifests() -> None:
    """Manifests are of no version: what they lack is drift."""
    result = compared(snapshot(config_map(), PLAIN), live("v1.36.2", PROFILED))

    assert result.verdict.value == "drifted"


def test_three_servers() -> None:
    """One server that knows the field, and lacks it, makes it drift."""
    result = compared(live("v1.29.3", PLAIN), live("v1.36.2", PROFILED), live("v1.36.2", PLAIN))

    assert result.verdict.value == "drifted"


def test_beside_drift() -> None:
    """Only what nobody expects is counted as drift, and each report shows both."""
    changed = evolve(live("v1.36.2", PROFILED, config_map("other", a="1")))

    result = compared(live("v1.29.3", PLAIN, config_map("other", a="2")), changed)

    written = json.loads(render(result, "json"))
    assert result.reasons == ("1 difference that no rule expects",)
    assert [
        finding["expected"] and finding["expected"]["rule"] for finding in written["findings"]
    ] == [
        None,
        "version-skew",
    ]
    assert "expected by version-skew" in render(result)
