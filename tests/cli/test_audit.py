"""`driftcheck audit`, and an audit that was saved: what is printed, and with which exit status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from driftcheck import render_audit
from driftcheck.reports import AUDIT_FORMATS, audit_style
from driftcheck.testing import PlaybackServer
from tests.conftest import Program
from tests.made_audits import shop

PRODUCTION = "bookshop-production"
SCHEMA = json.loads(files("driftcheck.codec").joinpath("schemas/audit-v1.json").read_text("utf-8"))
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {size: '1'}\n"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "audit.json"
    file.write_text(render_audit(shop(), "json"), encoding="utf-8")
    return file


@pytest.mark.parametrize("format_", AUDIT_FORMATS)
def test_rendered_again(inside: Program, saved: Path, format_: str) -> None:
    """A saved audit renders to what it was."""
    done = inside("report", saved.name, "-o", format_, COLUMNS="100")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == render_audit(shop(), format_, width=100)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-o", "codequality"], "-o codequality: not understood"),
        (["--short"], "--short, --stat and --show-unchanged are about comparisons"),
        (["--show-unchanged"], "--short, --stat and --show-unchanged are about comparisons"),
    ],
)
def test_what_audits_do_not_have(
    inside: Program, saved: Path, options: list[str], said: str
) -> None:
    """What is asked of an audit that only a comparison has ends with 2, and says so."""
    done = inside("report", saved.name, *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_style_beside_a_page(inside: Program, saved: Path, tmp_path: Path) -> None:
    """With --html-assets split, the page holds no style, and its file does."""
    done = inside("report", saved.name, "-o", "html=audit.html", "--html-assets", "split")

    page = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert done.returncode == 0
    assert "<style>" not in page
    assert '<link rel="stylesheet" href="audit.css">' in page
    assert (tmp_path / "audit.css").read_text(encoding="utf-8") == audit_style()


def test_an_audit_is_no_result(inside: Program, saved: Path) -> None:
    """What takes results refuses an audit, and says what reads it."""
    done = inside("policy", "init", saved.name)

    assert done.returncode == 2
    assert "a driftcheck.audit/v1, and not a result" in done.stderr
    assert "`driftcheck report` renders it again" in done.stderr


@pytest.fixture
def audited(inside: Program, servers: Mapping[str, PlaybackServer]) -> Program:
    """Audits production, as it was when it had drifted."""
    kubeconfig = str(servers["drifted"].kubeconfig)
    return lambda *options: inside("audit", PRODUCTION, "--kubeconfig", kubeconfig, *options)


def told(done: Any) -> Any:
    """The audit that was printed as JSON, which its schema takes."""
    document = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(document)
    return document


def test_hands(audited: Program) -> None:
    """Where hands have written, the verdict is mutated, and the exit status 1."""
    done = audited("-o", "json")

    audit = told(done)
    assert (done.returncode, done.stderr) == (1, "")
    assert audit["verdict"] == "mutated"
    assert audit["environments"][0]["name"] == PRODUCTION
    hands = [each for each in audit["findings"] if each["check"] == "hand-written"]
    assert hands
    assert all(each["says"] and each["advice"] for each in audit["findings"])


def test_text(audited: Program) -> None:
    """The report for a terminal begins with the verdict, and ends with what no audit sees."""
    done = audited()

    assert done.returncode == 1
    assert done.stdout.startswith(f"✘ mutated  {PRODUCTION}\n")
    assert "leaves no mark" in done.stdout.splitlines()[-2]


def test_expected(audited: Program, tmp_path: Path) -> None:
    """What the policy expects fails nothing; --no-policy expects nothing."""
    checks = {each["check"] for each in told(audited("-o", "json"))["findings"]}
    rules = [
        {"id": check, "match": {"check": check}, "effect": "any", "reason": "it was asked for"}
        for check in sorted(checks)
    ]
    (tmp_path / "driftcheck.yaml").write_text(yaml.safe_dump({"version": 1, "rules": rules}))

    done = audited("-o", "json", "--strict")

    assert done.returncode != 1
    assert {each["expected"]["rule"] for each in told(done)["findings"]} == checks
    assert audited("--no-policy", "-o", "json").returncode == 1


def test_manifests(inside: Program, tmp_path: Path) -> None:
    """Nobody has written manifests that is known, so that nothing is proved: 3."""
    (tmp_path / "settings.yaml").write_text(CONFIG_MAP)

    done = inside("audit", "./settings.yaml", "-o", "json")

    assert done.returncode == 3
    assert told(done)["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument"),
        (["./nowhere.yaml"], "nowhere.yaml"),
        (["./settings.yaml", "-o", "codequality"], "-o codequality: not understood"),
        (["./settings.yaml", "--policy", "wrong.yaml"], "no such check"),
        (["./settings.yaml", "-o", "json=settings.yaml"], "would be overwritten"),
    ],
)
def test_could_not_start(inside: Program, tmp_path: Path, arguments: list[str], said: str) -> None:
    """What makes no sense ends with 2, and says what it is."""
    (tmp_path / "settings.yaml").write_text(CONFIG_MAP)
    rule = {"id": "x", "match": {"check": "by-hand"}, "effect": "any", "reason": "it was"}
    (tmp_path / "wrong.yaml").write_text(yaml.safe_dump({"version": 1, "rules": [rule]}))

    done = inside("audit", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
