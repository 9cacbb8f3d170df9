"""A GitLab Code Quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from driftcheck.codec import indented_json
from driftcheck.model import PlatformVerdict, Result
from driftcheck.reports._issues import (
    ACCEPTED,
    GAP,
    PLATFORM,
    Issue,
    Severity,
    digest,
    file_of,
    issues,
)
from driftcheck.reports._sentences import remarks, sentence, short
from driftcheck.reports._words import environment_names, platform_texts


def codequality_report(result: Result) -> str:
    """What nobody expects, and what was not seen, as a merge request shows it.

    Args:
        result: What to show.

    Returns:
        A JSON list, empty where there is nothing to show. A fingerprint is the same run by run,
        so that GitLab sees which issues are new and which are resolved.
    """
    shown = [issue for issue in issues(result) if issue.finding.expected is None]
    found = [
        *(_of_finding(issue, result) for issue in shown),
        *(_of_gap(GAP, Severity.MAJOR, gap, result) for gap in result.gaps),
        *(_of_gap(ACCEPTED, Severity.INFO, gap, result) for gap in result.accepted),
        *(_of_gap(PLATFORM, Severity.INFO, said, result) for said in _of_platform(result)),
    ]
    location = {"path": file_of(result.environments), "lines": {"begin": 1}}
    return indented_json([{**entry, "location": location} for entry in found])


def _of_platform(result: Result) -> list[str]:
    """What is said of what lies outside, unless it is all well or nobody looked."""
    is_quiet = result.platform.verdict in (PlatformVerdict.SAME, PlatformVerdict.NONE)
    return [] if is_quiet else platform_texts(result)


def _of_finding(issue: Issue, result: Result) -> dict[str, object]:
    names = environment_names(result)
    said = [sentence(issue.finding, names), *remarks(issue.finding, names)]
    return {
        "description": " ".join(said),
        "check_name": issue.rule,
        "fingerprint": issue.fingerprint,
        "severity": issue.severity.value,
    }


def _of_gap(name: str, severity: Severity, said: str, result: Result) -> dict[str, object]:
    """What was not seen, known by what stays the same."""
    place = (*environment_names(result), name, said.partition(": ")[0])
    return {
        "description": short(said, 1000),
        "check_name": name,
        "fingerprint": digest(place),
        "severity": severity.value,
    }
