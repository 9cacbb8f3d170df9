"""What is read is never written over, whatever it is called where it is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.test_program import in_shell
from tests.conftest import Program

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: it}\ndata: {a: b}\n"


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> dict[Path, bytes]:
    """Everything there is to be read, under all its names."""
    (tmp_path / "dir" / "below").mkdir(parents=True)
    for name in ("a.yaml", "b.yaml", "dir/a.yaml", "dir/below/b.yaml"):
        (tmp_path / name).write_text(MANIFEST)
    (tmp_path / "dir" / "linked.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "symbolic.yaml").symlink_to("dir/a.yaml")
    os.link(tmp_path / "dir" / "a.yaml", tmp_path / "hard.yaml")
    (tmp_path / "link").symlink_to("dir")
    (tmp_path / "policy.yaml").write_text("version: 1\nrules: []\n")
    (tmp_path / "key").write_text("0123456789abcdef")
    (tmp_path / "kubeconfig").write_text("{}")
    return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "line",
    [
        "compare ./dir ./a.yaml -o html=dir/a.yaml",
        "compare ./dir ./a.yaml -o html=dir/below/b.yaml",
        "compare ./dir ./a.yaml -o html=b.yaml",
        "compare ./dir ./a.yaml -o html=link/a.yaml",
        "compare ./link ./a.yaml -o html=dir/a.yaml",
        "compare ./dir ./a.yaml -o html=symbolic.yaml",
        "compare ./dir ./a.yaml -o html=hard.yaml",
        "compare ./hard.yaml ./a.yaml -o json=dir/a.yaml",
        "compare ./a.yaml:shop ./b.yaml -o json=a.yaml",
        "compare ./a.yaml ./b.yaml --policy policy.yaml -o json=policy.yaml",
        "compare ./a.yaml ./b.yaml --secret-key-file key -o json=key",
        "compare ./a.yaml ./b.yaml --kubeconfig kubeconfig -o json=kubeconfig",
        "compare ./a.yaml ./b.yaml -o html=hard.yaml -o json=dir/a.yaml",
        "compare ./dir ./b.yaml -o html=page.html --html-assets split",
        "images ./dir ./a.yaml -o csv=dir/a.yaml",
        "images shop --kubeconfig kubeconfig -o csv=kubeconfig",
        "capture ./dir -o dir/a.yaml",
        "capture shop --kubeconfig kubeconfig -o kubeconfig",
        "capture ./a.yaml --secret-key-file key -o key",
        "report ./a.yaml -o html=a.yaml",
    ],
)
def test_inputs_stay(inside: Program, tmp_path: Path, files: dict[Path, bytes], line: str) -> None:
    """A report that would take the place of an input, or of another report, is refused."""
    (tmp_path / "page.css").symlink_to("dir/a.yaml")

    ended = inside(*line.split())

    assert ended.returncode == 2
    assert "would be overwritten" in ended.stderr or "two reports" in ended.stderr
    assert {path: path.read_bytes() for path in files} == files


@pytest.mark.parametrize("variable", ["KUBECONFIG", "HOME"])
def test_the_kubeconfig_of_the_environment(inside: Program, tmp_path: Path, variable: str) -> None:
    """A kubeconfig that nobody named is an input as well."""
    file = tmp_path / (".kube/config" if variable == "HOME" else "kubeconfig")
    file.parent.mkdir(exist_ok=True)
    file.write_text("{}")
    value = tmp_path if variable == "HOME" else f"missing{os.pathsep}{file}"

    ended = inside(
        "compare", "./a.yaml", "./b.yaml", "-o", f"json={file}", **{variable: str(value)}
    )

    assert (ended.returncode, file.read_text()) == (2, "{}")


def test_the_policy_of_the_folder(inside: Program, tmp_path: Path) -> None:
    """The policy that is taken by default is an input as well."""
    (tmp_path / "driftcheck.yaml").write_text("version: 1\nrules: []\n")

    refused = inside("compare", "./a.yaml", "./b.yaml", "-o", "json=driftcheck.yaml")
    written = inside("compare", "./a.yaml", "./b.yaml", "--no-policy", "-o", "json=driftcheck.yaml")

    assert (refused.returncode, written.returncode) == (2, 0)


def test_standard_input_has_a_name(tmp_path: Path) -> None:
    """A file that is read as standard input (`- < a.yaml`) is an input as well."""
    ended = in_shell(tmp_path, "driftcheck compare - ./b.yaml -o json=a.yaml < a.yaml")

    assert (ended.returncode, (tmp_path / "a.yaml").read_text()) == (2, MANIFEST)


def test_a_folder_named_like_a_namespace(inside: Program, tmp_path: Path) -> None:
    """A folder that happens to be called like a namespace of a cluster is not read."""
    (tmp_path / "shop").mkdir()
    report = tmp_path / "shop" / "report.json"
    report.write_text("of yesterday")

    ended = inside("compare", "shop", "./a.yaml", "-o", "json=shop/report.json")

    assert "no kubeconfig" in ended.stderr
    assert "overwritten" not in ended.stderr


def test_other_files_may_be_written_over(inside: Program, tmp_path: Path) -> None:
    """A report of yesterday is no input, and neither is a new file in a folder that is read."""
    (tmp_path / "report.json").write_text("of yesterday")

    line = "compare ./dir/below ./dir/below -o json=report.json -o html=dir/below/report.html"
    ended = inside(*line.split())

    assert ended.returncode == 0
    assert (tmp_path / "report.json").read_text().startswith("{")
