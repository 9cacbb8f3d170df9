"""Identical changes of many objects, as the one thing that happened to all of them."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable

from attrs import frozen

from driftcheck.model import Finding, ObjectReference
from driftcheck.reports._words import Line, lines


@frozen
class Cluster:
    """What happened alike to one object or many.

    Args:
        lines: A line for each object, never none; they differ by nothing but the object, and by
            who wrote it.
    """

    lines: tuple[Line, ...]

    @property
    def line(self) -> Line:
        """The first of the lines, which says what all of them say."""
        return self.lines[0]

    @property
    def finding(self) -> Finding:
        """The first of the findings."""
        return self.line.finding

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of the findings."""
        return tuple(
            found for line in self.lines for found in (line.finding, line.running) if found
        )

    @property
    def objects(self) -> tuple[ObjectReference, ...]:
        """The objects that it happened to."""
        return tuple(line.finding.object for line in self.lines)


def clusters(findings: Iterable[Finding]) -> tuple[Cluster, ...]:
    """The findings, each change once, however many objects it happened to.

    Args:
        findings: Sorted, worst first.

    Returns:
        Clusters, in the order of the first finding of each.
    """
    alike: dict[Hashable, list[Line]] = {}
    for line in lines(findings):
        alike.setdefault((_change(line.finding), _change(line.running)), []).append(line)
    return tuple(Cluster(tuple(members)) for members in alike.values())


def _change(finding: Finding | None) -> Hashable:
    """All that a finding says but which object it is about, and who wrote that."""
    return finding and (
        finding.path,
        finding.change,
        json.dumps(finding.values, sort_keys=True),
        finding.category,
        finding.categories,
        finding.note,
        finding.expected,
        finding.violates,
    )
