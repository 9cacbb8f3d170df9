"""Writes builtin.json from the OpenAPI v3 documents in a recording of an API server.

Run it again when a newer API server has been recorded:

    python driftcheck/normalization/data/generate.py examples/recordings/bookshop-equal.jsonl.gz
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SERVER_WRITTEN = {"status", "managedFields"}
FORMATS = {"byte": "bytes", "date-time": "time", "int-or-string": "int-or-string"}
PREFIXES = ("io.k8s.api.", "io.k8s.apimachinery.pkg.apis.")


def main(recording: Path, target: Path) -> None:
    """Write the table of types that the recorded API server knows."""
    lines = gzip.decompress(recording.read_bytes()).splitlines()
    exchanges = [json.loads(line) for line in lines]
    version = next(e["body"]["gitVersion"] for e in exchanges if e["path"] == "/version")
    schemas = dict(_schemas(exchanges))
    kinds = dict(_kinds(schemas, _listable(exchanges)))
    types = {_short(name): _fields(schemas[name]) for name in _reachable(schemas, kinds.values())}
    table = {
        "server": version,
        "kinds": {kind: _short(name) for kind, name in sorted(kinds.items())},
        "types": dict(sorted(types.items())),
    }
    target.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(kinds)} kinds, {len(types)} types, {version} -> {target}")  # noqa: T201


def _schemas(exchanges: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for exchange in exchanges:
        if exchange["path"].startswith("/openapi/v3/"):
            for name, schema in exchange["body"]["components"]["schemas"].items():
                if name.startswith("io.k8s."):
                    yield name, schema


def _listable(exchanges: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Group and kind of everything that a list of objects may hold."""
    return {
        (group["metadata"].get("name", ""), resource["responseKind"]["kind"])
        for exchange in exchanges
        if "APIGroupDiscoveryList" in exchange["accept"]
        for group in exchange["body"]["items"]
        for version in group["versions"]
        for resource in version["resources"]
        if "list" in resource["verbs"]
    }


def _kinds(schemas: dict[str, Any], listable: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, schema in schemas.items():
        identities = schema.get("x-kubernetes-group-version-kind", [])
        if len(identities) == 1:
            identity = identities[0]
            if (identity["group"], identity["kind"]) in listable:
                yield "{group}/{version}/{kind}".format(**identity), name


def _reachable(schemas: dict[str, Any], roots: Any) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in schemas and name not in found:
            found.add(name)
            waiting.extend(
                reference
                for field, schema in schemas[name].get("properties", {}).items()
                if field not in SERVER_WRITTEN
                for reference in _references(schema)
            )
    return {name for name in found if schemas[name].get("properties")}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        field: _type(described)
        for field, described in schema["properties"].items()
        if field not in SERVER_WRITTEN
    }


def _type(schema: dict[str, Any]) -> Any:
    """A field's type: a name, or a list or map of one; `default` where the API has one.

    A field of a struct that the API's Go types hold by value has the default `{}`: it is always
    written. The zero of a scalar is left to `plain.json`.
    """
    described = _bare_type(schema)
    default = schema.get("default")
    is_scalar = isinstance(default, str | int | bool) and default not in ("", 0, False)
    if is_scalar or (default == {} and _is_struct(described)):
        return {"of": described, "default": default}
    return described


def _is_struct(described: Any) -> bool:
    return isinstance(described, str) and "." in described


def _bare_type(schema: dict[str, Any]) -> Any:
    for name in _references({"allOf": schema.get("allOf"), "$ref": schema.get("$ref", "")}):
        if name.endswith(".Quantity"):
            return "quantity"
        if name.endswith(".IntOrString"):
            return "int-or-string"
        if name.endswith(("Time", "MicroTime")):
            return "time"
        if name:
            return _short(name)
    if schema.get("type") == "array":
        described: dict[str, Any] = {
            "list": _type(schema["items"]),
            "type": schema.get("x-kubernetes-list-type", "atomic"),
        }
        if described["type"] == "map":
            described["keys"] = schema["x-kubernetes-list-map-keys"]
        return described
    if "additionalProperties" in schema:
        return {"map": _type(schema["additionalProperties"])}
    return FORMATS.get(schema.get("format", ""), schema.get("type", "any"))


def _short(name: str) -> str:
    """`core.v1.Container` for `io.k8s.api.core.v1.Container`."""
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("builtin.json"))
