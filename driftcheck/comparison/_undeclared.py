"""What stands in a place and no declaration of it says: of that, declarations are silent.

What is declared is what stands in the manifest as it was written. A default that was filled in is
not; a list or a map that the API writes only as a whole is, with all that is in it.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#custom-resources-and-server-side-apply
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import frozen

from driftcheck.comparison._contents import shown
from driftcheck.model import (
    Difference,
    Field,
    FieldPath,
    Index,
    Item,
    Member,
    ObjectReference,
    State,
    Step,
    same,
)

_WRITTEN_WHOLE = frozenset(
    (
        "configMapKeyRef",
        "dataSource",
        "fieldRef",
        "labelSelector",
        "namespaceSelector",
        "nodeSelector",
        "objectSelector",
        "podSelector",
        "resourceFieldRef",
        "roleRef",
        "scaleTargetRef",
        "scopeSelector",
        "secretKeyRef",
        "selector",
    )
)
"""The maps with `x-kubernetes-map-type: atomic` in the API's schemas, by their fields."""

_ALIASES = {"serviceAccountName": "serviceAccount"}
_RUNNING = Field("running")
_METADATA = Field("metadata")
_TEMPLATES = (
    ("spec", "jobTemplate", "spec", "template"),
    ("spec", "template"),
    (),
)
"""Where an object has the pod that it gives."""


@frozen(slots=False)
class Silence:
    """What declarations of a place say, and what they are silent of.

    Args:
        states: Declarations of one place, and looks at it; of other states all is told.
    """

    states: tuple[State, ...]

    @property
    def declaring(self) -> list[State]:
        """Those that are declarations."""
        return [state for state in self.states if state.declaration]

    def covers(self, reference: ObjectReference) -> bool:
        """Whether there are declarations, and none has this object."""
        return bool(self.declaring) and not any(
            reference in state.objects for state in self.declaring
        )

    def is_seen_inside(self, reference: ObjectReference, states: Sequence[State]) -> bool:
        """Whether an object that is missing somewhere is held against the others all the same.

        The baseline shows it; or a look does, where declarations may be silent of it.
        """
        showing = [state for state in states if state.declaration is None]
        return any(reference in state.objects for state in (showing if self.states else states[:1]))

    def sorted_out(
        self, differences: Iterable[Difference]
    ) -> tuple[list[Difference], list[Difference]]:
        """The differences from what is declared, and what stands there undeclared."""
        told: list[Difference] = []
        undeclared: list[Difference] = []
        for difference in differences:
            speaking = [state for state in self.states if self._speaks(state, difference)]
            if not any(state.declaration for state in speaking):
                undeclared.append(difference)
            elif len(speaking) == len(self.states) or _is_between(speaking, difference):
                told.append(difference)
        return told, undeclared

    def _speaks(self, state: State, difference: Difference) -> bool:
        """Whether an environment was looked at, or is a declaration of this place."""
        if state.declaration is None:
            return True
        known = self._known.get(difference.reference, difference.reference)
        item = state.objects.get(known)
        if item is None or item.document is None:
            return False
        return _declares(item.document.body, difference.path)

    @cached_property
    def _known(self) -> Mapping[ObjectReference, ObjectReference]:
        """Objects as the states know them, by how they are shown."""
        return {
            shown(reference, state): reference
            for state in reversed(self.states)
            for reference in state.objects
        }


def _is_between(states: Iterable[State], difference: Difference) -> bool:
    """Whether a difference is one between these environments, and not only from silent ones."""
    values = [
        [difference.values[state.environment]] if state.environment in difference.values else []
        for state in states
    ]
    return not all(same(values[0], value) for value in values)


def _declares(body: Mapping[str, Any], path: FieldPath) -> bool:
    """Whether a manifest says something of a place, be it of a pod that it gives."""
    if path[:1] != (_RUNNING,):
        return _says(body, path)
    inner = path[1:] if path[1:2] == (_METADATA,) else (Field("spec"), *path[1:])
    return any(_says(body, (*map(Field, template), *inner)) for template in _TEMPLATES)


def _says(value: Any, path: Iterable[Step]) -> bool:
    """Whether there is something at a path; a text says all that may stand in it."""
    for step in path:
        if isinstance(value, str) or isinstance(step, Index):
            return bool(value)
        if isinstance(step, Field):
            if not isinstance(value, Mapping):
                return False
            name = step.name if step.name in value else _ALIASES.get(step.name, step.name)
            if name in _WRITTEN_WHOLE and name in value:
                return value[name] is not None
            value = value.get(name)
        elif not isinstance(value, list):
            return False
        elif isinstance(step, Member):
            return step.value in value
        else:
            value = _item(value, step)
    return value is not None and value not in ({}, [])


def _item(items: list[Any], step: Item) -> Any:
    """The item with these keys, of which a default may be left out; None where there is none."""
    for item in items:
        if isinstance(item, Mapping) and all(
            same(item.get(key, value), value) for key, value in step.keys
        ):
            return item
    return None
