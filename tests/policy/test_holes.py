"""Ways in which a rule might hide more than its reader thinks, or miss what it forbids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from driftcheck import PolicyError, Result, Verdict
from tests.builders import (
    Body,
    config_map,
    container,
    edited,
    judged,
    judged_many,
    resource,
    workload,
)

ANY = {"effect": "any"}
VALUE = "data.value"


def forbidden(result: Result) -> list[tuple[str, str | None]]:
    """Where a rule keeps something open, and which."""
    return [(item.path, item.violates.rule) for item in result.findings if item.violates]


def state(result: Result, rule: str = "rule-0") -> str:
    (found,) = (item.state for item in result.rules if item.id == rule)
    assert found is not None
    return found.value


ROLLOUT = resource("argoproj.io/v1alpha1", "Rollout", spec={"paused": True})
POD = {"spec": {"containers": [container()]}}
NAMESPACE = resource("v1", "Namespace", "shop")
HOOK = {"postStart": {"exec": {"command": ["/setup"]}}}
PROBE = {"exec": {"command": ["/ask"]}}
TASK = resource("tekton.dev/v1", "Task", spec={"steps": [{"image": "registry/a:1"}]})
CILIUM = resource("cilium.io/v2", "CiliumNetworkPolicy", spec={"description": "a"})


def enforcing(level: str) -> list[Body]:
    labels = {"pod-security.kubernetes.io/enforce": level}
    return [edited(NAMESPACE, "metadata", "labels", value=labels), config_map(a="1")]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([config_map()], [config_map(), workload()]),
        ([workload()], [workload(), workload(name="miner")]),
        ([ROLLOUT], [edited(ROLLOUT, "spec", "template", value=POD)]),
        ([config_map()], [config_map(), edited(ROLLOUT, "spec", "template", value=POD)]),
        ([config_map()], [config_map(), resource("rbac.authorization.k8s.io/v1", "Role")]),
        ([CILIUM], [edited(CILIUM, "spec", "description", value="b")]),
        (enforcing("restricted"), enforcing("privileged")),
        ([workload()], [workload(lifecycle=HOOK)]),
        ([workload(livenessProbe={})], [workload(livenessProbe=PROBE)]),
        ([TASK], [edited(TASK, "spec", "steps", 0, "image", value="registry/b:1")]),
    ],
)
def test_danger_inside(left: list[Body], right: list[Body]) -> None:
    """What is dangerous is so also inside of whole objects and subtrees, in labels and hooks."""
    assert judged(left, right, ANY).verdict is Verdict.DRIFTED
    assert judged(left, right, {**ANY, "dangerous": True}).verdict is Verdict.EQUIVALENT


def test_whole_objects_without_danger() -> None:
    """A whole object that runs nothing and lets nobody in needs no leave."""
    assert judged([workload()], [workload(), config_map()], ANY).verdict is Verdict.EQUIVALENT


def test_a_waiver_of_a_whole_object_does_not_tell_what_it_holds() -> None:
    """Its values are its identity, so that what it runs may change under the waiver."""
    miner = workload(name="miner")
    (finding,) = judged([config_map()], [config_map(), miner]).findings
    waiver = {"effect": "waive", "expires": "2026-12-31", "values": dict(finding.values)}

    result = judged([config_map()], [config_map(), miner], waiver)

    assert state(result) == "dangerous"


@pytest.mark.parametrize("path", ["data.value", "data", ["data.value", "data.other"], "**"])
def test_equal_in_every_part(path: Any) -> None:
    """What must be equal is violated by what differs inside of it, such as in a document."""
    left, right = config_map(value='{"a": {"b": 1}}'), config_map(value='{"a": {"b": 2}}')

    result = judged([left], [right], ANY, {"effect": "equal", "path": path})

    assert forbidden(result) == [("data.value.a.b", "rule-1")]


SIDECAR = container("sidecar", image="shop/sidecar:1")


@pytest.mark.parametrize(
    ("demand", "path"),
    [
        ({"effect": "equal"}, "**[name=sidecar].image"),
        ({"effect": "equal"}, "**.containers[*].image"),
        ({"effect": "one_of", "one_of": {"production": ["other"]}}, "**[name=sidecar].image"),
        ({"effect": "matches", "matches": {"production": "^prod/"}}, "**.containers[*].image"),
    ],
)
def test_inside_of_what_is_there_on_one_side(demand: dict[str, Any], path: str) -> None:
    """A rule about a value is violated although the difference is told at the value's root."""
    left, right = workload(containers=[container()]), workload(containers=[container(), SIDECAR])
    wide = {**ANY, "dangerous": True}

    result = judged([left], [right], wide, {**demand, "path": path})

    assert ("spec.template.spec.containers[name=sidecar]", "rule-1") in forbidden(result)


def test_what_is_inside_and_not_spoken_of() -> None:
    """What is there on one side only violates no rule about something else."""
    left, right = workload(containers=[container()]), workload(containers=[container(), SIDECAR])
    rule = {"effect": "equal", "path": "**.containers[*].command"}

    assert not forbidden(judged([left], [right], {**ANY, "dangerous": True}, rule))


@pytest.mark.parametrize("third", [[config_map(other="x")], [workload()]])
def test_two_share_what_a_third_lacks(third: list[Body]) -> None:
    """Two environments with the same password are wrong, whatever a third one has."""
    shared = [config_map(value="staging's"), workload()]
    result = judged_many(
        {"staging": shared, "production": shared, "review": third},
        ANY,
        {"effect": "differ", "path": VALUE},
    )

    assert (VALUE, "rule-1") in forbidden(result)


