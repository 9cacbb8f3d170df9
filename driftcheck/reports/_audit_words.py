"""What every report of an audit says in the same words, and alike findings as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from attrs import frozen

from driftcheck.model import (
    Audit,
    AuditedEnvironment,
    AuditFinding,
    AuditVerdict,
    Check,
    Expectation,
    Grade,
    ManagerRow,
    ObjectReference,
    counted,
)
from driftcheck.reports._words import NOT_THERE, manager_text, who_text

AUDIT_VERDICTS = {
    AuditVerdict.UNMARKED: ("✔", "green"),
    AuditVerdict.MUTATED: ("✘", "red"),
    AuditVerdict.INCONCLUSIVE: ("?", "yellow"),
}
LEAVES_NO_MARK = (
    "What was deleted leaves no mark, and neither does an edit that a deployer has taken over "
    "since. Field managers are called what their clients say: evidence, not proof."
)
"""What no audit sees, said in every report."""
ABOUT: Mapping[Check, str] = {
    Check.HAND_WRITTEN: "A hand wrote what stands there.",
    Check.UNDECLARED_OBJECT: "Nothing deploys the object, and something deploys the others.",
    Check.NOT_AS_DECLARED: "An object is not what its deployer declared last.",
    Check.POD_NOT_ITS_TEMPLATE: "A pod is not what its template makes of it.",
    Check.STALE_CONFIGURATION: "A container runs with an earlier ConfigMap or Secret.",
    Check.EDITED_GENERATED: "What was generated with its hash in its name was edited since.",
    Check.MACHINE_NOT_ITS_TEMPLATE: "A virtual machine that runs is not what its template says.",
    Check.EPHEMERAL_CONTAINER: "A container was put into a pod that runs.",
    Check.MIXED_DIGESTS: "A workload runs several images under one name.",
    Check.MUTABLE_IMAGE: "An image is declared without a digest: its tag can be pushed again.",
    Check.NEVER_UPDATES: "A file is mounted so that it never follows its source (subPath).",
    Check.NOT_IMMUTABLE: "What containers read when they start may be edited under them.",
    Check.PAUSED: "A rollout is paused, so that what is declared does not run.",
    Check.SUSPENDED: "A CronJob or a Job is suspended.",
    Check.IN_ROLLOUT: "A rollout is under way, so that two versions run.",
    Check.ATTRIBUTION_WIPED: "Who wrote the object is not known any more.",
}
"""What each check finds, in a sentence."""
_GRADES = tuple(Grade)
_CHECKS = tuple(Check)
_MOST_WRITERS = 3


@frozen
class Alike:
    """Findings that differ in nothing but their object, and in who wrote it."""

    findings: tuple[AuditFinding, ...]

    @property
    def first(self) -> AuditFinding:
        """One that stands for all."""
        return self.findings[0]

    @property
    def objects(self) -> tuple[ObjectReference, ...]:
        """The objects, in their order."""
        return tuple(finding.object for finding in self.findings)

    @property
    def written(self) -> str:
        """Who wrote what stands there; empty if unknown."""
        texts = dict.fromkeys(map(written_text, self.findings))
        if len(texts) == 1:
            return next(iter(texts))
        managers = {
            manager_text(writer) for finding in self.findings for writer in finding.written_by[:1]
        }
        return f"last written by {_as_many(sorted(managers))}"


Checked = tuple[Check, list[Alike]]
"""A check, and what it found."""


def graded(findings: Iterable[AuditFinding]) -> Iterator[tuple[Grade, list[Checked]]]:
    """What nobody expects: the surest first, by check, and alike findings together."""
    unexpected = [finding for finding in findings if finding.expected is None]
    for grade, inside in groupby(sorted(unexpected, key=_sort_key), lambda finding: finding.grade):
        checked = groupby(inside, lambda finding: finding.check)
        yield grade, [(check, _alike(found)) for check, found in checked]


def expected_by_rule(
    findings: Iterable[AuditFinding],
) -> list[tuple[Expectation, list[AuditFinding]]]:
    """The findings that somebody expects, by rule."""
    found: dict[Expectation, list[AuditFinding]] = defaultdict(list)
    for finding in findings:
        if finding.expected:
            found[finding.expected].append(finding)
    return sorted(found.items(), key=lambda pair: pair[0].rule)


def _sort_key(finding: AuditFinding) -> tuple[int, int, str, ObjectReference, str]:
    return (
        _GRADES.index(finding.grade),
        _CHECKS.index(finding.check),
        finding.environment,
        finding.object,
        finding.path,
    )


def _alike(findings: Iterable[AuditFinding]) -> list[Alike]:
    """Findings of one check, those that say the same as one."""
    found: dict[tuple[str, ...], list[AuditFinding]] = defaultdict(list)
    for finding in findings:
        said = finding.environment, *finding.paths, finding.says, finding.advice
        found[said].append(finding)
    return [Alike(tuple(together)) for together in found.values()]


def counted_alike(found: Iterable[Alike]) -> int:
    """How many findings they are."""
    return sum(len(alike.findings) for alike in found)


def graded_text(grade: Grade, checked: Iterable[Checked]) -> str:
    """A grade, and how many findings it has: `certain: 9 findings`."""
    count = sum(counted_alike(found) for _, found in checked)
    return f"{grade.value}: {counted(count, 'finding')}"


def written_text(finding: AuditFinding) -> str:
    """Who wrote what stands there, the latest first; empty if unknown."""
    if not finding.written_by:
        return ""
    last, *others = map(who_text, finding.written_by)
    also = f"; also by {_as_many(others)}" if others else ""
    return f"last written by {last}{also}"


def _as_many(texts: Sequence[str]) -> str:
    left = len(texts) - _MOST_WRITERS
    return "; ".join([*texts[:_MOST_WRITERS], *([f"and {left} more"] if left > 0 else [])])


def more_places(finding: AuditFinding) -> str:
    """` and 2 more`, where it is about more places than its path."""
    return f" and {len(finding.also)} more" if finding.also else ""


def names_of(audit: Audit) -> tuple[str, ...]:
    """The environments' names."""
    return tuple(audited.environment.name for audited in audit.environments)


CHECK_COLUMNS = ("check", "looked at", "findings", "not looked at because")
MANAGER_COLUMNS = ("manager", "class", "operation", "objects")


def check_cells(audited: AuditedEnvironment) -> list[tuple[str, ...]]:
    """How each check went, in words."""
    return [
        (
            row.check.value,
            str(row.looked_at) if row.is_looked or row.looked_at else NOT_THERE,
            str(row.findings),
            row.reason or "",
        )
        for row in audited.checks
    ]


def manager_cells(audited: AuditedEnvironment) -> list[tuple[str, ...]]:
    """Who writes there, in words."""
    return [
        (row.manager, row.class_.value, operation_text(row), str(row.objects))
        for row in audited.managers
    ]


def operation_text(row: ManagerRow) -> str:
    """How a manager writes: `Update of scale`."""
    return f"{row.operation} of {row.subresource}" if row.subresource else row.operation
