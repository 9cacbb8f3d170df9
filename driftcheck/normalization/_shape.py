"""One document's content, built anew: every list typed, every scalar read by its type.

What leaves here shares nothing with the document, so that the rules may edit it.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from driftcheck.images import Mirrors, canonical_reference
from driftcheck.model import NAMESPACE_TOKEN, Entries, Node, Reading, is_marked, quantity
from driftcheck.normalization import _namespace
from driftcheck.normalization._references import Names, ReferenceReader
from driftcheck.normalization._schema import (
    ANY,
    POD_SPEC,
    ListOf,
    MapOf,
    Struct,
    Type,
    builtin_type,
)
from driftcheck.normalization._times import duration, moment

_MEANINGS: dict[str, Callable[[str], str | None]] = {
    "quantity": quantity,
    "duration": duration,
    "date-time": moment,
}
"""By a scalar's type, how it is read."""


class Shaper:
    """Builds content for one environment.

    Args:
        namespace: The environment's own namespace; empty where it has none.
        names: What its objects are called in the comparison.
        mirrors: Which registries are copies of others.
        hits: Counts how often each rule was applied.
    """

    def __init__(self, namespace: str, names: Names, mirrors: Mirrors, hits: Counter[str]) -> None:
        self._namespace = namespace
        self._references = ReferenceReader(names, namespace)
        self._mirrors = mirrors
        self._hits = hits

    def shape(self, value: Any, type_: Type) -> Node:
        """The value as a node of a normalized object."""
        if isinstance(value, str):
            return self._text(value, type_)
        if isinstance(value, dict):
            return self._map(value, type_)
        if isinstance(value, list):
            return self._list(value, type_)
        return _by_meaning(value, type_) if type_ == "quantity" else value

    def _map(self, value: dict[str, Any], type_: Type) -> Node:
        type_ = pod_spec_or(type_, value)
        if isinstance(type_, Struct):
            return self._struct(value, type_)
        if isinstance(type_, MapOf):
            of = type_.values
            items = {key: self.shape(item, of) for key, item in value.items()}
            return Entries(items) if type_.is_builtin else items
        shaped = {key: self.shape(item, ANY) for key, item in value.items()}
        self._count("generated-name", self._references.read(shaped, ""))
        return self._located(shaped, _namespace.in_untyped)

    def _struct(self, value: dict[str, Any], type_: Struct) -> Node:
        fields = type_.fields
        given = {key: item for key, item in value.items() if not _is_nothing(key, item, type_)}
        if type_.merged:
            given |= self._new(type_.merged(given), given)
        skewed = type_.skewed
        shaped = {
            skewed.get(key, key): self.shape(item, fields.get(key, ANY))
            for key, item in given.items()
        }
        self._fill(shaped, type_.defaults, type_)
        if type_.depending:
            self._fill(shaped, type_.depending(shaped), type_)
        self._count("generated-name", self._references.read(shaped, type_.name))
        in_type = _namespace.IN_TYPES.get(type_.name) if type_.name else _namespace.in_untyped
        return self._located(shaped, in_type)

    def _fill(self, shaped: dict[str, Node], defaults: Mapping[str, Any], type_: Struct) -> None:
        missing = [key for key in defaults if key not in shaped]
        for key in missing:
            name = type_.skewed.get(key, key)
            shaped[name] = self.shape(copy.deepcopy(defaults[key]), type_.fields.get(key, ANY))
        self._count("default", len(missing))

    def _new(self, completed: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """The maps that have become larger."""
        new = {key: item for key, item in completed.items() if item != given.get(key)}
        self._count("default", len(new))
        return new

    def _located(self, shaped: dict[str, Node], in_type: Any) -> dict[str, Node]:
        if in_type and self._namespace:
            self._count("namespace", in_type(shaped, self._namespace))
        return shaped

    def _list(self, value: list[Any], type_: Type) -> Node:
        if not isinstance(type_, ListOf):
            return [self.shape(item, ANY) for item in value]
        items = [self.shape(item, type_.items) for item in value]
        return type_.order(items, lambda rule: self._count(rule, 1))

    def _text(self, value: str, type_: Type) -> Node:
        if is_marked(value):
            return Reading(f"literal {value}", value)
        if isinstance(type_, str) and type_ in _MEANINGS:
            return _by_meaning(value, type_)
        if type_ == "image":
            return self._image(value)
        if not self._namespace or self._namespace not in value:
            return value
        located = _namespace.in_hosts(value, self._namespace)
        self._count("namespace", located.count(NAMESPACE_TOKEN))
        return self._references.in_hosts(located)

    def _image(self, value: str) -> Node:
        """An image reference in full, under its original's name."""
        original = canonical_reference(value, self._mirrors)
        self._count("image-mirror", original != canonical_reference(value))
        return Reading(f"image {original}", value) if original else value

    def _count(self, rule: str, hits: int) -> None:
        if hits:
            self._hits[rule] += hits


def _by_meaning(value: Any, type_: str) -> Node:
    """A scalar that may be written in several ways, by what it means."""
    meaning = _MEANINGS[type_](str(value))
    return value if meaning is None else Reading(f"{type_} {meaning}", value)


def _is_nothing(key: str, item: Any, type_: Struct) -> bool:
    """Whether the API takes a field as left out: null, and an empty list of a built-in type."""
    if item is None:
        return True
    if key in type_.plain:
        return item in ("", 0, False)
    return bool(type_.name) and item == []


def pod_spec_or(type_: Type, value: dict[str, Any]) -> Type:
    """A map's type; a pod's spec is known by its shape where nothing else is known."""
    is_known = isinstance(type_, Struct | MapOf)
    return builtin_type(POD_SPEC) if not is_known and _is_pod_spec(value) else type_


def _is_pod_spec(value: dict[str, Any]) -> bool:
    """Whether a map of a custom resource is a pod's spec: its containers have name and image."""
    containers = value.get("containers")
    return (
        isinstance(containers, list)
        and bool(containers)
        and all(
            isinstance(container, dict) and "name" in container and "image" in container
            for container in containers
        )
    )
