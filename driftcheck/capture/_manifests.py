"""Manifests become a snapshot, like anything else that is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from driftcheck.capture._secrets import SecretKey, redact_all
from driftcheck.model import (
    Document,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
)
from driftcheck.sources import Manifests


def capture_manifests(
    manifests: Manifests, *, name: str, secret_key: Callable[[], SecretKey]
) -> Snapshot:
    """Take what manifests declare as a snapshot; nothing runs in it.

    Args:
        manifests: What a file, a folder or a program declared.
        name: What the environment is called in a result.
        secret_key: Where the key for Secret fingerprints comes from; asked only where
            there is a Secret value.

    Returns:
        The snapshot, without Secret values.

    Raises:
        SecretKeyError: There is a Secret value, and the key cannot be used.
    """
    bodies, key_id = redact_all(manifests.objects, secret_key)
    documents = tuple(Document(body) for body in bodies)
    return Snapshot(
        name=name,
        origin=Origin.MANIFESTS,
        context=None,
        namespace=manifests.namespace,
        window=None,
        server_version=None,
        secret_key_id=key_id,
        coverage=tuple(_coverage(documents, manifests.cluster_scoped)),
        documents=documents,
        schemas=_schemas(manifests.definitions, documents),
    )


def _coverage(
    documents: Iterable[Document], cluster_scoped: Mapping[GroupKind, int]
) -> Iterator[KindCoverage]:
    """One row for each kind: read, or left out because it stands outside any namespace."""
    versions = {document.reference.group_kind: document.version for document in documents}
    counts = Counter(document.reference.group_kind for document in documents)
    for group, kind in sorted({*counts, *cluster_scoped}):
        row = GroupKind(group, kind)
        if row in counts:
            yield KindCoverage(
                group, kind, ReadStatus.READ, objects=counts[row], version=versions[row]
            )
        else:
            yield KindCoverage(
                group,
                kind,
                ReadStatus.EXCLUDED,
                objects=cluster_scoped[row],
                reason="cluster-scoped",
            )


def _schemas(
    definitions: Iterable[Mapping[str, Any]], documents: Iterable[Document]
) -> dict[str, Mapping[str, Any]]:
    """The schemas of the custom resources that are there, by `group/version/kind`."""
    used = {f"{item.body['apiVersion']}/{item.body['kind']}" for item in documents}
    declared = {kind: schema for item in definitions for kind, schema in _declared(item)}
    return {kind: declared[kind] for kind in sorted(used & declared.keys())}


def _declared(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A definition's schemas; one that is not shaped like a definition has none."""
    spec = _map(definition.get("spec"))
    versions = spec.get("versions")
    for version in versions if isinstance(versions, list) else ():
        schema = _map(_map(version).get("schema")).get("openAPIV3Schema")
        if isinstance(schema, dict):
            kind = _map(spec.get("names")).get("kind")
            yield f"{spec.get('group')}/{_map(version).get('name')}/{kind}", schema


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
