"""A comparison's result as the JSON that scripts read, `driftcheck.result/v1`, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Annotated, Any, Self, TypeVar

import msgspec

from driftcheck.codec._json import indented_json
from driftcheck.codec._parts import (
    Count,
    SavedCoverage,
    SavedEnvironment,
    SavedReference,
    SavedWriter,
)
from driftcheck.codec._saved import Moment, SavedFormat
from driftcheck.errors import ResultError
from driftcheck.model import (
    NO_PLATFORM,
    Acts,
    Category,
    Change,
    ComparedObject,
    ContainerImage,
    Effect,
    Environment,
    Expectation,
    Finding,
    Gate,
    ImageRow,
    ImageTable,
    PlatformResult,
    PlatformVerdict,
    PolicyUsed,
    Result,
    RuleHits,
    RuleState,
    Since,
    Undeclared,
    Verdict,
    Witness,
    WitnessedObject,
    Witnesses,
    Writer,
)

_FORMAT = SavedFormat(
    "result",
    ResultError,
    writer="`driftcheck compare ENV ENV -o json=FILE` writes one",
    again="copy the file again, or compare anew",
)
RESULT_SCHEMA = _FORMAT.schema
IMAGES_SCHEMA = "driftcheck.images/v1"

OWNED = "owned"
"""What is counted beside the witnesses."""

_T = TypeVar("_T")


class _Compared(SavedReference):
    environments: tuple[str, ...]


_LookNumber = Annotated[str, msgspec.Meta(pattern="^#[1-9][0-9]{0,7}$")]
_Writers = Annotated[tuple[SavedWriter, ...], msgspec.Meta(min_length=1)]


class _Since(msgspec.Struct):
    """Since when a finding stands; looks by their numbers, `#41`."""

    environment: str
    earlier: _LookNumber | None = msgspec.field(name="from")
    later: _LookNumber | None = msgspec.field(name="to")
    time: Moment

    @classmethod
    def of(cls, since: Since) -> Self:
        moment = since.time.astimezone(UTC).replace(microsecond=0)
        return cls(since.environment, _numbered(since.earlier), _numbered(since.later), moment)

    def read(self) -> Since:
        return Since(self.environment, _number(self.earlier), _number(self.later), self.time)


def _numbered(number: int | None) -> str | None:
    return None if number is None else f"#{number}"


def _number(text: str | None) -> int | None:
    return None if text is None else int(text[1:])


class _Finding(msgspec.Struct, omit_defaults=True):
    object: SavedReference
    change: Change
    path: str
    values: dict[str, Any]
    category: Category
    expected: Expectation | None
    written_by: dict[str, _Writers]
    categories: tuple[Category, ...] = ()
    note: str | None = None
    violates: Expectation | None = None
    acts: Acts | None = None
    reached_by: tuple[str, ...] = ()
    since: _Since | None = None


class _Running(msgspec.Struct, omit_defaults=True):
    image: str | None
    digests: tuple[str, ...]
    mutable: bool
    tag_digest: str | None = None


class _Image(msgspec.Struct, omit_defaults=True):
    workload: SavedReference
    container: str
    same: bool | None
    environments: dict[str, _Running]
    note: str | None = None
    role: str = "containers"


class _Rule(msgspec.Struct, omit_defaults=True):
    """A rule's hits, and of a policy's rule what it says and what became of it."""

    id: str
    hits: Count
    state: RuleState | msgspec.UnsetType = msgspec.UNSET
    effect: Effect | msgspec.UnsetType = msgspec.UNSET
    reason: str | msgspec.UnsetType | None = msgspec.UNSET
    owner: str | msgspec.UnsetType | None = msgspec.UNSET
    expires: str | msgspec.UnsetType | None = msgspec.UNSET
    note: str | None = None


class _Gate(msgspec.Struct, omit_defaults=True):
    fail_on: tuple[Category, ...] | None
    max_findings: Count
    passed: bool
    hands: bool = False


class _Witnessed(msgspec.Struct):
    object: SavedReference
    witness: Witness
    says: str


class _Witnesses(msgspec.Struct):
    """Two looks at one place; a witness that is not counted speaks of no object."""

    earlier: str = msgspec.field(name="from")
    later: str = msgspec.field(name="to")
    counts: dict[str, Count]
    objects: tuple[_Witnessed, ...]
    doubts: tuple[str, ...]


class _Platform(msgspec.Struct):
    """What lies outside the namespaces."""

    verdict: PlatformVerdict
    reasons: tuple[str, ...]
    same_cluster: bool
    required: bool
    findings: tuple[_Finding, ...]
    coverage: SavedCoverage


class _Undeclared(msgspec.Struct):
    """What stands in a place, and no declaration of it says."""

    object: SavedReference
    path: str
    written_by: dict[str, _Writers]


class _File(msgspec.Struct):
    schema: str
    verdict: Verdict
    reasons: tuple[str, ...]
    environments: Annotated[tuple[SavedEnvironment, ...], msgspec.Meta(min_length=1)]
    coverage: SavedCoverage
    findings: tuple[_Finding, ...]
    images: tuple[_Image, ...]
    rules: tuple[_Rule, ...]
    gaps: tuple[str, ...]
    warnings: tuple[str, ...]
    gate: _Gate
    objects: tuple[_Compared, ...]
    accepted: tuple[str, ...] = ()
    policy: PolicyUsed | None = None
    witnesses: tuple[_Witnesses, ...] = ()
    platform: _Platform | None = None
    undeclared: tuple[_Undeclared, ...] | msgspec.UnsetType = msgspec.UNSET


def result_json(result: Result) -> str:
    """Write a result as `driftcheck.result/v1`, indented, with a newline at the end.

    Args:
        result: What `compare` found; the values of its findings are plain JSON.

    Returns:
        The text, the same for equal results.
    """
    return indented_json(_file(result))


def image_table_json(table: ImageTable) -> str:
    """Write what runs where as `driftcheck.images/v1`, indented, with a newline at the end."""
    written = {
        "schema": IMAGES_SCHEMA,
        "environments": table.environments,
        "reasons": table.reasons,
        "images": [_image(row) for row in table.rows],
    }
    return indented_json(written)


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding as results hold it, as plain JSON."""
    record: dict[str, Any] = msgspec.to_builtins(_finding(finding))
    return record


