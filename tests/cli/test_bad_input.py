"""Bad input: a clear word on standard error, status 2, nothing on standard output, no traceback."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from driftcheck import UsageError, compare
from driftcheck.testing import PlaybackServer
from tests.builders import config_map
from tests.conftest import Captured, Program

STAGING = "bookshop-staging"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
)


def assert_refused(run: subprocess.CompletedProcess[str], *words: str) -> None:
    """The program could not start, and said in a few lines why, and what to do next."""
    assert run.returncode == 2
    assert run.stderr.startswith("Usage: ") or "\n  " in run.stderr, run.stderr
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    assert "this is a bug" not in run.stderr
    assert 0 < len(run.stderr.splitlines()) <= 5
    for word in words:
        assert word in run.stderr


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A manifest with nothing wrong with it."""
    (tmp_path / "good.yaml").write_text(CONFIG_MAP)
    return "./good.yaml"


FILES: dict[str, tuple[str | bytes, list[str]]] = {
    "not YAML": ("a: [1, 2\n", ["bad.yaml", "line", "YAML"]),
    "not text": (b"\xff\xfe\x00\x01\x02", ["bad.yaml"]),
    "not Kubernetes": ("hello: world\n", ["bad.yaml", "line 1", "Kubernetes", "apiVersion"]),
    "a text": ("hello\n", ["bad.yaml", "Kubernetes"]),
    "a list of texts": ("[a, b]\n", ["bad.yaml", "Kubernetes"]),
    "no name": ("apiVersion: v1\nkind: ConfigMap\n", ["bad.yaml", "metadata"]),
    "one object twice": (
        f"{CONFIG_MAP}---\n{CONFIG_MAP}data: {{x: z}}\n",
        ["bad.yaml", "settings"],
    ),
    "one object twice in a List": (
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "List",
                "items": [yaml.safe_load(CONFIG_MAP), {**yaml.safe_load(CONFIG_MAP), "data": {}}],
            }
        ),
        ["bad.yaml", "settings"],
    ),
    "an alias bomb": (BOMB, ["bad.yaml"]),
    "a duplicate key": (f"{CONFIG_MAP}data: {{a: x, a: z}}\n", ["bad.yaml", "line 4"]),
    "two namespaces": (
        CONFIG_MAP.replace("settings", "settings, namespace: a")
        + "---\n"
        + CONFIG_MAP.replace("settings", "settings, namespace: b"),
        ["bad.yaml", "namespace"],
    ),
}


@pytest.mark.parametrize(("text", "words"), FILES.values(), ids=FILES.keys())
def test_manifests(
    inside: Program, tmp_path: Path, good: str, text: str | bytes, words: list[str]
) -> None:
    """A file that holds no manifests, or not only good ones, is refused by its name."""
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "bad.yaml").write_bytes(content)

    assert_refused(inside("compare", good, "./bad.yaml"), *words)


@pytest.fixture
def saved(captured: Captured, tmp_path: Path) -> dict[str, Any]:
    """A snapshot's file, read."""
    captured("equal", STAGING).save(tmp_path / "saved.json")
    content: dict[str, Any] = json.loads((tmp_path / "saved.json").read_text())
    return content


SNAPSHOTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "of a newer version": ({"schema": "driftcheck.snapshot/v2"}, ["newer", "upgrade"]),
    "of something else": ({"schema": "driftcheck.result/v1"}, ["bad.json"]),
    "without objects": ({"objects": None}, ["bad.json"]),
    "with objects that are none": ({"objects": [1, {}]}, ["bad.json"]),
    "with another status": ({"coverage": [{"kind": "Pod", "status": "perhaps"}]}, ["bad.json"]),
    "with a moment in words": ({"captured": "yesterday"}, ["bad.json"]),
}


@pytest.mark.parametrize(("changes", "words"), SNAPSHOTS.values(), ids=SNAPSHOTS.keys())
def test_snapshots(
    inside: Program,
    tmp_path: Path,
    saved: dict[str, Any],
    changes: dict[str, Any],
    words: list[str],
) -> None:
    """A snapshot that is not one, or of a newer version, is refused by its name."""
    (tmp_path / "bad.json").write_text(json.dumps({**saved, **changes}))

    assert_refused(inside("compare", "./bad.json", "./saved.json"), *words)


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_snapshots_that_break_off(
    inside: Program, tmp_path: Path, captured: Captured, good: str, kept: float
) -> None:
    """A snapshot that was cut off is refused, zipped or not."""
    captured("equal", STAGING).save(tmp_path / "whole.json")
    whole = (tmp_path / "whole.json").read_bytes()
    zipped = gzip.compress(whole)
    (tmp_path / "cut.json").write_bytes(whole[: int(len(whole) * kept)])
    (tmp_path / "cut.json.gz").write_bytes(zipped[: int(len(zipped) * kept)])

    assert_refused(inside("compare", "./cut.json", good), "cut.json", "snapshot")
    assert_refused(inside("compare", "./cut.json.gz", good), "cut.json.gz")


