"""Two clusters that do not serve the same: kinds are read in versions that both have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from driftcheck import Result, capture, compare
from driftcheck.testing import Fault, PlaybackServer, Unserved, kubeconfig_for
from tests.builders import resource
from tests.conftest import RECORDINGS

STAGING = "bookshop-staging"
OLDER = [Unserved(group="autoscaling", version="v2")]
WITHOUT_FLAGS = [Unserved(group="bookshop.example.com", version="v1")]

Clusters = Callable[..., str]


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[Clusters]:
    """Plays the equal recording with other faults in each context, and writes one kubeconfig."""
    with ExitStack() as stack:

        def play(**faults: Sequence[Fault]) -> str:
            servers = {
                context: stack.enter_context(PlaybackServer(RECORDINGS["equal"], faults=wrong))
                for context, wrong in faults.items()
            }
            file = tmp_path / "kubeconfig"
            kubeconfig_for(servers, file)
            return str(file)

        yield play


def autoscaler_versions(result: Result) -> set[str]:
    return {row.version for row in result.coverage.kinds if row.kind == "HorizontalPodAutoscaler"}


@pytest.mark.parametrize("contexts", [("older", "newer"), ("newer", "older")])
def test_a_version_that_both_serve(clusters: Clusters, contexts: tuple[str, str]) -> None:
    """Autoscalers are read as v1 on both sides where one server knows no v2, whichever is first."""
    kubeconfig = clusters(older=OLDER, newer=())

    result = compare(*(f"{STAGING}@{context}" for context in contexts), kubeconfig=kubeconfig)

    assert result.verdict.value == "identical"
    assert autoscaler_versions(result) == {"v1"}


def test_a_newer_server_follows_a_saved_snapshot(clusters: Clusters) -> None:
    """What was saved stays as it was read, and the server that can is asked for the same."""
    kubeconfig = clusters(older=OLDER, newer=())
    before = capture(f"{STAGING}@older", kubeconfig=kubeconfig)

    result = compare(f"{STAGING}@newer", before, kubeconfig=kubeconfig)

    assert result.verdict.value == "identical"
    assert autoscaler_versions(result) == {"v1"}


def test_a_server_follows_manifests(clusters: Clusters) -> None:
    """A manifest in an older version is compared with what the server gives in that version."""
    kubeconfig = clusters(newer=())
    applied = resource(
        "autoscaling/v1",
        "HorizontalPodAutoscaler",
        "api",
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
            "minReplicas": 2,
            "maxReplicas": 7,
        },
    )

    result = compare(
        f"{STAGING}@newer", [applied], kinds=["HorizontalPodAutoscaler"], kubeconfig=kubeconfig
    )

    assert "spec.maxReplicas" in {finding.path for finding in result.findings}
    assert not [reason for reason in result.reasons if "version" in reason]


def test_no_version_in_common(clusters: Clusters) -> None:
    """Snapshots of no common version prove nothing of that kind, and say so."""
    kubeconfig = clusters(older=OLDER, newer=())
    snapshots = [capture(f"{STAGING}@{name}", kubeconfig=kubeconfig) for name in ("older", "newer")]

    result = compare(*snapshots)

    assert result.verdict.value == "inconclusive"
    (reason,) = result.reasons
    assert reason.startswith("HorizontalPodAutoscaler.autoscaling can't be compared")
    assert reason.endswith(f"v1 in {STAGING}@older, v2 in {STAGING}@newer")


def test_a_kind_that_one_server_does_not_have(clusters: Clusters) -> None:
    """Objects of a kind that one server does not know are on one side only, and it is said."""
    kubeconfig = clusters(without=WITHOUT_FLAGS, full=())

    result = compare(f"{STAGING}@full", f"{STAGING}@without", kubeconfig=kubeconfig)

    flags = [row for row in result.coverage.kinds if row.kind == "FeatureFlag"]
    assert [(row.environment, row.status.value) for row in flags] == [
        (f"{STAGING}@full", "read"),
        (f"{STAGING}@without", "excluded"),
    ]
    assert str(flags[1].reason).startswith("unserved: ")
    assert {(finding.object.kind, finding.change.value) for finding in result.findings} == {
        ("FeatureFlag", "removed")
    }