@pytest.mark.parametrize(
    "rule",
    [
        {"effect": "one_of", "one_of": {"production": ["good"]}},
        {"effect": "matches", "matches": {"production": "^good$"}},
    ],
)
def test_others_do_not_shield(rule: dict[str, Any]) -> None:
    """A side's value is judged although the sides that are not spoken of differ."""
    values = {"staging": "a", "review": "b", "production": "bad"}
    environments = {name: [config_map(value=value)] for name, value in values.items()}

    assert forbidden(judged_many(environments, ANY, {**rule, "path": VALUE})) == [(VALUE, "rule-1")]


@pytest.mark.parametrize(
    "rule",
    [
        {"effect": "one_of", "one_of": {"staging": ["a"], "prodution": ["good"]}},
        {"effect": "matches", "matches": {"staging": "a", "prodution": "^good$"}},
    ],
)
def test_misspelt_side(rule: dict[str, Any]) -> None:
    """A rule that names a side nobody knows explains nothing, and says so."""
    result = judged([config_map(value="a")], [config_map(value="evil")], {**rule, "path": VALUE})

    assert result.verdict is Verdict.DRIFTED
    assert "no environment is called prodution" in result.warnings[0]


def test_missing_where_nothing_is_demanded() -> None:
    """A value that is allowed on one side does not explain that another has none."""
    rule = {"effect": "one_of", "path": VALUE, "one_of": {"production": ["info"]}}

    result = judged([config_map(a="1")], [config_map(a="1", value="info")], rule)

    assert result.verdict is Verdict.DRIFTED


def test_sides_that_overlap() -> None:
    """An environment that is called by two names has what is demanded of both."""
    environments = {"shop@eu": [config_map(value="a")], "shop@us": [config_map(value="b")]}
    for demanded in ({"eu": ["c"], "all": ["a", "b"]}, {"all": ["a", "b"], "eu": ["c"]}):
        rule = {"effect": "one_of", "path": VALUE, "one_of": demanded}
        aliases = {"eu": "shop@eu", "all": "shop@*"}
        assert forbidden(judged_many(environments, rule, aliases=aliases)) == [(VALUE, "rule-0")]


def test_allowed_values_of_one_side_only() -> None:
    """A list of one side's images tells nothing of the other's, and so may hide anything."""
    left, right = (workload(containers=[container(image=name)]) for name in ("evil:1", "good:1"))
    rule = {"effect": "one_of", "path": "**.image", "one_of": {"production": ["good:1"]}}
    told = {**rule, "one_of": {**rule["one_of"], "staging": ["evil:1"]}}  # type: ignore[dict-item]

    assert state(judged([left], [right], rule)) == "dangerous"
    assert judged([left], [right], told).verdict is Verdict.EQUIVALENT


def test_shares_and_numbers() -> None:
    """A percentage and a number can't be put in order."""
    rule = {"effect": "range", "path": VALUE, "range": "production <= staging"}

    result = judged([config_map(value="50%")], [config_map(value="3")], rule)

    assert (result.verdict, state(result)) == (Verdict.DRIFTED, "failed")


@pytest.mark.parametrize(
    ("left", "right", "rule"),
    [
        ("a", "b", {"effect": "range", "range": "production >= staging"}),
        ("a", "a", {"effect": "range", "range": "production >= staging"}),
        ('{"a": 1}', '{"a": 2}', {"effect": "matches", "path": "data.value.a", "matches": "1"}),
    ],
)
def test_what_fails_stays_open(left: str, right: str, rule: dict[str, Any]) -> None:
    """Where a rule can't be evaluated, no wider rule speaks for it, and the finding says why."""
    sides = ([config_map(value=left)], [config_map(value=right)])
    result = judged(*sides, ANY, {"path": VALUE, **rule})

    (finding,) = result.findings
    assert finding.violates
    assert finding.violates.rule == "rule-1"
    assert finding.note == "the rule rule-1 can't be evaluated here"
    assert state(result, "rule-1") == "failed"


@pytest.mark.parametrize("everywhere", ["x", "staging"])
def test_one_value_mapped_to_two(everywhere: str) -> None:
    """What a map makes of a value at one place, no wider rule lets be something else elsewhere."""
    left = config_map(first="staging", second="staging", third=everywhere)
    right = config_map(first="production", second="review", third=everywhere)
    rule = {"effect": "map", "path": "data.*", "map": {"staging": "production"}}

    result = judged([left], [right], ANY, rule)

    third = [("data.third", "rule-1")] if everywhere == "staging" else []
    assert forbidden(result) == [("data.second", "rule-1"), *third]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"effect": "range", "range": "production >= staging"}, "is not quantities"),
        ({"effect": "matches", "path": "data.value.a", "matches": "1"}, "is no text"),
    ],
)
def test_why_it_fails(rule: dict[str, Any], said: str) -> None:
    """A rule that can't be evaluated says where, and what is wrong there."""
    sides = ([config_map(value='{"a": 1}')], [config_map(value='{"a": 1}')])

    (warning,) = judged(*sides, {"path": VALUE, **rule}).warnings

    assert said in warning


def test_moments_are_no_days() -> None:
    """A moment can't be compared with the day on which a rule ends, and is refused."""
    moment = datetime(2026, 12, 31, tzinfo=UTC)

    with pytest.raises(PolicyError, match="expected a date"):
        judged([config_map()], [config_map()], {"effect": "waive", "expires": moment})


def test_a_search_that_never_ends() -> None:
    """An expression that backtracks for ever is given up once, and keeps everything open."""
    endless = "a" * 80 + "b"
    data = {f"key{number}": endless for number in range(50)}
    rule = {"effect": "matches", "path": "data.*", "matches": "(a|aa)+$"}

    result = judged([config_map(**data)], [config_map(**data)], rule)

    assert state(result) == "failed"
    assert len(forbidden(result)) == len(data)
    assert "takes too long" in result.warnings[0]
