"""`driftcheck compare --policy` and `driftcheck policy`."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from tests.conftest import Program

LEFT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {host: a.staging.example.com, url: staging.example.com, level: debug}
"""
RIGHT = LEFT.replace("staging", "www").replace("debug", "info")
POLICY = """\
version: 1
rules:
- id: hosts
  match: {kind: ConfigMap}
  path: data.*
  effect: map
  map: {staging.example.com: www.example.com}
  reason: each environment has its own host
- id: level
  path: data.level
  effect: one_of
  one_of: {staging: [debug], production: [info]}
  reason: production is quiet
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two environments and a policy for them, where the program runs."""
    (tmp_path / "staging.yaml").write_text(LEFT)
    (tmp_path / "production.yaml").write_text(RIGHT)
    (tmp_path / "expected.yaml").write_text(POLICY)
    return tmp_path


COMPARE = ("compare", "staging.yaml", "production.yaml")


def test_compare_under_a_policy(folder: Path, driftcheck: Program) -> None:
    """What a policy expects makes environments equivalent; without it they have drifted."""
    assert driftcheck(*COMPARE).returncode == 1

    done = driftcheck(*COMPARE, "--policy", "expected.yaml", "-o", "json")
    result = json.loads(done.stdout)

    assert done.returncode == 0
    assert result["verdict"] == "equivalent"
    judged = [rule for rule in result["rules"] if "state" in rule]
    assert [(rule["id"], rule["state"], rule["hits"]) for rule in judged] == [
        ("hosts", "used", 2), ("level", "used", 1),
    ]  # fmt: skip
    assert result["findings"][0]["expected"] == {
        "rule": "hosts", "reason": "each environment has its own host", "expires": None
    }  # fmt: skip


def test_the_policy_of_the_folder(folder: Path, driftcheck: Program) -> None:
    """driftcheck.yaml is used where it is there, unless nobody wants it."""
    (folder / "expected.yaml").rename(folder / "driftcheck.yaml")

    assert driftcheck(*COMPARE).returncode == 0
    assert driftcheck(*COMPARE, "--no-policy").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--policy", "missing.yaml"), "missing.yaml: No such file or directory"),
        (("--policy", "staging.yaml"), "apiVersion: no such key (staging.yaml:1)"),
        (("--policy", "expected.yaml", "--no-policy"), "--policy and --no-policy"),
        (("--policy", "."), "Is a directory"),
        (("--fail-on", "pictures"), "there is no category 'pictures'"),
        (("--fail-on", ""), "there is no category ''"),
        (("--max-findings", "-1"), "--max-findings"),
    ],
)
def test_mistakes(folder: Path, driftcheck: Program, arguments: tuple[str, ...], said: str) -> None:
    """A policy that can't be used, and a gate that makes no sense, end with 2 and a sentence."""
    done = driftcheck(*COMPARE, *arguments)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--fail-on", "image,security"), 0),
        (("--fail-on", "image, config"), 1),
        (("--max-findings", "2"), 1),
        (("--max-findings", "3"), 0),
        (("--fail-on", "config", "--max-findings", "3"), 0),
        (("--fail-on", "config", "--fail-on", "image"), 1),
        (("--fail-on", "rbac", "--fail-on", "image"), 0),
    ],
)
def test_gate(folder: Path, driftcheck: Program, arguments: tuple[str, ...], status: int) -> None:
    """The exit status follows the gate, and the verdict stays what it is."""
    done = driftcheck(*COMPARE, *arguments, "-o", "json")

    assert done.returncode == status
    assert json.loads(done.stdout)["verdict"] == "drifted"
    assert json.loads(done.stdout)["gate"]["passed"] is (status == 0)


def test_warnings_are_in_the_report(folder: Path, driftcheck: Program) -> None:
    """A rule that matches nothing is said in every report."""
    with (folder / "expected.yaml").open("a") as file:
        file.write("- {id: gone, match: {name: gone}, effect: any, reason: it was}\n")

    done = driftcheck(*COMPARE, "--policy", "expected.yaml", "-o", "json")

    assert json.loads(done.stdout)["warnings"] == [
        "rule gone (expected.yaml:14): matches nothing: mend it or take it out"
    ]


def test_lint(folder: Path, driftcheck: Program) -> None:
    """Lint says what is to be mended, and that nothing is."""
    fine = driftcheck("policy", "lint", "expected.yaml")
    assert (fine.returncode, fine.stdout) == (0, "expected.yaml: 2 rules, and nothing to mend\n")

    with (folder / "expected.yaml").open("a") as file:
        file.write("- {id: wide, effect: any, reason: it was}\n")
    done = driftcheck("policy", "lint", "expected.yaml")
    assert done.returncode == 0
    assert done.stdout.startswith("expected.yaml:14: warning: wide is wide enough to hide")
    assert driftcheck("policy", "lint", "expected.yaml", "--strict").returncode == 1

    with (folder / "expected.yaml").open("a") as file:
        file.write("- {id: old, effect: waive, path: a, expires: 2020-01-01, reason: it was}\n")
    ended = driftcheck("policy", "lint", "expected.yaml")
    assert ended.returncode == 1
    assert "expected.yaml:15: old ended on 2020-01-01\n" in ended.stdout

    assert driftcheck("policy", "lint").returncode == 2
    (folder / "seen.json.gz").write_bytes(b"\x1f\x8b\x08\x00")
    assert "gzipped, and no policy" in driftcheck("policy", "lint", "seen.json.gz").stderr


