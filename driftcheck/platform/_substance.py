"""What of an object outside counts: not which one it is, but what it does.

What a cluster allocates, what its certificates are and how its tools are called is its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from typing import Any

from attrs import evolve

from driftcheck.model import Document, GroupKind, ReachedObject
from driftcheck.platform._inside import Body, inside, maps_in, text
from driftcheck.platform._kinds import (
    BINDING,
    DEFINITION,
    GATEWAY_CLASS,
    IS_DEFAULT,
    MUTATING_WEBHOOK,
    PRIORITY_CLASS,
    ROLE,
    TRUST_BUNDLE,
    VALIDATING_WEBHOOK,
    VOLUME,
    is_known,
)

_ALLOCATED = frozenset(
    {
        *("claimRef", "nodeAffinity"),
        *("volumeHandle", "volumeID", "pdName", "diskName", "diskURI", "volumeName", "volumePath"),
        *("server", "path", "share", "shareName", "secretName", "secretNamespace", "secretRef"),
        *("iqn", "targetPortal", "portals", "lun", "initiatorName", "wwids", "targetWWNs"),
        *("monitors", "image", "endpoints", "datasetName", "datasetUUID", "volumeNamespace"),
        *("nodeStageSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"),
        *("controllerExpandSecretRef", "controllerPublishSecretRef"),
        "storage.kubernetes.io/csiProvisionerIdentity",
    }
)
"""What of a volume says which one it is and where.

https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-v1/
"""
_OF_PROVISIONER = "csi.storage.k8s.io/"
"""How notes begin that provisioners leave of the claim that they work for.

https://kubernetes-csi.github.io/docs/external-provisioner.html
"""
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_KEPT = ("name", "uid", "managedFields")
_PROSE = ("description", "example", "externalDocs", "title")
_DEFINED = ("group", "preserveUnknownFields", "scope")
_OF_VERSION = ("name", "schema", "selectableFields", "served", "storage", "subresources")


def substance(found: ReachedObject) -> Document:
    """The object with nothing in it but what counts; who wrote it stays known."""
    document = found.document
    kind = document.reference.group_kind
    reduced = _REDUCTIONS.get(kind, dict)(document.body)
    if is_known(kind):
        reduced["metadata"] = _identity(kind, document.metadata)
    return evolve(document, body=reduced)


def _identity(kind: GroupKind, metadata: Body) -> Body:
    """Who an object is, and what makes it the default one.

    Labels are their tools' matter; of a role, they say whether the API server made it.
    """
    fields = (*_KEPT, "labels") if kind in (BINDING, ROLE) else _KEPT
    kept = {key: metadata[key] for key in fields if key in metadata}
    names = IS_DEFAULT.get(kind, ())
    if not names:
        return kept
    notes = inside(metadata, "annotations")
    is_default = any(notes.get(name) == "true" for name in names)
    return {**kept, "annotations": {names[0]: str(is_default).lower()}}


def _volume(body: Body) -> dict[str, Any]:
    """What becomes of the data, and how it is kept; not where, nor which volume it is."""
    spec = {
        field: _without_identities(value, body["metadata"]["name"])
        for field, value in _without(inside(body, "spec"), *_ALLOCATED).items()
    }
    return {**body, "spec": spec}


def _without_identities(source: Any, name: str) -> Any:
    """A volume's source without what tells it from any other one, its driver's notes included."""
    if not isinstance(source, Mapping):
        return source
    known = {name, text(source, "volumeHandle")}
    return {
        key: _without_identities(value, name)
        for key, value in source.items()
        if key not in _ALLOCATED and not _is_identity(key, value, known)
    }


def _is_identity(key: str, value: Any, known: Set[Any]) -> bool:
    return isinstance(value, str) and (
        key.startswith(_OF_PROVISIONER) or value in known or bool(_UUID.search(value))
    )


def _webhooks(body: Body) -> dict[str, Any]:
    """Each cluster has a certificate of its own, and an address may hold a password."""
    return {**body, "webhooks": [_webhook(each) for each in maps_in(body, "webhooks")]}


def _webhook(webhook: Body) -> Body:
    client = _without(inside(webhook, "clientConfig"), "caBundle")
    return {**webhook, "clientConfig": client}


def _definition(body: Body) -> dict[str, Any]:
    """What it makes of custom resources, and not what it tells their readers."""
    spec = inside(body, "spec")
    versions = [
        {field: _schema(value) for field, value in version.items() if field in _OF_VERSION}
        for version in maps_in(spec, "versions")
    ]
    kept = {field: spec[field] for field in _DEFINED if field in spec}
    strategy = {"strategy": inside(spec, "conversion").get("strategy", "None")}
    by_name = sorted(versions, key=lambda version: str(version.get("name")))
    return {**body, "spec": {**kept, "conversion": strategy, "versions": by_name}}


def _schema(value: Any) -> Any:
    """A schema without prose; what stands under `properties` are fields, whatever their names."""
    if isinstance(value, list):
        return [_schema(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {key: _keyword(key, item) for key, item in value.items() if key not in _PROSE}


def _keyword(key: str, value: Any) -> Any:
    if key in ("properties", "patternProperties") and isinstance(value, Mapping):
        return {name: _schema(inner) for name, inner in value.items()}
    return value if key in ("default", "enum") else _schema(value)


def _priority(body: Body) -> dict[str, Any]:
    return _without(body, "description")


def _gateway_class(body: Body) -> dict[str, Any]:
    return {**body, "spec": _without(inside(body, "spec"), "description")}


def _trust(body: Body) -> dict[str, Any]:
    """Which certificates are trusted, in whatever order they stand."""
    spec = inside(body, "spec")
    bundle = sorted(_CERTIFICATE.findall(str(spec.get("trustBundle", ""))))
    return {**body, "spec": {**spec, "trustBundle": "\n".join(bundle)}}


def _without(values: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}


_REDUCTIONS: Mapping[GroupKind, Callable[[Body], dict[str, Any]]] = {
    DEFINITION: _definition,
    GATEWAY_CLASS: _gateway_class,
    MUTATING_WEBHOOK: _webhooks,
    PRIORITY_CLASS: _priority,
    TRUST_BUNDLE: _trust,
    VALIDATING_WEBHOOK: _webhooks,
    VOLUME: _volume,
}
