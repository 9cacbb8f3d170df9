"""What each effect lets through, and what it does not: both ways round."""

from __future__ import annotations

from typing import Any

import pytest

from driftcheck import Result, Verdict
from tests.builders import Body, config_map, container, edited, judged, judged_many, workload

DATA = "data.value"


def values(left: Any, right: Any, **rule: Any) -> Result:
    """A ConfigMap's value on both sides, under one rule about it."""
    return judged(
        [config_map(value=left)], [config_map(value=right)], {"path": DATA, "reason": "so", **rule}
    )


def outcome(result: Result) -> tuple[str, list[str]]:
    """The verdict, and the rules that the findings violate."""
    return result.verdict.value, [
        finding.violates.rule for finding in result.findings if finding.violates
    ]


EXPLAINED = ("equivalent", [])
SAME = ("identical", [])
OPEN = ("drifted", [])
VIOLATED = ("drifted", ["rule-0"])


@pytest.mark.parametrize(
    ("rule", "left", "right", "expected"),
    [
        ({"effect": "any"}, "a", "b", EXPLAINED),
        ({"effect": "any"}, "a", "a", SAME),
        ({"effect": "equal"}, "a", "a", SAME),
        ({"effect": "equal"}, "a", "b", VIOLATED),
        ({"effect": "differ"}, "a", "b", EXPLAINED),
        ({"effect": "differ"}, "a", "a", VIOLATED),
        ({"effect": "map", "map": {"staging": "www"}}, "staging.shop", "www.shop", EXPLAINED),
        ({"effect": "map", "map": {"staging": "www"}}, "staging.shop", "w3.shop", OPEN),
        ({"effect": "map", "map": {"staging": "www"}}, "www.shop", "staging.shop", OPEN),
        ({"effect": "map", "map": {"a": "b", "ab": "c"}}, "ab a", "c b", EXPLAINED),
        ({"effect": "map", "map": {"production": {"x": "y"}}}, "x", "y", EXPLAINED),
        ({"effect": "range", "range": "production >= staging"}, "1", "2", EXPLAINED),
        ({"effect": "range", "range": "production >= staging"}, "2", "1", VIOLATED),
        ({"effect": "range", "range": "production >= staging"}, "2", "2", SAME),
        ({"effect": "range", "range": "production > staging"}, "2", "2", VIOLATED),
        ({"effect": "range", "range": "production >= staging"}, "500m", "1", EXPLAINED),
        ({"effect": "range", "range": "production >= staging"}, "1Gi", "1000Mi", VIOLATED),
        ({"effect": "range", "range": "1 <= staging <= production <= 1k"}, "2", "30", EXPLAINED),
        ({"effect": "range", "range": "1 <= staging <= production <= 10"}, "2", "30", VIOLATED),
        ({"effect": "range", "range": "production <= 50%"}, "10%", "25%", EXPLAINED),
        ({"effect": "range", "range": "production >= staging"}, "a", "2", VIOLATED),
        ({"effect": "one_of", "one_of": {"production": ["b", "c"]}}, "a", "b", EXPLAINED),
        ({"effect": "one_of", "one_of": {"production": ["b", "c"]}}, "a", "d", VIOLATED),
        ({"effect": "one_of", "one_of": {"production": ["b"]}}, "a", "a", VIOLATED),
        ({"effect": "one_of", "one_of": {"staging": ["a"], "production": ["b"]}}, "a", "b",
         EXPLAINED),
        ({"effect": "one_of", "one_of": ["a", "b"]}, "a", "b", EXPLAINED),
        ({"effect": "one_of", "one_of": ["a", "b"]}, "a", "c", VIOLATED),
        ({"effect": "one_of", "one_of": [1, 2]}, "1", "2", VIOLATED),
        ({"effect": "matches", "matches": {"production": "^prod-"}}, "x", "prod-x", EXPLAINED),
        ({"effect": "matches", "matches": {"production": "^prod-"}}, "x", "y", VIOLATED),
        ({"effect": "matches", "matches": {"production": "^prod-"}}, "x", "x", VIOLATED),
        ({"effect": "matches", "matches": "^[a-z]+$"}, "x", "y", EXPLAINED),
        ({"effect": "waive", "expires": "2026-11-24"}, "a", "b", EXPLAINED),
        ({"effect": "waive", "expires": "2026-11-23"}, "a", "b", OPEN),
        ({"effect": "waive", "expires": "2027-01-01", "values": {"staging": "a",
          "production": "b"}}, "a", "b", EXPLAINED),
        ({"effect": "waive", "expires": "2027-01-01", "values": {"staging": "a",
          "production": "b"}}, "a", "c", OPEN),
        ({"effect": "waive", "expires": "2027-01-01", "values": {"staging": "a",
          "production": "b"}}, "b", "a", OPEN),
    ],
)  # fmt: skip
def test_effect(rule: dict[str, Any], left: str, right: str, expected: tuple[str, Any]) -> None:
    """An effect explains what it allows, keeps open what it forbids, and judges what is equal."""
    assert outcome(values(left, right, **rule)) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"effect": "any"}, EXPLAINED),
        ({"effect": "equal"}, VIOLATED),
        ({"effect": "differ"}, OPEN),
        ({"effect": "map", "map": {"1": "2"}}, OPEN),
        ({"effect": "range", "range": "production >= staging"}, OPEN),
        ({"effect": "one_of", "one_of": {"production": ["1"]}}, OPEN),
        ({"effect": "matches", "matches": {"production": "1"}}, OPEN),
        ({"effect": "waive", "expires": "2027-01-01", "values": {"staging": "1"}}, EXPLAINED),
    ],
)
def test_what_is_missing(rule: dict[str, Any], expected: tuple[str, Any]) -> None:
    """A value that is not there is neither another value nor an allowed one."""
    left, right = config_map(value="1", other="x"), config_map(other="x")

    assert outcome(judged([left], [right], {"path": DATA, **rule})) == expected


