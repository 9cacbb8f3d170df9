"""Policies and audits: what a rule that names a check explains, and what it must not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from driftcheck import PolicyError, compare, try_policy
from driftcheck.model import AuditFinding, Check, Grade, ObjectReference
from driftcheck.policy import judge_audit, lint, policy_from
from tests.builders import config_map
from tests.made_audits import finding

SCHEMA = Draft202012Validator(
    json.loads(files("driftcheck.policy").joinpath("schemas/policy-v1.json").read_text("utf-8"))
)
TODAY = date(2026, 11, 26)
IMAGE = "spec.template.spec.containers[name=app].image"
LABELS = {"web": {"tier": "front"}, "worker": {"tier": "back"}}


def policy(**rule: Any) -> dict[str, Any]:
    """A policy with one rule about mutable images."""
    known = {
        "id": "pinned-later",
        "match": {"check": "mutable-image"},
        "effect": "any",
        "reason": "the base images are pinned next quarter",
    }
    return {"version": 1, "rules": [known | rule]}


def image(name: str = "web", **fields: Any) -> AuditFinding:
    known = {"path": IMAGE, "grade": Grade.PROBABLE}
    return finding(Check.MUTABLE_IMAGE, name, **known | fields)


def judged(
    content: Mapping[str, Any], *findings: AuditFinding
) -> tuple[list[str | None], tuple[str, ...]]:
    """The rules that expect the findings, and the warnings."""

    def labels_of(environment: str, reference: ObjectReference) -> Mapping[str, str]:
        assert environment == "shop"
        return LABELS.get(reference.name, {})

    found, warnings = judge_audit(policy_from(content), findings, labels_of, today=TODAY)
    return [each.expected and each.expected.rule for each in found], warnings


def test_of_its_check_alone() -> None:
    """A rule explains findings of its check, and of no other."""
    expected, warnings = judged(policy(), image(), finding(Check.HAND_WRITTEN))

    assert expected == ["pinned-later", None]
    assert warnings == ()


@pytest.mark.parametrize(
    ("match", "explained"),
    [
        ({"kind": "Deployment"}, ["web", "worker", "plain"]),
        ({"kind": "Deployment.apps", "name": "w*"}, ["web", "worker"]),
        ({"group": "batch"}, []),
        ({"labels": "tier=front"}, ["web"]),
        ({"labels": "tier=*"}, ["web", "worker"]),
        ({"labels": "tier!=front"}, ["worker", "plain"]),
    ],
)
def test_of_its_objects_alone(match: dict[str, str], explained: list[str]) -> None:
    """A rule explains findings of the objects that it matches, and of no other."""
    found = [image(name) for name in ("web", "worker", "plain")]
    expected, _ = judged(policy(match={"check": "mutable-image", **match}), *found)

    names = [each.object.name for each, rule in zip(found, expected, strict=True) if rule]
    assert names == explained


def test_of_its_paths_alone() -> None:
    """A rule with a path explains what was found there; what is of a whole object is elsewhere."""
    found = [image(), image(path="spec.template.spec.initContainers[name=app].image")]
    whole = image(path="")

    expected, _ = judged(policy(path="spec.template.spec.containers[*].image"), *found, whole)

    assert expected == ["pinned-later", None, None]


def test_every_place_of_a_finding() -> None:
    """A rule about one place does not hide what the same finding says of another."""
    both = image(also=("spec.template.spec.initContainers[name=init].image",))
    one = policy(path="spec.template.spec.containers[*].image")
    other = policy(path="spec.template.spec.initContainers[*].image", id="init")["rules"]
    together = {"version": 1, "rules": [*one["rules"], *other]}

    expected, warnings = judged(one, both)

    assert expected == [None]
    assert warnings == (
        "rule pinned-later: explains nothing alone: what was found is in other places as well",
    )
    assert judged(together, both) == (["pinned-later"], ())
    assert judged(policy(path="spec.**"), both) == (["pinned-later"], ())
    assert judged(policy(), both) == (["pinned-later"], ())


def test_rules_of_comparisons() -> None:
    """A rule without a check explains nothing of an audit, and is no fault of it."""
    expected, warnings = judged(policy(match={"kind": "Deployment"}), image())

    assert expected == [None]
    assert warnings == ()


def test_rules_of_audits() -> None:
    """A rule with a check explains nothing of a comparison, and is no fault of it."""
    result = compare([config_map(a="1")], [config_map(a="2")], policy=policy())

    assert [each.expected for each in result.findings] == [None]
    assert [rule for rule in result.rules if rule.state] == []
    assert result.warnings == ()


def test_trials() -> None:
    """Rules of audits are not tried on a comparison."""
    assert try_policy([config_map(a="1")], [config_map(a="2")], policy=policy()) == ()


def test_waiver() -> None:
    """A waiver explains through its last day, and warns before it; then it explains nothing."""
    ends = {"effect": "waive", "owner": "team-shop"}

    assert judged(policy(**ends, expires="2027-06-30"), image()) == (["pinned-later"], ())
    assert judged(policy(**ends, expires="2026-11-26"), image()) == (
        ["pinned-later"],
        ("rule pinned-later: ends today, on 2026-11-26",),
    )
    assert judged(policy(**ends, expires="2026-11-25"), image(), image("worker")) == (
        [None, None],
        ("rule pinned-later: ended on 2026-11-25: 2 findings open again",),
    )


def test_unused() -> None:
    """A rule that matches nothing is a warning."""
    _, warnings = judged(policy(), finding(Check.PAUSED))

    assert warnings == ("rule pinned-later: matches nothing: mend it or take it out",)


def test_two_rules() -> None:
    """The first rule that holds is shown; one that has ended makes way for the next."""
    ended = policy(effect="waive", expires="2026-01-01", id="ended")["rules"]
    both = {"version": 1, "rules": [*ended, *policy()["rules"]]}

    expected, warnings = judged(both, image())

    assert expected == ["pinned-later"]
    assert len(warnings) == 1


def test_hands_taken_for_others() -> None:
    """That the policy takes a hand for something else is said of audits, too."""
    content = policy() | {"managers": {"pipeline": ["kubectl-edit"], "dangerous": True}}

    _, warnings = judged(content, image())

    assert warnings == ("the policy takes kubectl-edit for pipeline, and no hand",)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"match": {"check": "mutable-images"}}, "match.check: no such check"),
        ({"match": {"check": 1}}, "match.check: no such check"),
        ({"effect": "equal"}, "effect: equal compares environments"),
        ({"effect": "range", "range": "a > b", "path": "x"}, "effect: range compares environments"),
        ({"effect": "waive"}, "expires: missing"),
        ({"match": {"check": "paused", "witness": "changed"}}, "match: a check is of one look"),
        ({"dangerous": True}, "dangerous: says nothing to an audit"),
        (
            {"effect": "waive", "expires": "2026-12-31", "values": {"shop": "a"}},
            "values: says nothing to an audit",
        ),
    ],
)
def test_mistakes(rule: dict[str, Any], said: str) -> None:
    """What makes no sense of an audit is refused, with its place."""
    with pytest.raises(PolicyError) as raised:
        policy_from(policy(**rule))

    assert str(raised.value).startswith(f"rules[0].{said}")
    assert not SCHEMA.is_valid(policy(**rule))


def test_schema() -> None:
    """Editors know the checks, and what may be said of them."""
    waiver = policy(effect="waive", expires="2027-06-30")
    checks = SCHEMA.schema["$defs"]["check"]["enum"]

    assert checks == [check.value for check in Check]
    assert SCHEMA.is_valid(policy())
    assert SCHEMA.is_valid(waiver)


def test_lint() -> None:
    """A waiver of what a check finds can tell no values, and hides nothing dangerous."""
    waiver = policy(effect="waive", expires="2027-06-30", owner="team-shop")

    assert lint(policy_from(policy()), today=TODAY) == ()
    assert lint(policy_from(waiver), today=TODAY) == ()
