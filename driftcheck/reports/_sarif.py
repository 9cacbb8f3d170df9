"""SARIF 2.1.0, as code scanning reads it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html,
https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.model import Category, Result
from driftcheck.reports._issues import (
    ACCEPTED,
    GAP,
    SEVERITIES,
    Issue,
    Severity,
    file_of,
    issues,
    rule_name,
)
from driftcheck.reports._sarif_log import (
    described,
    literal,
    location,
    notification,
    sarif_log,
    uri_of,
)
from driftcheck.reports._sentences import reason, remarks, sentence, short
from driftcheck.reports._words import environment_names, gate_text, platform_texts, policy_text

MOST_RESULTS = 25_000
"""More in a run, and GitHub refuses the file."""
_LEVELS = {
    Severity.INFO: "note",
    Severity.MINOR: "warning",
    Severity.MAJOR: "error",
    Severity.CRITICAL: "error",
}
_WARNING = "to-be-mended"
_CUT = "too-many-findings"
_NOTIFICATIONS = {
    GAP: (
        "Something could not be seen, or not be compared, so that sameness is not proved.",
        "Give the leave that is missing (see driftcheck rbac), let rollouts end, compare again.",
    ),
    ACCEPTED: (
        "Something was not looked at, and somebody accepts that.",
        "See whether that is still wanted: the notification names the rule, or the option.",
    ),
    _WARNING: (
        "Something is no difference, and should be mended all the same.",
        "Do what the notification says.",
    ),
    _CUT: (
        "There are more findings than code scanning takes.",
        "Mend the worst, or narrow the comparison; the JSON report has every finding.",
    ),
}
_ABOUT: Mapping[Category, str] = {
    Category.SECRET: "the values of Secrets",
    Category.RBAC: "Roles, RoleBindings and ServiceAccounts: who may do what",
    Category.SECURITY: "security contexts, host namespaces and service accounts of pods",
    Category.IMAGE: "the images that are declared, and those that really run",
    Category.COMMAND: "commands and arguments of containers",
    Category.ENVIRONMENT: "environment variables of containers",
    Category.CONFIG: "ConfigMaps",
    Category.NETWORK: "Services, Ingresses, network policies and ports",
    Category.STORAGE: "volumes and claims",
    Category.RESOURCES: "requests, limits and quotas",
    Category.SCALING: "replicas, autoscalers and disruption budgets",
    Category.PROBE: "probes of containers",
    Category.SCHEDULING: "placement of pods, and schedules of jobs",
    Category.LIFECYCLE: "hooks, grace periods and update strategies",
    Category.CUSTOM: "custom resources",
    Category.PLATFORM: "fields that only one of the servers' versions knows",
    Category.OTHER: "everything else",
    Category.METADATA: "labels, annotations, finalizers and owners",
}


def sarif_report(result: Result) -> str:
    """The result as a log of static analysis, with one run.

    Args:
        result: What to show.

    Returns:
        JSON. Expected findings are suppressed results, gaps in the evidence and warnings are
        notifications. Of more findings than GitHub takes, the worst are shown, and it is said.
    """
    found = issues(result)
    shown = sorted(found, key=lambda issue: issue.finding.expected is not None)[:MOST_RESULTS]
    uri = uri_of(file_of(result.environments))
    pair = "..".join(map(short, environment_names(result)))
    run = {
        "tool": {"driver": _driver()},
        "automationDetails": {"id": f"driftcheck/{pair}/"},
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": list(_notifications(result, len(found))),
            }
        ],
        "results": [_result(issue, result, uri) for issue in shown],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "verdict": result.verdict.value,
            "reasons": [short(text, 1000) for text in result.reasons],
            **({"gate": gate} if (gate := gate_text(result)) else {}),
            "policy": literal(short(policy_text(result))),
            "platform": [literal(short(text, 1000)) for text in platform_texts(result)],
        },
    }
    return sarif_log(run)


def _driver() -> dict[str, Any]:
    return {
        "name": "driftcheck",
        "fullName": "driftcheck: are Kubernetes environments the same?",
        "rules": [_rule(category) for category in Category],
        "notifications": [
            described(name, short=about, full=about, help_text=help_text)
            for name, (about, help_text) in _NOTIFICATIONS.items()
        ],
    }


def _rule(category: Category) -> dict[str, Any]:
    about = _ABOUT[category]
    return {
        **described(
            rule_name(category),
            short=f"Environments differ in category '{category.value}'.",
            full=f"Environments differ in {about}.",
            help_text=f"This is about {about}. If the difference is not wanted, make the object of"
            " one environment what it is in the other. If it is, let a rule of the policy say so, "
            "and why.",
        ),
        "name": f"Drift{category.value.title()}",
        "defaultConfiguration": {"level": _LEVELS[SEVERITIES[category]]},
        "properties": {"tags": ["kubernetes", "drift"], "precision": "very-high"},
    }


def _result(issue: Issue, result: Result, uri: str) -> dict[str, Any]:
    finding, names = issue.finding, environment_names(result)
    said = [sentence(finding, names), *remarks(finding, names)]
    written: dict[str, Any] = {
        "ruleId": issue.rule,
        "ruleIndex": list(Category).index(finding.category),
        "level": _LEVELS[issue.severity],
        "message": {"text": literal(" ".join(said))},
        "locations": [location(uri, finding.object, finding.path)],
        "partialFingerprints": {"primaryLocationLineHash": issue.fingerprint},
        "properties": {
            "category": finding.category.value,
            "categories": [category.value for category in finding.categories],
            "change": finding.change.value,
            **({"acts": finding.acts.value} if finding.acts else {}),
        },
    }
    if finding.expected:
        justification = reason(finding.expected)
        written["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": justification}
        ]
    return written


def _notifications(result: Result, found: int) -> Iterator[dict[str, Any]]:
    for gap in result.gaps:
        yield _notification(GAP, "error", gap)
    for accepted in result.accepted:
        yield _notification(ACCEPTED, "note", accepted)
    for warning in result.warnings:
        yield _notification(_WARNING, "warning", warning)
    if found > MOST_RESULTS:
        text = f"There are {found} findings, of which the worst {MOST_RESULTS} are shown."
        yield _notification(_CUT, "warning", text)


def _notification(name: str, level: str, text: str) -> dict[str, Any]:
    return notification(name, list(_NOTIFICATIONS).index(name), level, text)