ARGUMENTS: dict[str, tuple[list[str], list[str]]] = {
    "no environment": ([], []),
    "one environment": (["./good.yaml"], ["two"]),
    "no such file": (["./good.yaml", "./none.yaml"], ["none.yaml"]),
    "an unknown format": (["./good.yaml", "./good.yaml", "-o", "xls"], ["xls", "json", "text"]),
    "a format without a file": (["./good.yaml", "./good.yaml", "-o", "json="], ["json="]),
    "two reports to one place": (
        ["./good.yaml", "./good.yaml", "-o", "text", "-o", "json"],
        ["standard output"],
    ),
    "no folder for the report": (
        ["./good.yaml", "./good.yaml", "-o", "json=none/report.json"],
        ["none"],
    ),
    "an unknown kind": (["./good.yaml", "./good.yaml", "--kind", "Pood"], ["Pood", "ConfigMap"]),
    "a bad selector": (["./good.yaml", "./good.yaml", "-l", "a in b"], ["a in b", "selector"]),
    "an empty selector's part": (["./good.yaml", "./good.yaml", "-l", "a=b,,c"], ["a=b,,c"]),
    "a timeout of words": (["./good.yaml", "./good.yaml", "--timeout", "soon"], ["--timeout"]),
    "no timeout at all": (["./good.yaml", "./good.yaml", "--timeout", "0"], ["--timeout"]),
    "an unknown option": (["./good.yaml", "./good.yaml", "--fast"], ["--fast"]),
    "a name that is none": (["./good.yaml", "Not_A_Name"], ["Not_A_Name"]),
    "standard input twice": (["-", "-"], []),
}


