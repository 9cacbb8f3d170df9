"""A gap is accepted by name, with a policy or an option, and every report says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from driftcheck.reports import FORMATS
from driftcheck.testing import Forbidden, PlaybackServer, When
from tests.cli.test_compare import STAGING
from tests.conftest import RECORDINGS, Program

POLICY = """\
version: 1
unseen:
- id: no-secrets
  match: {kind: Secret}
  reason: the gate may not read them
  owner: team-shop
"""
ALIKE = (STAGING, f"{STAGING}@viewer")


@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "csv"])
def test_every_report_says_so(
    inside: Program, tmp_path: Path, servers: Mapping[str, PlaybackServer], format_: str
) -> None:
    """Who accepts what is in every format that can say more than findings."""
    (tmp_path / "driftcheck.yaml").write_text(POLICY)

    run = inside("compare", *ALIKE, "-o", format_, KUBECONFIG=str(servers["equal"].kubeconfig))

    assert run.returncode == 0
    for said in ("Secret was not looked at", "no-secrets", "team-shop"):
        assert said in run.stdout, said


def test_never_by_default(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """Without a policy the same comparison is inconclusive, and the next step is said."""
    run = inside("compare", *ALIKE, KUBECONFIG=str(servers["equal"].kubeconfig))

    words = " ".join(run.stdout.split())
    assert run.returncode == 3
    assert "sameness is not proved" in run.stdout.splitlines()[1]
    assert f"next: driftcheck rbac {STAGING}@viewer | kubectl apply -f - --context viewer" in words


def test_exclude_kind(inside: Program) -> None:
    """`--exclude-kind` leaves a kind out, read or not, and lets nothing be identical."""
    with PlaybackServer(
        RECORDINGS["equal"], faults=[Forbidden(When(resource="configmaps"))]
    ) as server:
        kubeconfig = str(server.kubeconfig)
        run = inside(
            *("compare", STAGING, STAGING, "--exclude-kind", "cm,ing", "-o", "json"),
            KUBECONFIG=kubeconfig,
        )

    result = json.loads(run.stdout)
    rows = {row["kind"]: row for row in result["coverage"]["kinds"]}
    assert (run.returncode, result["verdict"]) == (0, "equivalent")
    assert {kind for kind, row in rows.items() if row["status"] == "accepted"} == {
        "ConfigMap",
        "Ingress",
    }
    assert rows["Ingress"]["accepted"]["rule"] == "--exclude-kind"
    assert rows["Ingress"]["excluded"] == {"--exclude-kind": 1}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("secrets", "leaves out Secrets"),
        ("po", "what runs"),
        ("deploy", "what runs"),
        ("Role", "dangerous (rbac)"),
        ("rolebindings", "dangerous (rbac)"),
        ("sa", "dangerous (rbac)"),
        ("netpol", "dangerous (network)"),
    ],
)
def test_not_by_an_option(
    inside: Program, servers: Mapping[str, PlaybackServer], kind: str, said: str
) -> None:
    """What is dangerous, Secrets and what runs take a policy, which the error says."""
    run = inside(
        *("compare", STAGING, STAGING, "--exclude-kind", kind),
        KUBECONFIG=str(servers["equal"].kubeconfig),
    )

    assert run.returncode == 2
    assert said in run.stderr
    assert "unseen:" in run.stderr


def test_what_objects_hold(inside: Program, tmp_path: Path) -> None:
    """A custom resource that runs an image is no more left out than a Deployment."""
    (tmp_path / "a.yaml").write_text(
        "apiVersion: example.com/v1\nkind: Runner\nmetadata: {name: a}\n"
        "spec: {template: {spec: {containers: [{name: a, image: a}]}}}\n"
    )

    run = inside("compare", "a.yaml", "a.yaml", "--exclude-kind", "runners.example.com")

    assert run.returncode == 2
    assert "dangerous (image)" in run.stderr


def test_did_you_mean(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """A kind that nobody has is an error that names the likely one."""
    for option in ("--kind", "--exclude-kind"):
        run = inside(
            *("compare", STAGING, STAGING, option, "deploymnets"),
            KUBECONFIG=str(servers["equal"].kubeconfig),
        )
        assert run.returncode == 2
        assert "did you mean Deployment.apps?" in run.stderr


def test_the_policy_is_named(
    inside: Program, tmp_path: Path, servers: Mapping[str, PlaybackServer]
) -> None:
    """A result names the policy's file and its digest, as `sha256sum` says it."""
    (tmp_path / "driftcheck.yaml").write_text("version: 1\n")

    run = inside("compare", *ALIKE, "-o", "json", KUBECONFIG=str(servers["equal"].kubeconfig))

    assert json.loads(run.stdout)["policy"] == {
        "file": "driftcheck.yaml",
        "digest": "sha256:09bfcc6a14b83e2192b8673677725c84883ee9cd0c70e45c9ec09daa8f2b2847",
    }


def test_a_look_says_the_next_step(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """Who captures what may not all be read hears at once how to be allowed to."""
    run = inside(
        *("capture", f"{STAGING}@viewer", "-o", "seen.json.gz"),
        KUBECONFIG=str(servers["equal"].kubeconfig),
    )

    assert run.returncode == 3
    assert f"next: driftcheck rbac {STAGING}@viewer | kubectl apply -f -" in run.stderr
