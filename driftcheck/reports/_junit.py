"""JUnit XML, for what shows test results: a case for each object, and for each gap.

There is no standard; this is what both Jenkins and GitLab read.
https://github.com/testmoapp/junitxml,
https://docs.gitlab.com/ci/testing/unit_test_reports/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement

from driftcheck.model import Effect, Finding, ObjectReference, Result, counted
from driftcheck.reports._junit_suite import junit_suite, legal, legal_lines
from driftcheck.reports._sentences import reason, remarks, sentence, short
from driftcheck.reports._words import environment_names, gate_text, platform_texts, what_stops

_MOST_FINDINGS = 200
"""Of one object, in a case's text."""


def junit_report(result: Result) -> str:
    """The result as test cases: an object that differs fails, a gap in the evidence is an error.

    Args:
        result: What to show.

    Returns:
        An XML document. A case's class is the pair of environments, its name the object's kind
        and name; both are the same run by run, and no two cases have the same.
    """
    properties = {"verdict": result.verdict.value, "platform": result.platform.verdict.value}
    if result.policy:
        properties |= {"policy": short(result.policy.file), "policy-digest": result.policy.digest}
    cases = [*_object_cases(result), *_gap_cases(result)]
    said = [*result.reasons, *filter(None, [gate_text(result)])]
    said += platform_texts(result)
    said += [f"to be mended: {warning}" for warning in result.warnings]
    return junit_suite(_between(result), properties, cases, said)


def _object_cases(result: Result) -> Iterator[Element]:
    """A case for each object that was compared, and for each outside that differs."""
    findings: Mapping[ObjectReference, list[Finding]] = defaultdict(list)
    for finding in result.all_findings:
        findings[finding.object].append(finding)
    compared = dict.fromkeys([*(item.object for item in result.objects), *findings])
    waivers = {rule.id for rule in result.rules if rule.effect is Effect.WAIVE}
    stops = what_stops(result)
    for reference in sorted(compared):
        case = _case(result, f"{reference.group_kind} {reference.name}".rstrip())
        found = findings.get(reference, [])
        _tell(case, found, list(filter(stops, found)), waivers, environment_names(result))
        yield case


def _tell(
    case: Element,
    findings: Sequence[Finding],
    stopping: Sequence[Finding],
    waivers: Container[str],
    environments: Sequence[str],
) -> None:
    """Let a case fail, be skipped, or pass, and say what was found."""
    waived = [item.expected for item in findings if item.expected and item.expected.rule in waivers]
    text = _text(findings, environments)
    if stopping:
        said = sentence(stopping[0], environments)
        if len(stopping) > 1:
            said += f" And {counted(len(stopping) - 1, 'difference')} more."
        category = stopping[0].category.value
        SubElement(case, "failure", message=legal(said), type=category).text = text
    elif waived and all(finding.expected for finding in findings):
        SubElement(case, "skipped", message=legal(reason(waived[0])))
        SubElement(case, "system-out").text = text
    elif findings:
        SubElement(case, "system-out").text = text


def _gap_cases(result: Result) -> Iterator[Element]:
    """An error for each gap in the evidence, skipped where it is accepted.

    They are named by what stays the same.
    """
    for gap in result.gaps:
        case = _case(result, f"evidence: {gap.partition(': ')[0]}")
        error = SubElement(case, "error", message=legal(short(gap)), type="inconclusive")
        error.text = legal(short(gap, 10_000))
        yield case
    for accepted in result.accepted:
        case = _case(result, f"evidence: {accepted.partition(': ')[0]}")
        SubElement(case, "skipped", message=legal(short(accepted, 1000)))
        yield case


def _case(result: Result, name: str) -> Element:
    return Element("testcase", classname=_between(result), name=legal(short(name)))


def _between(result: Result) -> str:
    return legal(f"driftcheck.{' to '.join(map(short, environment_names(result)))}")


def _text(findings: Sequence[Finding], environments: Sequence[str]) -> str:
    lines = []
    for finding in findings[:_MOST_FINDINGS]:
        lines.append(f"- {sentence(finding, environments)}")
        lines += [f"  {remark}" for remark in remarks(finding, environments)]
    if len(findings) > _MOST_FINDINGS:
        lines.append(f"… and {counted(len(findings) - _MOST_FINDINGS, 'difference')} more")
    return legal_lines(lines)
