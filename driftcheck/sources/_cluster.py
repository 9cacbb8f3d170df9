"""A cluster as a source of state: lists that are consistent in themselves, or a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec
from attrs import evolve, field, frozen
from msgspec.json import Decoder

from driftcheck.codec import metadata_problem
from driftcheck.errors import ClusterError
from driftcheck.model import GroupKind
from driftcheck.sources._connection import Connection
from driftcheck.sources._discovery import Discovery, Resource, Served, ask_what_is_served
from driftcheck.sources._fetch import GONE, JSON, NOT_FOUND, Refusal, fetch
from driftcheck.sources._parallel import in_parallel
from driftcheck.sources._schemas import Schema, fetch_schemas, is_built_in

NAMESPACES = Resource("", "v1", "Namespace", "namespaces")
_DEFINITION = Resource(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions"
)
_DEFINITIONS = f"{_DEFINITION.root}/{_DEFINITION.plural}"
_METADATA_LIST = ("meta.k8s.io/v1", "PartialObjectMetadataList")

_PAGE = 500
_RESTARTS = 3

Body = Mapping[str, Any]
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


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


class _ServerVersion(msgspec.Struct, rename="camel"):
    git_version: str | None = None


@frozen
class _Form(Generic[Item]):
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


_WHOLE = _Form(JSON, JSON, Decoder(Body), Decoder(_Page[Body]))
_PARTIAL = f"{JSON};as=PartialObjectMetadata;g=meta.k8s.io;v=v1,{JSON}"
_PARTIAL_LIST = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,{JSON}"
_METADATA = _Form(_PARTIAL, _PARTIAL_LIST, _WHOLE.decoder, _WHOLE.page_decoder)
_VERSIONS = _Form(_PARTIAL, _PARTIAL_LIST, Decoder(_Versioned), Decoder(_Page[_Versioned]))
_VERSION = Decoder(_ServerVersion)


@frozen
class _Items(Generic[Item]):
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


class Cluster:
    """What the Kubernetes API shows of a cluster, read with GETs alone.

    Args:
        connection: A connection to its API server; closing it is its owner's business.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._served: Served | None = None

    @property
    def user(self) -> str:
        """Who asks, for people to read."""
        return self._connection.user

    @property
    def context(self) -> str:
        """The kubeconfig's context."""
        return self._connection.context

    @property
    def deadline(self) -> float:
        """When its time limit is over, by the monotonic clock."""
        return self._connection.deadline

    def in_parallel(
        self, function: Callable[[Item], Outcome], items: Sequence[Item]
    ) -> Iterator[tuple[Item, Outcome]]:
        """Call a function for each item, a few at once, within the time limit.

        Args:
            function: What to do with one item.
            items: The items.

        Yields:
            Each item with its outcome, as they come.

        Raises:
            ClusterError: The time limit is over.
        """
        return in_parallel(function, items, deadline=self._connection.deadline)

    @cached_property
    def version(self) -> str | None:
        """The API server's version, `v1.36.2`; None where it does not tell this user.

        Raises:
            ClusterError: The server does not answer.
        """
        found = fetch(self._connection, "/version", _VERSION)
        if not isinstance(found, Refusal):
            return found.git_version
        if found.status is None:
            raise ClusterError(found.reason, hint=found.hint)
        return None

    def discover(
        self,
        *,
        tolerated: Callable[[str], bool] = lambda _: False,
        versions: Mapping[GroupKind, str] = MappingProxyType({}),
        anew: bool = False,
    ) -> Discovery:
        """Every kind that can be listed in a namespace, each once and in one version.

        Args:
            tolerated: Whether a group is not going to be read, so that it may be stale.
            versions: The versions in which to read kinds, where the server serves them.
            anew: Whether to ask the server again, which else is asked once.

        Returns:
            What the server serves, and the groups it could not tell of.

        Raises:
            ClusterError: The server does not tell what it serves.
        """
        if self._served is None or anew:
            self._served = ask_what_is_served(self._connection, tolerated=tolerated)
        return self._served.chosen(versions)

    def read(self, resource: Resource, namespace: str) -> Listing | Refusal:
        """Every object of a kind in a namespace, or the Namespace itself.

        Args:
            resource: The kind; `NAMESPACES` for the Namespace itself.
            namespace: The namespace.

        Returns:
            The objects with their apiVersion and kind, or why they could not be read.
        """
        return _listing(resource, self._read(resource, namespace, _WHOLE))

    def read_alone(self, resource: Resource, namespace: str, name: str) -> Listing | Refusal:
        """The object of this name alone, as the whole list shows it; none where it is gone.

        This takes leave to list, and no other.
        https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/

        Args:
            resource: The kind.
            namespace: The namespace.
            name: The object's name, of letters, digits and `.:_-`.

        Returns:
            The object with its apiVersion and kind, or why it could not be read.
        """
        query = {"fieldSelector": f"metadata.name={name}"}
        found = self._list(resource, resource.path(namespace), _WHOLE, query)
        if not isinstance(found, Refusal):
            items = [body for body in found.items if _name(body) == name]
            found = evolve(found, items=items)
        return _listing(resource, found)

    def read_metadata(self, resource: Resource, namespace: str) -> Listing | Refusal:
        """The metadata of every object of a kind in a namespace, and nothing else.

        Args:
            resource: The kind.
            namespace: The namespace.

        Returns:
            The objects with their apiVersion, kind and metadata, or why they could not be read.
        """
        return _listing(resource, self._metadata(resource, resource.path(namespace)))

    def read_outside(self, resource: Resource) -> Listing | Refusal:
        """Every object of a kind that stands in no namespace.

        Args:
            resource: The kind.

        Returns:
            The objects with their apiVersion and kind, or why they could not be read.
        """
        return _listing(resource, self._list(resource, resource.path(), _WHOLE))

    def read_named(self, resource: Resource, name: str) -> Listing | Refusal:
        """One object that stands in no namespace, in a list of its own; an empty one for none.

        Args:
            resource: The kind.
            name: The object's name.

        Returns:
            The object with its apiVersion and kind, or why it could not be read.
        """
        path = f"{resource.path()}/{quote(name, safe=':')}"
        found = fetch(self._connection, path, _WHOLE.decoder, accept=JSON)
        if not isinstance(found, Refusal):
            return _listing(resource, _Items([found]))
        is_missing = found.status == NOT_FOUND and f'"{name}" not found' in found.reason
        return _listing(resource, _Items([])) if is_missing else found

    def look(self, resource: Resource, namespace: str) -> frozenset[Version] | Refusal:
        """Which state every object of a kind is in, from metadata alone.

        A server that ignores the metadata-only form sends the objects, which say it as well.

        Args:
            resource: The kind; `NAMESPACES` for the Namespace itself.
            namespace: The namespace.

        Returns:
            The objects' versions, or why they could not be read.
        """
        found = self._read(resource, namespace, _VERSIONS)
        if isinstance(found, Refusal):
            return found
        return frozenset(item.metadata for item in found.items)

    def namespaces(self) -> list[str]:
        """The names of all Namespaces; none where this user may not list them."""
        found = self._list(NAMESPACES, "/api/v1/namespaces", _VERSIONS)
        return [] if isinstance(found, Refusal) else [item.metadata.name for item in found.items]

    @cached_property
    def definitions(self) -> Mapping[str, Body]:
        """The metadata of the definitions of custom resources, by their names.

        None where this user may not list them; they are asked for once.
        """
        found = _listing(_DEFINITION, self._metadata(_DEFINITION, _DEFINITIONS))
        if isinstance(found, Refusal):
            return {}
        return {body["metadata"]["name"]: body["metadata"] for body in found.bodies}

    def definition(self, resource: Resource) -> Body | Refusal:
        """The definition of a custom resource as it stands now, or why it could not be read."""
        path = f"{_DEFINITIONS}/{resource.definition}"
        found = fetch(self._connection, path, _WHOLE.decoder)
        read = found if isinstance(found, Refusal) else _listing(_DEFINITION, _Items([found]))
        return read if isinstance(read, Refusal) else read.bodies[0]

    def schemas(self, resources: Iterable[Resource]) -> dict[Resource, Schema | Refusal]:
        """The OpenAPI schemas of custom resources.

        Args:
            resources: Any kinds; built-in ones are passed over.

        Returns:
            The schema of each kind that the server has one of, or why it could not be read.
        """
        together: dict[str, list[Resource]] = {}
        for resource in resources:
            if not is_built_in(resource.group):
                together.setdefault(resource.root, []).append(resource)
        schemas: dict[Resource, Schema | Refusal] = {}
        groups = list(together.values())
        for members, found in self.in_parallel(
            lambda members: fetch_schemas(self._connection, members), groups
        ):
            given = dict.fromkeys(members, found) if isinstance(found, Refusal) else found
            schemas.update(given)
        return schemas

    def _metadata(self, resource: Resource, path: str) -> _Items[Body] | Refusal:
        found = self._list(resource, path, _METADATA)
        if isinstance(found, Refusal):
            return found
        return evolve(found, items=[{"metadata": body.get("metadata")} for body in found.items])

    def _read(
        self, resource: Resource, namespace: str, form: _Form[Item]
    ) -> _Items[Item] | Refusal:
        if resource != NAMESPACES:
            return self._list(resource, resource.path(namespace), form)
        path = f"/api/v1/namespaces/{namespace}"
        found = fetch(self._connection, path, form.decoder, accept=form.accept)
        return found if isinstance(found, Refusal) else _Items([found])

    def _list(
        self,
        resource: Resource,
        path: str,
        form: _Form[Item],
        query: Mapping[str, str] = MappingProxyType({}),
    ) -> _Items[Item] | Refusal:
        """All pages of one list, begun again where the server no longer keeps its snapshot.

        The token for an inconsistent rest, which a 410 may offer, is never used.
        https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
        """
        for limit in (*[_PAGE] * (1 + _RESTARTS), None):
            paged = {**query, "limit": str(limit)} if limit else dict(query)
            found = self._pages(resource, path, form, paged)
            if found is not None:
                return found
        return Refusal(GONE, "the list changed faster than it could be read")

    def _pages(
        self, resource: Resource, path: str, form: _Form[Item], query: dict[str, str]
    ) -> _Items[Item] | Refusal | None:
        """The pages of one list; None where they do not belong to one moment."""
        items: list[Item] = []
        moment = None
        while True:
            page = fetch(
                self._connection, path, form.page_decoder, query=query, accept=form.accept_list
            )
            if isinstance(page, Refusal):
                return None if page.status == GONE else page
            if not _is_list_of(resource, page.api_version, page.kind):
                return Refusal(None, f"{path}: the answer is a {page.kind} of {page.api_version}")
            if moment not in (None, page.metadata.resource_version):
                return None
            moment = page.metadata.resource_version
            items += page.items or ()
            if not page.metadata.continue_:
                return _Items(items, moment)
            query["continue"] = page.metadata.continue_


def _is_list_of(resource: Resource, api_version: str, kind: str) -> bool:
    """Whether a list is one of a kind, or of its metadata; custom resources name their lists."""
    if (api_version, kind) == _METADATA_LIST:
        return True
    is_named = kind == f"{resource.kind}List" or not is_built_in(resource.group)
    return is_named and api_version == resource.api_version


def _name(body: Body) -> Any:
    metadata = body.get("metadata")
    return metadata.get("name") if isinstance(metadata, dict) else None


def _listing(resource: Resource, found: _Items[Body] | Refusal) -> Listing | Refusal:
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