def password(value: str) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db"},
        "stringData": {"password": value},
    }


OWN_PASSWORD = {"match": {"kind": "Secret"}, "path": "data.password", "effect": "differ"}


def test_own_password() -> None:
    """Secrets are held to be different without being shown."""
    assert judged([password("a")], [password("b")], OWN_PASSWORD).verdict is Verdict.EQUIVALENT

    result = judged([password("a")], [password("a")], OWN_PASSWORD)
    (finding,) = result.findings

    assert result.verdict is Verdict.DRIFTED
    assert finding.change.value == "unchanged"
    assert finding.category.value == "secret"
    assert dict(finding.values) == {"staging": "(secret 1)", "production": "(secret 1)"}


@pytest.mark.parametrize(
    "rule",
    [
        {"effect": "matches", "matches": {"production": "."}},
        {"effect": "one_of", "one_of": ["(secret 1)", "(secret 2)"]},
        {"effect": "waive", "expires": "2027-01-01",
         "values": {"staging": "(secret 1)", "production": "(secret 2)"}},
        {"effect": "range", "range": "production >= staging"},
    ],
)  # fmt: skip
def test_secrets_are_not_told(rule: dict[str, Any]) -> None:
    """A rule that would have to know a Secret's value explains nothing, and is said to fail."""
    result = judged([password("a")], [password("b")], {"path": "data.password", **rule})

    assert result.verdict is Verdict.DRIFTED
    assert result.rules[-1].state is not None
    assert result.rules[-1].state.value == "failed"


