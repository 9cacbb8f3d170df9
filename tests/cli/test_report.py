"""`driftcheck report` renders a saved result again, and nothing but that."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from driftcheck.reports import FORMATS
from tests.conftest import Program

BODY = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{size: '{}'}}\n"


@pytest.fixture
def saved(inside: Program, tmp_path: Path) -> Path:
    """The saved result of a comparison that found drift."""
    (tmp_path / "one.yaml").write_text(BODY.format(1))
    (tmp_path / "two.yaml").write_text(BODY.format(2 * "long "))
    assert inside("compare", "./one.yaml", "./two.yaml", "-o", "json=result.json").returncode == 1
    return tmp_path / "result.json"


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("columns", ["60", "200"])
def test_same_bytes(inside: Program, saved: Path, format_: str, columns: str) -> None:
    """A report of a saved result is the report of its comparison, at the same width."""
    first = inside("compare", "./one.yaml", "./two.yaml", "-o", format_, COLUMNS=columns)
    again = inside("report", saved.name, "-o", format_, COLUMNS=columns)

    assert again.stdout == first.stdout
    assert (again.returncode, again.stderr) == (0, "")


POLICY = """
version: 1
rules:
- {id: own, match: {name: web}, path: data.host, effect: any, reason: its own}
- {id: other, match: {name: web}, path: data.password, effect: differ, reason: never staging's}
- {id: until, match: {name: web}, path: data.a, effect: waive, owner: us, expires: 2999-12-31,
   reason: on Monday}
- {id: gone, match: {name: nobody}, path: data.a, effect: any, reason: nobody knows}
"""
SHOP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata: {{{0}, password: x}}\n"
"""Three environments' object, of which a policy expects, forbids, and waives something."""
DATA = {
    "dev": "host: d, a: '1', b: '1'",
    "test": "host: t, a: '2', b: '2'",
    "live": "host: l, a: '1', b: '1'",
}
SAYS = {
    "codequality": ["'test' is the odd one out", "Violates rule other: never staging's"],
    "csv": [",own,", ",other,"],
    "html": ["odd one out", "violates rule other: never staging", "lets the release through"],
    "json": ['"violates"', '"gone"', '"max_findings": 9'],
    "junit": ["'test' is the odd one out", "Violates rule other", "it lets 9 through", "gone"],
    "markdown": ["odd one out", "violates rule other", "it lets 9 through", "gone"],
    "sarif": ["'test' is the odd one out", "Violates rule other", "it lets 9 through", "gone"],
    "text": ["odd one out", "violates rule other", "it lets 9 through", "gone"],
}
"""What each format says of the odd one out, a rule's violation, the gate, and a warning."""


@pytest.mark.parametrize("format_", FORMATS)
def test_three_under_a_policy(inside: Program, tmp_path: Path, format_: str) -> None:
    """Three environments, a policy and a gate are in every format, the same when rendered again."""
    for name, data in DATA.items():
        (tmp_path / f"{name}.yaml").write_text(SHOP.format(data))
    (tmp_path / "driftcheck.yaml").write_text(POLICY)
    compared = ("compare", *(f"./{name}.yaml" for name in DATA), "--max-findings", "9")

    first = inside(*compared, "-o", format_, "-o", "json=result.json")
    again = inside("report", "result.json", "-o", format_)

    assert first.returncode == 0
    assert again.stdout == first.stdout
    assert [said for said in SAYS[format_] if said not in first.stdout] == []


def test_standard_input(inside: Program, saved: Path) -> None:
    """`-` reads the result from standard input."""
    run = inside("report", "-", stdin=saved.read_text())

    assert run.returncode == 0
    assert run.stdout == inside("report", "result.json").stdout


def test_gzipped(inside: Program, saved: Path, tmp_path: Path) -> None:
    """A result that somebody has gzipped is read as it is."""
    (tmp_path / "result.json.gz").write_bytes(gzip.compress(saved.read_bytes()))

    run = inside("report", "result.json.gz", "-o", "json")

    assert run.stdout == saved.read_text()


def test_several(inside: Program, saved: Path, tmp_path: Path) -> None:
    """Several formats are written at once, files and standard output."""
    run = inside("report", saved, "-o", "text", "-o", "json=again.json")

    assert "drifted" in run.stdout
    assert (tmp_path / "again.json").read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("output", ["json=result.json", "text=./result.json", "text=link.json"])
def test_never_overwrites(inside: Program, saved: Path, tmp_path: Path, output: str) -> None:
    """A report never takes the place of the result that it is made of."""
    before = saved.read_bytes()
    (tmp_path / "link.json").symlink_to(saved)

    run = inside("report", "result.json", "-o", output)

    assert (run.returncode, saved.read_bytes()) == (2, before)
    assert "would be overwritten" in run.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"\x1f\x8b\x08rubbish", "compression is damaged"),
        (b'{"schema": "driftcheck.result/v9"}', "upgrade driftcheck"),
        (b'{"schema": "driftcheck.snapshot/v1"}', "driftcheck compare"),
        (BODY.format(1).encode(), "not JSON"),
        (None, "cannot be read"),
    ],
)
def test_bad_input(inside: Program, tmp_path: Path, content: bytes | None, said: str) -> None:
    """What is no result ends with 2, one sentence and a hint, and writes nothing."""
    if content is not None:
        (tmp_path / "bad.json").write_bytes(content)

    run = inside("report", "bad.json", "-o", "text=out.txt")

    assert (run.returncode, run.stdout) == (2, "")
    assert "bad.json: " in run.stderr
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "out.txt").exists()
