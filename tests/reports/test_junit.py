"""JUnit XML, read by another implementation: what fails, what passes, and what is in doubt."""

from __future__ import annotations

import pytest
from attrs import evolve
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from driftcheck import Result, render
from driftcheck.model import (
    Category,
    Effect,
    Expectation,
    Finding,
    Gate,
    RuleHits,
    RuleState,
    Verdict,
)
from driftcheck.pipeline import compare_snapshots
from tests.builders import compare, config_map, workload
from tests.conftest import Captured

STAGING, PRODUCTION = "bookshop-staging", "bookshop-production"


@pytest.fixture(scope="module")
def drifted(captured: Captured) -> Result:
    return compare_snapshots([captured("drifted", STAGING), captured("drifted", PRODUCTION)])


def suite(result: Result) -> TestSuite:
    """The one suite, as a reader of JUnit has it."""
    (found,) = JUnitXml.fromstring(render(result, "junit").encode())
    return found


def cases(result: Result) -> dict[str, TestCase]:
    """The cases by name; no two have the same."""
    found = list(suite(result))
    assert len({(case.classname, case.name) for case in found}) == len(found)
    return {case.name: case for case in found}


def outcome(case: TestCase) -> str:
    """What became of a case."""
    names = {Failure: "failure", Error: "error", Skipped: "skipped"}
    return next((names[type(entry)] for entry in case.result), "passed")


def two_findings() -> Result:
    """A ConfigMap with two differences, beside one with none."""
    same = config_map("same")
    return compare([same, config_map(a="1", b="2")], [same, config_map(a="x", b="y")])


def expected(finding: Finding, rule: str) -> Finding:
    return evolve(finding, expected=Expectation(rule, f"because of {rule}", "2026-12-31"))


def with_waivers(result: Result) -> Result:
    """The result with a rule that waives everything."""
    findings = tuple(expected(finding, "all") for finding in result.findings)
    return with_rules(evolve(result, findings=findings), all=Effect.WAIVE)


def with_rules(result: Result, **effects: Effect) -> Result:
    hits = tuple(RuleHits(name, 1, RuleState.USED, effect) for name, effect in effects.items())
    return evolve(result, rules=hits)


def test_a_case_for_each_object(drifted: Result) -> None:
    """Every compared object is a case, which fails where the object differs, else passes."""
    found = cases(drifted)
    differing = {finding.object for finding in drifted.findings}

    assert len(found) == len(drifted.objects)
    for item in drifted.objects:
        case = found[f"{item.object.group_kind} {item.object.name}"]
        assert case.classname == f"driftcheck.{STAGING} to {PRODUCTION}"
        assert outcome(case) == ("failure" if item.object in differing else "passed")


def test_counts(drifted: Result) -> None:
    """The suite's numbers are those of its cases."""
    read = suite(drifted)
    outcomes = [outcome(case) for case in read]

    assert (read.tests, read.failures) == (len(outcomes), outcomes.count("failure"))
    assert (read.errors, read.skipped) == (0, 0)


def test_all_of_an_object(drifted: Result) -> None:
    """A failure names the first difference, and its text has every one of the object."""
    (failure,) = cases(drifted)["Deployment.apps api"].result
    paths = [item.path for item in drifted.findings if str(item.object) == "Deployment api"]

    assert paths[0] in failure.message
    assert f"And {len(paths) - 1} differences more." in failure.message
    assert all(path in failure.text for path in paths)
    assert failure.type == "image"


def test_expected_by_waivers() -> None:
    """Where everything is expected, and something is waived, the case is skipped, and says why."""
    result = two_findings()
    waived, ranged = result.findings
    result = evolve(result, findings=(expected(waived, "hotfix"), expected(ranged, "levels")))
    case = cases(with_rules(result, hotfix=Effect.WAIVE, levels=Effect.ONE_OF))[
        "ConfigMap settings"
    ]

    assert outcome(case) == "skipped"
    assert "rule hotfix (until 2026-12-31): because of hotfix" in case.result[0].message
    assert "data.a" in case.system_out
    assert "data.b" in case.system_out


