"""What holds of every policy, whatever it says."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from driftcheck import Finding, Result
from tests.builders import Body, config_map, container, edited, judged, workload

KEYS = st.sampled_from(["a", "b", "c"])
TEXTS = st.sampled_from(
    ["1", "2", "x.staging", "x.prod", "staging", "prod", '{"x": 1}', '{"x": 2}']
)
IMAGES = st.sampled_from(["shop/web:1", "shop/web:2"])


@st.composite
def environments(draw: st.DrawFn) -> list[Body]:
    """A ConfigMap and a Deployment, with a few values of few."""
    containers = [container(image=draw(IMAGES))]
    if draw(st.booleans()):
        containers.append(container("sidecar", image=draw(IMAGES)))
    deployment = workload(containers=containers)
    return [
        config_map(**draw(st.dictionaries(KEYS, TEXTS))),
        edited(deployment, "spec", "replicas", value=draw(st.integers(1, 3))),
    ]


SIDES = st.sampled_from(["staging", "production", "elsewhere"])
PATHS = st.sampled_from(
    [
        "data.a",
        "data.b",
        "data.*",
        "data.**",
        "**",
        "spec.replicas",
        "spec.**",
        "**.image",
        "data",
        "**[name=sidecar].image",
    ]
)
EFFECTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({"effect": "any"}),
    st.just({"effect": "equal"}),
    st.just({"effect": "differ"}),
    st.just({"effect": "map", "map": {"staging": "prod"}}),
    st.just({"effect": "map", "map": {"1": "2"}}),
    st.builds(lambda left, right: {"effect": "range", "range": f"{left} <= {right}"}, SIDES, SIDES),
    st.builds(lambda side, text: {"effect": "one_of", "one_of": {side: [text]}}, SIDES, TEXTS),
    st.builds(lambda side: {"effect": "matches", "matches": {side: "stag"}}, SIDES),
    st.just({"effect": "waive", "expires": "2026-12-31"}),
    st.just({"effect": "waive", "expires": "2026-01-01"}),
    st.builds(
        lambda left, right: {
            "effect": "waive",
            "expires": "2026-12-31",
            "values": {"staging": left, "production": right},
        },
        TEXTS,
        TEXTS,
    ),
)
RULES = st.lists(
    st.builds(
        lambda effect, path, kind, dangerous: {
            **effect, "path": path, "match": {"kind": kind}, "dangerous": dangerous
        },
        EFFECTS, PATHS, st.sampled_from(["*", "ConfigMap", "Deployment"]), st.booleans(),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


def named(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"r{number}", **rule} for number, rule in enumerate(rules)]


def opened(result: Result) -> set[tuple[str, str]]:
    """The places that stop a release."""
    return {place(finding) for finding in result.findings if finding.expected is None}


def place(finding: Finding) -> tuple[str, str]:
    return finding.object.kind, finding.path


def opened_by(result: Result, rule: str) -> set[tuple[str, str]]:
    """The places that a rule forbids."""
    return {
        place(finding)
        for finding in result.findings
        if finding.violates and finding.violates.rule == rule
    }


@given(environments(), environments(), RULES)
def test_adding_a_rule_adds_no_finding_but_its_own(
    left: list[Body], right: list[Body], rules: list[dict[str, Any]]
) -> None:
    """What a rule more opens, it says itself; and what it closes, it explains."""
    before = judged(left, right, *named(rules)[:-1])
    after = judged(left, right, *named(rules))
    added = named(rules)[-1]["id"]

    assert opened(after) - opened(before) <= opened_by(after, added)
    explained = {
        place(item) for item in after.findings if item.expected and place(item) not in opened(after)
    }
    assert opened(before) - opened(after) <= explained


@given(environments(), environments(), RULES)
def test_removing_a_rule_hides_nothing(
    left: list[Body], right: list[Body], rules: list[dict[str, Any]]
) -> None:
    """Without a rule, everything is open that was, but for what it alone forbade."""
    every = judged(left, right, *named(rules))
    for number, rule in enumerate(named(rules)):
        rest = named(rules)[:number] + named(rules)[number + 1 :]
        assert opened(every) - opened(judged(left, right, *rest)) <= opened_by(every, rule["id"])


@given(environments(), environments(), RULES)
def test_nothing_disappears(
    left: list[Body], right: list[Body], rules: list[dict[str, Any]]
) -> None:
    """Every difference is shown under every policy, expected or not."""
    bare = Counter(place(finding) for finding in judged(left, right).findings)
    shown = Counter(
        place(item)
        for item in judged(left, right, *named(rules)).findings
        if item.change.value != "unchanged"
    )

    assert shown == bare


@given(environments(), environments(), RULES)
def test_order_of_rules(left: list[Body], right: list[Body], rules: list[dict[str, Any]]) -> None:
    """Which differences stop a release does not depend on the order of the rules."""
    there = judged(left, right, *named(rules))
    back = judged(left, right, *reversed(named(rules)))

    assert opened(there) == opened(back)
    assert there.verdict is back.verdict


@given(environments(), environments(), RULES)
def test_hits(left: list[Body], right: list[Body], rules: list[dict[str, Any]]) -> None:
    """A rule without hits explains and forbids nothing, and one with hits is not unused."""
    result = judged(left, right, *named(rules))
    named_by_findings = {
        expectation.rule
        for finding in result.findings
        for expectation in (finding.expected, finding.violates)
        if expectation
    }
    with_hits = {rule.id for rule in result.rules if rule.state and rule.hits}
    unused = {rule.id for rule in result.rules if rule.state and rule.state.value == "unused"}

    assert named_by_findings <= with_hits
    assert not with_hits & unused
