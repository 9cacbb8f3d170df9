"""What is on one side only counts, for the gate and for rules, as all that it holds."""

from __future__ import annotations

import json

import pytest
from attrs import evolve

from driftcheck import Result, Verdict, render
from driftcheck.codec import read_result, result_json
from driftcheck.model import Category, Gate
from tests.builders import Body, compare, config_map, container, edited, resource, workload
from tests.policy.test_judging import judged, states
from tests.ways import in_every_way

MINER = workload(
    name="miner",
    hostPID=True,
    containers=[container(image="evil/miner:1", command=["/mine"], env=[{"name": "A"}])],
)
IN_A_WORKLOAD = {"image", "command", "environment", "security"}
ROLE = resource(
    "rbac.authorization.k8s.io/v1", "Role", rules=[{"verbs": ["*"], "resources": ["pods"]}]
)
POLICY = resource("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}})
ROLLOUT = {**MINER, "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}
POD = resource("v1", "Pod", "bare", spec={"containers": [container()], "hostNetwork": True})
JOB = {
    **resource("batch/v1", "CronJob", "nightly"),
    "spec": {
        "schedule": "@daily",
        "jobTemplate": {"spec": {"template": MINER["spec"]["template"]}},
    },
}


@pytest.mark.parametrize(
    ("body", "held"),
    [
        (MINER, IN_A_WORKLOAD),
        ({**MINER, "kind": "StatefulSet"}, IN_A_WORKLOAD),
        (JOB, IN_A_WORKLOAD | {"scheduling"}),
        (POD, {"image", "security"}),
        (ROLE, {"rbac"}),
        (POLICY, {"network"}),
        (config_map("settings", a="1"), {"config"}),
        (edited(config_map(), "metadata", "labels", value={"a": "b"}), {"config", "metadata"}),
    ],
)
def test_whole_objects(body: Body, held: set[str]) -> None:
    """A whole object is of every category of what it holds, in every way of looking."""
    for way, result in in_every_way([config_map("both")], [config_map("both"), body]).items():
        (finding,) = (item for item in result.findings if item.object.kind == body["kind"])
        assert held <= {category.value for category in finding.categories}, way
        assert finding.category in finding.categories
        for category in held:
            stopped = evolve(result, gate=Gate(frozenset({Category(category)})))
            assert stopped.exit_status == 1, (way, category)
        assert evolve(result, gate=Gate(frozenset({Category.PLATFORM}))).exit_status != 1


def test_custom_resources_that_hold_templates() -> None:
    """A template of a pod is one wherever it stands."""
    for left, right in (([], [ROLLOUT]), ([ROLLOUT], [])):
        (finding,) = compare([config_map(), *left], [config_map(), *right]).findings
        assert {category.value for category in finding.categories} >= IN_A_WORKLOAD | {"custom"}


@pytest.mark.parametrize(
    ("added", "held"),
    [
        (container("extra", command=["/x"], resources={"limits": {"cpu": "1"}}),
         {"image", "command", "resources"}),
        (container("extra", securityContext={"privileged": True}), {"image", "security"}),
        (container("extra", livenessProbe={"tcpSocket": {"port": 1}}, volumeMounts=[
            {"name": "a", "mountPath": "/a"}]), {"image", "probe", "storage"}),
    ],
)  # fmt: skip
def test_whole_containers(added: Body, held: set[str]) -> None:
    """So is a part of an object: a container is an image, and all else that it holds."""
    one = workload(containers=[container()])
    two = workload(containers=[container(), added])
    for way, result in in_every_way([one], [two]).items():
        (finding,) = (item for item in result.findings if "containers[name=extra]" in item.path)
        assert held <= {category.value for category in finding.categories}, way


def test_single_values() -> None:
    """A value that differs is about one thing, and so is another order."""
    two = container("two")
    pairs = [
        (workload(containers=[container()]), workload(containers=[container(image="shop/web:2")])),
        (workload(containers=[container(), two]), workload(containers=[two, container()])),
    ]
    for left, right in pairs:
        for result in in_every_way([left], [right]).values():
            assert [item.categories for item in result.findings] == [(Category.IMAGE,)]


def test_rules_see_the_same() -> None:
    """A rule that hides a whole workload needs to say that it may, and is told why."""
    refused = judged([config_map()], [config_map(), MINER], {"effect": "any"})
    allowed = judged([config_map()], [config_map(), MINER], {"effect": "any", "dangerous": True})

    assert refused.verdict is Verdict.DRIFTED
    assert allowed.verdict is Verdict.EQUIVALENT
    assert states(refused)["rule-0"][0] == "dangerous"
    assert "command, image, security" in refused.warnings[0]


def gated() -> Result:
    (result, *_) = in_every_way([config_map()], [config_map(), MINER, config_map("b")]).values()
    return evolve(result, gate=Gate(frozenset({Category.IMAGE})))


@pytest.mark.parametrize("format_", ["text", "markdown", "html", "junit", "sarif", "codequality"])
def test_words(format_: str) -> None:
    """No report says that nothing of a category differs which a whole object holds."""
    said = render(gated(), format_)

    assert "nothing of image differs" not in said
    assert "holds security, image, command" in said


def test_gate_in_words() -> None:
    """The gate counts it, and what stops nothing is a warning under the same category."""
    said = render(gated(), "text")

    assert "the gate fails: 1 difference of image" in said
    assert "other\n" in said
    assert "config (warning)\n" in said


def test_formats_for_machines() -> None:
    """JSON, CSV and SARIF have every category; severity is that of the worst."""
    result = gated()
    (finding,) = (item for item in result.findings if item.object.kind == "Deployment")
    names = [category.value for category in finding.categories]

    assert names[:3] == ["security", "image", "command"]
    written = json.loads(render(result, "json"))["findings"]
    assert names in [item["categories"] for item in written]
    assert ", ".join(names) in [record["categories"] for record in result.to_records()]
    sarif = json.loads(render(result, "sarif"))["runs"][0]["results"]
    assert names in [item["properties"]["categories"] for item in sarif]
    severities = [item["severity"] for item in json.loads(render(result, "codequality"))]
    assert "critical" in severities


def test_early_results() -> None:
    """A result without `categories` is read as one in which each finding has its own."""
    content = json.loads(result_json(evolve(gated(), gate=Gate())))
    for finding in content["findings"]:
        del finding["categories"]

    read = read_result(json.dumps(content).encode(), source="early.json")

    assert all(item.categories == (item.category,) for item in read.findings)
