"""Annotations that GitHub shows beside a run: what stops a release, and what warns.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from driftcheck.model import Change, Result, Verdict, counted
from driftcheck.reports._clusters import Cluster, clusters
from driftcheck.reports._inert import without_commands
from driftcheck.reports._words import (
    NOT_THERE,
    SYMBOLS,
    between,
    clipped,
    gate_text,
    value_text,
    what_stops,
    whole_text,
)

_MOST = 10
"""Of one level GitHub shows no more of a step."""
_LONGEST_VALUE = 200


def github_annotations(result: Result) -> str:
    """The findings, gaps and warnings as workflow commands, a line each.

    Args:
        result: What to say. Findings that stop a release are errors, and so are gaps if the
            verdict rests on them; what the gate lets through is a warning.

    Returns:
        Lines, ten of a level at most, the last of which says how many more there are; empty where
        there is nothing to say.
    """
    errors, warnings = _errors(result), _warnings(result)
    title = clipped(f"driftcheck: {result.verdict.value}, {between(result)}")
    lines = [*_commands("error", title, errors), *_commands("warning", title, warnings)]
    return "".join(f"{line}\n" for line in lines)


def _errors(result: Result) -> list[str]:
    stopping = filter(what_stops(result), result.findings)
    drift = [_sentence(found, result) for found in clusters(stopping)]
    return [*drift, *(result.gaps if _gaps_stop(result) else ())]


def _warnings(result: Result) -> list[str]:
    stops = what_stops(result)
    let_through = [
        finding for finding in result.findings if finding.expected is None and not stops(finding)
    ]
    drift = [_sentence(found, result) for found in clusters(let_through)]
    gaps = () if _gaps_stop(result) else result.gaps
    said = filter(None, [gate_text(result)])
    return [*said, *gaps, *result.accepted, *result.warnings, *drift]


def _gaps_stop(result: Result) -> bool:
    return result.exit_status == Verdict.INCONCLUSIVE.exit_status


def _sentence(cluster: Cluster, result: Result) -> str:
    """`~ Deployment api and 2 more: spec.replicas: 2 → 4`."""
    finding = cluster.finding
    left = len(cluster.objects) - 1
    more = f" and {counted(left, 'more object')}" if left else ""
    subject = f"{SYMBOLS[finding.change]} {clipped(str(finding.object))}{more}"
    if not finding.path and finding.change is not Change.UNCHANGED:
        return f"{subject}: {whole_text(finding)}"
    sides = [
        clipped(value_text(finding.values[environment.name]), _LONGEST_VALUE)
        if environment.name in finding.values
        else NOT_THERE
        for environment in result.environments
    ]
    rule = f" (violates rule {clipped(finding.violates.rule)})" if finding.violates else ""
    return f"{subject}: {clipped(finding.path)}: {' → '.join(sides)}{rule}"


def _commands(level: str, title: str, messages: Sequence[str]) -> Iterator[str]:
    for message in _at_most(messages):
        shown = without_commands(clipped(message, 2_000))
        yield f"::{level} title={_property(title)}::{_data(shown)}"


def _at_most(messages: Sequence[str]) -> Iterable[str]:
    if len(messages) <= _MOST:
        return messages
    return [*messages[: _MOST - 1], f"and {len(messages) - _MOST + 1} more"]


def _data(text: str) -> str:
    """https://github.com/actions/toolkit, packages/core/src/command.ts: escapeData."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """https://github.com/actions/toolkit, packages/core/src/command.ts: escapeProperty."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
