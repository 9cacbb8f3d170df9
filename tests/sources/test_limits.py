"""What is read has an end: devices, bombs, and what is too deep or too much."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.json import Decoder

from driftcheck.capture import find_secret_key
from driftcheck.codec import _limits, _saved, _yaml, read_result, read_snapshot, snapshot_bytes
from driftcheck.errors import DriftcheckError, PolicyError, ResultError, SecretKeyError, StartError
from driftcheck.model import Verdict
from driftcheck.pipeline import capture, compare_snapshots, load_policy, render
from driftcheck.sources import Refusal, parse_address, read_address, read_answer_file
from driftcheck.sources._connection import Answer
from driftcheck.sources._fetch import fetch
from tests.builders import Body, config_map, resource
from tests.ways import live, saved

ENDLESS = Path("/dev/zero")

pytestmark = pytest.mark.skipif(not ENDLESS.exists(), reason="no device that never ends")


class Endless(io.RawIOBase):
    """A stream that never ends, and says how much of it was wanted."""

    def __init__(self, begin: bytes) -> None:
        self.begin = begin
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0, "somebody waits for the end"
        data = self.begin.ljust(size) if not self.taken else b" " * size
        self.taken += size
        return data


@pytest.mark.parametrize("begin", [b"a: b\n", b"{", b"\x1f\x8b"])
def test_standard_input(begin: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is read of standard input than tells that it is too large."""
    monkeypatch.setattr("driftcheck.codec._snapshots.MANIFEST_SIZE", 5_000)
    monkeypatch.setattr("driftcheck.codec._snapshots.SAVED_SIZE", 9_000)
    monkeypatch.setattr(_yaml, "MAX_SIZE", 5_000)
    stream = Endless(begin)

    with pytest.raises(DriftcheckError):
        read_address(parse_address("-"), stdin=stream)  # type: ignore[arg-type]
    assert stream.taken == (5_001 if begin == b"a: b\n" else 9_001)


def test_devices(tmp_path: Path) -> None:
    """Nor of a device, whatever it is named as."""
    link = tmp_path / "zero.yaml"
    link.symlink_to(ENDLESS)

    with pytest.raises(StartError, match="larger than 64 MiB"):
        capture(link)
    with pytest.raises(ResultError, match="not a readable result"):
        read_answer_file(
            link, lambda data, name: read_result(data, source=name), stdin=io.BytesIO()
        )
    with pytest.raises(PolicyError, match="too large"):
        load_policy(link)
    with pytest.raises(SecretKeyError, match="too large"):
        find_secret_key({}, link)
    with pytest.raises(StartError, match="too large"):
        capture("shop@there", kubeconfig=str(link))


@pytest.mark.parametrize("inner", [b"{},", b"[],", b"0,", b'[[[[{"a":[]}]]]],'])
@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_many_values(monkeypatch: pytest.MonkeyPatch, inner: bytes, pack: Any) -> None:
    """A file with more values than memory is meant for is refused before any of them is made."""
    monkeypatch.setattr(_limits, "MAX_VALUES", 1_000)
    monkeypatch.setattr("msgspec.json.decode", None)
    data = pack(b'{"schema":"driftcheck.snapshot/v1","objects":[' + 1_000 * inner + b"0]}")

    for read in (read_snapshot, read_result):
        with pytest.raises(StartError, match="million values stand in it"):
            read(data, source="a file")


def test_what_real_files_need() -> None:
    """The limits are far from what a namespace of ten thousand objects takes."""
    one = len(snapshot_bytes(live(config_map(a="b" * 3_000)), compressed=False))

    assert one * 10_000 < _saved.MAX_SIZE
    assert _saved.MAX_SIZE > 2 * 200 * 1024**2


def deep(depth: int, leaf: int) -> Body:
    spec: Any = leaf
    for _ in range(depth):
        spec = {"a": spec}
    return resource("policy/v1", "PodDisruptionBudget", spec={"a": spec})


@pytest.mark.parametrize("depth", [90, 400])
def test_an_object_that_is_too_deep_in_a_cluster(depth: int) -> None:
    """It costs its kind's row, and nothing else: the rest is compared."""
    left = live(config_map(a="1"), config_map("same"), deep(depth, 1))
    right = live(config_map(a="2"), config_map("same"), deep(depth, 2))

    result = compare_snapshots([left, right])
    render(result, "html")

    assert result.verdict is Verdict.DRIFTED
    assert "data.a" in {finding.path for finding in result.findings}
    if depth > 100:
        rows = [row for row in left.coverage if row.kind == "PodDisruptionBudget"]
        assert [row.status.value for row in rows] == ["failed"]
        assert "stand in one another" in str(rows[0].reason)
        assert compare_snapshots([left, left]).verdict is Verdict.INCONCLUSIVE
    else:
        assert saved(left).documents == left.documents


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uid", ["x"]),
        ("finalizers", [["x"]]),
        ("labels", ["x"]),
        ("ownerReferences", [{"uid": {}}]),
    ],
)
def test_metadata_of_other_types(field: str, value: Any) -> None:
    """Metadata that no API server keeps is a gap that names the place, wherever it comes from."""
    spoilt = config_map(a="1")
    spoilt["metadata"][field] = value

    for made in (capture([config_map("b"), spoilt]), capture([spoilt, config_map("b")])):
        result = compare_snapshots([made, made])
        assert result.verdict is Verdict.INCONCLUSIVE
        assert any(field in reason for reason in result.reasons)


def test_an_answer_that_is_too_deep_to_be_read() -> None:
    """A server's answer may be too deep for the reader itself: that is a reason like any other."""

    class Deep:
        server = "https://there"
        is_over = False

        def get(self, *_: Any) -> Answer:
            return Answer(200, {}, b'{"a":' * 100_000)

    found = fetch(Deep(), "/a", Decoder(dict[str, Any]))  # type: ignore[arg-type]

    assert isinstance(found, Refusal)
    assert "stand in one another" in found.reason


def test_json(tmp_path: Path) -> None:
    """A manifest that is too deep is refused with its line."""
    file = tmp_path / "deep.json"
    file.write_text("\n" + json.dumps(deep(150, 1)))

    with pytest.raises(StartError, match=r"deep\.json: line 2: more than 100 maps and lists"):
        capture(file)
