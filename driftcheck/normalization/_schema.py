"""The shape of each kind: which field holds a list, a quantity or another type.

Built-in kinds come from `data/builtin.json`, custom resources from the schema
that was captured with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from attrs import define, field, frozen

from driftcheck.model import Document, GroupKind, SkewedField
from driftcheck.normalization import _defaults
from driftcheck.normalization._inside import inside
from driftcheck.normalization._lists import Order, order_of, order_where_unserved, schema_order


@define(eq=False)
class Struct:
    """A map with known fields.

    Args:
        name: The API's name for the type, such as `core.v1.Container`; empty in a custom resource.
        fields: The type of each field that is known.
        defaults: What the API server writes where a field is left out.
        depending: Defaults that depend on the other fields.
        merged: Maps that are completed where they are given in part.
        plain: Fields whose zero is as good as absent.
        not_nullable: Fields of a custom resource in which null is as good as absent.
        skewed: The names of fields that not every version of Kubernetes knows.
        is_served: Whether it is a built-in type that an API server reads, so that null and an
            empty list are as good as absent.
    """

    name: str
    fields: dict[str, Type] = field(factory=dict)
    defaults: dict[str, Any] = field(factory=dict)
    depending: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    merged: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    plain: frozenset[str] = frozenset()
    not_nullable: frozenset[str] = frozenset()
    skewed: dict[str, SkewedField] = field(factory=dict)
    is_served: bool = False


@frozen(eq=False)
class MapOf:
    """A map with keys of the user's choice.

    Args:
        values: The type of its values.
        null: What a value that is null is read as.
        drops_null: Whether a value that is null is as good as absent.
        is_served: Whether it is one of a built-in type, so that an empty one is none.
    """

    values: Type
    null: Any = None
    drops_null: bool = False
    is_served: bool = False


@frozen(eq=False)
class ListOf:
    """A list, what its order means, and what an item that is null is read as."""

    items: Type
    order: Order
    null: Any = None


Type = Struct | MapOf | ListOf | str
"""A struct, a map, a list, or the name of a scalar: `quantity`, `duration`, `any` and so on."""

ANY: Type = "any"
_IMAGES = {
    ("core.v1.Container", "image"),
    ("core.v1.EphemeralContainer", "image"),
    ("core.v1.ImageVolumeSource", "reference"),
}
"""By type, the fields that hold an image reference."""

_NO_VERSION = 10_000
"""A minor version that there never will be."""


class Schema:
    """The types of one snapshot's objects: the built-in ones and its custom resources."""

    def __init__(self, custom: Mapping[str, Mapping[str, Any]]) -> None:
        self._custom = custom
        self._compiled: dict[str, Type] = {}
        self._texts: dict[str, bytes] = {}

    def of(self, document: Document) -> Type:
        """The type of an object; where nobody knows it, its metadata is every object's."""
        name = _full_name(document)
        if name not in self._compiled:
            schema = self._custom.get(name, {})
            self._compiled[name] = _builtin_kind(document) or _custom_resource(schema)
        return self._compiled[name]

    def text(self, document: Document) -> bytes:
        """The schema of an object's kind; nothing for a built-in one, which is everywhere alike."""
        name = _full_name(document)
        if name not in self._texts:
            schema = None if _builtin_kind(document) else self._custom.get(name, {})
            self._texts[name] = msgspec.json.encode(schema) if schema else b""
        return self._texts[name]


def has_builtin_type(document: Document) -> bool:
    """Whether it is known what every field of an object means."""
    return _builtin_kind(document) is not None


def _full_name(document: Document) -> str:
    group, kind, _ = document.reference
    return f"{group}/{document.version}/{kind}"


def _builtin_kind(document: Document) -> Type | None:
    group, kind, _ = document.reference
    return _builtin().get(_full_name(document)) or _builtin().get(f"{group}/*/{kind}")


@cache
def untyped_pod_spec() -> Struct:
    """A pod's spec that no API server reads as one: nothing is filled in, and order counts."""
    return _structs(is_served=False)["core.v1.PodSpec"]


@cache
def _builtin() -> dict[str, Type]:
    """Built-in kinds by `group/version/kind`, and by `group/*/kind` for other versions."""
    structs = _structs(is_served=True)
    kinds: dict[str, Type] = {}
    for name, type_name in sorted(_table()["kinds"].items()):
        group, _, kind = name.split("/")
        kinds[name] = kinds[f"{group}/*/{kind}"] = structs[type_name]
    return kinds


def is_builtin(kind: GroupKind) -> bool:
    """Whether a kind's group is Kubernetes' own, whose controllers are known."""
    return kind.group in _builtin_groups()


@cache
def _builtin_groups() -> frozenset[str]:
    return frozenset(name.partition("/")[0] for name in _table()["kinds"])


def _table() -> dict[str, Any]:
    return _data("builtin.json")


@cache
def _data(name: str) -> dict[str, Any]:
    read = files("driftcheck.normalization").joinpath("data", name).read_bytes()
    table: dict[str, Any] = msgspec.json.decode(read)
    return table


