"""`-o html`, and `--html-assets split`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from driftcheck.reports import html_style
from tests.builders import config_map
from tests.conftest import Program
from tests.reports.pages import Page


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    for name in ("staging", "prod"):
        (tmp_path / f"{name}.json").write_text(json.dumps(config_map(a=name)))
    return "./staging.json", "./prod.json"


def test_one_file(inside: Program, sides: tuple[str, str], tmp_path: Path) -> None:
    """An HTML report is one file beside which nothing is written."""
    done = inside("compare", *sides, "-o", "html=report.html")

    assert done.returncode == 1, done.stderr
    page = Page.of((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.contents.keys() == {"style", "script"}
    assert not list(tmp_path.glob("*.css"))


def test_standard_output(inside: Program, sides: tuple[str, str]) -> None:
    """Without a file the page goes to standard output."""
    assert inside("compare", *sides, "-o", "html").stdout.startswith("<!DOCTYPE html>\n")


def test_split(inside: Program, sides: tuple[str, str], tmp_path: Path) -> None:
    """Split, the style stands in a file beside the page that is named after it."""
    (tmp_path / "out").mkdir()

    done = inside(
        "compare", *sides, "--html-assets", "split", "-o", "html=out/drift.html", "-o", "text"
    )

    assert done.returncode == 1, done.stderr
    assert "drifted" in done.stdout
    (link,) = Page.of((tmp_path / "out/drift.html").read_text(encoding="utf-8")).all("link")
    assert link["href"] == "drift.css"
    assert (tmp_path / "out/drift.css").read_text(encoding="utf-8") == html_style()


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        (["-o", "html"], "--html-assets split writes two files"),
        (["-o", "html=a.html", "-o", "json=a.css"], "a.css would hold both"),
        (["-o", "html=a.css"], "a.css would hold both"),
        (["-o", "html=staging.html"], "staging.css would be overwritten, and is read"),
    ],
)
def test_no_place_for_the_style(
    outputs: list[str], said: str, inside: Program, sides: tuple[str, str], tmp_path: Path
) -> None:
    """A style that has no place, or another file's, is refused before anything is looked at."""
    (tmp_path / "staging.css").write_text(json.dumps(config_map()))

    done = inside("compare", "./staging.css", sides[1], "--html-assets", "split", *outputs)

    assert done.returncode == 2
    assert said in done.stderr
    assert sorted(tmp_path.glob("a.*")) == []
