"""A GitLab Code Quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from driftcheck.codec import indented_json
from driftcheck.model import Result
from driftcheck.reports._issues import Issue, file_of, issues
from driftcheck.reports._sentences import remarks, sentence
from driftcheck.reports._words import environment_names


def codequality_report(result: Result) -> str:
    """What nobody expects, as a merge request shows it.

    Args:
        result: What to show.

    Returns:
        A JSON list, empty where there is nothing to show. A fingerprint is the same run by run,
        so that GitLab sees which issues are new and which are resolved.
    """
    path = file_of(result)
    shown = [issue for issue in issues(result) if issue.finding.expected is None]
    return indented_json([_entry(issue, result, path) for issue in shown])


def _entry(issue: Issue, result: Result, path: str) -> dict[str, object]:
    names = environment_names(result)
    said = [sentence(issue.finding, names), *remarks(issue.finding, names)]
    return {
        "description": " ".join(said),
        "check_name": issue.rule,
        "fingerprint": issue.fingerprint,
        "severity": issue.severity.value,
        "location": {"path": path, "lines": {"begin": 1}},
    }
