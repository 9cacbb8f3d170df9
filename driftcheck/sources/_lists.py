"""Lists of objects: every page of one moment, in whole or in part, or a reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec
from attrs import field, frozen
from msgspec.json import Decoder

from driftcheck.codec import metadata_problem
from driftcheck.sources._connection import Connection
from driftcheck.sources._discovery import Resource
from driftcheck.sources._fetch import GONE, JSON, Refusal, fetch
from driftcheck.sources._schemas import is_built_in

_METADATA_LIST = ("meta.k8s.io/v1", "PartialObjectMetadataList")
_PAGE = 500
_RESTARTS = 3

Body = Mapping[str, Any]
Item = TypeVar("Item")


class _ListMetadata(msgspec.Struct, rename="camel"):
    resource_version: str = ""
    continue_: str = msgspec.field(default="", name="continue")


class _Page(msgspec.Struct, Generic[Item], rename="camel"):
    api_version: str
    kind: str
    metadata: _ListMetadata
    items: list[Item] | None


class Version(msgspec.Struct, frozen=True, rename="camel"):
    """Which state of which object: no two states of an object share a resourceVersion."""

    name: str
    uid: str | None = None
    resource_version: str | None = None


class _Versioned(msgspec.Struct):
    metadata: Version


@frozen
class Form(Generic[Item]):
    """A form in which objects can be had, singly and in lists.

    Args:
        accept: The Accept header for one object.
        accept_list: The Accept header for a list.
        decoder: Reads one object.
        page_decoder: Reads a page of a list.
    """

    accept: str
    accept_list: str
    decoder: Decoder[Item]
    page_decoder: Decoder[_Page[Item]]


WHOLE = Form(JSON, JSON, Decoder(Body), Decoder(_Page[Body]))
_PARTIAL = f"{JSON};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,{JSON}"
_PARTIAL_LIST = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,{JSON}"
METADATA = Form(_PARTIAL, _PARTIAL_LIST, WHOLE.decoder, WHOLE.page_decoder)
VERSIONS = Form(_PARTIAL, _PARTIAL_LIST, Decoder(_Versioned), Decoder(_Page[_Versioned]))


@frozen
class Items(Generic[Item]):
    """What a list holds, and the resourceVersion that it has itself."""

    items: list[Item]
    resource_version: str = ""


@frozen
class Listing:
    """Every object of a kind in one namespace, all as they were at one moment.

    Args:
        resource: The kind, in the version it was read in.
        bodies: The objects, each with its apiVersion and kind.
        versions: Which state each object was in.
        revision: At which of the revisions of all of the cluster that moment was; None where
            the list does not say so.
    """

    resource: Resource
    bodies: tuple[Body, ...] = field(repr=False)
    versions: frozenset[Version] = field(repr=False)
    revision: int | None = None


def fetch_list(
    connection: Connection,
    resource: Resource,
    path: str,
    form: Form[Item],
    query: Mapping[str, str] = MappingProxyType({}),
) -> Items[Item] | Refusal:
    """All pages of one list, begun again where the server no longer keeps its snapshot.

    The token for an inconsistent rest, which a 410 may offer, is never used.
    https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks

    Args:
        connection: A connection to the API server.
        resource: The kind.
        path: Where its list is.
        form: The form in which the objects are wanted.
        query: What else to ask for.

    Returns:
        The objects, all as they were at one moment, or why they could not be read.
    """
    for limit in (*[_PAGE] * (1 + _RESTARTS), None):
        paged = {**query, "limit": str(limit)} if limit else dict(query)
        found = _pages(connection, resource, path, form, paged)
        if found is not None:
            return found
    return Refusal(GONE, "the list changed faster than it could be read")


def _pages(
    connection: Connection,
    resource: Resource,
    path: str,
    form: Form[Item],
    query: dict[str, str],
) -> Items[Item] | Refusal | None:
    """The pages of one list; None where they do not belong to one moment."""
    items: list[Item] = []
    moment = None
    while True:
        page = fetch(connection, path, form.page_decoder, query=query, accept=form.accept_list)
        if isinstance(page, Refusal):
            return None if page.status == GONE else page
        if not _is_list_of(resource, page.api_version, page.kind):
            return Refusal(None, f"{path}: the answer is a {page.kind} of {page.api_version}")
        if moment not in (None, page.metadata.resource_version):
            return None
        moment = page.metadata.resource_version
        items += page.items or ()
        if not page.metadata.continue_:
            return Items(items, moment)
        query["continue"] = page.metadata.continue_


def _is_list_of(resource: Resource, api_version: str, kind: str) -> bool:
    """Whether a list is one of a kind, or of its metadata; custom resources name their lists."""
    if (api_version, kind) == _METADATA_LIST:
        return True
    is_named = kind == f"{resource.kind}List" or not is_built_in(resource.group)
    return is_named and api_version == resource.api_version


def listing(resource: Resource, found: Items[Body] | Refusal) -> Listing | Refusal:
    """What a list holds, if all of it are objects of its kind; else why it can't be used."""
    if isinstance(found, Refusal):
        return found
    bodies = found.items
    head = {"apiVersion": resource.api_version, "kind": resource.kind}
    try:
        versions = frozenset(msgspec.convert(body["metadata"], Version) for body in bodies)
    except (msgspec.ValidationError, KeyError):
        return Refusal(None, "the list holds something that is not an object")
    listed = tuple({**head, **body} for body in bodies)
    for body in listed:
        if (body["apiVersion"], body["kind"]) != (resource.api_version, resource.kind):
            return Refusal(None, f"the list holds a {body['kind']} of {body['apiVersion']}")
        problem = metadata_problem(body["metadata"])
        if problem:
            return Refusal(None, f"{body['metadata']['name']}: {problem}")
    return Listing(resource, listed, versions, _revision(found.resource_version))


def _revision(resource_version: str) -> int | None:
    """A list's resourceVersion as the number that it is where the server keeps revisions.

    https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
    """
    is_number = resource_version.isascii() and resource_version.isdigit()
    return int(resource_version) if is_number and resource_version != "0" else None
