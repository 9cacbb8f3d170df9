"""Manifests against what a real API server made of them."""

from __future__ import annotations

from pathlib import Path

from driftcheck.model import Verdict
from driftcheck.pipeline import capture, compare_snapshots
from driftcheck.testing import PlaybackServer

EXAMPLES = Path(__file__).parents[2] / "examples"
EQUAL = EXAMPLES / "recordings" / "bookshop-equal.jsonl.gz"


def test_applied_manifests_are_what_runs(tmp_path: Path) -> None:
    """A real API server's defaults, allocations and bookkeeping are no difference."""
    manifests = tmp_path / "bookshop.yaml"
    applied = (EXAMPLES / "bookshop" / "app.yaml").read_text()
    applied = applied.replace("NAMESPACE", "bookshop-staging")
    manifests.write_text(applied.replace("PUBLIC_NAME", "staging.bookshop.example.com"))
    with PlaybackServer(EQUAL) as server:
        live = capture("bookshop-staging", kubeconfig=str(server.kubeconfig))

    result = compare_snapshots([capture(manifests), live])

    assert result.findings == ()
    assert result.verdict is Verdict.IDENTICAL
