"""A policy's file: everything that it may say, and what is said of what it may not."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from importlib.resources import files

import jsonschema
import pytest

from driftcheck import PolicyError
from driftcheck.codec import yaml_documents
from driftcheck.policy import policy_from, read_policy
from driftcheck.policy._effects import Amount

CONTRACT = """\
version: 1
environments: {staging: shop@stage, production: shop@prod}
rules:
- id: hosts
  match: {group: networking.k8s.io, kind: Ingress, name: "web*", labels: "tier=front"}
  path: spec.rules[*].host
  effect: any
  reason: each environment has its own host
- id: hotfix-4711
  match: {kind: Deployment, name: api}
  path: spec.template.spec.containers[name=api].image
  effect: waive
  expires: 2026-12-31
  owner: team-shop
  values: {staging: registry/api:2.4.0, production: registry/api:2.4.1}
  reason: 2.4.1 goes to staging on Monday
- {id: same-digests, path: "running.**", effect: equal, reason: what was tested is what runs}
- {id: own-database, match: {kind: Secret, name: db}, path: data.password, effect: differ,
   reason: never staging's}
- {id: domains, match: {kind: Ingress}, path: "spec.**", effect: map, map: {a.com: b.com},
   reason: own host}
- {id: bigger, path: spec.replicas, effect: range, range: "production >= staging", reason: load}
- {id: levels, path: 'data["LOG_LEVEL"]', effect: one_of, one_of: {staging: [a], production: [b]},
   reason: verbosity}
- {id: buckets, path: "**[name=BUCKET].value", effect: matches, matches: {production: "^prod-"},
   reason: own buckets}
"""


def test_contract() -> None:
    """Everything that the contract shows is read."""
    policy = read_policy(CONTRACT.encode(), source="driftcheck.yaml")

    assert [rule.effect.value for rule in policy.rules] == [
        "any", "waive", "equal", "differ", "map", "range", "one_of", "matches",
    ]  # fmt: skip
    hosts, hotfix = policy.rules[:2]
    assert (hosts.match.kind.text, hosts.match.name.text) == ("Ingress", "web*")
    assert hosts.reason == "each environment has its own host"
    assert (hotfix.expires, hotfix.owner) == (date(2026, 12, 31), "team-shop")
    assert policy.aliases == {"staging": ("shop@stage",), "production": ("shop@prod",)}
    assert [policy.place(rule) for rule in policy.rules[:3]] == [
        "driftcheck.yaml:4", "driftcheck.yaml:9", "driftcheck.yaml:17",
    ]  # fmt: skip


def test_range_of_quantities() -> None:
    """Bounds are quantities, and everything else is a side."""
    policy = policy_from(
        {"version": 1, "rules": [{"id": "a", "path": "spec.replicas", "effect": "range",
                                  "range": "500m<=shop@prod-eu < 1Gi", "reason": "so"}]}
    )  # fmt: skip
    demand = policy.rules[0].demand

    assert demand.operands == (
        Amount(Fraction(1, 2), is_share=False),
        "shop@prod-eu",
        Amount(Fraction(2**30), is_share=False),
    )  # type: ignore[attr-defined]
    assert demand.relations == ("<=", "<")  # type: ignore[attr-defined]


def rule(**fields: object) -> str:
    """A policy whose third rule has these fields, each on a line of its own."""
    fine = "- {id: a, effect: any, reason: so}\n- {id: b, effect: any, reason: so}\n"
    given = {"id": "c", "effect": "any", "reason": "so", **fields}
    lines = [f"{key}: {value}" for key, value in given.items() if value is not None]
    return f"version: 1\nrules:\n{fine}- " + "\n  ".join(lines) + "\n"


MISTAKES = [
    (rule(expires="soon"), 'rules[2].expires: expected a date, got "soon" (p.yaml:8)'),
    (rule(expires="2026-02-30"), 'rules[2].expires: expected a date, got "2026-02-30"'),
    (rule(expires="2026-1-1"), 'rules[2].expires: expected a date, got "2026-1-1"'),
    (rule(effect="waive"), "rules[2].expires: missing: a waiver has an end (p.yaml:5)"),
    (rule(effect="ignore"),
     'range, one_of, matches, any, waive, got "ignore" (p.yaml:6)'),
    (rule(effect=None), "rules[2].effect: missing (p.yaml:5)"),
    (rule(reason=None), "rules[2].reason: missing (p.yaml:5)"),
    (rule(reason="''"), 'rules[2].reason: expected a reason, got ""'),
    (rule(reason="TODO say why"), "rules[2].reason: 'TODO say why' is a placeholder"),
    (rule(reason="'...'"), "rules[2].reason: '...' is a placeholder"),
    (rule(id="b"), "rules[2].id: 'b' is the id of rules[1] already (p.yaml:5)"),
    (rule(id="4711"), "digits, dots, hyphens and underscores, got 4711"),
    (rule(id="a b"), 'got "a b"'),
    (rule(ingore="x"), "rules[2].ingore: no such key (p.yaml:8)"),
    (rule(match="{knid: Secret}"), "rules[2].match.knid: no such key (p.yaml:8)"),
    (rule(match="{labels: 'a=b c'}"), "rules[2].match.labels: 'a=b c' is not a label selector"),
    (rule(match="{witness: untouched}"),
     "rules[2].match.witness: expected one of touched, reverted, recreated, changed, new, gone"),
    (rule(match="{witness: '*'}", effect="equal"),
     "rules[2].effect: equal speaks of values, and a witness has none"),
    (rule(match="{witness: new}", path="spec.**"),
     "rules[2].path: a witness is of a whole object"),
    (rule(match="Secret"), 'rules[2].match: expected a map, got "Secret"'),
    (rule(path="spec..a"), "rules[2].path: 'spec..a' is not a path: '..a' is not understood"),
    (rule(path="/spec/replicas"), "is not a path"),
    (rule(path="[]"), "rules[2].path: expected a path, got []"),
    (rule(path="5"), "rules[2].path: expected a path, got 5"),
    (rule(dangerous="'yes'"), 'rules[2].dangerous: expected true or false, got "yes"'),
    (rule(owner="5"), "rules[2].owner: expected a text, got 5"),
    (rule(range="a >= b"), "rules[2].range: goes with effect: range, and this rule's is any"),
    (rule(effect="equal", expires="2026-12-31"),
     "rules[2].expires: an expectation that things are equal does not end"),
    (rule(effect="differ"), "rules[2].path: missing: differ speaks of single values"),
    (rule(effect="map"), "rules[2].map: missing"),
    (rule(effect="map", map="{}"), "rules[2].map: expected what becomes what, got {}"),
    (rule(effect="map", map="{a: x, b: x}"), "rules[2].map.b: 'a' and 'b' both become 'x'"),
    (rule(effect="map", map="{a: 1}"), "rules[2].map.a: expected a text, got 1"),
    (rule(effect="range", path="a", range="staging"), "rules[2].range: expected a comparison"),
    (rule(effect="range", path="a", range="1 < 2"), "that names a side"),
    (rule(effect="range", path="a", range="a < < b"), "rules[2].range: expected a comparison"),
    (rule(effect="one_of", path="a", one_of="{p: x}"),
     'rules[2].one_of.p: expected a list, got "x"'),
    (rule(effect="one_of", path="a", one_of="{p: []}"), "expected the allowed values"),
    (rule(effect="matches", path="a", matches="{p: '('}"),
     "rules[2].matches.p: '(' is no regular expression"),
    (rule(effect="waive", expires="2026-12-31", values="{}"),
     "rules[2].values: expected what is waived"),
    ("rules: []\n", "version: missing (p.yaml:1)"),
    ('{"schema": "driftcheck.result/v1"}', "p.yaml: a driftcheck.result/v1, and no policy"),
    ("version: 2\n", "version: 2 is newer than this driftcheck reads (p.yaml:1)"),
    ("version: '1'\n", 'version: expected 1, got "1"'),
    ("version: true\n", "version: expected 1, got true"),
    ("version: 1\nrules: {}\n", "rules: expected a list, got {} (p.yaml:2)"),
    ("version: 1\nrules: [a]\n", 'rules[0]: expected a map, got "a" (p.yaml:2)'),
    ("version: 1\nrulez: []\n", "rulez: no such key (p.yaml:2)"),
    ("- a\n", 'the policy: expected a map, got ["a"]'),
    ("", "p.yaml: holds nothing, and a policy is one document"),
    ("version: 1\n---\nversion: 1\n", "p.yaml: holds several documents"),
    ("version: 1\nversion: 1\n", "line 2: a key that stands twice"),
    ("version: [\n", "not valid YAML"),
    ("version: 1\nenvironments: {a: 5}\n", "environments.a: expected a list, got 5"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes(text: str, message: str) -> None:
    """A mistake is said with its path, its line, and what was expected there."""
    with pytest.raises(PolicyError) as caught:
        read_policy(text.encode(), source="p.yaml")

    assert message in str(caught.value)


def test_suggestions() -> None:
    """A misspelt key is answered with the one that was meant."""
    with pytest.raises(PolicyError) as caught:
        read_policy(rule(expire="2026-12-31").encode(), source="p.yaml")

    assert caught.value.hint == "did you mean expires?"


def test_json_and_utf16() -> None:
    """A policy may be JSON, and in any encoding that manifests may have."""
    text = '{"version": 1, "rules": [\n{"id": "a", "effect": "any", "reason": "so"}]}'

    for data in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
        (found,) = read_policy(data, source="p.json").rules
        assert (found.id, found.line) == ("a", 2)


def test_policy_without_rules() -> None:
    """A policy may have no rules yet."""
    assert read_policy(b"version: 1\n", source="p").rules == ()


BEYOND_A_SCHEMA = (
    "no regular expression", "is not a path", "is not a label selector", "both become",
    "is the id of", "2026-02-30", "that names a side",
)  # fmt: skip
"""Mistakes that JSON Schema has no words for."""

SCHEMA = json.loads(
    files("driftcheck.policy").joinpath("schemas/policy-v1.json").read_text("utf-8")
)


def is_valid(text: str) -> bool:
    """Whether an editor that knows the schema finds nothing wrong."""
    (document,) = yaml_documents(text.encode(), source="")
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


def test_schema_accepts() -> None:
    """The schema for editors is a schema, and accepts what the contract shows."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    assert is_valid(CONTRACT)
    assert is_valid("version: 1")


@pytest.mark.parametrize(
    "text",
    [
        text
        for text, message in MISTAKES
        if text.strip("- a\n") and "---" not in text
        and not any(said in message for said in BEYOND_A_SCHEMA)
        and "twice" not in message and "YAML" not in message
    ],
)  # fmt: skip
def test_schema_refuses(text: str) -> None:
    """What the program refuses, the schema refuses, as far as it has words for it."""
    assert not is_valid(text)
