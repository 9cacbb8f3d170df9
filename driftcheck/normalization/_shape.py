"""One document's content, built anew: every list typed, every scalar read by its type.

What leaves here shares nothing with the document, so that the rules may edit it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from driftcheck.images import Mirrors, canonical_reference
from driftcheck.model import (
    NAMESPACE_TOKEN,
    Entries,
    Node,
    Reading,
    in_text,
    is_marked,
    quantity,
    resource_quantity,
)
from driftcheck.normalization import _namespace
from driftcheck.normalization._bytes import plain_bytes
from driftcheck.normalization._lists import ordered
from driftcheck.normalization._references import Names, ReferenceReader
from driftcheck.normalization._schema import (
    ANY,
    ListOf,
    MapOf,
    Struct,
    Type,
    untyped_pod_spec,
)
from driftcheck.normalization._times import duration, moment

_MEANINGS: dict[str, Callable[[str], str | None]] = {
    "bytes": plain_bytes,
    "quantity": quantity,
    "resource-quantity": resource_quantity,
    "duration": duration,
    "date-time": moment,
}
"""By a scalar's type, how it is read."""

_NUMBERS = frozenset({"quantity", "resource-quantity"})
"""The types that a number is read by as well."""


_UNKNOWN = ListOf(ANY, ordered)
"""What a field is taken for that only a newer server may know."""


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
        self._references = ReferenceReader(names, namespace) if names.common else None
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
        return _by_meaning(value, type_) if type_ in _NUMBERS else value

    def _map(self, value: dict[str, Any], type_: Type) -> Node:
        type_ = pod_spec_or(type_, value)
        if isinstance(type_, Struct):
            return self._struct(value, type_)
        if isinstance(type_, MapOf):
            of, null = type_.values, type_.null
            items = {
                key: self.shape(null if item is None else item, of)
                for key, item in value.items()
                if item is not None or not type_.drops_null
            }
            return Entries(items) if type_.is_served else items
        shaped = {key: self.shape(item, ANY) for key, item in value.items()}
        return self._neutral(shaped, "", _namespace.in_untyped)

    def _struct(self, value: dict[str, Any], type_: Struct) -> Node:
        fields, skewed = type_.fields, type_.skewed
        shaped = {
            skewed.get(key, key): self.shape(item, fields.get(key, ANY))
            for key, item in self._completed(value, type_).items()
        }
        in_type = _namespace.IN_TYPES.get(type_.name) if type_.name else _namespace.in_untyped
        return self._neutral(shaped, type_.name, in_type)

    def _completed(self, value: dict[str, Any], type_: Struct) -> dict[str, Any]:
        """A map as the API server keeps it: what it takes as left out, with what it fills in.

        It is read as it was written: nothing in it has been shaped yet.
        """
        kept = {
            key: item for key, item in value.items() if item or not _is_nothing(key, item, type_)
        }
        if type_.merged:
            completed = type_.merged(kept)
            self._fill_in(
                kept, {key: completed[key] for key in completed if completed[key] != kept.get(key)}
            )
        if type_.defaults:
            self._fill_in(kept, _missing(type_.defaults, kept))
        if type_.depending:
            self._fill_in(kept, _missing(type_.depending(kept), kept))
        return kept

    def _fill_in(self, kept: dict[str, Any], filled: dict[str, Any]) -> None:
        kept |= filled
        self._count("default", len(filled))

    def _neutral(self, shaped: dict[str, Node], type_name: str, in_type: Any) -> dict[str, Node]:
        """A map with tokens for the names that each environment has of its own."""
        if self._references:
            self._count("generated-name", self._references.read(shaped, type_name))
        if in_type and self._namespace:
            self._count("namespace", in_type(shaped, self._namespace))
        return shaped

    def _list(self, value: list[Any], type_: Type) -> Node:
        if not isinstance(type_, ListOf):
            return [self.shape(item, ANY) for item in value]
        of, null = type_.items, type_.null
        items = [self.shape(null if item is None else item, of) for item in value]
        in_list = _namespace.IN_LISTS.get(of.name) if isinstance(of, Struct) else None
        if in_list and self._namespace:
            self._count("namespace", in_list(items, self._namespace))
        return type_.order(items, lambda rule: self._count(rule, 1))

    def _text(self, value: str, type_: Type) -> Node:
        if not value.isascii() and is_marked(value):
            return Reading(f"literal {value}", value)
        if type_ in _MEANINGS:
            return _by_meaning(value, type_)
        if type_ == "image":
            return self._image(value)
        located = self._located_text(value)
        return self._references.in_hosts(located) if self._references else located

    def _located_text(self, text: str) -> str:
        """The text with a token for the own namespace, where it is known to mean it."""
        if not self._namespace or self._namespace not in text:
            return text
        located = in_text(text, self._namespace)
        self._count("namespace", located.count(NAMESPACE_TOKEN))
        return located

    def _image(self, value: str) -> Node:
        """An image reference in full, under its original's name."""
        original = canonical_reference(value, self._mirrors)
        self._count("image-mirror", original != canonical_reference(value))
        return Reading(f"image {self._located_text(original)}", value) if original else value

    def _count(self, rule: str, hits: int) -> None:
        if hits:
            self._hits[rule] += hits


def _by_meaning(value: Any, type_: Any) -> Node:
    """A scalar that may be written in several ways, by what it means."""
    meaning = _MEANINGS[type_](str(value))
    return value if meaning is None else Reading(f"{type_} {meaning}", value)


def _missing(defaults: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in defaults.items() if key not in kept}


def _is_nothing(key: str, item: Any, type_: Struct) -> bool:
    """Whether the API takes a null, a zero or an empty list as left out.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
    """
    if item is None:
        return type_.is_served or key in type_.not_nullable
    if key in type_.plain:
        return item in ("", 0, False)
    return type_.is_served and item == [] and isinstance(type_.fields.get(key, _UNKNOWN), ListOf)


def pod_spec_or(type_: Type, value: dict[str, Any]) -> Type:
    """A map's type; a pod's spec is known by its shape where nothing else is known."""
    is_known = isinstance(type_, (Struct, MapOf))
    return untyped_pod_spec() if not is_known and _is_pod_spec(value) else type_


def _is_pod_spec(value: dict[str, Any]) -> bool:
    """Whether a map of a custom resource looks like a pod's spec.

    It may be none: what is read into it must hide nothing, whatever it is.
    """
    containers = value.get("containers")
    return (
        isinstance(containers, list)
        and bool(containers)
        and all(
            isinstance(container, dict) and "name" in container and "image" in container
            for container in containers
        )
    )
