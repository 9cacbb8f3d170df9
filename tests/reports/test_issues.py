"""SARIF and Code Quality: what a tracker of issues keeps from run to run."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from driftcheck import Result, render
from driftcheck.model import NO_PLATFORM, Category, Change, Expectation, Gate, Origin
from driftcheck.pipeline import compare_snapshots
from driftcheck.reports import _sarif
from tests.builders import compare, config_map
from tests.conftest import Captured

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"


@pytest.fixture(scope="module")
def drifted(captured: Captured) -> Result:
    return compare_snapshots([captured("drifted", STAGING), captured("drifted", PRODUCTION)])


def sarif(result: Result) -> dict[str, Any]:
    """The one run of the log."""
    log = json.loads(render(result, "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return dict(run)


def entries(result: Result) -> list[dict[str, Any]]:
    return list(json.loads(render(result, "codequality")))


def fingerprints(result: Result) -> list[str]:
    """The issues' fingerprints, which are the same in both formats."""
    ours = [
        item["partialFingerprints"]["primaryLocationLineHash"] for item in sarif(result)["results"]
    ]
    assert [entry["fingerprint"] for entry in entries(result)] == ours
    return ours


def one(**changes: Any) -> Result:
    """A result with one finding, changed so."""
    result = compare([config_map(a="1")], [config_map(a="2")])
    finding = evolve(result.findings[0], **changes)
    return evolve(result, findings=(evolve(finding, categories=(finding.category,)),))


def placed(result: Result, *places: str | None, namespace: str | None = None) -> Result:
    environments = tuple(
        evolve(environment, place=place, namespace=namespace)
        for environment, place in zip(result.environments, places, strict=True)
    )
    return evolve(result, environments=environments)


def test_every_finding(drifted: Result) -> None:
    """Each finding is a result and an entry, in the order of the findings; gaps come after."""
    found = drifted.findings
    for shown, entry, finding in zip(
        sarif(drifted)["results"], entries(drifted)[: len(found)], found, strict=True
    ):
        assert shown["ruleId"] == entry["check_name"] == f"drift-{finding.category.value}"
        assert shown["message"]["text"].startswith(str(finding.object))
        assert entry["description"].startswith(str(finding.object))
        assert finding.path.replace("](", "] (") in shown["message"]["text"]


