"""Identical changes of many objects, as the one thing that happened to all of them."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cached_property

from attrs import evolve, frozen

from driftcheck.model import Category, Finding, ObjectReference, counted
from driftcheck.reports._words import Line, lines

_MANY = 5
"""Images that go from one tag to another, before they are one thing that happened."""
_TAGGED = re.compile(r"([^@\s]*):([\w][\w.-]{0,127})")
"""An image with a tag, https://github.com/distribution/reference: its repository, and the tag."""
_CONTAINER = re.compile(r"\[name=[^\]]*\]\.image$")


@frozen
class Cluster:
    """What happened alike to one object or many.

    Args:
        lines: A line for each object, never none; they differ by nothing but the object, and by
            who wrote it; those of images that go from one tag to another also by their names.
    """

    lines: tuple[Line, ...]

    @cached_property
    def line(self) -> Line:
        """What all of the lines say."""
        first, *others = self.lines
        if not others:
            return first
        paths = {line.finding.path for line in self.lines}
        images = {json.dumps(line.finding.values, sort_keys=True) for line in self.lines}
        if len(images) == 1 and len(paths) == 1:
            return first
        tags = _tags(first.finding) or {}
        said = f"{counted(len(self.lines), 'image')} alike; `driftcheck images` says what runs"
        return Line(
            evolve(
                first.finding,
                path=_CONTAINER.sub("[name=*].image", first.finding.path),
                values={name: f"*:{tag}" for name, tag in tags.items()},
                note=said,
            )
        )

    @property
    def finding(self) -> Finding:
        """What all of the findings say."""
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
        return tuple(dict.fromkeys(line.finding.object for line in self.lines))


def clusters(findings: Iterable[Finding]) -> tuple[Cluster, ...]:
    """The findings, each change once, however many objects it happened to.

    Args:
        findings: Sorted, worst first.

    Returns:
        Clusters, in the order of the first finding of each.
    """
    found = tuple(lines(findings))
    retagged = Counter(map(_retagging, found))
    alike: dict[Hashable, list[Line]] = defaultdict(list)
    for line in found:
        key = _retagging(line)
        is_one = key and retagged[key] >= _MANY
        alike[key if is_one else (_change(line.finding), _change(line.running))].append(line)
    return tuple(Cluster(tuple(members)) for members in alike.values())


def _retagging(line: Line) -> Hashable:
    """From which tag to which an image goes, and what else is said of it; None of all else."""
    finding, running = line.finding, line.running
    tags = _tags(finding)
    if tags is None:
        return None
    path = _CONTAINER.sub("", finding.path)
    said = (finding.change, finding.note, finding.expected, finding.violates)
    runs = running and (running.change, running.note, tuple(running.values))
    return (path, *tags.items(), *said, runs)


def _tags(finding: Finding) -> Mapping[str, str] | None:
    """The tags of one image in each environment; None where it is not one image with tags."""
    if finding.category is not Category.IMAGE or not _CONTAINER.search(finding.path):
        return None
    texts = [value for value in finding.values.values() if isinstance(value, str)]
    found: Sequence[re.Match[str]] = [tag for text in texts if (tag := _TAGGED.fullmatch(text))]
    if len(found) != len(finding.values) or len({tag[1] for tag in found}) != 1:
        return None
    return {name: tag[2] for name, tag in zip(finding.values, found, strict=True)}


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
