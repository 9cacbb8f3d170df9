"""Formats that installed packages give, with real packages in a folder of the module path."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from driftcheck import render
from tests.builders import compare, config_map
from tests.conftest import Program

RESULT = compare([config_map(a="1")], [config_map(a="2")])
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{a: '{}'}}\n"
MODULE = """
def short(result):
    return f"{result.verdict.value}: {len(result.findings)}\\n"

def broken(result):
    raise RuntimeError("a secret thing")

def leaves(result):
    raise SystemExit(0)

def numbers(result):
    return 4711
"""
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Puts a package into a folder as an installer would: a module, and its metadata."""

    def put(name: str = "acme-renderers", module: str = "acme", **renderers: str) -> Path:
        folder = tmp_path / "site"
        folder.mkdir(exist_ok=True)
        (folder / f"{module}.py").write_text(MODULE)
        metadata = folder / f"{name.replace('-', '_')}-1.2.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
        lines = [f"{format_} = {target}" for format_, target in renderers.items()]
        (metadata / "entry_points.txt").write_text(
            "\n".join(["[driftcheck.renderers]", *lines, ""])
        )
        return folder

    return put


@pytest.fixture
def saved(tmp_path: Path) -> str:
    (tmp_path / "result.json").write_text(render(RESULT, "json"))
    return "result.json"


def test_command(driftcheck: Program, install: Install, saved: str) -> None:
    """`-o NAME` renders with an installed renderer, beside built-in formats and into files."""
    site = install(short="acme:short")

    run = driftcheck("report", saved, "-o", "short", "-o", "json=x.json", PYTHONPATH=str(site))

    assert (run.returncode, run.stdout, run.stderr) == (0, "drifted: 1\n", "")


def test_compare(driftcheck: Program, install: Install, tmp_path: Path) -> None:
    """`compare` knows it too, and its exit status is the verdict's."""
    site = install(short="acme:short")
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(MANIFEST.format(name))

    run = driftcheck("compare", "./one.yaml", "./two.yaml", "-o", "short=x", PYTHONPATH=str(site))

    assert (run.returncode, run.stdout) == (1, "")
    assert (tmp_path / "x").read_text() == "drifted: 1\n"


def test_library(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """`render` takes the name of an installed renderer."""
    monkeypatch.setattr(sys, "path", [str(install(module="acme_two", short="acme_two:short"))])

    assert render(RESULT, "short") == "drifted: 1\n"


@pytest.mark.parametrize(
    ("target", "how"),
    [
        ("acme:broken", "RuntimeError"),
        ("acme:leaves", "SystemExit"),
        ("acme:numbers", "int instead of str"),
        ("acme:absent", "AttributeError"),
        ("absent:short", "ModuleNotFoundError"),
    ],
)
def test_failing(driftcheck: Program, install: Install, saved: str, target: str, how: str) -> None:
    """A renderer that fails is named, with its package; the status is 2, and nothing is shown."""
    site = install(short=target)

    run = driftcheck("report", saved, "-o", "short", PYTHONPATH=str(site))

    assert (run.returncode, run.stdout) == (2, "")
    assert "renderer 'short' of acme-renderers 1.2 failed" in run.stderr
    assert how in run.stderr
    assert "Traceback" not in run.stderr
    assert "a secret thing" not in run.stderr


def test_built_in_formats_win(driftcheck: Program, install: Install, saved: str) -> None:
    """No package can put itself in the place of a built-in format."""
    site = install(text="acme:short", json="acme:broken")

    with_package = driftcheck("report", saved, "-o", "text", PYTHONPATH=str(site))

    assert with_package.stdout == driftcheck("report", saved, "-o", "text").stdout


def test_two_of_one_name(driftcheck: Program, install: Install, saved: str) -> None:
    """Of two renderers with one name, the package whose name comes first is taken."""
    install("zebra", short="acme:broken")
    site = install("acme", short="acme:short")

    run = driftcheck("report", saved, "-o", "short", PYTHONPATH=str(site))

    assert run.stdout == "drifted: 1\n"


def test_unknown_format(driftcheck: Program, install: Install, saved: str) -> None:
    """What there is to choose from includes what is installed."""
    site = install(short="acme:short")

    run = driftcheck("report", saved, "-o", "shrot", PYTHONPATH=str(site))

    assert run.returncode == 2
    assert "sarif, short, text" in run.stderr