@cache
def _skewed_fields() -> dict[str, dict[str, SkewedField]]:
    """By type and field; a field that the last version of the table knows is known ever after."""
    table = _data("versions.json")
    return {
        type_: {
            name: SkewedField(name, range(first, last + 1 if last < table["last"] else _NO_VERSION))
            for name, (first, last) in fields.items()
        }
        for type_, fields in table["fields"].items()
    }


@cache
def _structs(*, is_served: bool) -> dict[str, Struct]:
    described = _table()["types"]
    structs = {name: _served(name) if is_served else Struct(name) for name in described}
    for name, fields in described.items():
        for field_name, value in fields.items():
            structs[name].fields[field_name] = _builtin_type(name, field_name, value, structs)
    return structs


def _served(name: str) -> Struct:
    """A built-in type without its fields, as an API server reads it."""
    described = _table()["types"][name]
    in_schema = {
        field_name: value["default"]
        for field_name, value in described.items()
        if isinstance(value, dict) and "default" in value
    }
    return Struct(
        name,
        defaults={**_defaults.ALWAYS.get(name, {}), **in_schema},
        depending=_defaults.DEPENDING.get(name),
        merged=_defaults.MERGED.get(name),
        plain=frozenset(_data("plain.json").get(name, ())),
        skewed=_skewed_fields().get(name, {}),
        is_served=True,
    )


def _builtin_type(owner: str, name: str, described: Any, structs: dict[str, Struct]) -> Type:
    if (owner, name) in _IMAGES:
        return "image"
    if isinstance(described, str):
        return structs.get(described, described)
    is_served = structs[owner].is_served
    if "list" in described:
        items = _builtin_type(owner, name, described["list"], structs)
        order = order_of if is_served else order_where_unserved
        return ListOf(items, order(owner, name, described), _zero(items) if is_served else None)
    if "map" in described:
        if is_served and described["map"] == "quantity" and owner.startswith("core."):
            return MapOf("resource-quantity", "0", is_served=True)
        values = _builtin_type(owner, name, described["map"], structs)
        return MapOf(values, _zero(values) if is_served else None, is_served=is_served)
    return _builtin_type(owner, name, described["of"], structs)


_ZEROS = {
    "boolean": False,
    "bytes": "",
    "int-or-string": 0,
    "integer": 0,
    "quantity": "0",
    "string": "",
}


def _zero(type_: Type) -> Any:
    """What Go's decoder makes of a null among values of a type; of any JSON, null itself."""
    if isinstance(type_, str):
        return _ZEROS.get(type_)
    return {} if isinstance(type_, Struct) else None


def _custom_resource(schema: Mapping[str, Any]) -> Struct:
    """A resource's type from its own schema, if it has one; its metadata is every object's.

    https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#metadata
    """
    compiled = _custom_struct(inside(schema, "properties"))
    compiled.fields["metadata"] = _structs(is_served=True)["meta.v1.ObjectMeta"]
    return compiled


def _custom_type(described: Any) -> Type:
    """What a schema says; what nobody could have validated by it says nothing.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
    """
    schema = inside(described)
    if schema.get("x-kubernetes-embedded-resource"):
        return _custom_resource(schema)
    if schema.get("type") == "array":
        keys = schema.get("x-kubernetes-list-map-keys")
        order = schema_order(schema.get("x-kubernetes-list-type"), _strings(keys))
        items = schema.get("items")
        return ListOf(_custom_type(items), order, _custom_null(items))
    if "properties" in schema:
        return _custom_struct(inside(schema, "properties"))
    extra = schema.get("additionalProperties")
    if isinstance(extra, Mapping):
        null = _custom_null(extra)
        drops_null = null is None and not extra.get("nullable")
        return MapOf(_custom_type(extra), null, drops_null=drops_null)
    if schema.get("x-kubernetes-int-or-string") and _is_quantity(str(schema.get("pattern"))):
        return "quantity"
    if schema.get("type") == "string" and schema.get("format") in ("duration", "date-time"):
        return str(schema["format"])
    return str(schema.get("type", ANY))


def _strings(values: Any) -> tuple[str, ...]:
    """The strings in a list; none where there is no list, or something else in it."""
    are_strings = isinstance(values, list) and all(isinstance(value, str) for value in values)
    return tuple(values) if are_strings else ()


def _custom_struct(properties: Mapping[str, Any]) -> Struct:
    return Struct(
        "",
        {name: _custom_type(described) for name, described in properties.items()},
        {
            name: default
            for name, described in properties.items()
            if (default := inside(described).get("default")) is not None
        },
        not_nullable=frozenset(
            name for name, described in properties.items() if not inside(described).get("nullable")
        ),
    )


def _custom_null(described: Any) -> Any:
    """What null is read as in a list or a map of a custom resource.

    https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
    """
    schema = inside(described)
    return None if schema.get("nullable") else schema.get("default")


def _is_quantity(pattern: str) -> bool:
    """Whether a pattern is the one that controller-gen writes for a resource.Quantity."""
    return "Ki|Mi|Gi" in pattern or "[KMGTPE]i" in pattern
