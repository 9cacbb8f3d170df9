"""Rules against each other, rules that deserve no belief, and what stops a release."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Category, DriftError, Gate, Result, UsageError, Verdict
from driftcheck.model import Origin, Window
from driftcheck.pipeline import compare_snapshots
from tests.builders import (
    Body,
    config_map,
    container,
    edited,
    judged,
    judged_many,
    resource,
    snapshot,
    workload,
)

ANY = {"effect": "any"}
UNTIL_NEW_YEAR = {"effect": "waive", "expires": "2026-12-31"}
A, B = config_map(a="1"), config_map(a="2")
JUST_THIS = {**UNTIL_NEW_YEAR, "values": {"staging": "1", "production": "2"}}


def states(result: Result) -> dict[str, tuple[str, int]]:
    """Each rule's state and hits."""
    return {rule.id: (rule.state.value, rule.hits) for rule in result.rules if rule.state}


@pytest.mark.parametrize(
    ("rules", "expected", "violates"),
    [
        ([ANY, {"effect": "equal"}], None, "rule-1"),
        ([{"effect": "equal"}, ANY], None, "rule-0"),
        ([{"effect": "equal"}, UNTIL_NEW_YEAR], None, "rule-0"),
        ([{"effect": "equal"}, JUST_THIS], "rule-1", None),
        ([ANY, {"path": "data.a", "effect": "one_of", "one_of": ["1"]}], None, "rule-1"),
        ([{"path": "data.a", "effect": "one_of", "one_of": ["1", "2"]}, ANY], "rule-0", None),
        ([ANY, {"path": "data.a", "effect": "map", "map": {"1": "3"}}], "rule-0", None),
        ([ANY, UNTIL_NEW_YEAR], "rule-0", None),
    ],
)
def test_precedence(rules: list[Any], expected: str | None, violates: str | None) -> None:
    """What is violated stays open, but for a waiver of these very values; else the first counts."""
    (finding,) = judged([A], [B], *rules).findings

    assert (finding.expected and finding.expected.rule) == expected
    assert (finding.violates and finding.violates.rule) == violates


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (ANY, ("used", 1)),
        ({"effect": "equal"}, ("used", 1)),
        ({**ANY, "match": {"kind": "Secret"}}, ("unused", 0)),
        ({**ANY, "match": {"name": "setting"}}, ("unused", 0)),
        ({**ANY, "match": {"name": "sett*"}}, ("used", 1)),
        ({**ANY, "match": {"group": ""}}, ("used", 1)),
        ({**ANY, "match": {"group": "apps"}}, ("unused", 0)),
        ({**ANY, "path": "data.b"}, ("unused", 0)),
        ({**ANY, "path": ["data.b", "data.a"]}, ("used", 1)),
        ({"effect": "equal", "path": "data.b"}, ("unused", 0)),
        ({**UNTIL_NEW_YEAR}, ("used", 1)),
        ({**UNTIL_NEW_YEAR, "expires": "2026-12-08"}, ("expiring", 1)),
        ({**UNTIL_NEW_YEAR, "expires": "2026-11-24"}, ("expiring", 1)),
        ({**UNTIL_NEW_YEAR, "expires": "2026-11-23"}, ("expired", 0)),
        ({**UNTIL_NEW_YEAR, "values": {"staging": "1", "production": "3"}}, ("unused", 0)),
        ({"path": "data.a", "effect": "range", "range": "prod >= staging"}, ("unused", 0)),
        ({"path": "data.a", "effect": "range", "range": "production >= 3"}, ("used", 1)),
    ],
)
def test_states(rule: dict[str, Any], state: tuple[str, int]) -> None:
    """Each rule says whether it matched, how often, and whether it has ended or is about to."""
    result = judged([A], [B], rule)

    assert states(result) == {"rule-0": state}
    assert bool(result.warnings) is (state[0] != "used")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (
            {"effect": "map", "map": {"2": "1"}, "path": "data.a"},
            "it speaks of, from the baseline to the others",
        ),
        ({**ANY, "path": "data"}, "which wants ** at its end"),
        ({"effect": "differ", "path": "data.password"}, "and so demands nothing"),
        ({**ANY, "path": "spec"}, "matches nothing: mend it or take it out"),
    ],
)
def test_why_a_rule_is_unused(rule: dict[str, Any], said: str) -> None:
    """A rule that does nothing is told what may be wrong with it."""
    (warning,) = judged([A], [B], rule).warnings

    assert said in warning


