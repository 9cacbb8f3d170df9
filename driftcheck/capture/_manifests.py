"""Manifests become a snapshot, like anything else that is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from driftcheck.capture._keys import SecretKey
from driftcheck.capture._kinds import exclusion_of
from driftcheck.capture._secrets import redact_all
from driftcheck.model import (
    Document,
    GroupKind,
    KindCoverage,
    Origin,
    ReadStatus,
    Snapshot,
    group_of,
)
from driftcheck.sources import Manifests, is_definition

_ELSEWHERE = "other-namespace"
_HOOK = "helm-hook"


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
    read = [body for body in manifests.objects if not exclusion_of(_kind(body), ())]
    bodies, key_id = redact_all(read, secret_key)
    documents = tuple(Document(body) for body in bodies)
    return Snapshot(
        name=name,
        origin=Origin.MANIFESTS,
        context=None,
        namespace=manifests.namespace,
        window=None,
        server_version=None,
        secret_key_id=key_id,
        coverage=tuple(_coverage(documents, manifests)),
        documents=documents,
        schemas=_schemas(documents),
        warnings=manifests.warnings,
    )


def _coverage(documents: Iterable[Document], manifests: Manifests) -> Iterator[KindCoverage]:
    """One row for each kind: read, read in part, or left out and by which rule."""
    versions = {document.reference.group_kind: document.version for document in documents}
    counts = Counter(map(_kind, manifests.objects))
    for kind in sorted({*counts, *manifests.odd, *manifests.elsewhere, *manifests.hooks}):
        aside = {_HOOK: manifests.hooks.get(kind), _ELSEWHERE: manifests.elsewhere.get(kind)}
        left_out = exclusion_of(kind, ())
        yield KindCoverage(
            *kind,
            ReadStatus.EXCLUDED if left_out else ReadStatus.READ,
            objects=counts[kind],
            reason=left_out or "; ".join(manifests.odd.get(kind, ())) or None,
            version=versions.get(kind, ""),
            excluded={rule: count for rule, count in aside.items() if count},
        )


def _kind(body: Mapping[str, Any]) -> GroupKind:
    return GroupKind(group_of(body["apiVersion"]), body["kind"])


def _schemas(documents: Iterable[Document]) -> dict[str, Mapping[str, Any]]:
    """The schemas of the custom resources that are there, by `group/version/kind`."""
    definitions = [item.body for item in documents if is_definition(item.body)]
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