def test_every_mistake(folder: Path, driftcheck: Program) -> None:
    """Lint says all mistakes at once, each with its line, and so does whoever reads the policy."""
    (folder / "broken.yaml").write_text(
        "version: 1\n"
        "rules:\n"
        "- {id: a b, effect: ignore, reason: TODO}\n"
        "- {id: c, effect: waive, pth: spec, expires: soon, reason: it was}\n"
        "unseen:\n"
        "- {id: c, match: {kind: Secret}, owner: 7}\n"
    )
    mistakes = {
        "rules[0].id": 3, "rules[0].effect": 3, "rules[0].reason": 3, "rules[1].pth": 4,
        "rules[1].expires": 4, "unseen[0].id": 6, "unseen[0].reason": 6, "unseen[0].owner": 6,
    }  # fmt: skip

    done = driftcheck("policy", "lint", "broken.yaml")
    compared = driftcheck("compare", "one.yaml", "one.yaml", "--policy", "broken.yaml")

    assert (done.returncode, compared.returncode) == (1, 2)
    lines = done.stdout.splitlines()
    assert len(lines) == len(mistakes)
    for path, line in mistakes.items():
        assert sum(said.startswith(f"{path}: ") for said in lines) == 1, path
        assert any(said.startswith(f"{path}: ") and f":{line})" in said for said in lines), path
        assert f"driftcheck: {path}: " in compared.stderr, path
    hints = [line for line in compared.stderr.splitlines() if line.startswith("  ")]
    assert all(hint != following for hint, following in pairwise(hints)), "each is said once"


def test_explain(folder: Path, driftcheck: Program) -> None:
    """Explain names the rules that speak of a place."""
    policy = ("--policy", "expected.yaml")

    both = driftcheck("policy", "explain", "data.level", *policy).stdout
    assert "hosts" in both
    assert "production is quiet" in both
    one = driftcheck("policy", "explain", "data.level", "--object", "Secret/db", *policy).stdout
    assert "hosts" not in one
    assert "level" in one
    none = driftcheck("policy", "explain", "spec.replicas", *policy)
    assert none.stdout == "no rule speaks of it: a difference there is drift\n"
    assert driftcheck("policy", "explain", "spec..a", *policy).returncode == 2
    assert driftcheck("policy", "explain", "spec", "--object", "web", *policy).returncode == 2


def test_try(folder: Path, driftcheck: Program) -> None:
    """Each rule is tried by itself on what was seen, dangerous or not."""
    with (folder / "expected.yaml").open("a") as file:
        file.write("- {id: wide, effect: any, reason: it was}\n")
        file.write("- {id: tags, match: {check: mutable-image}, effect: any, reason: it was}\n")
    for name, image in (("staging", "a:1"), ("production", "a:2")):
        with (folder / f"{name}.yaml").open("a") as file:
            file.write(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
                f"spec: {{containers: [{{name: c, image: '{image}'}}]}}\n"
            )
    arguments = ("policy", "test", *COMPARE[1:], "--policy", "expected.yaml")

    done = driftcheck(*arguments)
    assert done.returncode == 0
    assert "hosts (map): explains 2 differences" in done.stdout
    assert "wide (any): explains 3 differences, would hide 1 dangerous" in done.stdout

    assert "not tried: 1 rule about audits (tags)" in done.stdout

    alone = driftcheck(*arguments, "--rule", "level")
    assert "hosts" not in alone.stdout
    assert "not tried" not in alone.stdout
    assert driftcheck(*arguments, "--rule", "unknown").returncode == 2


def test_shared_options_before_the_command(folder: Path, driftcheck: Program) -> None:
    """What stands before the command holds for commands in groups, too."""
    arguments = ("policy", "test", "shop", "store", "--policy", "expected.yaml")

    done = driftcheck("--kubeconfig", "of-mine", *arguments)

    assert done.returncode == 2
    assert "of-mine" in done.stderr


def test_init(folder: Path, driftcheck: Program) -> None:
    """From a result to a policy: nothing is written over, and reasons are asked for."""
    driftcheck(*COMPARE, "-o", "json=result.json")

    done = driftcheck("policy", "init", "result.json", "-o", "driftcheck.yaml")
    assert done.returncode == 0
    assert "explains 2 of 3" in done.stderr
    assert driftcheck("policy", "init", "result.json", "-o", "driftcheck.yaml").returncode == 2

    refused = driftcheck(*COMPARE)
    assert refused.returncode == 2
    assert "placeholder" in refused.stderr
    file = folder / "driftcheck.yaml"
    file.write_text(file.read_text().replace("TODO: ", "we "))
    assert driftcheck(*COMPARE).returncode == 0

    printed = driftcheck("policy", "init", "result.json").stdout
    assert yaml.safe_load(printed)["version"] == 1
    assert driftcheck("policy", "init", "expected.yaml").returncode == 2


def test_import(folder: Path, driftcheck: Program) -> None:
    """What other tools ignored becomes a policy, and what is lost is said on standard error."""
    (folder / "kluctl.yaml").write_text(
        "ignoreForDiff: [{kind: Deployment, fieldPath: spec.replicas}, {fieldPathRegex: a.*}]\n"
    )

    done = driftcheck("policy", "import", "kluctl.yaml")

    assert done.returncode == 0
    (rule,) = yaml.safe_load(done.stdout)["rules"]
    assert rule["path"] == "spec.replicas**"
    assert "fieldPathRegex a.* is not carried over" in done.stderr
    assert driftcheck("policy", "import", "staging.yaml").returncode == 2
    assert driftcheck("policy", "import", "missing.yaml").returncode == 2
