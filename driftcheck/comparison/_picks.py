"""What servers picked: it is compared where somebody chose on another side, or it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve

from driftcheck.comparison._sides import ABSENT
from driftcheck.model import (
    Difference,
    Field,
    FieldPath,
    Item,
    Keyed,
    Node,
    Object,
    ObjectReference,
    State,
    Step,
    same,
)


def facing_choices(
    reference: ObjectReference, states: Sequence[State], nodes: Mapping[str, Node]
) -> dict[str, Node]:
    """An object's contents with what servers picked where another side chose, or lacks it.

    Args:
        reference: The object.
        states: The environments that have it.
        nodes: Its content, by environment.
    """
    facing = dict(nodes)
    objects = [state.objects[reference] for state in states]
    for state in states:
        for path, pick in state.objects[reference].picks.items():
            is_chosen = any(_look_up(node, path) is not ABSENT for node in nodes.values())
            if is_chosen or (pick.is_due and any(_lacks(item, path) for item in objects)):
                facing[state.environment] = _put(facing[state.environment], path, pick.value)
    return facing


def lacks_what_is_due(objects: Iterable[Object]) -> bool:
    """Whether an object lacks somewhere what a server gives it, and has given it elsewhere."""
    objects = tuple(objects)
    due = {path for item in objects for path, pick in item.picks.items() if pick.is_due}
    return any(_lacks(item, path) for item in objects for path in due)


def _lacks(item: Object, path: FieldPath) -> bool:
    """Whether nothing stands at a path of an object that a server has."""
    is_there = path in item.picks or _look_up(item.content, path) is not ABSENT
    return not (is_there or item.is_declared)


def with_pickers(
    difference: Difference, reference: ObjectReference, states: Iterable[State]
) -> Difference:
    """The difference, with a note that says where a server picked what stands there."""
    where = [
        state.environment
        for state in states
        if any(difference.path[: len(path)] == path for path in state.objects[reference].picks)
    ]
    if not where:
        return difference
    return evolve(difference, note=f"picked by the server in {' and '.join(where)}")


def caveats(objects: Sequence[Object]) -> Iterator[str]:
    """What a reader should know of what servers picked, and no finding tells.

    Args:
        objects: One object in its environments.
    """
    for path in {path for item in objects for path in item.picks}:
        is_compared = any(_look_up(item.content, path) is not ABSENT for item in objects)
        picks = [item.picks.get(path) for item in objects]
        first, *others = [pick.value if pick else None for pick in picks]
        if not is_compared and not all(same(first, other) for other in others):
            yield from (pick.caveat for pick in picks if pick and pick.caveat)


def _look_up(node: Node, path: FieldPath) -> Node:
    """What stands at a path; `ABSENT` where nothing does."""
    for step in path:
        node = _inside(node, step)
    return node


def _inside(node: Node, step: Step) -> Node:
    if isinstance(step, Field) and isinstance(node, dict):
        return node.get(step.name, ABSENT)
    if isinstance(step, Item) and isinstance(node, Keyed):
        return node.by_key().get(_key(step), ABSENT)
    return ABSENT


def _put(node: Node, path: FieldPath, value: Node) -> Node:
    """A copy of the node with a value put at a path."""
    if not path:
        return value
    step, *rest = path
    inner = _put(_inside(node, step), tuple(rest), value)
    if isinstance(step, Field):
        return type(node)({**node, step.name: inner})
    if isinstance(step, Item):
        items = {**node.by_key(), _key(step): inner}
        return Keyed(items.values(), node.keys, node.sequence)
    return node


def _key(item: Item) -> tuple[object, ...]:
    return tuple(value for _, value in item.keys)
