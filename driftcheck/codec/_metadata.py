"""What every object says of itself, as far as rules read it: of the types that it must have.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from driftcheck.codec._saved import told

Name = Annotated[str, msgspec.Meta(min_length=1)]


class _Owner(msgspec.Struct, rename="camel"):
    api_version: str | None = None
    kind: str | None = None
    name: str | None = None
    uid: str | None = None
    controller: bool | None = None


class Metadata(msgspec.Struct, rename="camel", kw_only=True):
    """An object's metadata; a manifest may leave its name to the server."""

    name: Name | None = None
    namespace: str | None = None
    uid: str | None = None
    generate_name: str | None = None
    generation: int | None = None
    resource_version: str | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    finalizers: list[str] | None = None
    owner_references: list[_Owner] | None = None
    managed_fields: list[dict[str, Any]] | None = None


class NamedMetadata(Metadata, rename="camel", kw_only=True):
    """The metadata of an object that a server has."""

    name: Name
    managed_fields: list[dict[str, msgspec.Raw]] | None = None


def metadata_problem(metadata: Mapping[str, Any]) -> str | None:
    """What of an object's metadata is not what it must be, and where; None where all is."""
    try:
        msgspec.convert(metadata, Metadata)
    except msgspec.ValidationError as error:
        return told(error)
    return None
