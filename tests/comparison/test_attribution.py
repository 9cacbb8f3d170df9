"""Who wrote what, in a cluster in which it is known who wrote what."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftcheck.model import Result
from driftcheck.pipeline import compare
from driftcheck.testing import PlaybackServer
from tests.builders import config_map, only_finding

DRIFTED = Path(__file__).parents[2] / "examples" / "recordings" / "bookshop-drifted.jsonl.gz"
POD = "spec.template.spec"


@pytest.fixture(scope="module")
def result() -> Result:
    with PlaybackServer(DRIFTED) as server:
        return compare("bookshop-staging", "bookshop-production", kubeconfig=str(server.kubeconfig))


@pytest.mark.parametrize(
    ("path", "manager", "operation", "subresource"),
    [
        (f"{POD}.containers[name=api].image", "kubectl-set", "Update", ""),
        ("spec.replicas", "kubectl", "Update", "scale"),
        ('data["settings.yaml"].cache.ttl', "kubectl-edit", "Update", ""),
        (f"{POD}.containers[name=web].env[name=DEBUG]", "kubectl-patch", "Update", ""),
        (f"{POD}.containers[name=sidecar].resources.limits", "kubectl-set", "Update", ""),
        ("metadata.labels.hotfix", "kubectl-label", "Update", ""),
        ("data.password", "kubectl-patch", "Update", ""),
        ("rules[0].verbs[=delete]", "kubectl-patch", "Update", ""),
        ("spec.suspend", "kubectl-patch", "Update", ""),
        ("spec.rules[name=everyone].percent", "kubectl-patch", "Update", ""),
        ("spec.rules[0].host", "argocd-controller", "Apply", ""),
    ],
)
def test_the_writer_is_the_command(
    result: Result, path: str, manager: str, operation: str, subresource: str
) -> None:
    """The last writer in production is the command that was run there, `kubectl-` and its verb."""
    (finding,) = [finding for finding in result.findings if finding.path == path]

    writer = finding.written_by["bookshop-production"][0]

    assert (writer.manager, writer.operation, writer.subresource) == (
        manager,
        operation,
        subresource,
    )


def test_the_deployer_wrote_the_baseline(result: Result) -> None:
    """What nobody touched in staging was written by the one who applied it, Secrets included."""
    written = {
        finding.written_by["bookshop-staging"][0].manager
        for finding in result.findings
        if "bookshop-staging" in finding.written_by
    }

    assert written == {"argocd-controller"}


def test_an_added_object_has_its_maker(result: Result) -> None:
    """A whole object is written by all who wrote to it, its status apart."""
    (finding,) = [finding for finding in result.findings if finding.object.name == "debug-shell"]

    managers = [writer.manager for writer in finding.written_by["bookshop-production"]]

    assert managers == ["kubectl-create"]


def test_nobody_is_known_of_manifests() -> None:
    """Where the server kept no owners, `written_by` is empty."""
    assert only_finding(config_map(a="1"), config_map(a="2")).written_by == {}
