"""A result that was saved is the result it was."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from attrs import evolve

import driftcheck
from driftcheck.reports import FORMATS
from tests.conftest import RECORDINGS, Captured


@pytest.mark.parametrize("recording", RECORDINGS)
@pytest.mark.parametrize("format_", FORMATS)
def test_same_bytes(captured: Captured, tmp_path: Path, recording: str, format_: str) -> None:
    """Read back from a file, a result renders to the same bytes in every format."""
    staging = captured(recording, "bookshop-staging")
    production = evolve(captured(recording, "bookshop-production"), place="./production.json.gz")
    result = driftcheck.compare(staging, production)
    text = driftcheck.render(result, "json").encode()
    (tmp_path / "report.json").write_bytes(text)
    (tmp_path / "report.json.gz").write_bytes(gzip.compress(text))

    for file in ("report.json", "report.json.gz"):
        read = driftcheck.load_result(tmp_path / file)
        assert driftcheck.render(read, format_) == driftcheck.render(result, format_)
        assert (read.verdict, read.exit_status) == (result.verdict, result.exit_status)


def test_confused_files(captured: Captured, tmp_path: Path) -> None:
    """A snapshot is no result and a result no snapshot, and each is told what it is."""
    snapshot = captured("equal", "bookshop-staging")
    result = driftcheck.render(driftcheck.compare(snapshot, snapshot), "json").encode()
    (tmp_path / "result.json").write_bytes(result)
    (tmp_path / "result.json.gz").write_bytes(gzip.compress(result))
    snapshot.save(tmp_path / "shop.json")
    snapshot.save(tmp_path / "shop.json.gz")

    for file in ("shop.json", "shop.json.gz"):
        with pytest.raises(driftcheck.ResultError, match="snapshot/v1, and not a result") as caught:
            driftcheck.load_result(tmp_path / file)
        assert "driftcheck compare" in caught.value.hint
    for file in ("result.json", "result.json.gz"):
        with pytest.raises(driftcheck.StartError, match=r"result/v1, and not a") as refused:
            driftcheck.load(tmp_path / file)
        assert "driftcheck report" in refused.value.hint


def test_unreadable_files(tmp_path: Path) -> None:
    """A file that is not there, or is a folder, is an error that names it."""
    for path in (tmp_path / "absent.json", tmp_path):
        with pytest.raises(driftcheck.ResultError, match=str(path)) as caught:
            driftcheck.load_result(path)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"verdict": "identical"}, "what it holds makes it drifted"),
        ({"verdict": "inconclusive"}, "what it holds makes it drifted"),
        ({"findings": []}, "what it holds makes it identical"),
        ({"verdict": "identical", "findings": [], "gaps": ["why"]}, "makes it inconclusive"),
        ({"gate": {"fail_on": None, "max_findings": 0, "passed": True}}, "gate.passed"),
        ({"coverage": {"complete": False, "kinds": []}}, "coverage.complete"),
    ],
)
def test_contradictions(
    captured: Captured, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    """A verdict that does not follow from findings and gaps is no result of this program."""
    sides = [captured("drifted", name) for name in ("bookshop-staging", "bookshop-production")]
    content = json.loads(driftcheck.render(driftcheck.compare(*sides), "json")) | changes
    if content["verdict"] == "identical" or not content["findings"]:
        content["gate"]["passed"] = True
    (tmp_path / "lie.json").write_text(json.dumps(content))

    with pytest.raises(driftcheck.ResultError, match=said) as caught:
        driftcheck.load_result(tmp_path / "lie.json")
    assert "compare anew" in caught.value.hint


def test_unseen_gaps(captured: Captured, tmp_path: Path) -> None:
    """Coverage that is not complete, or nothing compared, needs a gap that says so."""
    side = captured("equal", "bookshop-staging")
    content = json.loads(driftcheck.render(driftcheck.compare(side, side), "json"))
    content["coverage"]["kinds"][0]["status"] = "forbidden"
    content["coverage"]["complete"] = False
    (tmp_path / "gap.json").write_text(json.dumps(content))

    with pytest.raises(driftcheck.ResultError, match="no gap that says so"):
        driftcheck.load_result(tmp_path / "gap.json")
