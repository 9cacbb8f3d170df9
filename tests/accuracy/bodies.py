"""A full-bodied object of every built-in kind: every field of its OpenAPI schema is there."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.conftest import RECORDINGS

Body = dict[str, Any]

LEFT_OUT = ("Event", "Lease", "LeaseCandidate", "CSIStorageCapacity", "PodCertificateRequest")
"""Kinds that are not even read."""

NOT_SPECIFIED = ("status", "managedFields", "ownerReferences", "deletionTimestamp")
"""Fields that only a server writes, or that make an object one that is going, or another's."""

ITEMS = ("a", "b")
"""Each list has two items."""


@cache
def full_bodies() -> tuple[Body, ...]:
    """One object of every kind that stands in a Namespace."""
    return tuple(_object(*kind) for kind in sorted(set(_kinds())))


def fields_v1(body: Body) -> Body:
    """What somebody owns who has written all of an object, as a server tracks it.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#managedfields
    """
    known = schema_of(body["apiVersion"], body["kind"]) or {}
    kept = {
        key: value for key, value in body.items() if key not in ("apiVersion", "kind", "status")
    }
    identity = ("name", "namespace", "uid", "generateName")
    metadata = {key: value for key, value in body["metadata"].items() if key not in identity}
    owned: Body = _owned({**kept, "metadata": metadata}, known)
    return owned


def _owned(value: Any, schema: Body) -> Body:
    schema = resolved(schema)
    if isinstance(value, dict) and value and schema.get("x-kubernetes-map-type") != "atomic":
        inner, properties = schema.get("additionalProperties", {}), schema.get("properties", {})
        return {f"f:{key}": _owned(item, properties.get(key, inner)) for key, item in value.items()}
    if isinstance(value, list) and schema.get("x-kubernetes-list-type") == "map":
        return {_key_of(item, schema): {".": {}, **_owned(item, schema["items"])} for item in value}
    if isinstance(value, list) and schema.get("x-kubernetes-list-type") == "set":
        return {f"v:{json.dumps(item)}": {} for item in value}
    return {}


def _key_of(item: Body, schema: Body) -> str:
    keys = {key: item[key] for key in schema["x-kubernetes-list-map-keys"] if key in item}
    return f"k:{json.dumps(keys, separators=(',', ':'), sort_keys=True)}"


def resolved(schema: Any) -> Body:
    """A schema's own description, in place of a reference to it."""
    if not isinstance(schema, dict):
        return {}
    for part in (schema, *schema.get("allOf", ())):
        if "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            return {**schema, **_schemas()[name], "x-name": name}
    return schema


def schema_of(api_version: str, kind: str) -> Body | None:
    """The OpenAPI schema of a kind; None where the recorded server has none."""
    group, _, version = api_version.rpartition("/")
    identity = {"group": group, "version": version, "kind": kind}
    for schema in _schemas().values():
        if identity in schema.get("x-kubernetes-group-version-kind", ()):
            return schema
    return None


@cache
def _exchanges() -> list[Body]:
    lines = gzip.decompress(RECORDINGS["equal"].read_bytes()).splitlines()
    return [json.loads(line) for line in lines]


@cache
def _schemas() -> dict[str, Body]:
    return {
        name: schema
        for exchange in _exchanges()
        if exchange["path"].startswith("/openapi/v3/")
        for name, schema in exchange["body"]["components"]["schemas"].items()
    }


def _kinds() -> Iterator[tuple[str, str, str]]:
    """Group, version and kind of what the API server of the recording lists in a Namespace."""
    known = {
        tuple(identity.values())
        for schema in _schemas().values()
        for identity in map(_ordered, schema.get("x-kubernetes-group-version-kind", ()))
    }
    for exchange in _exchanges():
        if "APIGroupDiscoveryList" not in exchange["accept"]:
            continue
        for group in exchange["body"]["items"]:
            for version in group["versions"]:
                for item in version["resources"]:
                    found = (
                        group["metadata"].get("name", ""),
                        version["version"],
                        item["responseKind"]["kind"],
                    )
                    is_wanted = item["scope"] == "Namespaced" and "list" in item["verbs"]
                    if is_wanted and found in known and found[2] not in LEFT_OUT:
                        yield found


def _ordered(identity: Body) -> Body:
    return {field: identity[field] for field in ("group", "version", "kind")}


def _object(group: str, version: str, kind: str) -> Body:
    schema = next(
        schema
        for schema in _schemas().values()
        if {"group": group, "version": version, "kind": kind}
        in schema.get("x-kubernetes-group-version-kind", ())
    )
    body = _with_aliases(_value(schema, "it-0"))
    metadata = {**body["metadata"], "name": "it"}
    del metadata["generateName"]
    api_version = f"{group}/{version}" if group else version
    return {**body, "apiVersion": api_version, "kind": kind, "metadata": metadata}


def _with_aliases(value: Any) -> Any:
    """With the two names of a service account equal, as every server keeps them.

    And with the same names for all addresses of hosts, so that their order counts.
    """
    if isinstance(value, list):
        return [_with_aliases(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _with_aliases(item) for key, item in value.items()}
    if "serviceAccountName" in made:
        made["serviceAccount"] = made["serviceAccountName"]
    for alias in made.get("hostAliases", ()):
        alias["hostnames"] = made["hostAliases"][0]["hostnames"]
    return made


def _value(schema: Body, name: str) -> Any:
    """A value of a type; `name` makes it another than its neighbours'."""
    for part in (schema, *schema.get("allOf", ())):
        if "$ref" in part:
            return _referred(part["$ref"].rpartition("/")[2], name)
    if "properties" in schema:
        return {
            field: _value(inner, _named(field, name))
            for field, inner in schema["properties"].items()
            if field not in NOT_SPECIFIED
        }
    if schema.get("type") == "array":
        return [_value(schema["items"], _named(item, name)) for item in ITEMS]
    if "additionalProperties" in schema:
        inner = schema["additionalProperties"]
        return {f"key-{item}": _value(inner, _named(item, name)) for item in ITEMS}
    return _scalar(schema, name)


def _named(field: str, outer: str) -> str:
    """A name that no other place has."""
    return f"{field}-{hashlib.sha256(f'{field} {outer}'.encode()).hexdigest()[:6]}"


def _referred(name: str, hint: str) -> Any:
    if name.endswith(".Quantity"):
        return f"{int(hint.rpartition('-')[2], 16)}Mi"
    if name.endswith(".IntOrString"):
        return f"port-{hint}"
    if name.endswith(("Time", "MicroTime")):
        return "2026-11-23T20:00:00Z"
    return _value(_schemas()[name], hint)


def _scalar(schema: Body, name: str) -> Any:
    kind, form = schema.get("type"), schema.get("format")
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return 10 * int(name.rpartition("-")[2], 16)
    if form == "byte":
        return "c2VjcmV0" if name.startswith("a") else "aGlkZGVu"
    if kind == "string":
        return name
    return {"any": name}
