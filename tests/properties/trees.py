"""Normalized objects taken apart: as documents again, shuffled, and leaf by leaf."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from attrs import evolve, frozen

from driftcheck.model import (
    NAMESPACE,
    NAMESPACE_TOKEN,
    Bag,
    Document,
    Field,
    FieldPath,
    Index,
    Item,
    Keyed,
    Member,
    Members,
    Node,
    Object,
    Reading,
    SecretValue,
    Snapshot,
    as_seen,
    format_path,
)
from driftcheck.normalization import normalize

Body = dict[str, Any]
Keys = tuple[str | int, ...]
"""Where in a body a value stands: fields of maps and positions in lists."""

PROBE = "probe"


@frozen
class Meaning:
    """What normalization makes of one object.

    Args:
        item: The normalized object; None where a rule leaves it out.
        hits: What each rule did.
    """

    item: Object | None
    hits: Counter[str]

    @property
    def content(self) -> Mapping[str, Node]:
        """Everything that counts."""
        assert self.item is not None, "a rule leaves it out"
        return self.item.content

    @property
    def fingerprint(self) -> str:
        """What is equal for equal content."""
        assert self.item is not None, "a rule leaves it out"
        return self.item.fingerprint


def alone(snapshot: Snapshot, body: Mapping[str, Any]) -> Snapshot:
    """A snapshot that holds nothing but one object."""
    return evolve(snapshot, documents=(Document(body),), coverage=(), platform=None)


def meaning_of(snapshot: Snapshot, body: Mapping[str, Any]) -> Meaning:
    """What one object means, with a snapshot's namespace and schemas around it."""
    state = normalize(alone(snapshot, body), environment="it")
    reference = Document(body).reference
    if reference.group_kind == NAMESPACE:
        reference = reference._replace(name=NAMESPACE_TOKEN)
    return Meaning(state.objects.get(reference), state.hits)


def written(node: Node, namespace: str) -> Any:
    """A node as it was seen in an environment with this namespace."""
    return as_seen(node, {NAMESPACE_TOKEN: namespace})


def plain(node: Node, namespace: str) -> Any:
    """A normalized node as it would stand in a body; a Secret's value as its fingerprint."""
    if isinstance(node, dict):
        return {written(key, namespace): plain(item, namespace) for key, item in node.items()}
    if isinstance(node, list):
        return [plain(item, namespace) for item in node]
    if isinstance(node, SecretValue):
        return node.fingerprint
    return written(node, namespace)


def put_back(content: Body, seen: Mapping[str, Any]) -> Body:
    """An object that holds this content, and of the seen one nothing but its identity."""
    identity = {
        key: seen["metadata"][key] for key in ("name", "namespace") if key in seen["metadata"]
    }
    return {
        "apiVersion": seen["apiVersion"],
        "kind": seen["kind"],
        **content,
        "metadata": {**content.get("metadata", {}), **identity},
    }


def shuffled_tree(node: Node, namespace: str, random: Random) -> Any:
    """A normalized node as it would stand in a body, in any order that means the same."""
    if isinstance(node, dict):
        items = list(node.items())
        random.shuffle(items)
        return {
            written(key, namespace): shuffled_tree(item, namespace, random) for key, item in items
        }
    if isinstance(node, list):
        items = [shuffled_tree(item, namespace, random) for item in node]
        if is_unordered(node):
            random.shuffle(items)
        return items
    return plain(node, namespace)


def is_unordered(node: Node) -> bool:
    return isinstance(node, Bag | Members) or (isinstance(node, Keyed) and not node.sequence)


