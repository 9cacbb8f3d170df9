"""The answer of an audit: what in an environment was changed by hand, or does not hold still."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from attrs import frozen

from driftcheck.errors import DriftError
from driftcheck.model._coverage import Coverage
from driftcheck.model._findings import Expectation, ManagerClass, Writer
from driftcheck.model._references import ObjectReference
from driftcheck.model._results import Environment
from driftcheck.model._shown import Shown
from driftcheck.model._words import counted


class AuditVerdict(StrEnum):
    """What an audit says."""

    UNMARKED = "unmarked"
    """Nothing certain was found; deletions and adopted edits leave no mark."""
    MUTATED = "mutated"
    """Something certain was found that nobody expects."""
    INCONCLUSIVE = "inconclusive"
    """A check could not look, and nothing certain was found."""

    @property
    def exit_status(self) -> int:
        """The command line's exit status for this verdict."""
        return {AuditVerdict.MUTATED: 1, AuditVerdict.INCONCLUSIVE: 3}.get(self, 0)


class Grade(StrEnum):
    """How sure a finding of an audit is, the surest first."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


class Check(StrEnum):
    """What an audit looks for, in the order of its reports."""

    HAND_WRITTEN = "hand-written"
    UNDECLARED_OBJECT = "undeclared-object"
    NOT_AS_DECLARED = "not-as-declared"
    POD_NOT_ITS_TEMPLATE = "pod-not-its-template"
    STALE_CONFIGURATION = "stale-configuration"
    EDITED_GENERATED = "edited-generated"
    MACHINE_NOT_ITS_TEMPLATE = "machine-not-its-template"
    EPHEMERAL_CONTAINER = "ephemeral-container"
    MIXED_DIGESTS = "mixed-digests"
    MUTABLE_IMAGE = "mutable-image"
    NEVER_UPDATES = "never-updates"
    NOT_IMMUTABLE = "not-immutable"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    IN_ROLLOUT = "in-rollout"
    ATTRIBUTION_WIPED = "attribution-wiped"


DECLARED_UNREAD = "what tools have declared is not read"
"""Why nothing was held against that where there is no record of it."""


def counting_grades(is_strict: bool) -> tuple[Grade, ...]:
    """The grades of which a finding that nobody expects makes an environment mutated."""
    return (Grade.CERTAIN, Grade.PROBABLE) if is_strict else (Grade.CERTAIN,)


@frozen
class AuditFinding:
    """One thing that an audit found; of one object, one finding of a check.

    Args:
        environment: Where.
        check: What was looked for.
        grade: How sure it is.
        object: The object that a person would edit.
        path: Where in it, as `docs/paths.md` writes it; empty for the whole of it.
        says: What was found, in a sentence.
        advice: What to do next, in a sentence.
        written_by: Who wrote what stands there, the latest first.
        expected: Why it may be so; None where nobody says.
        also: Where else in the object it is so, as `path` is written; mostly nowhere.
    """

    environment: str
    check: Check
    grade: Grade
    object: ObjectReference
    path: str
    says: str
    advice: str
    written_by: tuple[Writer, ...] = ()
    expected: Expectation | None = None
    also: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every place that it is about."""
        return (self.path, *self.also)


@frozen
class CheckRow:
    """How one check went in one environment.

    Args:
        check: What was looked for.
        is_looked: Whether all of it could be looked at that it needs.
        reason: Why not, in a sentence; None where it could.
        looked_at: How many objects were.
        findings: How many findings it made, expected ones among them.
    """

    check: Check
    is_looked: bool
    reason: str | None
    looked_at: int
    findings: int

    @property
    def is_gap(self) -> bool:
        """Whether it could not look, and that costs the verdict.

        Files have no record of what was declared, and early snapshots kept none.
        """
        is_unread = (self.reason or "").startswith(DECLARED_UNREAD)
        return not self.is_looked and not (self.check is Check.NOT_AS_DECLARED and is_unread)


@frozen
class ManagerRow:
    """One field manager of an environment.

    Args:
        manager: The name a client gave itself.
        operation: `Apply` or `Update`.
        subresource: What it wrote through; empty for the object itself.
        class_: Who writes under this name.
        objects: How many objects it owns something of.
    """

    manager: str
    operation: str
    subresource: str
    class_: ManagerClass
    objects: int


@frozen
class AuditedEnvironment:
    """What an audit says of one environment.

    Args:
        environment: What was looked at, and when.
        verdict: The answer for it alone.
        coverage: What of it was read, what was not, and why.
        checks: How each check went.
        managers: Who writes there, those first who own something of most objects.
    """

    environment: Environment
    verdict: AuditVerdict
    coverage: Coverage
    checks: tuple[CheckRow, ...]
    managers: tuple[ManagerRow, ...]


@frozen(repr=False)
class Audit(Shown):
    """What `audit` returns.

    Args:
        verdict: The answer, the worst of all environments.
        reasons: Why, in sentences.
        environments: What was looked at.
        findings: Everything that was found, the surest first.
        warnings: What is to be mended, but is no finding, in sentences.
        is_strict: Whether findings that are probable count like certain ones.
    """

    verdict: AuditVerdict
    reasons: tuple[str, ...]
    environments: tuple[AuditedEnvironment, ...]
    findings: tuple[AuditFinding, ...]
    warnings: tuple[str, ...] = ()
    is_strict: bool = False

    def __repr__(self) -> str:
        names = ", ".join(repr(each.environment.name) for each in self.environments)
        return f"<Audit {self.verdict.value}: {names}; {counted(len(self.findings), 'finding')}>"

    @property
    def exit_status(self) -> int:
        """The command line's exit status."""
        return self.verdict.exit_status

    def is_stopping(self, finding: AuditFinding) -> bool:
        """Whether a finding counts: it is certain, or probable where that is asked for."""
        return finding.expected is None and finding.grade in counting_grades(self.is_strict)

    def require(self) -> None:
        """Pass only if nothing certain was found, and every check could look.

        Raises:
            DriftError: Something was, or one could not.
        """
        if self.exit_status:
            names = ", ".join(each.environment.name for each in self.environments)
            raise DriftError(
                f"{names}: {self.verdict.value}: {'; '.join(self.reasons)}",
                result=self,
                hint="print(driftcheck.render_audit(audit)) shows what was found",
            )

    def to_records(self) -> list[dict[str, Any]]:
        """The findings as flat rows."""
        return [
            {
                "environment": finding.environment,
                "check": finding.check.value,
                "grade": finding.grade.value,
                "group": finding.object.group,
                "kind": finding.object.kind,
                "name": finding.object.name,
                "path": finding.path,
                "says": finding.says,
                "advice": finding.advice,
                "written_by": ", ".join(writer.manager for writer in finding.written_by),
                "expected": finding.expected and finding.expected.rule,
                "also": ", ".join(finding.also),
            }
            for finding in self.findings
        ]
