"""`capture --earlier`, as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftcheck import load
from driftcheck.testing import PlaybackServer
from tests.conftest import Program

RECORDING = Path(__file__).parents[2] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
KEY = {"DRIFTCHECK_SECRET_KEY": "an own key of this test"}
LINE = ("capture", "bookshop-staging", "--earlier", "last.json.gz", "-o", "last.json.gz")


def test_look_upon_look(inside: Program, tmp_path: Path) -> None:
    """One file serves every look, and who doubts can have it taken in full."""
    with PlaybackServer(RECORDING) as server:
        there = {"KUBECONFIG": str(server.kubeconfig), **KEY}
        assert inside("capture", "bookshop-staging", "-o", "last.json.gz", **there).returncode == 0
        first = load(tmp_path / "last.json.gz")
        assert inside(*LINE, **there).returncode == 0
        second = load(tmp_path / "last.json.gz")
        in_full = inside(*LINE, DRIFTCHECK_NO_SHORTCUTS="1", **there)

    third = load(tmp_path / "last.json.gz")
    assert in_full.returncode == 0
    assert first.documents == second.documents == third.documents
    assert second.taken_over is not None
    assert second.taken_over.count == len(first.documents) - 1
    assert third.taken_over is None


def test_a_reason_to_read_whole(inside: Program, caplog: pytest.LogCaptureFixture) -> None:
    """Why a kind was read whole stands among what is logged."""
    with PlaybackServer(RECORDING) as server:
        there = {"KUBECONFIG": str(server.kubeconfig), **KEY}
        inside("capture", "bookshop-staging", "-o", "last.json.gz", **there)
        other = {**there, "DRIFTCHECK_SECRET_KEY": "another key of this test"}
        done = inside(*LINE, "--debug", **other)

    assert done.returncode == 0
    assert "Secret is read whole: its values were fingerprinted with another key" in caplog.text


@pytest.mark.parametrize(
    ("environment", "earlier", "said"),
    [
        ("shop", "missing.json.gz", "missing.json.gz"),
        ("shop", "a.yaml", "not a snapshot, but manifests"),
        ("shop", "broken.json", "not a readable snapshot"),
        ("./a.yaml", "whole.json", "of use for a namespace of a cluster only"),
    ],
)
def test_what_is_no_earlier_snapshot(
    inside: Program, tmp_path: Path, environment: str, earlier: str, said: str
) -> None:
    """What can't be built on at all is said, before anybody is asked."""
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: it}\n")
    (tmp_path / "broken.json").write_text('{"schema": "driftcheck.snapshot/v1"}')
    inside("capture", "./a.yaml", "-o", "whole.json")

    done = inside("capture", environment, "--earlier", earlier)

    assert done.returncode == 2
    assert said in done.stderr
