"""An audit as the JSON that scripts read, `driftcheck.audit/v1`, and back."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import msgspec

from driftcheck.codec._json import indented_json
from driftcheck.codec._parts import (
    Count,
    SavedCoverage,
    SavedEnvironment,
    SavedReference,
    SavedWriter,
)
from driftcheck.codec._saved import SavedFormat
from driftcheck.errors import ResultError
from driftcheck.model import (
    Audit,
    AuditedEnvironment,
    AuditFinding,
    AuditVerdict,
    Check,
    CheckRow,
    Expectation,
    Grade,
    ManagerClass,
    ManagerRow,
)

_FORMAT = SavedFormat(
    "audit",
    ResultError,
    writer="`driftcheck audit ENV -o json=FILE` writes one",
    again="copy the file again, or audit anew",
)
AUDIT_SCHEMA = _FORMAT.schema


class _Check(msgspec.Struct):
    check: Check
    status: Literal["looked", "not-looked"]
    reason: str | None
    looked_at: Count
    findings: Count

    @classmethod
    def of(cls, row: CheckRow) -> Self:
        status: Literal["looked", "not-looked"] = "looked" if row.is_looked else "not-looked"
        return cls(row.check, status, row.reason, row.looked_at, row.findings)

    def read(self) -> CheckRow:
        is_looked = self.status == "looked"
        return CheckRow(self.check, is_looked, self.reason, self.looked_at, self.findings)


class _Manager(msgspec.Struct):
    manager: str
    operation: str
    subresource: str
    class_: ManagerClass = msgspec.field(name="class")
    objects: Count

    @classmethod
    def of(cls, row: ManagerRow) -> Self:
        return cls(row.manager, row.operation, row.subresource, row.class_, row.objects)

    def read(self) -> ManagerRow:
        return ManagerRow(self.manager, self.operation, self.subresource, self.class_, self.objects)


class _Environment(SavedEnvironment, kw_only=True):
    verdict: AuditVerdict
    coverage: SavedCoverage
    checks: tuple[_Check, ...]
    managers: tuple[_Manager, ...]


class _Finding(msgspec.Struct):
    environment: str
    check: Check
    grade: Grade
    object: SavedReference
    path: str
    says: str
    advice: str
    written_by: tuple[SavedWriter, ...]
    expected: Expectation | None
    also: tuple[str, ...]

    @classmethod
    def of(cls, finding: AuditFinding) -> Self:
        return cls(
            environment=finding.environment,
            check=finding.check,
            grade=finding.grade,
            object=SavedReference(*finding.object),
            path=finding.path,
            says=finding.says,
            advice=finding.advice,
            written_by=tuple(map(SavedWriter.of, finding.written_by)),
            expected=finding.expected,
            also=finding.also,
        )

    def read(self) -> AuditFinding:
        return AuditFinding(
            environment=self.environment,
            check=self.check,
            grade=self.grade,
            object=self.object.read(),
            path=self.path,
            says=self.says,
            advice=self.advice,
            written_by=tuple(writer.read() for writer in self.written_by),
            expected=self.expected,
            also=self.also,
        )


class _File(msgspec.Struct):
    schema: str
    verdict: AuditVerdict
    reasons: tuple[str, ...]
    strict: bool
    environments: Annotated[tuple[_Environment, ...], msgspec.Meta(min_length=1)]
    findings: tuple[_Finding, ...]
    warnings: tuple[str, ...]


def audit_json(audit: Audit) -> str:
    """Write an audit as `driftcheck.audit/v1`, indented, with a newline at the end.

    Args:
        audit: What `audit` returned.

    Returns:
        The text, the same for equal audits.
    """
    file = _File(
        schema=AUDIT_SCHEMA,
        verdict=audit.verdict,
        reasons=audit.reasons,
        strict=audit.is_strict,
        environments=tuple(map(_environment, audit.environments)),
        findings=tuple(map(_Finding.of, audit.findings)),
        warnings=audit.warnings,
    )
    return indented_json(file)


def read_audit(data: bytes, *, source: str) -> Audit:
    """Read an audit from what `audit_json` wrote.

    Args:
        data: The content of the file, gzipped or not.
        source: What to call the file in errors.

    Returns:
        The audit; written again, it is the same text.

    Raises:
        ResultError: The file is broken, not an audit, or newer than this version.
    """
    file = _FORMAT.decoded(data, _File, source)
    try:
        environments = tuple(map(_read_environment, file.environments))
    except OverflowError:
        raise _FORMAT.damaged(source, "a time that no calendar has") from None
    for saved, environment in zip(file.environments, environments, strict=True):
        if saved.coverage.complete is not environment.coverage.complete:
            raise _FORMAT.damaged(source, "coverage.complete does not follow from coverage.kinds")
    return Audit(
        verdict=file.verdict,
        reasons=file.reasons,
        environments=environments,
        findings=tuple(finding.read() for finding in file.findings),
        warnings=file.warnings,
        is_strict=file.strict,
    )


def is_audit(data: bytes) -> bool:
    """Whether a file's content says that it is an audit, of whatever version."""
    return _FORMAT.is_in(data)


def _environment(audited: AuditedEnvironment) -> _Environment:
    return _Environment(
        **msgspec.structs.asdict(SavedEnvironment.of(audited.environment)),
        verdict=audited.verdict,
        coverage=SavedCoverage.of(audited.coverage),
        checks=tuple(map(_Check.of, audited.checks)),
        managers=tuple(map(_Manager.of, audited.managers)),
    )


def _read_environment(saved: _Environment) -> AuditedEnvironment:
    return AuditedEnvironment(
        environment=saved.read(),
        verdict=saved.verdict,
        coverage=saved.coverage.read(),
        checks=tuple(row.read() for row in saved.checks),
        managers=tuple(row.read() for row in saved.managers),
    )