def test_kinds_with_their_groups() -> None:
    """A kind may come with its group, as other options take it."""
    left, right = workload(), edited(workload(), "spec", "replicas", value=5)
    for kind, verdict in (("Deployment.apps", "equivalent"), ("Deployment.batch", "drifted")):
        rule = {**ANY, "path": "spec.replicas", "match": {"kind": kind}}
        assert judged([left], [right], rule).verdict.value == verdict


def test_equal_rules_are_used_where_nothing_differs() -> None:
    """A rule that demands what is the case anyway has matched."""
    assert states(judged([A], [A], {"effect": "equal", "path": "data.a"})) == {
        "rule-0": ("used", 0)
    }


def test_a_side_that_is_not_compared() -> None:
    """A misspelt side is a warning; one that the policy knows and is not compared is none."""
    rule = {"path": "data.a", "effect": "range", "range": "prod >= staging"}

    (warning,) = judged([A], [B], rule).warnings
    assert "no environment is called prod; compared are staging, production" in warning

    known = judged_many({"staging": [A], "production": [B]}, rule, aliases={"prod": "shop@eu"})
    assert not known.warnings


NETWORK_POLICY = resource("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}})
ROLE = resource("rbac.authorization.k8s.io/v1", "Role", rules=[])


def pod(**fields: Any) -> Body:
    return workload(**{"containers": [container()], **fields})


DANGEROUS = [
    (pod(), pod(containers=[container(image="other:1")])),
    (pod(), pod(containers=[container(command=["sh"])])),
    (pod(), pod(hostNetwork=True)),
    (pod(), pod(containers=[container(securityContext={"privileged": True})])),
    (pod(), pod(containers=[container(), container("another")])),
    (pod(), pod(volumes=[{"name": "v", "hostPath": {"path": "/"}}])),
    (
        pod(volumes=[{"name": "v", "hostPath": {"path": "/a"}}]),
        pod(volumes=[{"name": "v", "hostPath": {"path": "/b"}}]),
    ),
    (
        NETWORK_POLICY,
        edited(NETWORK_POLICY, "spec", "podSelector", value={"matchLabels": {"a": "b"}}),
    ),
    (
        ROLE,
        edited(ROLE, "rules", value=[{"apiGroups": [""], "resources": ["a"], "verbs": ["get"]}]),
    ),
]


@pytest.mark.parametrize(("left", "right"), DANGEROUS)
@pytest.mark.parametrize("effect", [ANY, UNTIL_NEW_YEAR])
def test_danger(left: Body, right: Body, effect: dict[str, Any]) -> None:
    """What is dangerous is hidden only by a rule that says that it may be."""
    refused = judged([left], [right], effect)
    allowed = judged([left], [right], {**effect, "dangerous": True})

    assert refused.verdict is Verdict.DRIFTED
    assert states(refused)["rule-0"][0] == "dangerous"
    assert "dangerous: true" in refused.warnings[0]
    assert allowed.verdict is Verdict.EQUIVALENT
    assert not allowed.warnings


def test_waiver_of_just_these_values_hides_nothing() -> None:
    """The contract's waiver of one image's change needs no leave to be dangerous."""
    rule = {
        "match": {"kind": "Deployment", "name": "web"},
        "path": "spec.template.spec.containers[name=web].image",
        "values": {"staging": "shop/web:1", "production": "shop/web:2"},
        **UNTIL_NEW_YEAR,
    }
    left, right = pod(), pod(containers=[container(image="shop/web:2")])
    third = pod(containers=[container(image="shop/web:3")])

    assert judged([left], [right], rule).verdict is Verdict.EQUIVALENT
    assert judged([left], [third], rule).verdict is Verdict.DRIFTED


def labelled(value: str, **data: str) -> Body:
    return edited(config_map(**data), "metadata", "labels", value={"tier": value})


@pytest.mark.parametrize(
    ("labels", "matches"),
    [("tier=front", True), ("tier=fr*", True), ("tier", True), ("tier in (front,back)", True),
     ("tier=back", False), ("tier!=front", False), ("tier=b*", False), ("owner", False)],
)  # fmt: skip
def test_labels(labels: str, matches: bool) -> None:
    """Rules select by labels as kubectl does, and by globs."""
    result = judged(
        [labelled("front", a="1")], [labelled("front", a="2")], {**ANY, "match": {"labels": labels}}
    )

    assert (result.verdict is Verdict.EQUIVALENT) is matches


def test_labels_hold_on_every_side() -> None:
    """An object that lost the label in one environment is not spoken of."""
    rule = {**ANY, "match": {"labels": "tier=front"}}

    result = judged([labelled("front", a="1")], [labelled("back", a="2")], rule)

    assert [finding.expected for finding in result.findings] == [None, None]


def test_order_of_findings() -> None:
    """What a policy finds fault with stands in its place among what differs."""
    left = [config_map(a="1", b="1"), workload()]
    right = [config_map(a="2", b="1"), edited(workload(), "spec", "replicas", value=3)]
    rule = {"path": "data.*", "effect": "differ"}

    result = judged(left, right, rule)

    assert [(item.path, item.change.value) for item in result.findings] == [
        ("data.a", "changed"),
        ("data.b", "unchanged"),
        ("spec.replicas", "changed"),
    ]


def gated(result: Result, *fail_on: Category, max_findings: int = 0) -> int:
    """The exit status behind a gate."""
    return evolve(result, gate=Gate(frozenset(fail_on) or None, max_findings)).exit_status


def test_gate() -> None:
    """Only the gate's categories stop, and only more of them than it allows."""
    left = [config_map(a="1", b="1"), workload()]
    right = [config_map(a="2", b="2"), edited(workload(), "spec", "replicas", value=3)]
    result = judged(left, right)

    assert gated(result) == 1
    assert gated(result, Category.SCALING) == 1
    assert gated(result, Category.IMAGE, Category.RBAC) == 0
    assert gated(result, Category.CONFIG, max_findings=1) == 1
    assert gated(result, Category.CONFIG, max_findings=2) == 0
    assert gated(evolve(result, gaps=("something was not read",)), Category.IMAGE) == 3
    assert result.verdict is Verdict.DRIFTED


def test_require_takes_the_gate() -> None:
    """The gate in Python is the command's."""
    result = judged([config_map(a="1")], [config_map(a="2")])

    result.require(fail_on=["image", Category.RBAC])
    result.require(max_findings=1)
    with pytest.raises(DriftError):
        result.require()
    with pytest.raises(DriftError):
        result.require(fail_on=["config"])
    result.require(fail_on="image")
    with pytest.raises(UsageError, match="less than none"):
        result.require(max_findings=-1)
    with pytest.raises(UsageError, match="picture"):
        result.require(fail_on=["picture"])


def test_expected_by_day() -> None:
    """A waiver holds through the end of its day, in UTC, and the day is an argument."""
    for day, verdict in ((31, Verdict.EQUIVALENT), (1, Verdict.DRIFTED)):
        today = date(2026 + (day == 1), 12 if day > 1 else 1, day)
        assert judged([A], [B], UNTIL_NEW_YEAR, today=today).verdict is verdict


def test_annotations_relax_nothing() -> None:
    """An object that asks other tools to overlook it is compared, and that is said."""
    quiet = edited(
        config_map(a="1"), "metadata", "annotations", value={"kluctl.io/ignore-diff": ""}
    )
    other = edited(quiet, "data", "a", value="2")
    moment = date(2026, 11, 24)
    seen = [
        evolve(
            snapshot(body, namespace="shop"),
            origin=Origin.CLUSTER,
            window=Window(moment, moment, quiescent=True),  # type: ignore[arg-type]
        )
        for body in (quiet, other)
    ]

    result = compare_snapshots(seen)

    assert result.verdict is Verdict.DRIFTED
    assert len(result.warnings) == 2
    assert "kluctl.io/ignore-diff" in result.warnings[0]
    assert not judged([quiet], [quiet]).warnings


TIMEOUT = "nginx.ingress.kubernetes.io/proxy-read-timeout"
WEB = "spec.template.spec.containers[name=web]"
MEMORY = {**ANY, "path": "spec.template.spec.containers[*].resources.limits.memory"}
DEBUG = {**ANY, "path": "spec.template.spec.containers[*].env[name=DEBUG]"}
LIMITS = {"limits": {"memory": "64Mi"}}


def with_container(**fields: Any) -> Body:
    return workload(containers=[container(**fields)])


def with_annotations(**annotations: str) -> Body:
    body = config_map()
    body["metadata"]["annotations"] = annotations
    return body


@pytest.mark.parametrize(
    ("rules", "bare", "having", "hits"),
    [
        ([MEMORY], with_container(), with_container(resources=LIMITS), [1]),
        ([MEMORY], with_container(resources={"requests": {"cpu": 1}}),
         with_container(resources={"requests": {"cpu": 1}, **LIMITS}), [1]),
        ([DEBUG], with_container(), with_container(env=[{"name": "DEBUG", "value": "1"}]), [1]),
        ([DEBUG, {**ANY, "path": f"{WEB}.env[name=TRACE].value"},
          {**ANY, "path": f"{WEB}.env[name=TRACE].name"}],
         with_container(),
         with_container(env=[{"name": "DEBUG", "value": "1"}, {"name": "TRACE", "value": "1"}]),
         [1, 1, 1]),
        ([{**ANY, "path": f'metadata.annotations["{TIMEOUT}"]'}],
         config_map(), with_annotations(**{TIMEOUT: "120"}), [1]),
        ([{**UNTIL_NEW_YEAR, "path": f'metadata.annotations["{TIMEOUT}"]'}],
         config_map(), with_annotations(**{TIMEOUT: "120"}), [1]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("swapped", [False, True])
def test_parts_of_what_is_missing(
    rules: list[Any], bare: Body, having: Body, hits: list[int], swapped: bool
) -> None:
    """Rules that speak of every part of what one side lacks explain it, as if it had siblings."""
    sides = ([having], [bare]) if swapped else ([bare], [having])
    result = judged(*sides, *rules)

    assert result.verdict is Verdict.EQUIVALENT
    assert [count for _, count in states(result).values()] == hits
    assert not [warning for warning in result.warnings if "ends in" not in warning]


@pytest.mark.parametrize(
    ("rules", "having"),
    [
        ([MEMORY], with_container(resources={"limits": {"memory": "64Mi", "cpu": 1}})),
        ([DEBUG], with_container(env=[{"name": "DEBUG"}, {"name": "PATH", "value": "/opt"}])),
        ([{**ANY, "path": f"{WEB}.securityContext.runAsUser"}],
         with_container(securityContext={"runAsUser": 0})),
        ([{**ANY, "path": f"{WEB}.securityContext.runAsUser", "dangerous": True}],
         with_container(securityContext={"runAsUser": 0, "privileged": True})),
        ([MEMORY, {"effect": "equal", "path": f"{WEB}.resources.limits.memory"}],
         with_container(resources=LIMITS)),
        ([{**MEMORY, "effect": "differ"}], with_container(resources=LIMITS)),
        ([{**MEMORY, **UNTIL_NEW_YEAR, "expires": "2026-11-01"}], with_container(resources=LIMITS)),
        ([{**ANY, "path": "spec.replicas"}], None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("swapped", [False, True])
def test_a_part_that_nobody_expects(rules: list[Any], having: Body | None, swapped: bool) -> None:
    """What is missing stays open for one part that no rule explains, is dangerous, or forbidden."""
    left, right = ([with_container()], [having]) if having else ([config_map()], [])
    result = judged(right, left, *rules) if swapped else judged(left, right, *rules)

    assert result.verdict is Verdict.DRIFTED


def test_missing_on_several_sides() -> None:
    """Of three environments, each part is held to the rules wherever it is."""
    rule = {**ANY, "path": 'metadata.annotations["a"]'}
    sides = {"one": [config_map()], "two": [with_annotations(a="1")]}

    assert judged_many({**sides, "three": [with_annotations(a="2")]}, rule).verdict.value == (
        "equivalent"
    )
    assert judged_many({**sides, "three": [with_annotations(b="2")]}, rule).verdict.value == (
        "drifted"
    )


def test_a_hint_at_what_is_above() -> None:
    """A rule that explains a part alone is told what as a whole is missing, and where."""
    having = with_container(resources={"limits": {"memory": "64Mi", "cpu": 1}})
    (warning,) = judged([with_container()], [having], MEMORY).warnings

    assert warning.endswith(
        "what differs is above its path: "
        f"{WEB}.resources.limits as a whole is missing in staging"
    )  # fmt: skip
