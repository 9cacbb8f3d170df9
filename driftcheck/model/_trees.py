"""A normalized object's content: JSON in which every list says what its order means.

Maps are dicts, and a plain list is one whose order means something. The other
lists have a type of their own, and so have values that are shown in another
form than they are compared in. `canonical` gives the form that is compared and
hashed, `as_seen` the form that is shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from attrs import field, frozen

from driftcheck.model._canonical import canonical_json, canonical_number
from driftcheck.model._references import ObjectReference

Node = Any
"""A dict, a list, one of the classes below, a string, a number, a boolean or None."""


class Keyed(list[dict[str, Node]]):
    """A list of maps told apart by the values of some fields (`x-kubernetes-list-type: map`).

    Args:
        items: The maps, in the order they were seen.
        keys: The fields that tell them apart; dots lead inside, as in `metadata.name`.
        sequence: Of the items whose order means something all the same, such as
            initContainers, the values of their keys, in that order.
    """

    __slots__ = ("keys", "sequence")

    def __init__(
        self,
        items: Iterable[dict[str, Node]],
        keys: tuple[str, ...],
        sequence: Iterable[tuple[Any, ...]] = (),
    ) -> None:
        super().__init__(items)
        self.keys = keys
        self.sequence = tuple(sequence)

    def by_key(self) -> dict[tuple[Any, ...], dict[str, Node]]:
        """The items by the values of their keys, in the order they were seen."""
        return {tuple(_look_up(item, key) for key in self.keys): item for item in self}


def _look_up(item: Node, key: str) -> Node:
    if not isinstance(item, dict):
        return None
    outer, _, inner = key.partition(".")
    return _look_up(item.get(outer), inner) if inner else item.get(outer)


class Entries(dict[str, Node]):
    """A map with keys of the user's choice, such as labels: an empty one is none at all."""

    __slots__ = ()


_MAPS = (dict, Entries)


class Members(list[Any]):
    """A set of scalars: no order, no doubles (`x-kubernetes-list-type: set`)."""

    __slots__ = ()


class Bag(list[Node]):
    """A list whose order means nothing and whose items have no key."""

    __slots__ = ()


class SkewedField(str):
    """The name of a field that not every minor version of Kubernetes knows."""

    __slots__ = ("known_by",)

    known_by: range
    """The minor versions that know it."""

    def __new__(cls, name: str, known_by: range) -> SkewedField:
        """A field's name that is equal to any other of its letters."""
        field_name = super().__new__(cls, name)
        field_name.known_by = known_by
        return field_name

    def __getnewargs__(self) -> tuple[str, range]:  # type: ignore[override]
        """What it is copied from."""
        return str(self), self.known_by


@frozen
class Reading:
    """A scalar that is compared by its meaning and shown as it was written: `1000m` for 1.

    Args:
        meaning: What it means, behind the word for how it was read: `quantity 1`.
        seen: What was written.
    """

    meaning: str
    seen: Any = field(eq=False)


@frozen
class SecretValue:
    """A value that was never kept; equal fingerprints mean equal values."""

    fingerprint: str


_FOUR_BYTES = 0xF0
"""What the first byte is at least of a character that has four in UTF-8."""

_SCALARS = frozenset({str, int, bool, Reading, SecretValue})
"""What is the same where Python finds it equal; not so floats, of which one is no number."""


@frozen
class CipherText:
    """A value that only its receiver can read: equal ones are equal, others may hold the same.

    Args:
        value: The text, or what stands for it in a Secret.
        is_opened: Whether its receiver may have made another object of it, as far as it says.
    """

    value: str | SecretValue
    is_opened: bool = field(default=False, eq=False)


_TOKEN_MARK = "\ufdd0"  # noqa: S105 - a mark, not a password
_VALUE_MARK = "\ufdd1"
_NO_READING = _VALUE_MARK * 2
_TOKEN = re.compile(f"{_TOKEN_MARK}[^{_TOKEN_MARK}]*{_TOKEN_MARK}")
"""Unicode keeps these characters for a program's own use; in text from outside they are escaped.

https://www.unicode.org/faq/private_use.html#noncharacters
"""

Seen = Mapping[str, str]
"""What the tokens in an environment's strings stand for there."""


def token(words: str) -> str:
    """What stands in strings for a name that each environment has of its own."""
    return f"{_TOKEN_MARK}{words}{_TOKEN_MARK}"


NAMESPACE_TOKEN = token("namespace")
"""What stands in strings for the environment's own namespace."""


def name_token(reference: ObjectReference) -> str:
    """What stands for an object's name, where that is another one elsewhere."""
    return token(f"{reference.group_kind} {reference.name}")


def name_in(text: str) -> str:
    """The name that such a token has in it; any other text as it is."""
    return text[1:-1].partition(" ")[2] if text.startswith(_TOKEN_MARK) else text


