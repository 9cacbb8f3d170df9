"""JUnit XML, for what shows test results: a case for each object, and for each gap.

There is no standard; this is what both Jenkins and GitLab read.
https://github.com/testmoapp/junitxml,
https://docs.gitlab.com/ci/testing/unit_test_reports/
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from driftcheck.model import Effect, Finding, ObjectReference, Result, counted
from driftcheck.reports._inert import without_commands
from driftcheck.reports._sentences import reason, remarks, sentence, short
from driftcheck.reports._words import environment_names, gate_text, what_stops

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, https://www.w3.org/TR/xml/#charsets."""
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
    cases = [*_object_cases(result), *_gap_cases(result)]
    _name_apart(cases)
    suite = Element("testsuite", {"name": _between(result), **_counts(cases)})
    properties = SubElement(suite, "properties")
    SubElement(properties, "property", name="verdict", value=result.verdict.value)
    if result.policy:
        SubElement(properties, "property", name="policy", value=_legal(result.policy.file))
        SubElement(properties, "property", name="policy-digest", value=result.policy.digest)
    suite.extend(cases)
    said = [*result.reasons, *filter(None, [gate_text(result)])]
    said += [f"to be mended: {warning}" for warning in result.warnings]
    SubElement(suite, "system-out").text = _lines(f"- {short(text, 1000)}" for text in said)
    root = Element("testsuites", name="driftcheck")
    root.append(suite)
    indent(root)
    written = tostring(root, encoding="unicode")
    report = f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'
    return without_commands(report, escape="&#{};".format)


def _object_cases(result: Result) -> Iterator[Element]:
    """A case for each object that was compared, differing or not."""
    findings: Mapping[ObjectReference, list[Finding]] = defaultdict(list)
    for finding in result.findings:
        findings[finding.object].append(finding)
    compared = dict.fromkeys([*(item.object for item in result.objects), *findings])
    waivers = {rule.id for rule in result.rules if rule.effect is Effect.WAIVE}
    stops = what_stops(result)
    for reference in sorted(compared):
        case = _case(result, f"{reference.group_kind} {reference.name}")
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
        SubElement(case, "failure", message=_legal(said), type=category).text = text
    elif waived and all(finding.expected for finding in findings):
        SubElement(case, "skipped", message=_legal(reason(waived[0])))
        SubElement(case, "system-out").text = text
    elif findings:
        SubElement(case, "system-out").text = text


def _gap_cases(result: Result) -> Iterator[Element]:
    """An error for each gap in the evidence, skipped where it is accepted.

    They are named by what stays the same.
    """
    for gap in result.gaps:
        case = _case(result, f"evidence: {gap.partition(': ')[0]}")
        error = SubElement(case, "error", message=_legal(short(gap)), type="inconclusive")
        error.text = _legal(short(gap, 10_000))
        yield case
    for accepted in result.accepted:
        case = _case(result, f"evidence: {accepted.partition(': ')[0]}")
        SubElement(case, "skipped", message=_legal(short(accepted, 1000)))
        yield case


def _case(result: Result, name: str) -> Element:
    return Element("testcase", classname=_between(result), name=_legal(short(name)))


def _between(result: Result) -> str:
    return _legal(f"driftcheck.{' to '.join(map(short, environment_names(result)))}")


def _name_apart(cases: Iterable[Element]) -> None:
    """Number the cases that would bear the same name: of those a reader may keep one only."""
    met: Counter[str] = Counter()
    for case in cases:
        name = case.attrib["name"]
        met[name] += 1
        if met[name] > 1:
            case.set("name", f"{name} ({met[name]})")


def _counts(cases: list[Element]) -> dict[str, str]:
    found = Counter(child.tag for case in cases for child in case)
    return {
        "tests": str(len(cases)),
        "failures": str(found["failure"]),
        "errors": str(found["error"]),
        "skipped": str(found["skipped"]),
    }


def _text(findings: Sequence[Finding], environments: Sequence[str]) -> str:
    lines = []
    for finding in findings[:_MOST_FINDINGS]:
        lines.append(f"- {sentence(finding, environments)}")
        lines += [f"  {remark}" for remark in remarks(finding, environments)]
    if len(findings) > _MOST_FINDINGS:
        lines.append(f"… and {counted(len(findings) - _MOST_FINDINGS, 'difference')} more")
    return _lines(lines)


def _lines(lines: Iterable[str]) -> str:
    return _legal("\n".join(lines))


def _legal(text: str) -> str:
    """The text with what XML has no way to write as an escape."""
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
