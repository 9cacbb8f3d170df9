"""A first policy explains what is there today, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from driftcheck import PolicyError, Result, Snapshot, Verdict
from driftcheck.model import parse_pattern
from driftcheck.normalization._generated_names import _hashes
from driftcheck.pipeline import compare_snapshots
from driftcheck.policy import Proposal, policy_from, propose
from tests.builders import Body, config_map, container, edited, judged, resource, workload

TODAY = date(2026, 11, 24)


def proposal(left: list[Body], right: list[Body]) -> Proposal:
    return propose(judged(left, right), today=TODAY)


def filled_in(found: Proposal) -> dict[str, Any]:
    """The proposal as a policy whose reasons a person has given."""
    rules = [{**rule, "reason": "because a person said so"} for rule in found.rules]
    return {"version": 1, "rules": rules}


def under(found: Proposal, left: list[Body], right: list[Body]) -> Result:
    return judged(left, right, *filled_in(found)["rules"], today=TODAY)


def hosts(environment: str, count: int) -> list[Body]:
    names = [f"app-{number}" for number in range(count)]
    return [
        config_map(name, url=f"https://{name}.{environment}.example.com", level="info")
        for name in names
    ]


def test_what_many_have_in_common_is_a_map() -> None:
    """The smallest set of rules: one map for what it explains, a waiver for the rest."""
    left = [*hosts("staging", 37), config_map("other", a="1", b="2")]
    right = [*hosts("production", 37), config_map("other", a="3", b="4")]

    found = proposal(left, right)

    assert [rule["effect"] for rule in found.rules] == ["map", "waive", "waive"]
    assert found.said[0].endswith("explains 37 of 39")
    (exchanged,) = found.rules[0]["map"].items()
    assert "staging" in exchanged[0]
    assert "production" in exchanged[1]
    assert under(found, left, right).verdict is Verdict.EQUIVALENT


def test_placeholders_are_refused() -> None:
    """Nobody gets by without saying why."""
    found = proposal([config_map(a="1")], [config_map(a="2")])

    with pytest.raises(PolicyError, match="placeholder"):
        policy_from({"version": 1, "rules": list(found.rules)})


def test_a_further_change_opens_a_waiver_again() -> None:
    """What is waived is just what is there today."""
    left, right, later = [config_map(a="1")], [config_map(a="2")], [config_map(a="3")]
    found = proposal(left, right)

    assert under(found, left, right).verdict is Verdict.EQUIVALENT
    assert under(found, left, later).verdict is Verdict.DRIFTED
    assert found.rules[0]["expires"] == "2026-12-24"


def test_the_same_change_of_many_objects_is_one_waiver() -> None:
    """A sidecar that came with 48 workloads is one thing that happened."""
    left = [workload(name=f"w-{number}") for number in range(48)]
    containers = [container(), container("sidecar", image="mesh:1")]
    right = [workload(name=f"w-{number}", containers=containers) for number in range(48)]

    found = proposal(left, right)

    assert len(found.rules) == 1
    assert under(found, left, right).verdict is Verdict.EQUIVALENT


def test_numbers_are_no_map() -> None:
    """That two values went from 1 to 2 says nothing of a third."""
    left = [config_map(a="1", b="1", c="1")]
    right = [config_map(a="2", b="2", c="2")]

    assert {rule["effect"] for rule in proposal(left, right).rules} == {"waive"}


def test_maps_are_one_to_one() -> None:
    """No value is mapped to two, and no two to one."""
    left = [config_map(a="x.blue", b="y.blue", c="z.blue", d="w.blue", e="v.grey", f="u.grey")]
    right = [config_map(a="x.red", b="y.red", c="z.pink", d="w.pink", e="v.red", f="u.red")]

    found = proposal(left, right)
    maps = [next(iter(rule["map"].items())) for rule in found.rules if rule["effect"] == "map"]

    assert len(maps) == len({old for old, _ in maps}) == len({new for _, new in maps})
    assert under(found, left, right).verdict is Verdict.EQUIVALENT


def secret(value: str) -> Body:
    return {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
        "stringData": {"password": value},
    }  # fmt: skip


def test_secrets_are_held_to_differ() -> None:
    """Credentials that differ today must not become the same tomorrow."""
    found = proposal([secret("a")], [secret("b")])

    assert found.rules[0]["effect"] == "differ"
    assert under(found, [secret("a")], [secret("b")]).verdict is Verdict.EQUIVALENT
    assert under(found, [secret("a")], [secret("a")]).verdict is Verdict.DRIFTED


def test_whole_objects_and_everything_else() -> None:
    """Every sort of finding can be waived: objects, items, orders, values of any type."""
    deployment = workload(containers=[container(args=["a", "b"], env=[{"name": "A", "value": ""}])])
    left = [deployment, config_map("only-here", a="1"), secret("a")]
    changed = edited(
        workload(containers=[container(args=["b", "a"]), container("another")]),
        "metadata", "annotations", value={"a.b/c": "x y", "empty": ""},
    )  # fmt: skip
    right = [changed, config_map("only-there", a="1")]

    found = proposal(left, right)

    assert under(found, left, right).verdict is Verdict.EQUIVALENT


def test_nothing_differs() -> None:
    """Where nothing differs, there is nothing to say."""
    assert proposal([config_map()], [config_map()]).rules == ()


@pytest.mark.parametrize("recording", ["equal", "drifted"])
def test_recordings(captured: Callable[[str, str], Snapshot], recording: str) -> None:
    """With its reasons filled in, a first policy makes recorded environments equivalent."""
    seen = [captured(recording, f"bookshop-{name}") for name in ("staging", "production")]
    found = propose(compare_snapshots(seen), today=TODAY)

    result = compare_snapshots(seen, policy=policy_from(filled_in(found)), today=TODAY)

    assert not [item for item in result.findings if not item.expected]
    assert {rule.state.value for rule in result.rules if rule.state} <= {"used"}
    for rule in found.rules:
        for path in [rule["path"]] if isinstance(rule.get("path"), str) else rule.get("path", []):
            assert parse_pattern(path)


HASHED = ("web-env-htbdcdt625", "web-env-7k9t4bmd6f", "web-env-b5f9k2cd46")
"""Names of three generations, as kustomize makes them."""


def of_generation(kind: str, name: str, **texts: str) -> list[Body]:
    """A ConfigMap with its hash, or a Secret, whose hash nobody can know, and who reads it."""
    if kind == "ConfigMap":
        source = config_map("web-env", **texts)
        source["metadata"]["name"] = name = f"web-env-{next(_hashes(source, 'web-env'))}"
    else:
        source = resource("v1", "Secret", name, type="Opaque", stringData=texts)
    reference = {"ConfigMap": "configMapRef", "Secret": "secretRef"}[kind]
    return [source, workload(containers=[container(envFrom=[{reference: {"name": name}}])])]


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_the_next_generation(kind: str) -> None:
    """What is written of a name with a hash holds for the next release, whose hash is another."""
    left = of_generation(kind, HASHED[0], region="eu", level="info")
    right = of_generation(kind, HASHED[1], region="us", level="info")
    found = proposal(left, right)
    later = under(
        found,
        of_generation(kind, HASHED[2], region="eu", level="warn"),
        of_generation(kind, HASHED[2], region="us", level="warn"),
    )

    assert [rule["match"]["name"] for rule in found.rules] == ["web-env-??????????"]
    assert [rule["id"] for rule in found.rules] == [
        "configmap-web-env-region" if kind == "ConfigMap" else "web-env-own"
    ]
    assert any("web-env-??????????: its hash changes" in sentence for sentence in found.said)
    assert later.verdict is Verdict.EQUIVALENT
    assert not [text for text in later.warnings if "matches nothing" in text]


def test_a_name_without_a_hash() -> None:
    """Any other name is written as it is, also one that looks hashed of another kind."""
    (rule,) = proposal([config_map("web-env", a="1")], [config_map("web-env", a="2")]).rules
    named = [workload(name=HASHED[0], containers=[container(image=f"m:{n}")]) for n in "12"]
    (other,) = proposal([named[0]], [named[1]]).rules

    assert rule["match"]["name"] == "web-env"
    assert other["match"]["name"] == HASHED[0]
