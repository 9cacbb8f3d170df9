"""Pods that are not what their workload's template gives, against those of other environments.

Where every environment's pods deviate alike, an admission webhook has done it to all of them,
and nothing differs. Which images run is compared elsewhere; of a pod that is being deleted or has
no status, and where no other environment runs the workload, it is told here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from driftcheck.comparison._attribution import writers
from driftcheck.comparison._fields import differing_places
from driftcheck.comparison._sides import ABSENT, Differences, Place, Sides
from driftcheck.model import (
    Bag,
    Change,
    Difference,
    Entries,
    Field,
    FieldPath,
    Item,
    Keyed,
    Node,
    ObjectReference,
    Seen,
    State,
    StrayPod,
    canonical_bytes,
    counted,
)

_LISTS = ("initContainers", "containers", "ephemeralContainers")
_IMAGE = Field("image")
_GIVEN, _SEEN = "its template", "the pod"
_Key = tuple[FieldPath, bool]
"""A place in a pod, and whether it is about an order alone."""


@frozen
class _Deviation:
    """What pods of one workload have at one place, where their template gives something else.

    Args:
        pods: Those pods.
        values: What each of them has there; `ABSENT` for nothing.
    """

    pods: tuple[StrayPod, ...]
    values: tuple[Node, ...]

    @property
    def node(self) -> Node:
        """What they have there; several values where they don't agree."""
        values = {_bytes(value): None if value is ABSENT else value for value in self.values}
        first, *others = [values[key] for key in sorted(values)]
        return Bag([first, *others]) if others else first

    @property
    def is_unreported(self) -> bool:
        """Whether no pod whose images are compared has what one of the others has there."""
        told = {
            _bytes(value)
            for pod, value in zip(self.pods, self.values, strict=True)
            if pod.is_reported
        }
        return any(_bytes(value) not in told for value in self.values)


def _bytes(value: Node) -> bytes:
    return b"" if value is ABSENT else canonical_bytes(value)


def stray_differences(states: tuple[State, ...]) -> Differences:
    """Where the pods of one environment deviate from their template, and those of others do not."""
    for workload in sorted({workload for state in states for workload in state.strays}):
        having = [state for state in states if workload in state.objects]
        if len(having) > 1:
            yield from _of_workload(workload, having)


def _of_workload(workload: ObjectReference, states: list[State]) -> Differences:
    deviations = {state.environment: _deviations(workload, state) for state in states}
    seen = {state.environment: state.seen for state in states}
    running = [state for state in states if workload in state.running]
    for path, is_order in sorted({key for found in deviations.values() for key in found}, key=repr):
        found = {name: places.get((path, is_order)) for name, places in deviations.items()}
        is_unreported = any(item and item.is_unreported for item in found.values())
        if not is_unreported and _is_said_by_running(path, found, running):
            continue
        nodes = {name: item.node if item else ABSENT for name, item in found.items()}
        sides = Sides(workload, (Field("running"), *path), nodes, seen)
        if is_order and not sides.agree:
            yield _told(sides.difference(Change.REORDERED), found)
        for place in () if is_order else differing_places(sides):
            if is_unreported or path[-1] == _IMAGE or place.sides.path[-1] != _IMAGE:
                yield _told(place.difference(), found)


def _deviations(workload: ObjectReference, state: State) -> dict[_Key, _Deviation]:
    """Where an environment's pods are not as they should be."""
    found: dict[_Key, list[tuple[StrayPod, Node]]] = defaultdict(list)
    for pod in state.strays.get(workload, ()):
        for place in _places(pod, state.seen):
            key = (_in_pod(place.sides.path), place.change is Change.REORDERED)
            found[key].append((pod, place.sides.nodes[_SEEN]))
    return {
        key: _Deviation(tuple(pod for pod, _ in items), tuple(value for _, value in items))
        for key, items in found.items()
    }


def _places(pod: StrayPod, tokens: Seen) -> Iterator[Place]:
    """Where one pod differs from what its template gives, each at its root."""
    given, seen = _with_room(pod.given, pod.content), _with_room(pod.content, pod.given)
    sides = Sides(
        reference=ObjectReference("", "Pod", pod.name),
        path=(),
        nodes={_GIVEN: given, _SEEN: seen},
        seen={_GIVEN: tokens, _SEEN: tokens},
    )
    return differing_places(sides)


def _with_room(content: Mapping[str, Node], other: Mapping[str, Node]) -> dict[str, Node]:
    """The content with an empty list or map wherever only the other has one, to see inside."""
    return {
        **content,
        **{
            field: {**_emptied(other.get(field, {})), **content.get(field, {})}
            for field in ("metadata", "spec")
        },
    }


def _emptied(values: Mapping[str, Any]) -> dict[str, Node]:
    rooms: dict[str, Node] = {}
    for key, value in values.items():
        if type(value) is Keyed:
            rooms[key] = Keyed((), value.keys)
        elif type(value) in (Entries, Bag):
            rooms[key] = type(value)()
    return rooms


def _in_pod(path: FieldPath) -> FieldPath:
    """A place as it stands under `running`: a pod's spec is what runs."""
    return path[1:] if path[0] == Field("spec") else path


def _is_said_by_running(
    path: FieldPath, found: Mapping[str, _Deviation | None], running: list[State]
) -> bool:
    """Whether comparing what runs says this: another image, or a container on some sides only."""
    sides = [found.get(state.environment) for state in running]
    if path[-1] == _IMAGE:
        return len({_bytes(item.node if item else ABSENT) for item in sides}) > 1
    is_container = (
        len(path) == 2  # noqa: PLR2004 - the list, and the container in it
        and isinstance(path[0], Field)
        and path[0].name in _LISTS
        and isinstance(path[1], Item)
    )
    return is_container and len(sides) > 1 and None in sides and any(sides)


def _told(difference: Difference, found: Mapping[str, _Deviation | None]) -> Difference:
    """The difference with the pods that it is about, and who wrote it there."""
    path = difference.path[1:]
    in_pod = path if path[:1] == (Field("metadata"),) else (Field("spec"), *path)
    written_by = {
        name: told
        for name, item in found.items()
        if item and (told := tuple(writers(item.pods[0].managed_fields, in_pod)))
    }
    pods = ", ".join(
        f"{counted(len(item.pods), 'pod')} of {name}" for name, item in found.items() if item
    )
    deviations = [item for item in found.values() if item]
    said = "not as its template gives it"
    if any(item.node is None for item in deviations):
        said = "missing"
    elif all(_is_unowned(item, in_pod) for item in deviations):
        said = "added at admission, by what managedFields say,"
    return evolve(difference, note=f"{said} in {pods}", written_by=written_by)


def _is_unowned(deviation: _Deviation, path: FieldPath) -> bool:
    """Whether nobody owns a place in pods whose owners are noted, which is before admission."""
    noted = [pod.managed_fields for pod in deviation.pods]
    return all(entries and not any(writers(entries, path)) for entries in noted)