def test_what_github_needs(drifted: Result) -> None:
    """Rules and results have what code scanning asks for.

    https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support
    """
    run = sarif(drifted)
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert rule["id"]
        for text in ("shortDescription", "fullDescription", "help"):
            assert 0 < len(rule[text]["text"]) <= 1024
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert not re.match(r"/|[a-z]+:|\.\.", physical["artifactLocation"]["uri"])
        assert set(physical["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    assert run["automationDetails"]["id"] == f"driftcheck/{STAGING}..{PRODUCTION}/"


def test_what_gitlab_needs(drifted: Result) -> None:
    """Entries have what a merge request's widget asks for.

    https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
    """
    for entry in entries(drifted):
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not entry["location"]["path"].startswith("./")
        assert entry["location"]["lines"]["begin"] == 1
    assert not render(drifted, "codequality").startswith("\ufeff")


def test_nothing_to_show() -> None:
    """Where nothing differs, the list is empty and the log has no results."""
    same = compare([config_map()], [config_map()])

    assert render(same, "codequality") == "[]\n"
    assert sarif(same)["results"] == []


def test_unique_fingerprints(drifted: Result) -> None:
    """No two issues of a result have one fingerprint, not even two at one place."""
    twins = (*drifted.findings, *drifted.findings[:3])
    found = fingerprints(evolve(drifted, findings=twins, platform=NO_PLATFORM))

    assert len(set(found)) == len(twins)


@given(order=st.permutations(range(4)), value=st.text("abc"), note=st.none() | st.text("abc"))
def test_stable_fingerprints(order: list[int], value: str, note: str | None) -> None:
    """Neither values, notes and writers nor the order of findings change a fingerprint."""
    result = compare([config_map(a="1", b="1", c="1", d="1")], [config_map()])
    names = [environment.name for environment in result.environments]
    shuffled = tuple(
        evolve(result.findings[i], values=dict.fromkeys(names, value), note=note) for i in order
    )

    before, after = fingerprints(result), fingerprints(evolve(result, findings=shuffled))

    assert after == [before[i] for i in order]


@pytest.mark.parametrize(("most", "level"), [(0, "error"), (1, "note")])
def test_what_the_gate_lets_through(most: int, level: str) -> None:
    """Drift that the gate lets through is a note, as it stops no release."""
    result = evolve(compare([config_map(a="1")], [config_map(a="2")]), gate=Gate(None, most))

    assert [found["level"] for found in sarif(result)["results"]] == [level]
    assert [entry["severity"] for entry in entries(result)] == ["info" if most else "major"]


def test_fingerprints_of_two_rules() -> None:
    """Two rules' findings at one place keep their fingerprints when they change places."""
    first, second = (
        one(violates=Expectation(rule, "x")).findings[0] for rule in ("first", "second")
    )
    result = one()

    assert fingerprints(evolve(result, findings=(first, second))) == list(
        reversed(fingerprints(evolve(result, findings=(second, first))))
    )


def test_fingerprints_of_pairs() -> None:
    """The same difference between other environments is another issue."""
    result = one()
    others = tuple(evolve(item, name=f"{item.name}-eu") for item in result.environments)

    assert fingerprints(result) != fingerprints(evolve(result, environments=others))


def test_expected() -> None:
    """What is expected is a suppressed result with the reason, and no entry."""
    result = one(expected=Expectation("hotfix", "rolls out on Monday", "2026-12-31"))
    (shown,) = sarif(result)["results"]

    assert shown["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "rule hotfix (until 2026-12-31): rolls out on Monday",
        }
    ]
    assert shown["level"] == "note"
    assert entries(result) == []
    assert "suppressions" not in sarif(one())["results"][0]


@pytest.mark.parametrize(
    ("category", "fail_on", "level", "severity"),
    [
        (Category.IMAGE, None, "error", "critical"),
        (Category.CONFIG, None, "error", "major"),
        (Category.SCALING, None, "warning", "minor"),
        (Category.METADATA, None, "note", "info"),
        (Category.IMAGE, {Category.IMAGE}, "error", "critical"),
        (Category.CONFIG, {Category.IMAGE}, "note", "info"),
    ],
)
def test_levels(
    category: Category, fail_on: set[Category] | None, level: str, severity: str
) -> None:
    """How bad an issue is, its category says; what stops no release is a note."""
    gate = Gate(None if fail_on is None else frozenset(fail_on))
    result = evolve(one(category=category), gate=gate)

    assert sarif(result)["results"][0]["level"] == level
    assert entries(result)[0]["severity"] == severity


@pytest.mark.parametrize(
    ("places", "path", "uri"),
    [
        ((None, None), "driftcheck.yaml", "driftcheck.yaml"),
        (("./staging/app.yaml", None), "staging/app.yaml", "staging/app.yaml"),
        ((None, "deploy/../prod"), "prod", "prod"),
        (("/abs/app.yaml", "./prod.yaml"), "prod.yaml", "prod.yaml"),
        (("../app.yaml", None), "driftcheck.yaml", "driftcheck.yaml"),
        ((".", None), "driftcheck.yaml", "driftcheck.yaml"),
        (("standard input", None), "driftcheck.yaml", "driftcheck.yaml"),
        (("./a b/ä#?.yaml", None), "a b/ä#?.yaml", "a%20b/%C3%A4%23%3F.yaml"),
        (("dump.yaml:shop", None), "dump.yaml", "dump.yaml"),
    ],
)
def test_places(places: tuple[str | None, ...], path: str, uri: str) -> None:
    """Issues stand at the manifests, where these are below the working directory."""
    result = placed(one(), *places, namespace="shop")
    (shown,) = sarif(result)["results"]

    assert entries(result)[0]["location"]["path"] == path
    assert shown["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_snapshots_are_no_manifests() -> None:
    """A saved snapshot is no file that somebody would mend."""
    result = placed(one(), "./a.json.gz", "./b.json.gz")
    environments = tuple(evolve(item, origin=Origin.CLUSTER) for item in result.environments)

    path = entries(evolve(result, environments=environments))[0]["location"]["path"]

    assert path == "driftcheck.yaml"


def test_notifications() -> None:
    """Gaps in the evidence and warnings are notifications, each with its descriptor."""
    run = sarif(evolve(one(), gaps=("Secret may not be read",), warnings=("rule x is unused",)))
    descriptors = run["tool"]["driver"]["notifications"]
    told = run["invocations"][0]["toolExecutionNotifications"]

    assert [(item["level"], item["message"]["text"]) for item in told] == [
        ("error", "Secret may not be read"),
        ("warning", "rule x is unused"),
    ]
    for item in told:
        assert descriptors[item["descriptor"]["index"]]["id"] == item["descriptor"]["id"]


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more findings than GitHub takes, those that nobody expects come first, and it is said."""
    monkeypatch.setattr(_sarif, "MOST_RESULTS", 2)
    result = compare([config_map(a="1", b="1", c="1")], [config_map()])
    first, *rest = result.findings
    run = sarif(evolve(result, findings=(evolve(first, expected=Expectation("x", "y")), *rest)))

    assert [item.get("suppressions") for item in run["results"]] == [None, None]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "There are 3 findings, of which the worst 2 are shown."


def test_links_and_placeholders() -> None:
    """What SARIF would show as a link, or fill in, is shown as it is."""
    value = "[click](https://evil.example) {0}"
    names = [environment.name for environment in one().environments]
    (shown,) = sarif(one(values=dict.fromkeys(names, value)))["results"]

    assert "](" not in shown["message"]["text"]
    assert "{0}" not in shown["message"]["text"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "ConfigMap settings differs at 'data.a': "),
        (
            {"path": "", "values": {"objects": {}}, "change": Change.REMOVED},
            "ConfigMap settings is only in 'objects'.",
        ),
        ({"path": "", "values": {"objects": {}}}, "ConfigMap settings is in 'objects'."),
        ({"values": {"objects": -1}}, "-1 in 'objects', nothing in 'objects (2)'."),
        ({"note": "formatting only"}, "Note: formatting only."),
        ({"violates": Expectation("own", "never staging's")}, "Violates rule own: never"),
    ],
)
def test_sentences(changes: dict[str, Any], said: str) -> None:
    """A message says what is seen, where, on each side, and what to know besides."""
    assert said in entries(one(**changes))[0]["description"]


def test_rules_cover_categories() -> None:
    """Every category has a rule and a severity of its own."""
    rules = [rule["id"] for rule in sarif(one())["tool"]["driver"]["rules"]]

    assert rules == [f"drift-{category.value}" for category in Category]