@pytest.mark.parametrize(("arguments", "words"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments(inside: Program, good: str, arguments: list[str], words: list[str]) -> None:
    """An argument that makes no sense is refused, by what was typed."""
    assert good
    assert_refused(inside("compare", *arguments, stdin=CONFIG_MAP), *words)


def test_unknown_commands(inside: Program) -> None:
    """A command that is not there is refused by its name."""
    assert_refused(inside("comprae"), "comprae")


def test_no_kubeconfig(inside: Program) -> None:
    """Without a kubeconfig, a namespace can't be looked at."""
    assert_refused(inside("compare", "shop", "store"), "kubeconfig")
    assert_refused(inside("compare", "shop", "store", "--kubeconfig", "none"), "none", "kubeconfig")


@pytest.mark.parametrize(
    "text", ["", "apiVersion: v1\nkind: Config\n", "a: [", "hello", "contexts: {a: b}\n"]
)
def test_broken_kubeconfig(inside: Program, tmp_path: Path, text: str) -> None:
    """A kubeconfig that is none is refused by its name."""
    (tmp_path / "config").write_text(text)

    assert_refused(inside("compare", "shop", "store", "--kubeconfig", "config"), "config")


def test_unknown_context(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """A context that the kubeconfig has not is refused, and those it has are said."""
    kubeconfig = str(servers["equal"].kubeconfig)

    for arguments in ([STAGING, f"{STAGING}@moon"], [STAGING, STAGING, "--context", "moon"]):
        run = inside("compare", *arguments, KUBECONFIG=kubeconfig)
        assert_refused(run, "moon", "playback")


def test_bad_token(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """Credentials that the server does not know are said to be just that."""
    kubeconfig = str(servers["equal"].kubeconfig)

    run = inside("compare", STAGING, f"{STAGING}@unknown", KUBECONFIG=kubeconfig)

    assert_refused(run, "unknown")
    assert "Unauthorized" in run.stderr or "credentials" in run.stderr


def test_no_such_namespace(inside: Program, servers: Mapping[str, PlaybackServer]) -> None:
    """A namespace that is not there is refused, and one with a name like it is said."""
    kubeconfig = str(servers["equal"].kubeconfig)

    run = inside("compare", STAGING, "bookshop-stagign", KUBECONFIG=kubeconfig)
    alone = inside("compare", STAGING, "zzz", KUBECONFIG=kubeconfig)

    assert_refused(run, "bookshop-stagign", STAGING)
    assert_refused(alone, "zzz", "kubectl --context playback get ns")


@pytest.mark.parametrize("command", ["compare ./a.json ./a.json", "capture ./a.json"])
def test_no_such_secret_key(inside: Program, tmp_path: Path, command: str) -> None:
    """A key that was named is refused at once, whether a Secret is there that needs it or not."""
    (tmp_path / "a.json").write_text(json.dumps(config_map(a="1")))

    run = inside(*command.split(), "--secret-key-file", "ci.kye")

    assert_refused(run, "ci.kye", "--secret-key-file")


def test_unreachable_server(inside: Program, tmp_path: Path) -> None:
    """A server that does not answer is named, and nobody waits for the whole timeout."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        cluster = {"name": "it", "cluster": {"server": address}}
        context = {"name": "it", "context": {"cluster": "it", "user": "it"}}
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [cluster], "contexts": [context], "users": [{"name": "it", "user": {}}],
        }  # fmt: skip
        (tmp_path / "config").write_text(yaml.safe_dump(config))

        run = inside("compare", "a", "b", "--kubeconfig", "config", "--timeout", "3")

    assert_refused(run, address.removeprefix("http://"))


@pytest.mark.parametrize(
    "arguments", [["capture"], ["capture", "./none.yaml"], ["capture", "a", "b"]]
)
def test_capture(inside: Program, arguments: list[str]) -> None:
    """`capture` refuses what `compare` refuses."""
    assert_refused(inside(*arguments))


def test_capture_to_nowhere(inside: Program, good: str) -> None:
    """A snapshot that can't be written is an error, and no folder is made for it."""
    assert_refused(inside("capture", good, "-o", "none/saved.json"), "none")


def test_stdin_that_is_broken(inside: Program, good: str) -> None:
    """Standard input is refused under a name that says what it is."""
    assert_refused(inside("compare", good, "-", stdin="a: [1"), "standard input")


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1", "soon"])
def test_seconds(inside: Program, seconds: str) -> None:
    """A time limit is a positive number of seconds that ends."""
    assert_refused(inside("compare", "a", "b", "--timeout", seconds), "timeout")


def test_gzipped_manifests(inside: Program, tmp_path: Path) -> None:
    """Only snapshots are read gzipped, and that is said."""
    (tmp_path / "all.yaml.gz").write_bytes(gzip.compress(b"kind: ConfigMap\n"))

    assert_refused(inside("compare", "all.yaml.gz", "all.yaml.gz"), "all.yaml.gz", "gunzip")


def test_a_kubeconfig_that_is_not_there(inside: Program) -> None:
    """A file that KUBECONFIG names, and that does not exist, is named."""
    assert_refused(inside("compare", "a", "b", KUBECONFIG="/nowhere/config"), "/nowhere/config")


@pytest.mark.parametrize("environment", [None, 5, {"kind": "ConfigMap"}])
def test_what_is_no_environment(environment: Any) -> None:
    """In Python, what can't be an environment is refused by its type."""
    with pytest.raises(UsageError, match=f"{type(environment).__name__} is no environment"):
        compare([], environment)


def test_one_kind_as_a_string() -> None:
    """In Python, one kind may be given by itself."""
    assert compare([], [config_map()], kinds="ConfigMap").verdict.value == "drifted"


def test_two_reports_in_one_file(inside: Program, tmp_path: Path) -> None:
    """Two reports for one file would leave one of them."""
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)
    outputs = ("-o", "json=report.out", "-o", "text=./report.out")

    assert_refused(inside("compare", "a.yaml", "a.yaml", *outputs), "two reports", "report.out")


def test_a_report_over_what_is_compared(inside: Program, tmp_path: Path) -> None:
    """A report never takes the place of what it is about."""
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)

    assert_refused(inside("compare", "a.yaml", "a.yaml", "-o", "json=./a.yaml"), "a.yaml")
    assert (tmp_path / "a.yaml").read_text() == CONFIG_MAP


def test_a_chosen_namespace_is_read_as_well(inside: Program, tmp_path: Path) -> None:
    """Neither a report nor a snapshot takes the place of a file it comes from."""
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)

    assert_refused(inside("compare", "a.yaml:shop", "a.yaml", "-o", "json=a.yaml"), "a.yaml")
    assert_refused(inside("capture", "a.yaml", "-o", "a.yaml"), "a.yaml")
    assert (tmp_path / "a.yaml").read_text() == CONFIG_MAP


def test_capture_in_a_format(inside: Program, tmp_path: Path) -> None:
    """A snapshot has no other format, and no file is called `json=x.json` by mistake."""
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)

    assert_refused(inside("capture", "a.yaml", "-o", "json=x.json"), "json=x.json", "-o x.json")


def test_a_folder_named_like_a_namespace(inside: Program, tmp_path: Path) -> None:
    """Whoever forgot the `./` before a folder is told."""
    (tmp_path / "staging").mkdir()

    assert_refused(inside("compare", "staging", "prod", KUBECONFIG="none"), "./staging")
