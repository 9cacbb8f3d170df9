"""OpenAPI schemas of custom resources: which lists are sets, and which keys items have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.json import Decoder

from driftcheck.sources._connection import Connection
from driftcheck.sources._discovery import Resource
from driftcheck.sources._fetch import NOT_FOUND, Refusal, fetch

_BUILT_IN = frozenset(
    {
        "",
        "apps",
        "autoscaling",
        "batch",
        "extensions",
        "policy",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
"""Groups whose schemas come with driftcheck."""

_REFERENCE = "#/components/schemas/"
_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_PROSE = frozenset({"description", "title", "example", "externalDocs"})
_KIND = "x-kubernetes-group-version-kind"

Schema = dict[str, Any]


class _Index(msgspec.Struct):
    paths: dict[str, Any] = {}


class _Components(msgspec.Struct):
    schemas: dict[str, Schema] = {}


class _Document(msgspec.Struct):
    components: _Components = msgspec.field(default_factory=_Components)


_INDEX = Decoder(_Index)
_DOCUMENT = Decoder(_Document)


def is_built_in(group: str) -> bool:
    """Whether a group belongs to Kubernetes itself."""
    return group in _BUILT_IN


def schema_key(resource: Resource) -> str:
    """The name of a kind's schema in a snapshot: `group/version/Kind`."""
    return f"{resource.api_version}/{resource.kind}"


def fetch_schemas(
    connection: Connection, resources: list[Resource]
) -> dict[Resource, Schema] | Refusal:
    """Ask for the schemas of some kinds of one version of one group.

    https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3

    Args:
        connection: A connection.
        resources: Kinds of the same group and version.

    Returns:
        The schemas of those that the server has one of, or why they could not be read.
    """
    document = fetch(connection, f"/openapi/v3{resources[0].root}", _DOCUMENT)
    if isinstance(document, Refusal):
        return {} if _is_unpublished(connection, resources[0], document) else document
    found = document.components.schemas
    schemas = {resource: _schema_of(resource, found) for resource in resources}
    return {resource: schema for resource, schema in schemas.items() if schema}


def _is_unpublished(connection: Connection, resource: Resource, refusal: Refusal) -> bool:
    """Whether a schema is missing because this server publishes none."""
    if refusal.status != NOT_FOUND:
        return False
    index = fetch(connection, "/openapi/v3", _INDEX)
    if isinstance(index, Refusal):
        return index.status == NOT_FOUND
    return resource.root.removeprefix("/") not in index.paths


def _schema_of(resource: Resource, schemas: Mapping[str, Schema]) -> Schema | None:
    wanted = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    for schema in schemas.values():
        if wanted in (schema.get(_KIND) or ()):
            return _bare(schema, schemas, ())
    return None


def _bare(schema: Schema, schemas: Mapping[str, Schema], within: tuple[str, ...]) -> Schema:
    """A schema without prose, references resolved; one that leads back into itself ends there."""
    name = str(schema.get("$ref", "")).removeprefix(_REFERENCE)
    if name:
        is_left_out = name == _OBJECT_META or name in within or name not in schemas
        return {} if is_left_out else _bare(schemas[name], schemas, (*within, name))
    bare: Schema = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties"):
            bare[key] = {field: _bare(inner, schemas, within) for field, inner in value.items()}
        elif key in ("allOf", "anyOf", "oneOf"):
            bare[key] = [_bare(inner, schemas, within) for inner in value]
        elif key in ("items", "additionalProperties", "not") and isinstance(value, dict):
            bare[key] = _bare(value, schemas, within)
        elif key not in _PROSE:
            bare[key] = value
    return bare