def test_map_of_items() -> None:
    """An item that is known by its value is mapped as one thing, on both sides."""
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web"},
        "spec": {"tls": [{"hosts": ["staging.shop", "api.staging.shop"], "secretName": "tls"}]},
    }
    other = edited(ingress, "spec", "tls", 0, "hosts", value=["www.shop", "api.www.shop"])
    rule = {"path": "spec.**", "effect": "map", "map": {"staging.shop": "www.shop"}}

    assert judged([ingress], [other], rule).verdict is Verdict.EQUIVALENT

    wrong = edited(ingress, "spec", "tls", 0, "hosts", value=["www.shop", "other.shop"])
    result = judged([ingress], [wrong], rule)
    assert [finding.path for finding in result.findings if not finding.expected] == [
        "spec.tls[0].hosts[=api.staging.shop]",
        "spec.tls[0].hosts[=other.shop]",
    ]


def test_one_value_mapped_to_two() -> None:
    """What is mapped at one place and left as it is at another is a finding of the map's."""
    left = config_map(first="db.staging", second="db.staging", third="shared.staging")
    right = config_map(first="db.prod", second="db.staging", third="shared.staging")
    rule = {"path": "data.*", "effect": "map", "map": {"staging": "prod"}}

    result = judged([left], [right], rule)

    assert [(finding.path, finding.violates is not None) for finding in result.findings] == [
        ("data.first", False),
        ("data.second", True),
    ]


def replicas(count: int) -> Body:
    return edited(workload(), "spec", "replicas", value=count)


def test_three_environments() -> None:
    """Rules name the sides they speak of; the others must agree among themselves."""
    bigger = {"path": "spec.replicas", "effect": "range", "range": "production >= staging"}
    differ = {"path": "spec.replicas", "effect": "differ"}

    def verdicts(*counts: int) -> tuple[str, str]:
        names = ("dev", "staging", "production", "canary")
        environments = {name: [replicas(count)] for name, count in zip(names, counts, strict=False)}
        found = [judged_many(environments, rule).verdict.value for rule in (bigger, differ)]
        return found[0], found[1]

    assert verdicts(1, 2, 4) == ("equivalent", "equivalent")
    assert verdicts(1, 4, 2) == ("drifted", "equivalent")
    assert verdicts(2, 2, 4) == ("equivalent", "drifted")
    assert verdicts(1, 2, 4, 1) == ("equivalent", "drifted")
    assert verdicts(1, 2, 4, 3) == ("drifted", "equivalent")


def test_aliases() -> None:
    """A side may be called by an alias, which may stand for several environments."""
    rule = {"path": "spec.replicas", "effect": "range", "range": "production >= staging"}
    aliases = {"staging": "shop@stage", "production": ["shop@prod-*"]}
    counts = {"shop@stage": 2, "shop@prod-eu": 3, "shop@prod-us": 2}
    environments = {name: [replicas(count)] for name, count in counts.items()}

    assert judged_many(environments, rule, aliases=aliases).verdict is Verdict.EQUIVALENT

    environments["shop@prod-us"] = [replicas(1)]
    assert judged_many(environments, rule, aliases=aliases).verdict is Verdict.DRIFTED


def test_inside_documents() -> None:
    """A rule reaches into documents that strings hold, also where nothing differs."""
    left = config_map(**{"app.yaml": "database:\n  host: a\n  port: 1\n"})
    right = config_map(**{"app.yaml": "database:\n  host: b\n  port: 1\n"})
    rule = {"path": 'data["app.yaml"].database.host', "effect": "differ"}

    assert judged([left], [right], rule).verdict is Verdict.EQUIVALENT
    assert [finding.path for finding in judged([left], [left], rule).findings] == [
        'data["app.yaml"].database.host'
    ]


def test_items_by_key() -> None:
    """The contract's pattern for one variable of any container of any workload."""
    rule = {
        "path": "**[name=BUCKET].value",
        "effect": "matches",
        "matches": {"production": "^prod-"},
    }

    def bucket(value: str) -> Body:
        return workload(containers=[container(env=[{"name": "BUCKET", "value": value}])])

    assert judged([bucket("x")], [bucket("prod-x")], rule).verdict is Verdict.EQUIVALENT
    assert judged([bucket("x")], [bucket("x")], rule).verdict is Verdict.DRIFTED
