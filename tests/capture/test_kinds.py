"""Kinds that are left out as a whole, each by a named rule."""

from __future__ import annotations

import gc

import pytest

from driftcheck.capture._garbage import without_collection
from driftcheck.capture._kinds import exclusion_of, is_excluded_group
from driftcheck.model import GroupKind


@pytest.mark.parametrize(
    ("group", "kind", "rule"),
    [
        ("", "Event", "events"),
        ("coordination.k8s.io", "Lease", "leases"),
        ("custom.metrics.k8s.io", "Anything", "metrics"),
        ("cilium.io", "CiliumEndpoint", "node-facts"),
        ("aquasecurity.github.io", "VulnerabilityReport", "scan-reports"),
        ("tekton.dev", "PipelineRun", "runs"),
        ("cert-manager.io", "CertificateRequest", "certificate-requests"),
    ],
)
def test_left_out(group: str, kind: str, rule: str) -> None:
    """What is nobody's configuration is left out, with the rule and a reason."""
    reason = exclusion_of(GroupKind(group, kind), ())
    assert reason is not None
    assert reason.startswith(f"{rule}: ")


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("", "Endpoints"),
        ("", "Pod"),
        ("apps", "ControllerRevision"),
        ("cert-manager.io", "Certificate"),
        ("tekton.dev", "Pipeline"),
        ("velero.io", "Schedule"),
        ("example.com", "Event"),
    ],
)
def test_read(group: str, kind: str) -> None:
    """What may be configuration, or tell what runs, is read."""
    assert exclusion_of(GroupKind(group, kind), ()) is None


def test_aliases_are_read_once() -> None:
    """A kind that shows another's objects again is left out where the other is served."""
    old, new = GroupKind("extensions", "Ingress"), GroupKind("networking.k8s.io", "Ingress")
    assert exclusion_of(old, {old}) is None
    assert exclusion_of(old, {old, new}) == "alias: the same objects as Ingress.networking.k8s.io"
    assert exclusion_of(new, {old, new}) is None


def test_groups_of_which_nothing_is_read() -> None:
    """Only a group that is left out as a whole may be stale."""
    assert is_excluded_group("metrics.k8s.io")
    assert not is_excluded_group("cilium.io")


@pytest.mark.parametrize("was_enabled", [True, False])
def test_the_collector_is_left_as_it_was(was_enabled: bool) -> None:
    """Whoever runs without the cycle collector goes on without it."""
    try:
        (gc.enable if was_enabled else gc.disable)()
        with without_collection():
            assert not gc.isenabled()
        assert gc.isenabled() is was_enabled
    finally:
        gc.enable()