def tokens_in(text: str) -> list[str]:
    """The tokens in a text."""
    return _TOKEN.findall(text) if _TOKEN_MARK in text else []


def is_marked(text: str) -> bool:
    """Whether a text from outside could be taken for one of ours."""
    return _TOKEN_MARK in text or _VALUE_MARK in text


def canonical(node: Node) -> Any:
    """The node as plain JSON in which equal meaning is equal text, and other meaning is not.

    What is not plain text has a mark before it that no text has. A list's type does not
    show: it follows from the field and from what stands in the list.
    """
    kind = type(node)
    if kind is str or kind is int or kind is bool:
        return node
    if kind is dict or kind is Entries:
        return {key: canonical(value) for key, value in node.items() if not is_empty(value)}
    if kind is list:
        return [canonical(item) for item in node]
    if kind is Reading:
        return f"{_VALUE_MARK}{node.meaning}"
    if kind is SecretValue:
        return f"{_NO_READING}secret {node.fingerprint}"
    if kind is CipherText:
        return canonical(node.value)
    if kind is Members:
        return _sorted({canonical_bytes(item) for item in node})
    if kind is Bag or (kind is Keyed and not node.sequence):
        return _sorted(canonical_bytes(item) for item in node)
    if kind is Keyed:
        return _in_sequence(node)
    return _float(node) if kind is float else node


def _float(number: float) -> Any:
    """A float, of which one without a fraction is no integer all the same."""
    if math.isfinite(number) and not number.is_integer():
        return msgspec.Raw(canonical_number(number).encode())
    return f"{_NO_READING}float {number}"


def _in_sequence(node: Keyed) -> list[Any]:
    """The items of a keyed list: first those whose order means something, in their order.

    A rule may have dropped some of them since.
    """
    loose = node.by_key()
    sequence = [canonical(loose.pop(key)) for key in node.sequence if key in loose]
    return sequence + _sorted(canonical_bytes(item) for item in loose.values())


def is_empty(node: Node) -> bool:
    """Whether a node is as good as absent."""
    return type(node) is Entries and not node


def _sorted(items: Iterable[bytes]) -> list[msgspec.Raw]:
    return [msgspec.Raw(item) for item in sorted(items)]


def canonical_bytes(node: Node) -> bytes:
    """The canonical form as bytes, `driftcheck.canonical/v1`.

    Keys are sorted by code points, which is another order than that of UTF-16 code units only
    where a character has two of these: where it has four bytes.
    """
    encoded = msgspec.json.encode(canonical(node), order="deterministic")
    if encoded.isascii() or max(encoded) < _FOUR_BYTES:
        return encoded
    return canonical_json(msgspec.json.decode(encoded))


def same(left: Node, right: Node) -> bool:
    """Whether two nodes mean the same, type by type: 1, True and 1.0 are three values.

    It is what their canonical bytes say; most need not be made, since one difference will do.
    """
    kind = type(left)
    if left is right:
        return True
    if kind is type(right):
        if kind in _SCALARS:
            return bool(left == right)
        if kind in _MAPS and left.keys() == right.keys():
            return all(_same_field(value, right[key]) for key, value in left.items())
        if kind is list and len(left) == len(right):
            return all(map(same, left, right))
        if kind is Keyed and _have_same_keys(left, right):
            theirs = right.by_key()
            return all(same(item, theirs[key]) for key, item in left.by_key().items())
    return canonical_bytes(left) == canonical_bytes(right)


def _same_field(left: Node, right: Node) -> bool:
    """Whether a field of a map is the same; one that is as good as absent is like no other."""
    return is_empty(left) == is_empty(right) and same(left, right)


def _have_same_keys(left: Keyed, right: Keyed) -> bool:
    """Whether each item of two lists has one of its key in the other, in one order where it counts.

    A key that stands twice in a list tells nothing apart.
    """
    ours, theirs = left.by_key(), right.by_key()
    return (
        (left.keys, left.sequence) == (right.keys, right.sequence)
        and ours.keys() == theirs.keys()
        and len(ours) == len(left) == len(right)
    )


def as_seen(node: Node, seen: Seen) -> Any:
    """The node as plain JSON the way it was seen; Secret values stay `SecretValue`s."""
    if isinstance(node, str):
        if _TOKEN_MARK not in node:
            return node
        return _TOKEN.sub(lambda found: seen.get(found[0], found[0]), node)
    if isinstance(node, dict):
        return {key: as_seen(value, seen) for key, value in node.items()}
    if isinstance(node, list):
        return [as_seen(item, seen) for item in node]
    if isinstance(node, Reading):
        return node.seen
    if isinstance(node, CipherText):
        return node.value
    return node
