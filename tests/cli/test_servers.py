"""On GitHub, the program adds annotations and a summary, and changes no report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Program
from tests.reports.test_annotations import commands

ON_GITHUB = {"GITHUB_ACTIONS": "true"}


@pytest.fixture
def pair(tmp_path: Path) -> tuple[str, str]:
    for name, value in (("one", "1"), ("two", "::error::2")):
        kind = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
        (tmp_path / f"{name}.yaml").write_text(f"{kind}data: {{size: '{value}'}}\n")
    return "./one.yaml", "./two.yaml"


def test_annotations(inside: Program, pair: tuple[str, str]) -> None:
    """They stand behind the text report, which is the same as elsewhere."""
    plain = inside("compare", *pair)
    annotated = inside("compare", *pair, **ON_GITHUB)

    assert annotated.returncode == plain.returncode == 1
    assert annotated.stderr == ""
    (only,) = commands(annotated.stdout.removeprefix(plain.stdout))
    assert (only.name, only.data) == ("error", '~ ConfigMap settings: data.size: "1" → ::error::2')


@pytest.mark.parametrize("value", ["false", "", "1"])
def test_elsewhere(inside: Program, pair: tuple[str, str], value: str) -> None:
    """Where the environment does not say that this is GitHub, nothing is added."""
    run = inside("compare", *pair, GITHUB_ACTIONS=value, GITHUB_STEP_SUMMARY="summary.md")

    assert run.stdout == inside("compare", *pair).stdout


@pytest.mark.parametrize("format_", ["json", "markdown", "text=report.txt"])
def test_other_reports(inside: Program, pair: tuple[str, str], format_: str) -> None:
    """A report for a machine on standard output, or none, stays what it was."""
    plain = inside("compare", *pair, "-o", format_)

    assert inside("compare", *pair, "-o", format_, **ON_GITHUB).stdout == plain.stdout


def test_summary(inside: Program, pair: tuple[str, str], tmp_path: Path) -> None:
    """The summary has the Markdown, behind what is there already."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    markdown = inside("compare", *pair, "-o", "markdown").stdout

    inside("compare", *pair, GITHUB_STEP_SUMMARY=str(summary), **ON_GITHUB)
    inside("compare", *pair, GITHUB_STEP_SUMMARY=str(summary), **ON_GITHUB)

    assert summary.read_text() == f"before\n{markdown}{markdown}"


def test_summary_beside_json(inside: Program, pair: tuple[str, str], tmp_path: Path) -> None:
    """The summary is written whatever report was asked for, which stays what it is."""
    summary = tmp_path / "summary.md"

    run = inside("compare", *pair, "-o", "json", GITHUB_STEP_SUMMARY=str(summary), **ON_GITHUB)

    assert json.loads(run.stdout)["verdict"] == "drifted"
    assert summary.read_text().startswith("### ✘ drifted")


def test_full_summary(inside: Program, pair: tuple[str, str], tmp_path: Path) -> None:
    """A summary never grows beyond what GitHub takes, and it is said that nothing was added."""
    summary = tmp_path / "summary.md"
    summary.write_text("x" * (1024 * 1024 - 3_000))

    run = inside("compare", *pair, GITHUB_STEP_SUMMARY=str(summary), **ON_GITHUB)

    assert run.returncode == 1
    assert summary.stat().st_size == 1024 * 1024 - 3_000
    assert "no summary was added" in run.stderr


def test_no_summary(inside: Program, pair: tuple[str, str], tmp_path: Path) -> None:
    """Where the summary can't be written, that is said, and the exit status is the verdict's."""
    run = inside("compare", *pair, GITHUB_STEP_SUMMARY=str(tmp_path), **ON_GITHUB)

    assert run.returncode == 1
    assert "no summary was added" in run.stderr
    assert run.stdout.startswith("✘ drifted")


def test_details(inside: Program, pair: tuple[str, str]) -> None:
    """`--short` and `--stat` have a line for each object; the later of both holds."""
    short = inside("compare", *pair, "--short").stdout.splitlines()
    stat = inside("compare", *pair, "--short", "--stat").stdout.splitlines()

    assert short[-1] == "~ ConfigMap settings  config 1"
    assert stat[-1] == " 1 object differs: 1 changed (~)"
    assert len(inside("compare", *pair).stdout.splitlines()) > len(short)


def test_show_unchanged(inside: Program, pair: tuple[str, str]) -> None:
    """`--show-unchanged` lists what is the same."""
    run = inside("compare", pair[0], pair[0], "--show-unchanged")

    assert "  = ConfigMap settings\n" in run.stdout


def test_max_chars(inside: Program, pair: tuple[str, str], tmp_path: Path) -> None:
    """`--max-chars` limits the Markdown, and can't be less than a verdict takes."""
    data = ", ".join(f"key{number}: x" for number in range(20))
    added = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\ndata: {{{data}}}\n"
    (tmp_path / "many.yaml").write_text(added)

    run = inside("compare", pair[0], "./many.yaml", "-o", "markdown", "--max-chars", "1000")

    assert 0 < len(run.stdout) <= 1_000
    assert "**Cut to fit:**" in run.stdout
    assert inside("compare", *pair, "--max-chars", "999").returncode == 2