def read_result(data: bytes, *, source: str) -> Result:
    """Read a result from what `result_json` wrote.

    Args:
        data: The content of the file, gzipped or not.
        source: What to call the file in errors.

    Returns:
        The result; written again, it is the same text.

    Raises:
        ResultError: The file is broken, not a result, or newer than this version.
    """
    file = _FORMAT.decoded(data, _File, source)
    try:
        environments = tuple(environment.read() for environment in file.environments)
    except OverflowError:
        raise _FORMAT.damaged(source, "a time that no calendar has") from None
    result = _result(file, environments)
    if file.coverage.complete is not result.coverage.complete:
        raise _FORMAT.damaged(source, "coverage.complete does not follow from coverage.kinds")
    if file.platform and file.platform.coverage.complete is not result.platform.coverage.complete:
        raise _FORMAT.damaged(source, "platform.coverage.complete does not follow from its kinds")
    if file.gate.passed is not (result.exit_status == 0):
        raise _FORMAT.damaged(source, "gate.passed does not follow from findings and gaps")
    return result


def _result(file: _File, environments: tuple[Environment, ...]) -> Result:
    return Result(
        verdict=file.verdict,
        reasons=file.reasons,
        environments=environments,
        coverage=file.coverage.read(),
        findings=tuple(_read_finding(finding) for finding in file.findings),
        images=tuple(_read_image(row) for row in file.images),
        rules=tuple(_read_rule(rule) for rule in file.rules),
        gaps=file.gaps,
        warnings=file.warnings,
        gate=_read_gate(file.gate),
        objects=tuple(ComparedObject(item.read(), item.environments) for item in file.objects),
        accepted=file.accepted,
        policy=file.policy,
        witnesses=tuple(_read_witnesses(found) for found in file.witnesses),
        platform=_read_platform(file.platform) if file.platform else NO_PLATFORM,
        undeclared=tuple(map(_read_undeclared, _said(file.undeclared) or ())),
    )


def _file(result: Result) -> _File:
    return _File(
        schema=RESULT_SCHEMA,
        verdict=result.verdict,
        reasons=result.reasons,
        environments=tuple(map(SavedEnvironment.of, result.environments)),
        coverage=SavedCoverage.of(result.coverage),
        findings=tuple(_finding(finding) for finding in result.findings),
        images=tuple(_image(row) for row in result.images),
        rules=tuple(_rule(rule) for rule in result.rules),
        gaps=result.gaps,
        warnings=result.warnings,
        gate=_gate(result),
        objects=tuple(_Compared(*item.object, item.environments) for item in result.objects),
        accepted=result.accepted,
        policy=result.policy,
        witnesses=tuple(_witnesses(found) for found in result.witnesses),
        platform=_platform(result.platform),
        undeclared=tuple(map(_undeclared, result.undeclared)) or msgspec.UNSET,
    )


def _platform(platform: PlatformResult) -> _Platform:
    return _Platform(
        verdict=platform.verdict,
        reasons=platform.reasons,
        same_cluster=platform.same_cluster,
        required=platform.is_required,
        findings=tuple(map(_finding, platform.findings)),
        coverage=SavedCoverage.of(platform.coverage),
    )