def shuffled_keys(value: Any, random: Random) -> Any:
    """A body with the keys of all its maps in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled_keys(value[key], random) for key in keys}
    if isinstance(value, list):
        return [shuffled_keys(item, random) for item in value]
    return value


@frozen
class Leaf:
    """One value of a normalized object, and what must be found when it alone is another.

    Args:
        keys: Where it stands in the object's body.
        value: What to put there instead.
        expected: The changes and paths of the findings, sorted.
    """

    keys: Keys
    value: Any
    expected: list[tuple[str, str]]


def leaves(node: Node, namespace: str, keys: Keys = (), path: FieldPath = ()) -> Iterator[Leaf]:
    """Every leaf of a normalized object's content, in an environment with this namespace."""
    if isinstance(node, dict) and not node:
        yield Leaf((*keys, PROBE), "x", [("added", format_path((*path, Field(PROBE))))])
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, namespace, (*keys, key), (*path, Field(key)))
    elif isinstance(node, Keyed):
        yield from _keyed_leaves(node, namespace, keys, path)
    elif isinstance(node, list):
        for position in range(len(node)):
            yield from _item_leaves(node, position, namespace, (*keys, position), path)
    else:
        yield Leaf(keys, another(node, namespace), [("changed", format_path(path))])


def _keyed_leaves(node: Keyed, namespace: str, keys: Keys, path: FieldPath) -> Iterator[Leaf]:
    """An item whose key is another is another item: one gone, and one come."""
    for position, (values, item) in enumerate(node.by_key().items()):
        shown = written(list(values), namespace)
        step = Item(tuple(zip(node.keys, shown, strict=True)))
        for leaf in leaves(item, namespace, (*keys, position), (*path, step)):
            name = ".".join(map(str, leaf.keys[len(keys) + 1 :]))
            if name in node.keys:
                pairs = [(key, leaf.value if key == name else value) for key, value in step.keys]
                renamed = Item(tuple(pairs))
                yield evolve(leaf, expected=_gone_and_come((*path, step), (*path, renamed)))
            else:
                yield leaf


def _item_leaves(
    node: list[Node], position: int, namespace: str, keys: Keys, path: FieldPath
) -> Iterator[Leaf]:
    value = node[position]
    if isinstance(node, Members):
        other = another(value, namespace)
        steps = [(*path, Member(item)) for item in (written(value, namespace), other)]
        yield Leaf(keys, other, _gone_and_come(*steps))
    elif isinstance(node, Bag) and not isinstance(value, dict):
        step = (*path, Index(position))
        yield Leaf(keys, another(value, namespace), _gone_and_come(step, step))
    else:
        yield from leaves(value, namespace, keys, (*path, Index(position)))


def _gone_and_come(gone: FieldPath, come: FieldPath) -> list[tuple[str, str]]:
    return [("added", format_path(come)), ("removed", format_path(gone))]


def another(node: Node, namespace: str) -> Any:
    """A value of the same type that means something else."""
    if isinstance(node, SecretValue):
        return f"hmac-sha256:{64 * '0'}"
    if isinstance(node, Reading):
        return f"1{node.seen}" if isinstance(node.seen, str) else node.seen + 1
    if isinstance(node, bool):
        return not node
    if isinstance(node, int | float):
        return node + 1
    return f"{written(node, namespace)}-{PROBE}" if isinstance(node, str) else PROBE


def raw_leaves(value: Any, keys: Keys = ()) -> Iterator[Keys]:
    """Where every value of a body stands that holds no other."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from raw_leaves(item, (*keys, key))
    elif isinstance(value, list) and value:
        for position, item in enumerate(value):
            yield from raw_leaves(item, (*keys, position))
    else:
        yield keys


def at(body: Any, keys: Keys) -> Any:
    for key in keys:
        body = body[key]
    return body


def with_value(body: Any, keys: Keys, value: Any) -> Any:
    """A body with another value at one place; the rest is shared."""
    changed = copy.copy(body)
    changed[keys[0]] = with_value(changed[keys[0]], keys[1:], value) if keys[1:] else value
    return changed


def without(body: Any, keys: Keys) -> Any:
    """A body without what stands at one place; the rest is shared."""
    changed = copy.copy(body)
    if len(keys) == 1:
        del changed[keys[0]]
    else:
        changed[keys[0]] = without(body[keys[0]], keys[1:])
    return changed