def test_expected_by_policy() -> None:
    """Where everything is expected and nothing waived, the case passes, and says what differs."""
    result = two_findings()
    result = evolve(result, findings=tuple(expected(item, "levels") for item in result.findings))
    case = cases(with_rules(result, levels=Effect.ONE_OF))["ConfigMap settings"]

    assert outcome(case) == "passed"
    assert "Expected by rule levels" in case.system_out


def test_partly_expected() -> None:
    """One difference that nobody expects fails the case, waivers or not."""
    result = two_findings()
    first, second = result.findings
    result = with_rules(evolve(result, findings=(expected(first, "w"), second)), w=Effect.WAIVE)
    case = cases(result)["ConfigMap settings"]

    assert outcome(case) == "failure"
    assert "data.b" in case.result[0].message
    assert "data.a" in case.result[0].text


def test_what_the_gate_lets_through() -> None:
    """A finding that the gate does not count passes, and is shown."""
    result = evolve(two_findings(), gate=Gate(frozenset({Category.IMAGE})))
    case = cases(result)["ConfigMap settings"]

    assert outcome(case) == "passed"
    assert "data.a" in case.system_out


@pytest.mark.parametrize(("most", "outcomes"), [(1, "failure"), (2, "passed")])
def test_as_many_as_the_gate_lets_through(most: int, outcomes: str) -> None:
    """Drift that the gate lets through fails no case, and more of it fails them all."""
    result = evolve(two_findings(), gate=Gate(None, most))
    case = cases(result)["ConfigMap settings"]

    assert outcome(case) == outcomes
    assert (result.exit_status == 1) == (outcomes == "failure")
    assert f"it lets {most} through" in render(result, "junit")


def test_violations() -> None:
    """What a policy forbids fails though nothing differs, and the rule is named."""
    result = two_findings()
    forbidden = evolve(result.findings[0], violates=Expectation("own-database", "never staging's"))
    case = cases(evolve(result, findings=(forbidden,)))["ConfigMap settings"]

    assert "Violates rule own-database: never staging's." in case.result[0].text


def test_gaps() -> None:
    """A gap in the evidence is an error whose name leaves out what changes run by run."""
    gaps = (
        "Secret may not be read in shop: request 4711 was refused",
        "Secret may not be read in shop: of another kind",
        "nothing else",
    )
    result = evolve(two_findings(), gaps=gaps, findings=(), verdict=Verdict.INCONCLUSIVE)
    found = cases(result)

    assert [name for name, case in found.items() if outcome(case) == "error"] == [
        "evidence: Secret may not be read in shop",
        "evidence: Secret may not be read in shop (2)",
        "evidence: nothing else",
    ]
    assert "4711" in found["evidence: Secret may not be read in shop"].result[0].message


def test_nothing_compared() -> None:
    """An empty comparison is a valid report with an error: it proved nothing."""
    result = compare([], [])
    read = suite(result)

    assert (read.errors, read.failures) == (1, 0)
    assert outcome(cases(result)["evidence: there was nothing to compare"]) == "error"


def test_nothing_at_all() -> None:
    """A report without a case is well-formed too."""
    result = evolve(compare([config_map()], [config_map()]), objects=())

    assert suite(result).tests == 0


def test_unique_names() -> None:
    """Objects whose kinds and names read the same are two cases."""
    result = two_findings()
    reference = result.findings[0].object
    twins = tuple(
        evolve(item, object=reference._replace(kind=kind, name=name))
        for item, kind, name in zip(result.findings, ("A", "A b"), ("b c", "c"), strict=True)
    )

    assert "A b c (2)" in cases(evolve(result, findings=twins))


def test_stable_names(drifted: Result) -> None:
    """The cases of two runs have the same names, whatever has come to differ."""
    same = compare([workload(), config_map(a="1")], [workload(), config_map(a="1")])
    other = compare([workload(), config_map(a="1")], [workload(), config_map(a="2")])

    assert list(cases(same)) == list(cases(other))
    assert render(drifted, "junit") == render(drifted, "junit")
