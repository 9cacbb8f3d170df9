"""What was compared, for those who ask about places that no difference tells of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from driftcheck.comparison._agreeing import agreeing_places
from driftcheck.comparison._contents import contents_of, shown
from driftcheck.comparison._running import agreeing_digests
from driftcheck.comparison._sides import Sides
from driftcheck.model import (
    Change,
    ComparedObject,
    Difference,
    ObjectReference,
    PathPattern,
    State,
    as_seen,
)

Held = tuple[ObjectReference, Any]
"""An object, and what it holds."""


@frozen
class Compared:
    """The environments that were compared, paired object by object.

    Args:
        states: The environments, normalized; the first is the baseline.
    """

    states: tuple[State, ...]
    _contents: dict[ObjectReference, Sides] = field(factory=dict, init=False, eq=False, repr=False)

    @property
    def environments(self) -> tuple[str, ...]:
        """Their names, the baseline's first."""
        return tuple(state.environment for state in self.states)

    @property
    def objects(self) -> tuple[ComparedObject, ...]:
        """What was compared, sorted."""
        return tuple(
            ComparedObject(
                name, tuple(state.environment for state in self._having(self._references[name]))
            )
            for name in sorted(self._references)
        )

    @property
    def evidence(self) -> tuple[ComparedObject, ...]:
        """What was compared and proves something, as environments count their objects."""
        return tuple(item for item in self.objects if self._is_evidence(item.object))

    def _is_evidence(self, name: ObjectReference) -> bool:
        known = self._references[name]
        return any(state.objects[known].is_evidence for state in self._having(known))

    def labels(self, reference: ObjectReference) -> list[Mapping[str, str]]:
        """An object's labels, in each environment that has it."""
        known = self._references.get(reference, reference)
        return [
            as_seen(state.objects[known].content["metadata"].get("labels", {}), state.seen)
            for state in self._having(known)
        ]

    def held(self, difference: Difference) -> list[Held]:
        """What a whole object holds and runs, and all that follows from it, in each environment.

        Nothing, where the difference is inside an object.
        """
        if difference.path:
            return []
        known = self._references.get(difference.reference, difference.reference)
        return [
            (item, {**as_seen(state.objects[item].content, state.seen), **_runs(item, state)})
            for state in self._having(known)
            for item in (known, *self._following(known, state))
        ]

    def _following(self, owner: ObjectReference, state: State) -> list[ObjectReference]:
        """What is there because another object is, at whatever remove."""
        found: dict[ObjectReference, None] = {}
        waiting = [owner]
        while waiting:
            made = self._made[state.environment].get(waiting.pop(), ())
            waiting += [item for item in made if item not in found and item != owner]
            found |= dict.fromkeys(waiting)
        return list(found)

    @cached_property
    def _made(self) -> Mapping[str, Mapping[ObjectReference, list[ObjectReference]]]:
        """By environment and owner, what follows from it."""
        made: dict[str, dict[ObjectReference, list[ObjectReference]]] = {}
        for state in self.states:
            of_state = made[state.environment] = defaultdict(list)
            for reference, item in state.objects.items():
                if item.owner:
                    of_state[item.owner.reference].append(reference)
        return made

    def agreeing(self, reference: ObjectReference, pattern: PathPattern) -> Iterator[Difference]:
        """The places of an object that a pattern speaks of, and where nothing differs.

        Of an object that some environments lack, those in which the others agree.
        """
        known = self._references.get(reference, reference)
        having = self._having(known)
        if len(having) > 1:
            if known not in self._contents:
                self._contents[known] = contents_of(known, having)
            for sides in agreeing_places(self._contents[known], pattern):
                yield sides.difference(Change.UNCHANGED)
        for sides in self._running[known]:
            if pattern.matches(sides.path):
                yield sides.difference(Change.UNCHANGED)

    def _having(self, reference: ObjectReference) -> list[State]:
        return [state for state in self.states if reference in state.objects]

    @cached_property
    def _references(self) -> Mapping[ObjectReference, ObjectReference]:
        """How objects are known, by how they are shown."""
        known = {reference for state in self.states for reference in state.objects}
        return {shown(reference, self._having(reference)[0]): reference for reference in known}

    @cached_property
    def _running(self) -> Mapping[ObjectReference, list[Sides]]:
        """What runs the same everywhere, by workload."""
        running: dict[ObjectReference, list[Sides]] = defaultdict(list)
        for sides in agreeing_digests(self.states):
            running[sides.reference].append(sides)
        return running


def _runs(reference: ObjectReference, state: State) -> dict[str, Any]:
    """What a workload runs, as paths have it; nothing where nothing runs."""
    workload = state.running.get(reference)
    if workload is None:
        return {}
    return {"running": [f"{item.role} {item.name}" for item in workload.containers]}