def _read_platform(platform: _Platform) -> PlatformResult:
    return PlatformResult(
        verdict=platform.verdict,
        reasons=platform.reasons,
        same_cluster=platform.same_cluster,
        is_required=platform.required,
        findings=tuple(map(_read_finding, platform.findings)),
        coverage=platform.coverage.read(),
    )


def _undeclared(item: Undeclared) -> _Undeclared:
    return _Undeclared(
        object=SavedReference(*item.object),
        path=item.path,
        written_by=_saved_writers(item.written_by),
    )


def _read_undeclared(item: _Undeclared) -> Undeclared:
    return Undeclared(item.object.read(), item.path, _read_writers(item.written_by))


def _saved_writers(written_by: Mapping[str, Iterable[Writer]]) -> dict[str, _Writers]:
    return {name: tuple(map(SavedWriter.of, writers)) for name, writers in written_by.items()}


def _read_writers(written_by: Mapping[str, _Writers]) -> dict[str, tuple[Writer, ...]]:
    return {
        name: tuple(writer.read() for writer in writers) for name, writers in written_by.items()
    }


def _finding(finding: Finding) -> _Finding:
    return _Finding(
        object=SavedReference(*finding.object),
        change=finding.change,
        path=finding.path,
        values=dict(finding.values),
        category=finding.category,
        expected=finding.expected,
        written_by=_saved_writers(finding.written_by),
        categories=finding.categories,
        note=finding.note,
        violates=finding.violates,
        acts=finding.acts,
        reached_by=finding.reached_by,
        since=_Since.of(finding.since) if finding.since else None,
    )


def _read_finding(finding: _Finding) -> Finding:
    return Finding(
        object=finding.object.read(),
        change=finding.change,
        path=finding.path,
        values=finding.values,
        category=finding.category,
        note=finding.note,
        expected=finding.expected,
        written_by=_read_writers(finding.written_by),
        violates=finding.violates,
        categories=(finding.category, *finding.categories),
        acts=finding.acts,
        reached_by=finding.reached_by,
        since=finding.since.read() if finding.since else None,
    )


def _image(row: ImageRow) -> _Image:
    return _Image(
        workload=SavedReference(*row.workload),
        container=row.container,
        same=row.same,
        environments={
            name: _Running(image.image, image.digests, image.mutable, image.tag_digest)
            for name, image in row.environments.items()
        },
        note=row.note,
        role=row.role,
    )


def _read_image(row: _Image) -> ImageRow:
    return ImageRow(
        workload=row.workload.read(),
        container=row.container,
        same=row.same,
        environments={
            name: ContainerImage(image.image, image.digests, image.mutable, image.tag_digest)
            for name, image in row.environments.items()
        },
        note=row.note,
        role=row.role,
    )


def _rule(rule: RuleHits) -> _Rule:
    if rule.state is None or rule.effect is None:
        return _Rule(rule.id, rule.hits, note=rule.note)
    return _Rule(
        id=rule.id,
        hits=rule.hits,
        state=rule.state,
        effect=rule.effect,
        reason=rule.reason,
        owner=rule.owner,
        expires=rule.expires,
        note=rule.note,
    )


def _read_rule(rule: _Rule) -> RuleHits:
    return RuleHits(
        id=rule.id,
        hits=rule.hits,
        state=_said(rule.state),
        effect=_said(rule.effect),
        reason=_said(rule.reason),
        owner=_said(rule.owner),
        expires=_said(rule.expires),
        note=rule.note,
    )


def _said(value: _T | msgspec.UnsetType) -> _T | None:
    """What stands in an optional key; None where it is not there."""
    return None if value is msgspec.UNSET else value


def _gate(result: Result) -> _Gate:
    categories = result.gate.fail_on
    return _Gate(
        fail_on=None
        if categories is None
        else tuple(sorted(categories, key=lambda category: category.value)),
        max_findings=result.gate.max_findings,
        passed=result.exit_status == 0,
        hands=result.gate.hands,
    )


def _read_gate(gate: _Gate) -> Gate:
    categories = None if gate.fail_on is None else frozenset(gate.fail_on)
    return Gate(categories, gate.max_findings, gate.hands)


def _witnesses(found: Witnesses) -> _Witnesses:
    return _Witnesses(
        earlier=found.earlier,
        later=found.later,
        counts={
            **{witness.value: found.counts[witness] for witness in Witness},
            OWNED: found.owned,
        },
        objects=tuple(
            _Witnessed(SavedReference(*item.object), item.witness, item.says)
            for item in found.objects
        ),
        doubts=found.doubts,
    )


def _read_witnesses(found: _Witnesses) -> Witnesses:
    return Witnesses(
        earlier=found.earlier,
        later=found.later,
        counts={witness: found.counts.get(witness.value, 0) for witness in Witness},
        owned=found.counts.get(OWNED, 0),
        objects=tuple(
            WitnessedObject(item.object.read(), item.witness, item.says) for item in found.objects
        ),
        doubts=found.doubts,
    )
