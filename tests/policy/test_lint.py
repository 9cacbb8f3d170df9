"""What is to be mended in a policy before anything is compared."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from driftcheck.model import parse_path
from driftcheck.policy import lint, policy_from, rules_about

TODAY = date(2026, 11, 24)
PINNED = {"effect": "waive", "expires": "2027-06-30", "owner": "team", "values": {"a": "1"}}


def said(*rules: dict[str, Any], **policy: Any) -> list[str]:
    numbered = [{"id": f"r{n}", "reason": "so it is", **rule} for n, rule in enumerate(rules)]
    found = lint(policy_from({"version": 1, "rules": numbered, **policy}), today=TODAY)
    return [f"{item.rule} {item.said}" for item in found]


@pytest.mark.parametrize(
    ("rule", "advice"),
    [
        (PINNED, None),
        ({**PINNED, "expires": "2026-11-23"}, "ended on 2026-11-23"),
        ({**PINNED, "expires": "2026-12-01"}, "ends in 7 days, on 2026-12-01"),
        ({**PINNED, "owner": None}, "has no owner"),
        ({**PINNED, "values": None, "dangerous": True}, "waives whatever is there"),
        ({"effect": "any"}, "(command, image, network, rbac, security, storage)"),
        ({"effect": "any", "dangerous": True}, None),
        ({"effect": "any", "match": {"kind": "ConfigMap"}}, None),
        ({"effect": "any", "match": {"kind": "NetworkPolicy"}}, "(network)"),
        ({"effect": "any", "path": "**.image"}, "(image)"),
        ({"effect": "any", "path": "spec.replicas"}, None),
        ({"effect": "any", "path": "metadata.labels**"}, None),
        ({"effect": "map", "map": {"a": "b"}}, None),
        ({"effect": "equal"}, None),
    ],
)
def test_advice(rule: dict[str, Any], advice: str | None) -> None:
    """Waivers want values, owners and time left; wide rules want to be narrow or outspoken."""
    found = said({key: value for key, value in rule.items() if value is not None})

    if advice is None:
        assert found == []
    else:
        assert len(found) == 1
        assert advice in found[0]


@pytest.mark.parametrize(
    ("check", "path", "warns"),
    [
        ("hand-written", None, True),
        ("hand-written", "spec.replicas", False),
        ("pod-not-its-template", None, True),
        ("stale-configuration", None, True),
        ("machine-not-its-template", None, True),
        ("undeclared-object", None, False),
        ("edited-generated", None, False),
        ("mutable-image", None, False),
    ],
)
def test_audits_without_a_path(check: str, path: str | None, warns: bool) -> None:
    """A rule about a check that finds places wants one, for the next hand may be elsewhere."""
    rule = {"match": {"check": check, "kind": "Deployment"}, "effect": "any"}
    found = said({**rule, "path": path} if path else rule)
    assert [f"r0 speaks of {check} at any place" in each for each in found] == [True] * warns


def test_doubles_and_unknown_sides() -> None:
    """A rule that is there twice, and a side that no alias explains, are said."""
    bigger = {"path": "spec.replicas", "effect": "range", "range": "prod >= staging"}

    assert said(
        {"effect": "any", "match": {"kind": "A"}}, {"effect": "any", "match": {"kind": "A"}}
    )
    assert said(bigger) == []
    assert said(bigger, environments={"staging": "s", "production": "p"}) == [
        "r0 names prod, which environments does not list"
    ]


def test_rules_about_a_place() -> None:
    """Which rules speak of a place, and of an object's place."""
    policy = policy_from(
        {"version": 1, "rules": [
            {"id": "web", "match": {"kind": "Deployment", "name": "web"}, "effect": "any",
             "reason": "so"},
            {"id": "replicas", "path": "spec.replicas", "effect": "any", "reason": "so"},
        ]}
    )  # fmt: skip

    def about(path: str, **asked: str) -> list[str]:
        return [rule.id for rule in rules_about(policy, parse_path(path), **asked)]

    assert about("spec.replicas") == ["web", "replicas"]
    assert about("spec.replicas", kind="StatefulSet", name="web") == ["replicas"]
    assert about("data.a", kind="Deployment", name="web", group="apps") == ["web"]
    assert about("data.a", kind="Deployment", name="api") == []
