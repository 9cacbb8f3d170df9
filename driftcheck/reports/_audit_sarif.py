"""An audit as SARIF 2.1.0, as code scanning reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from driftcheck.model import Audit, AuditFinding, Check, Grade
from driftcheck.reports._audit_words import ABOUT, more_places, names_of, written_text
from driftcheck.reports._issues import file_of, numbered
from driftcheck.reports._sarif import MOST_RESULTS
from driftcheck.reports._sarif_log import (
    described,
    literal,
    location,
    notification,
    sarif_log,
    uri_of,
)
from driftcheck.reports._sentences import reason, short

_LEVELS = {Grade.CERTAIN: "error", Grade.PROBABLE: "warning", Grade.POSSIBLE: "note"}
_NOT_LOOKED = "check-not-looked"
_WARNING = "to-be-mended"
_CUT = "too-many-findings"
_NOTIFICATIONS = {
    _NOT_LOOKED: (
        "A check could not look at all that it needs.",
        "Do what the notification says, and audit again.",
    ),
    _WARNING: (
        "Something is no finding, and should be mended all the same.",
        "Do what the notification says.",
    ),
    _CUT: (
        "There are more findings than code scanning takes.",
        "Mend the surest; the JSON report has every finding.",
    ),
}
_LONGEST_SENTENCE = 1000


def audit_sarif(audit: Audit) -> str:
    """The audit as a log of static analysis, with one run.

    Args:
        audit: What to show.

    Returns:
        JSON. Expected findings are suppressed results; checks that could not look, and warnings,
        are notifications. Of more findings than GitHub takes, the surest are shown.
    """
    uri = uri_of(file_of(audited.environment for audited in audit.environments))
    found = sorted(_fingerprinted(audit), key=lambda pair: pair[0].expected is not None)
    run = {
        "tool": {"driver": _driver()},
        "automationDetails": {"id": f"driftcheck-audit/{','.join(map(short, names_of(audit)))}/"},
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": list(_notes(audit))}
        ],
        "results": [_result(*pair, audit, uri) for pair in found[:MOST_RESULTS]],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "verdict": audit.verdict.value,
            "reasons": [short(text, _LONGEST_SENTENCE) for text in audit.reasons],
        },
    }
    return sarif_log(run)


def _fingerprinted(audit: Audit) -> list[tuple[AuditFinding, str]]:
    """Each finding, with what it is known by in the next run, whatever is found then."""
    places = [
        ((each.environment, each.check.value, *each.object, each.path), (each.says,))
        for each in audit.findings
    ]
    return list(zip(audit.findings, numbered(places), strict=True))


def _driver() -> dict[str, Any]:
    return {
        "name": "driftcheck",
        "fullName": "driftcheck audit: was an environment changed by hand, and does it hold still?",
        "rules": [_rule(check) for check in Check],
        "notifications": [
            described(name, short=about, full=about, help_text=help_text)
            for name, (about, help_text) in _NOTIFICATIONS.items()
        ],
    }


def _rule(check: Check) -> dict[str, Any]:
    help_text = (
        f"{ABOUT[check]} Do what the result says; if it is meant to be so, let a rule of the policy"
        f" that matches the check {check.value} say it, and why."
    )
    return {
        **described(check.value, short=ABOUT[check], full=ABOUT[check], help_text=help_text),
        "name": check.value.title().replace("-", ""),
        "properties": {"tags": ["kubernetes", "audit"]},
    }


def _result(finding: AuditFinding, fingerprint: str, audit: Audit, uri: str) -> dict[str, Any]:
    stops = audit.is_stopping(finding)
    written: dict[str, Any] = {
        "ruleId": finding.check.value,
        "ruleIndex": list(Check).index(finding.check),
        "level": "error" if stops else _LEVELS[finding.grade],
        "message": {"text": literal(_sentence(finding))},
        "locations": [location(uri, finding.object, finding.path)],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        "properties": {"grade": finding.grade.value, "environment": short(finding.environment)},
    }
    if finding.expected:
        justification = reason(finding.expected)
        written["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": justification}
        ]
    return written


def _sentence(finding: AuditFinding) -> str:
    """What was found where, who wrote it, and what to do next."""
    path = f" at '{short(finding.path)}'{more_places(finding)}" if finding.path else ""
    where = f"{short(str(finding.object))} in '{short(finding.environment)}'{path}"
    said = (finding.says, written_text(finding), finding.advice)
    return f"{where}: {'. '.join(short(text, _LONGEST_SENTENCE) for text in said if text)}."


def _notes(audit: Audit) -> Iterator[dict[str, Any]]:
    for audited in audit.environments:
        for row in audited.checks:
            if not row.is_looked:
                said = f"{row.check.value} in {audited.environment.name}: {row.reason}"
                yield _notification(_NOT_LOOKED, "error", said)
    for warning in audit.warnings:
        yield _notification(_WARNING, "warning", warning)
    if len(audit.findings) > MOST_RESULTS:
        count = len(audit.findings)
        said = f"There are {count} findings, of which {MOST_RESULTS} are shown."
        yield _notification(_CUT, "warning", said)


def _notification(name: str, level: str, text: str) -> dict[str, Any]:
    return notification(name, list(_NOTIFICATIONS).index(name), level, text)
