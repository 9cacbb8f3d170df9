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

from driftcheck.model import GroupKind, SkewedField
from driftcheck.normalization import _defaults
from driftcheck.normalization._lists import Order, order_of, schema_order


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
        skewed: The names of fields that not every version of Kubernetes knows.
    """

    name: str
    fields: dict[str, Type] = field(factory=dict)
    defaults: dict[str, Any] = field(factory=dict)
    depending: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    merged: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    plain: frozenset[str] = frozenset()
    skewed: dict[str, SkewedField] = field(factory=dict)


@frozen(eq=False)
class MapOf:
    """A map with keys of the user's choice; in a built-in type, an empty one is none."""

    values: Type
    is_builtin: bool = False


@frozen(eq=False)
class ListOf:
    """A list, and what its order means."""

    items: Type
    order: Order


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

    def of(self, group: str, version: str, kind: str) -> Type:
        """The type of a kind; `any` where nobody knows it."""
        name = f"{group}/{version}/{kind}"
        if name not in self._compiled:
            self._compiled[name] = self._look_up(name, group, kind)
        return self._compiled[name]

    def _look_up(self, name: str, group: str, kind: str) -> Type:
        if name in self._custom:
            return _custom_resource(self._custom[name])
        builtin = _builtin()
        return builtin.get(name) or builtin.get(f"{group}/*/{kind}") or ANY


POD_SPEC = "core.v1.PodSpec"


@cache
def builtin_type(name: str) -> Struct:
    """A built-in type by the API's name for it."""
    return _structs()[name]


@cache
def _builtin() -> dict[str, Type]:
    """Built-in kinds by `group/version/kind`, and by `group/*/kind` for other versions."""
    structs = _structs()
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
def _structs() -> dict[str, Struct]:
    described = _table()["types"]
    structs = {
        name: Struct(
            name,
            defaults=dict(_defaults.ALWAYS.get(name, {})),
            depending=_defaults.DEPENDING.get(name),
            merged=_defaults.MERGED.get(name),
            plain=_defaults.PLAIN.get(name, frozenset()),
            skewed=_skewed_fields().get(name, {}),
        )
        for name in described
    }
    for name, fields in described.items():
        for field_name, value in fields.items():
            structs[name].fields[field_name] = _builtin_type(name, field_name, value, structs)
            if isinstance(value, dict) and "default" in value:
                structs[name].defaults[field_name] = value["default"]
    return structs


def _builtin_type(owner: str, name: str, described: Any, structs: dict[str, Struct]) -> Type:
    if (owner, name) in _IMAGES:
        return "image"
    if isinstance(described, str):
        return structs.get(described, described)
    if "list" in described:
        items = _builtin_type(owner, name, described["list"], structs)
        return ListOf(items, order_of(owner, name, described))
    if "map" in described:
        return MapOf(_builtin_type(owner, name, described["map"], structs), is_builtin=True)
    return _builtin_type(owner, name, described["of"], structs)


def _custom_resource(schema: Mapping[str, Any]) -> Type:
    """A kind's type from its own schema; its metadata is every object's."""
    compiled = _custom_type(schema)
    if isinstance(compiled, Struct):
        compiled.fields["metadata"] = builtin_type("meta.v1.ObjectMeta")
    return compiled


def _custom_type(schema: Mapping[str, Any]) -> Type:
    """https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema."""
    if schema.get("type") == "array":
        keys = tuple(schema.get("x-kubernetes-list-map-keys", ()))
        order = schema_order(schema.get("x-kubernetes-list-type", "atomic"), keys)
        return ListOf(_custom_type(schema.get("items", {})), order)
    if schema.get("x-kubernetes-embedded-resource"):
        return ANY
    if "properties" in schema:
        return _custom_struct(schema["properties"])
    extra = schema.get("additionalProperties")
    if isinstance(extra, Mapping):
        return MapOf(_custom_type(extra))
    if schema.get("x-kubernetes-int-or-string") and _is_quantity(schema.get("pattern", "")):
        return "quantity"
    if schema.get("type") == "string" and schema.get("format") in ("duration", "date-time"):
        return str(schema["format"])
    return str(schema.get("type", ANY))


def _custom_struct(properties: Mapping[str, Any]) -> Struct:
    return Struct(
        "",
        {name: _custom_type(described) for name, described in properties.items()},
        {
            name: described["default"]
            for name, described in properties.items()
            if described.get("default") is not None
        },
    )


def _is_quantity(pattern: str) -> bool:
    """Whether a pattern is the one that controller-gen writes for a resource.Quantity."""
    return "Ki|Mi|Gi" in pattern or "[KMGTPE]i" in pattern
