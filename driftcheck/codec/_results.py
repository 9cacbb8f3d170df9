"""A comparison's result as the JSON that scripts read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from driftcheck.model import (
    ContainerImage,
    Coverage,
    Environment,
    Expectation,
    Finding,
    ImageRow,
    ImageTable,
    KindCoverage,
    ObjectReference,
    Result,
    RuleHits,
    Window,
    Writer,
)

RESULT_SCHEMA = "driftcheck.result/v1"
IMAGES_SCHEMA = "driftcheck.images/v1"


def result_json(result: Result) -> str:
    """Write a result as `driftcheck.result/v1`, indented, with a newline at the end.

    Args:
        result: What `compare` found; the values of its findings are plain JSON.

    Returns:
        The text, the same for equal results.
    """
    text = msgspec.json.format(msgspec.json.encode(_result(result)), indent=2)
    return text.decode() + "\n"


def image_table_json(table: ImageTable) -> str:
    """Write what runs where as `driftcheck.images/v1`, indented, with a newline at the end."""
    written = {
        "schema": IMAGES_SCHEMA,
        "environments": table.environments,
        "reasons": table.reasons,
        "images": [_image(row) for row in table.rows],
    }
    return msgspec.json.format(msgspec.json.encode(written), indent=2).decode() + "\n"


def _result(result: Result) -> dict[str, Any]:
    return {
        "schema": RESULT_SCHEMA,
        "verdict": result.verdict.value,
        "reasons": result.reasons,
        "environments": [_environment(environment) for environment in result.environments],
        "coverage": _coverage(result.coverage),
        "findings": [_finding(finding) for finding in result.findings],
        "images": [_image(row) for row in result.images],
        "rules": [_rule(rule) for rule in result.rules],
        "gaps": result.gaps,
        "warnings": result.warnings,
        "gate": _gate(result),
        "objects": [
            {**_reference(item.object), "environments": item.environments}
            for item in result.objects
        ],
    }


def _environment(environment: Environment) -> dict[str, Any]:
    return {
        "name": environment.name,
        "origin": environment.origin.value,
        "context": environment.context,
        "namespace": environment.namespace,
        "captured": None if environment.window is None else _captured(environment.window),
        "objects": environment.objects,
        "fingerprint": environment.fingerprint,
    }


def _captured(window: Window) -> dict[str, Any]:
    return {
        "from": _moment(window.start),
        "to": _moment(window.end),
        "quiescent": window.quiescent,
    }


def _moment(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {"complete": coverage.complete, "kinds": [_kind(row) for row in coverage.kinds]}


def _kind(row: KindCoverage) -> dict[str, Any]:
    kind: dict[str, Any] = {
        "environment": row.environment,
        "group": row.group,
        "kind": row.kind,
        "status": row.status.value,
        "objects": row.objects,
        "reason": row.reason,
    }
    return {**kind, "excluded": dict(row.excluded)} if row.excluded else kind


def _finding(finding: Finding) -> dict[str, Any]:
    written: dict[str, Any] = {
        "object": _reference(finding.object),
        "change": finding.change.value,
        "path": finding.path,
        "values": dict(finding.values),
        "category": finding.category.value,
        "expected": None if finding.expected is None else _expectation(finding.expected),
        "written_by": {
            name: [_writer(writer) for writer in writers]
            for name, writers in sorted(finding.written_by.items())
        },
    }
    if finding.note is not None:
        written["note"] = finding.note
    if finding.violates is not None:
        written["violates"] = _expectation(finding.violates)
    return written


def _rule(rule: RuleHits) -> dict[str, Any]:
    """A rule's hits, and of a policy's rule what it says and what became of it."""
    written: dict[str, Any] = {"id": rule.id, "hits": rule.hits}
    if rule.state is not None and rule.effect is not None:
        written |= {"state": rule.state.value, "effect": rule.effect.value}
        written |= {"reason": rule.reason, "owner": rule.owner, "expires": rule.expires}
    return written if rule.note is None else {**written, "note": rule.note}


def _gate(result: Result) -> dict[str, Any]:
    categories = result.gate.fail_on
    return {
        "fail_on": None if categories is None else sorted(item.value for item in categories),
        "max_findings": result.gate.max_findings,
        "passed": result.exit_status == 0,
    }


def _expectation(expected: Expectation) -> dict[str, str | None]:
    return {"rule": expected.rule, "reason": expected.reason, "expires": expected.expires}


def _writer(writer: Writer) -> dict[str, Any]:
    return {
        "manager": writer.manager,
        "operation": writer.operation,
        "subresource": writer.subresource,
        "time": writer.time,
    }


def _image(row: ImageRow) -> dict[str, Any]:
    written: dict[str, Any] = {
        "workload": _reference(row.workload),
        "container": row.container,
        "same": row.same,
        "environments": {name: _running(image) for name, image in row.environments.items()},
    }
    return written if row.note is None else {**written, "note": row.note}


def _running(image: ContainerImage) -> dict[str, Any]:
    written: dict[str, Any] = {
        "image": image.image,
        "digests": image.digests,
        "mutable": image.mutable,
    }
    return written if image.tag_digest is None else {**written, "tag_digest": image.tag_digest}


def _reference(reference: ObjectReference) -> dict[str, str]:
    return {"group": reference.group, "kind": reference.kind, "name": reference.name}
