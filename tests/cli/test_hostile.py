"""What others say acts nowhere: neither on a terminal nor in the log of a CI server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve

import driftcheck as library
from driftcheck.testing import Fault, PlaybackServer, Reply, Strike, When
from tests.builders import config_map
from tests.conftest import RECORDINGS, Program
from tests.reports.hostile import acting

MARK = "\x1b[2J\r\u202e\u200b\u2028##[error]a ##vso[b]c\n::error::d\n ::add-mask::e\u00ad"
STAGING = "bookshop-staging"
CLI = Path(library.__file__).parent / "cli"


def assert_inert(*texts: str) -> None:
    for text in texts:
        assert acting(text) == []


def written(folder: Path, name: str, *bodies: Any) -> str:
    (folder / name).write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies}))
    return f"./{name}"


def named(**metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", **metadata}}


USES = {
    "an environment": ["compare", f"./{MARK}", "./b.yaml"],
    "a namespace": ["compare", MARK, f"x@{MARK}"],
    "an option": ["compare", f"--{MARK}", "a", "b"],
    "an option's value": ["compare", "--timeout", MARK, "a", "b"],
    "a choice": ["compare", "--html-assets", MARK, "a", "b"],
    "a command": [MARK],
    "a format": ["compare", "-o", MARK, "a", "b"],
    "a kind": ["compare", "--kind", MARK, "./a.json", "./a.json"],
    "a selector": ["compare", "-l", MARK, "a", "b"],
    "a file": ["report", MARK.replace("\n", "/")],
    "a policy": ["compare", "--policy", f"./{MARK}", "./a.json", "./a.json"],
    "a path": ["policy", "explain", MARK],
    "a rule": ["policy", "test", "--rule", MARK, "./a.json", "./a.json"],
    "a key": ["compare", "--secret-key-file", MARK, "./s.json", "./s.json"],
    "a context": ["capture", "shop", "--context", MARK],
}


@pytest.mark.parametrize("use", USES)
def test_arguments(inside: Program, tmp_path: Path, use: str) -> None:
    """Arguments, and the messages of click that quote them, are shown inert."""
    written(tmp_path, "a.json", config_map(a="1"))
    written(tmp_path, "s.json", {**named(), "kind": "Secret", "stringData": {"a": "1"}})
    (tmp_path / "driftcheck.yaml").write_text("version: 1\nrules: []\n")

    run = inside(*USES[use])

    assert run.returncode == 2
    assert run.stderr
    assert_inert(run.stdout, run.stderr)


OBJECTS = {
    "a name": [named(name=MARK), named(name=MARK, labels={"a": "b"})],
    "a kind": [{**named(), "kind": MARK, "metadata": {}}],
    "namespaces": [named(namespace=MARK), named(namespace="b")],
    "a label": [named(labels={MARK: 1})],
    "a data key": [{**named(), "binaryData": {MARK: "%"}}],
    "a field": [{**named(), "kind": "Secret", MARK: "x"}],
}


@pytest.mark.parametrize("objects", OBJECTS.values(), ids=OBJECTS.keys())
def test_manifests(inside: Program, tmp_path: Path, objects: list[Any]) -> None:
    """What manifests say of themselves is shown inert, in errors and beside a snapshot."""
    run = inside("capture", written(tmp_path, "a.json", named(name="z"), *objects), "-o", "s.json")

    assert run.stderr
    assert_inert(run.stdout, run.stderr)


class Refused(Fault):
    """403, in words that act."""

    def respond(self, strike: Strike) -> Reply:
        """See `Fault.respond`."""
        status = {"kind": "Status", "apiVersion": "v1", "code": 403, "message": MARK}
        answer = evolve(strike.go_on().answer, status=403, body=json.dumps(status).encode())
        return strike.instead(answer)


@pytest.mark.parametrize("resource", ["configmaps", "secrets", "apis"])
@pytest.mark.parametrize("command", ["capture", "rbac"])
def test_servers(inside: Program, resource: str, command: str) -> None:
    """What a server answers is shown inert on standard error."""
    when = When(path="/apis") if resource == "apis" else When(resource=resource)
    with PlaybackServer(RECORDINGS["equal"], faults=[Refused(when)]) as server:
        run = inside(command, STAGING, "--debug", KUBECONFIG=str(server.kubeconfig))

    assert_inert(run.stdout, run.stderr)


def test_plugins(inside: Program, tmp_path: Path) -> None:
    """What a kubeconfig and its plugin say is shown inert."""
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin",
        "installHint": MARK, "interactiveMode": "Never",
    }  # fmt: skip
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "current-context": MARK,
                "contexts": [{"name": MARK, "context": {"cluster": MARK, "user": MARK}}],
                "clusters": [{"name": MARK, "cluster": {"server": "https://127.0.0.1:1"}}],
                "users": [{"name": MARK, "user": {"exec": plugin}}],
            }
        )
    )

    for more in ([], ["--context", "other"]):
        run = inside("capture", "shop", *more, KUBECONFIG=str(kubeconfig))
        assert run.returncode == 2
        assert_inert(run.stderr)


def test_policies(inside: Program, tmp_path: Path) -> None:
    """A policy's words, and a policy that is made of what was found, are inert."""
    rule = {
        "id": "a", "match": {"kind": "ConfigMap", "name": "*"}, "path": "data.log",
        "effect": "any", "reason": MARK, "owner": MARK,
    }  # fmt: skip
    (tmp_path / "driftcheck.yaml").write_text(yaml.safe_dump({"version": 1, "rules": [rule]}))
    left = written(tmp_path, "a.json", config_map(log="1", more=MARK))
    right = written(tmp_path, "b.json", config_map(log="2", more=f"{MARK}{MARK}"))

    runs = [
        inside("policy", "explain", "data.log"),
        inside("policy", "lint"),
        inside("policy", "test", left, right),
        inside("compare", left, right, "--no-policy", "-o", "json=r.json"),
        inside("policy", "init", "r.json"),
        inside("policy", "explain", "data.log", "--policy", "r.json"),
    ]

    for run in runs:
        assert_inert(run.stdout, run.stderr)
    proposed = yaml.safe_load(runs[4].stdout)["rules"]
    assert MARK in [value for rule in proposed for value in rule["values"].values()]


def test_one_edge() -> None:
    """Nothing is said on standard error but by the one function that makes it inert."""
    speaking = {file.name for file in CLI.glob("*.py") if "err=True" in file.read_text()}

    assert speaking == {"_telling.py", "_progress.py"}
