"""`driftcheck images`: what runs where, as it is printed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import driftcheck as library
from driftcheck.testing import PlaybackServer
from tests.builders import Body, container, resource
from tests.conftest import Captured, Program

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"
OTHER = {
    ("Deployment", "api", "api"),
    ("Deployment", "web", "web"),
    ("Deployment", "worker", "worker"),
}
"""What the recordings' README says was deployed, re-pushed, or restarted, in production."""


@pytest.fixture
def printed(inside: Program, servers: Mapping[str, PlaybackServer]) -> Mapping[str, str]:
    """What each format says of the drifted recording."""
    kubeconfig = str(servers["drifted"].kubeconfig)
    ended = {
        name: inside("images", STAGING, PRODUCTION, "--kubeconfig", kubeconfig, "-o", name)
        for name in ("text", "csv", "json", "markdown")
    }
    assert [(each.returncode, each.stderr) for each in ended.values()] == [(0, "")] * 4
    return {name: each.stdout for name, each in ended.items()}


def test_text(printed: Mapping[str, str]) -> None:
    """A row for each container; those that differ say so."""
    differing = {
        (kind, name, container)
        for kind, name, container, *_, same in map(str.split, printed["text"].splitlines())
        if same == "DIFFERS"
    }

    assert differing == OTHER
    assert "11 containers: 6 same, 3 differ, 2 can't be compared (?)\n" in printed["text"]
    assert " debugger (ephemeral) " in printed["text"]
    assert "Deployment api debugger: only in bookshop-production\n" in printed["text"]
    assert "Deployment web web: several images at once in bookshop-production\n" in printed["text"]
    assert "registry.example.com/bookshop/api  " in printed["text"]
    assert ":2.4.0 sha256:" in printed["text"]


def test_json(printed: Mapping[str, str]) -> None:
    table = json.loads(printed["json"])

    assert table["schema"] == "driftcheck.images/v1"
    assert table["environments"] == [STAGING, PRODUCTION]
    assert {
        (row["workload"]["kind"], row["workload"]["name"], row["container"])
        for row in table["images"]
        if row["same"] is False
    } == OTHER


def test_csv(printed: Mapping[str, str]) -> None:
    """A line for each container and environment."""
    lines = list(csv.DictReader(io.StringIO(printed["csv"])))

    assert {
        (line["kind"], line["name"], line["container"]) for line in lines if line["same"] == "false"
    } == OTHER
    assert {line["environment"] for line in lines} == {STAGING, PRODUCTION}
    assert {line["role"] for line in lines if line["container"] == "debugger"} == {
        "ephemeralContainers"
    }


def test_markdown(printed: Mapping[str, str]) -> None:
    """A table, every row with as many cells as the heading."""
    heading, rule, *rows = filter(_is_row, printed["markdown"].splitlines())

    assert rule == "|" + " --- |" * (heading.count("|") - 1)
    assert {row.count("|") for row in rows} == {heading.count("|")}


def _is_row(line: str) -> bool:
    return line.startswith("|")


def test_python(captured: Captured) -> None:
    """A snapshot's own images, and a table of several."""
    staging = captured("drifted", STAGING)
    production = captured("drifted", PRODUCTION)

    by_name = {(row.workload.name, row.container): row.same for row in production.images}
    assert by_name["web", "web"] is False
    assert by_name["api", "api"] is True
    table = library.list_images(staging, production)
    assert [row.container for row in table.rows if row.same is False] == ["api", "web", "worker"]
    assert "api" in library.render_images(table)
    with pytest.raises(library.UsageError, match="not a format"):
        library.render_images(table, "html")


def test_nothing_runs(inside: Program, tmp_path: Path) -> None:
    """Manifests run nothing."""
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")

    ended = inside("images", "./a.yaml")

    assert (ended.returncode, ended.stdout) == (0, "nothing runs\n")


def test_what_could_not_be_seen(captured: Captured) -> None:
    """A table without pods says that it is none."""
    from attrs import evolve

    from driftcheck.model import ReadStatus

    seen = captured("equal", STAGING)
    coverage = tuple(
        evolve(row, status=ReadStatus.FORBIDDEN, reason="403") if row.kind == "Pod" else row
        for row in seen.coverage
    )

    table = library.list_images(evolve(seen, coverage=coverage))

    assert table.reasons == (f"Pod may not be read in {STAGING}: 403",)
    for name in ("text", "markdown"):
        assert "not complete" in library.render_images(table, name)


def test_hostile_names() -> None:
    """Whatever a cluster holds, no cell becomes markup, a formula, or a terminal's command."""
    image = "=cmd()|`<b>\x1b[31m"
    body: Body = resource("v1", "Pod", "p", spec={"containers": [container(image=image)]})
    body["status"] = {"phase": "Running"}
    table = library.list_images(library.capture([body]))

    text, markdown, rows = (
        library.render_images(table, name) for name in ("text", "markdown", "csv")
    )

    assert "\x1b" not in text + markdown
    assert markdown.splitlines()[2].count(" | ") == markdown.splitlines()[0].count(" | ")
    assert "<b>" not in markdown.replace("\\<b\\>", "")
    assert next(csv.DictReader(io.StringIO(rows)))["image"].startswith("'=")


def test_a_report_over_what_is_read(inside: Program, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")

    ended = inside("images", "./a.yaml", "-o", "csv=a.yaml")

    assert ended.returncode == 2
    assert "a.yaml would be overwritten" in ended.stderr


def test_no_environment() -> None:
    with pytest.raises(library.UsageError, match="no environment is named"):
        library.list_images()
