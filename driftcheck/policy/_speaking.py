"""Which rules speak of which objects and places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from driftcheck.model import (
    ComparedObject,
    Difference,
    FieldPath,
    GroupKind,
    ObjectReference,
    PathPattern,
)
from driftcheck.policy._records import Record


class Compared(Protocol):
    """What was compared, as far as a policy asks about it."""

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments' names, the baseline's first."""

    @property
    def objects(self) -> tuple[ComparedObject, ...]:
        """What was compared."""

    def labels(self, reference: ObjectReference) -> list[Mapping[str, str]]:
        """An object's labels, in each environment that has it."""

    def held(self, difference: Difference) -> list[tuple[ObjectReference, Any]]:
        """What a whole object holds and runs, and all that follows from it; else nothing."""

    def agreeing(self, reference: ObjectReference, pattern: PathPattern) -> Iterator[Difference]:
        """The places of an object that a pattern speaks of, and where nothing differs."""


class Speaking:
    """The rules, by what they speak of.

    Few places make up thousands of differences, so that whether a rule speaks of one is found
    out once, and only of the rules that speak of its object.
    """

    def __init__(self, records: Iterable[Record], compared: Compared) -> None:
        self._records = list(records)
        self._compared = compared
        self._of_kind: dict[GroupKind, list[Record]] = {}
        self._of_place: dict[FieldPath, dict[int, bool]] = defaultdict(dict)
        self._of_object: dict[ObjectReference, list[Record]] = {}
        self._labels: dict[ObjectReference, list[Mapping[str, str]]] = {}
        self._objects: dict[GroupKind, list[ObjectReference]] = defaultdict(list)
        for item in compared.objects:
            self._objects[item.object.group_kind].append(item.object)

    def of(self, difference: Difference) -> list[Record]:
        """The rules that speak of a difference, in their order."""
        path = difference.path
        speaks = self._of_place[path]
        found = []
        for record in self._about_object(difference.reference):
            if id(record) not in speaks:
                speaks[id(record)] = record.rule.speaks_of(path)
            if speaks[id(record)] and record.rule.match.is_about(difference):
                found.append(record)
        return found

    def stops_short(self, record: Record) -> bool:
        """Whether a rule speaks of a place that a difference it was asked about is in."""
        return any(
            pattern.covers(path)
            for path, asked in self._of_place.items()
            if asked.get(id(record)) is False
            for pattern in record.rule.paths
        )

    def objects_of(self, record: Record) -> Iterator[ObjectReference]:
        """The objects that a rule speaks of."""
        for kind, references in self._objects.items():
            if record.rule.match.is_of(kind):
                yield from (
                    item
                    for item in references
                    if record.rule.match.name.matches(item.name) and self._is_labelled(record, item)
                )

    def _about(self, kind: GroupKind) -> list[Record]:
        if kind not in self._of_kind:
            self._of_kind[kind] = [
                record for record in self._records if record.rule.match.is_of(kind)
            ]
        return self._of_kind[kind]

    def _about_object(self, reference: ObjectReference) -> list[Record]:
        """The rules that speak of an object, in their order."""
        if reference not in self._of_object:
            self._of_object[reference] = [
                record
                for record in self._about(reference.group_kind)
                if record.rule.match.name.matches(reference.name)
                and self._is_labelled(record, reference)
            ]
        return self._of_object[reference]

    def _is_labelled(self, record: Record, reference: ObjectReference) -> bool:
        match = record.rule.match
        return not match.labels or match.is_labelled(self._labels_of(reference))

    def _labels_of(self, reference: ObjectReference) -> list[Mapping[str, str]]:
        if reference not in self._labels:
            self._labels[reference] = self._compared.labels(reference)
        return self._labels[reference]
