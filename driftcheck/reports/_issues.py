"""Findings as issues that a tracker of code quality keeps from run to run."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from attrs import frozen

from driftcheck.model import Category, Environment, Finding, Origin, Result
from driftcheck.reports._words import environment_names, what_stops

POLICY_FILE = "driftcheck.yaml"
"""Where an issue stands that no file of a repository declares."""
GAP = "evidence-not-complete"
PLATFORM = "platform"
ACCEPTED = "knowingly-not-looked-at"
_LONGEST_PATH = 4096
_STANDARD_INPUT = "standard input"


class Severity(Enum):
    """How bad it is that something differs."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


SEVERITIES: Mapping[Category, Severity] = {
    Category.SECRET: Severity.CRITICAL,
    Category.RBAC: Severity.CRITICAL,
    Category.SECURITY: Severity.CRITICAL,
    Category.IMAGE: Severity.CRITICAL,
    Category.COMMAND: Severity.CRITICAL,
    Category.ENVIRONMENT: Severity.MAJOR,
    Category.CONFIG: Severity.MAJOR,
    Category.NETWORK: Severity.MAJOR,
    Category.STORAGE: Severity.MAJOR,
    Category.RESOURCES: Severity.MINOR,
    Category.SCALING: Severity.MINOR,
    Category.PROBE: Severity.MINOR,
    Category.SCHEDULING: Severity.MINOR,
    Category.LIFECYCLE: Severity.MINOR,
    Category.CUSTOM: Severity.MAJOR,
    Category.PLATFORM: Severity.INFO,
    Category.OTHER: Severity.MINOR,
    Category.METADATA: Severity.INFO,
}


@frozen
class Issue:
    """A finding, and what it is known by in the next run.

    Args:
        finding: The finding.
        rule: The kind of issue, by its category: `drift-image`.
        fingerprint: The same in every run in which this place of this object differs between
            these environments, whatever its values; no two issues of a result have the same.
        severity: By the worst of what it is about; the least where it stops no release.
    """

    finding: Finding
    rule: str
    fingerprint: str
    severity: Severity


def issues(result: Result) -> list[Issue]:
    """Every finding as an issue, in the same order."""
    stops = what_stops(result)
    return [
        Issue(
            finding=finding,
            rule=rule_name(finding.category),
            fingerprint=fingerprint,
            severity=_severity(finding) if stops(finding) else Severity.INFO,
        )
        for finding, fingerprint in zip(result.all_findings, _fingerprints(result), strict=True)
    ]


def _severity(finding: Finding) -> Severity:
    return max((SEVERITIES[about] for about in finding.categories), key=list(Severity).index)


def rule_name(category: Category) -> str:
    """What an issue of a category is called: `drift-image`."""
    return f"drift-{category.value}"


def file_of(environments: Iterable[Environment]) -> str:
    """The file that issues are shown at: the manifests, where they have a place in a repository.

    Returns:
        A path relative to the repository's root, with `/` between its parts.
    """
    found = (_relative(environment) for environment in environments)
    return next(filter(None, found), POLICY_FILE)


def _relative(environment: Environment) -> str:
    """Where manifests are; empty where that is nowhere below the working directory."""
    place = environment.place or ""
    is_file = environment.origin is Origin.MANIFESTS and place != _STANDARD_INPUT
    if not is_file or len(place) > _LONGEST_PATH:
        return ""
    path = posixpath.normpath(place.removesuffix(f":{environment.namespace}"))
    return "" if path.startswith(("/", "..")) or path == "." else path


def _fingerprints(result: Result) -> list[str]:
    """A fingerprint for each finding, which neither values nor the findings' order change.

    Findings at one place, such as those of two rules, are told apart by their number.
    """
    names = environment_names(result)
    return numbered([(_place(each, names), _variant(each)) for each in result.all_findings])


def numbered(places: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[str]:
    """A digest for each place, with a number that follows from what else tells it apart."""
    met: Counter[tuple[str, ...]] = Counter()
    fingerprints = [""] * len(places)
    for i in sorted(range(len(places)), key=places.__getitem__):
        place, _ = places[i]
        met[place] += 1
        fingerprints[i] = f"{digest(place)}:{met[place]}"
    return fingerprints


def _place(finding: Finding, environments: Iterable[str]) -> tuple[str, ...]:
    return (*environments, "", *finding.object, finding.path)


def _variant(finding: Finding) -> tuple[str, str]:
    return (finding.violates.rule if finding.violates else "", finding.change.value)


def digest(parts: Iterable[str]) -> str:
    """What something is known by, whatever happens to be said of it."""
    written = "\0".join(parts).encode(errors="backslashreplace")
    return hashlib.sha256(written).hexdigest()[:32]
