"""Another custom resource in a recording: what a server says once its definition is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import msgspec

from driftcheck.errors import UsageError
from driftcheck.testing._recording import (
    Collection,
    Document,
    Recording,
    Resource,
    empty_list,
)
from driftcheck.testing._requests import DISCOVERY, PLAIN, Place

JSON = dict[str, Any]
Said = tuple[str, str]
"""What a document answers: a path, and the form that was asked for."""

_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]


def with_definition(recording: Recording, definition: JSON) -> Recording:
    """Establish a CustomResourceDefinition, so that its objects can be written.

    https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/

    Args:
        recording: What the server holds before.
        definition: A complete CustomResourceDefinition of a kind that the server lacks.

    Returns:
        Another recording: discovery tells of the kind, OpenAPI describes it, and every namespace
        has an empty list of it.

    Raises:
        UsageError: It is no such definition, or the server has its resource.
    """
    try:
        defined = _Defined.of(definition)
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(f"not a CustomResourceDefinition: it lacks {error}") from error
    known = {(found.api, found.name) for found in recording.resources}
    if any((found.api, found.name) in known for found in defined.resources):
        name = f"{defined.plural}.{defined.group}"
        raise UsageError(f"the recording's discovery tells of {name} already")
    grown = attrs.evolve(
        recording,
        documents={**recording.documents, **dict(_documents(recording, defined))},
        resources=(*recording.resources, *defined.resources),
        collections={**recording.collections, **_empty_lists(recording, defined)},
    )
    return grown.with_objects("", [definition])


@attrs.frozen
class _Defined:
    group: str
    kind: str
    plural: str
    scope: str
    short_names: list[str]
    schemas: dict[str, JSON]
    """By version, of those that are served."""

    @classmethod
    def of(cls, definition: JSON) -> _Defined:
        spec = definition["spec"]
        schemas = {
            version["name"]: version["schema"]["openAPIV3Schema"]
            for version in spec["versions"]
            if version["served"]
        }
        names = spec["names"]
        return cls(
            spec["group"],
            names["kind"],
            names["plural"],
            spec["scope"],
            names.get("shortNames", []),
            schemas,
        )

    @property
    def resources(self) -> list[Resource]:
        return [
            Resource(f"/apis/{self.group}/{version}", self.plural, self.kind, self.is_namespaced)
            for version in self.schemas
        ]

    @property
    def is_namespaced(self) -> bool:
        return self.scope == "Namespaced"

    def named(self, version: str) -> JSON:
        return {"group": self.group, "version": version, "kind": self.kind}


def _empty_lists(recording: Recording, defined: _Defined) -> dict[Place, Collection]:
    namespaces = recording.namespaces if defined.is_namespaced else {""}
    return {
        resource.place(namespace): empty_list(resource)
        for resource in defined.resources
        for namespace in namespaces
    }


def _documents(recording: Recording, defined: _Defined) -> Iterator[tuple[Said, Document]]:
    def said(path: str, form: str) -> JSON:
        found = recording.documents.get((path, form))
        return msgspec.json.decode(found.body) if found else {}

    for place, extended in (
        (("/apis", DISCOVERY), _discovered(said("/apis", DISCOVERY), defined)),
        (("/apis", PLAIN), _grouped(said("/apis", PLAIN), defined)),
        (("/openapi/v3", PLAIN), _indexed(said("/openapi/v3", PLAIN), defined)),
    ):
        if place in recording.documents:
            yield place, _document(extended, recording.documents[place].type)
    meta = _meta(said("/openapi/v3/api/v1", PLAIN))
    for version, schema in defined.schemas.items():
        api = f"/apis/{defined.group}/{version}"
        yield (api, PLAIN), _document(_listed(said(api, PLAIN), defined, version))
        described = said(f"/openapi/v3{api}", PLAIN) or _empty_description(meta)
        yield (
            (f"/openapi/v3{api}", PLAIN),
            _document(_described(described, defined, version, schema)),
        )


def _discovered(said: JSON, defined: _Defined) -> JSON:
    resource = {
        "resource": defined.plural,
        "scope": defined.scope,
        "singularResource": defined.kind.lower(),
        "shortNames": defined.short_names,
        "verbs": _VERBS,
    }
    groups = {group["metadata"].get("name"): group for group in said.get("items", ())}
    group = groups.get(defined.group, {"metadata": {"name": defined.group}, "versions": []})
    versions = {version["version"]: version for version in group["versions"]}
    for name in defined.schemas:
        version = versions.get(name, {"version": name, "resources": [], "freshness": "Current"})
        served = resource | {"responseKind": defined.named(name)}
        versions[name] = {**version, "resources": [*version["resources"], served]}
    groups[defined.group] = {**group, "versions": list(versions.values())}
    return {**said, "items": list(groups.values())}


def _grouped(said: JSON, defined: _Defined) -> JSON:
    groups = {group["name"]: group for group in said.get("groups", ())}
    known = groups.get(defined.group, {"name": defined.group, "versions": []})
    added = [
        {"groupVersion": f"{defined.group}/{name}", "version": name} for name in defined.schemas
    ]
    versions = known["versions"] + [found for found in added if found not in known["versions"]]
    groups[defined.group] = {**known, "versions": versions, "preferredVersion": versions[0]}
    return {**said, "groups": list(groups.values())}


def _indexed(said: JSON, defined: _Defined) -> JSON:
    paths = [f"apis/{defined.group}/{version}" for version in defined.schemas]
    added = {path: {"serverRelativeURL": f"/openapi/v3/{path}"} for path in paths}
    return {**said, "paths": {**said.get("paths", {}), **added}}


def _listed(said: JSON, defined: _Defined, version: str) -> JSON:
    resource = {
        "name": defined.plural,
        "singularName": defined.kind.lower(),
        "namespaced": defined.is_namespaced,
        "kind": defined.kind,
        "verbs": _VERBS,
        "shortNames": defined.short_names,
    }
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{defined.group}/{version}",
        "resources": [*said.get("resources", ()), resource],
    }


def _described(said: JSON, defined: _Defined, version: str, schema: JSON) -> JSON:
    typed = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"allOf": [{"$ref": f"#/components/schemas/{_META}"}]},
    }
    described = {
        **schema,
        "properties": {**schema.get("properties", {}), **typed},
        "x-kubernetes-group-version-kind": [defined.named(version)],
    }
    group = ".".join(reversed(defined.group.split(".")))
    known = said["components"]["schemas"]
    schemas = {**known, f"{group}.{version}.{defined.kind}": described}
    return {**said, "components": {"schemas": schemas}}


def _empty_description(schemas: dict[str, JSON]) -> JSON:
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"},
        "paths": {},
        "components": {"schemas": schemas},
    }


def _meta(core: JSON) -> dict[str, JSON]:
    """The schemas of an object's metadata, which every group's document has."""
    schemas = core["components"]["schemas"] if core else {}
    common = _META.rpartition(".")[0]
    return {name: schema for name, schema in schemas.items() if name.startswith(common)}


def _document(said: JSON, type_: str = "application/json") -> Document:
    return Document(type_, msgspec.json.encode(said))
