"""A cluster as a source of state: each kind as it was at one moment, or a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from attrs import evolve
from msgspec.json import Decoder

from driftcheck.errors import ClusterError
from driftcheck.model import GroupKind
from driftcheck.sources._connection import Connection
from driftcheck.sources._discovery import Discovery, Resource, Served, ask_what_is_served
from driftcheck.sources._fetch import JSON, NOT_FOUND, Refusal, fetch
from driftcheck.sources._lists import (
    METADATA,
    VERSIONS,
    WHOLE,
    Body,
    Form,
    Item,
    Items,
    Listing,
    Version,
    fetch_list,
    listing,
)
from driftcheck.sources._parallel import in_parallel
from driftcheck.sources._schemas import Schema, fetch_schemas, is_built_in

NAMESPACES = Resource("", "v1", "Namespace", "namespaces")
_DEFINITION = Resource(
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions"
)
_DEFINITIONS = f"{_DEFINITION.root}/{_DEFINITION.plural}"

Outcome = TypeVar("Outcome")


class _ServerVersion(msgspec.Struct, rename="camel"):
    git_version: str | None = None


_VERSION = Decoder(_ServerVersion)


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
        return listing(resource, self._read(resource, namespace, WHOLE))

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
        found = fetch_list(self._connection, resource, resource.path(namespace), WHOLE, query)
        if not isinstance(found, Refusal):
            items = [body for body in found.items if _name(body) == name]
            found = evolve(found, items=items)
        return listing(resource, found)

    def read_metadata(self, resource: Resource, namespace: str) -> Listing | Refusal:
        """The metadata of every object of a kind in a namespace, and nothing else.

        Args:
            resource: The kind.
            namespace: The namespace.

        Returns:
            The objects with their apiVersion, kind and metadata, or why they could not be read.
        """
        return listing(resource, self._metadata(resource, resource.path(namespace)))

    def read_outside(self, resource: Resource) -> Listing | Refusal:
        """Every object of a kind that stands in no namespace.

        Args:
            resource: The kind.

        Returns:
            The objects with their apiVersion and kind, or why they could not be read.
        """
        return listing(resource, fetch_list(self._connection, resource, resource.path(), WHOLE))

    def read_named(self, resource: Resource, name: str) -> Listing | Refusal:
        """One object that stands in no namespace, in a list of its own; an empty one for none.

        Args:
            resource: The kind.
            name: The object's name.

        Returns:
            The object with its apiVersion and kind, or why it could not be read.
        """
        path = f"{resource.path()}/{quote(name, safe=':')}"
        found = fetch(self._connection, path, WHOLE.decoder, accept=JSON)
        if not isinstance(found, Refusal):
            return listing(resource, Items([found]))
        is_missing = found.status == NOT_FOUND and f'"{name}" not found' in found.reason
        return listing(resource, Items([])) if is_missing else found

    def look(self, resource: Resource, namespace: str) -> frozenset[Version] | Refusal:
        """Which state every object of a kind is in, from metadata alone.

        A server that ignores the metadata-only form sends the objects, which say it as well.

        Args:
            resource: The kind; `NAMESPACES` for the Namespace itself.
            namespace: The namespace.

        Returns:
            The objects' versions, or why they could not be read.
        """
        found = self._read(resource, namespace, VERSIONS)
        if isinstance(found, Refusal):
            return found
        return frozenset(item.metadata for item in found.items)

    def namespaces(self) -> list[str]:
        """The names of all Namespaces; none where this user may not list them."""
        found = fetch_list(self._connection, NAMESPACES, "/api/v1/namespaces", VERSIONS)
        return [] if isinstance(found, Refusal) else [item.metadata.name for item in found.items]

    @cached_property
    def definitions(self) -> Mapping[str, Body]:
        """The metadata of the definitions of custom resources, by their names.

        None where this user may not list them; they are asked for once.
        """
        found = listing(_DEFINITION, self._metadata(_DEFINITION, _DEFINITIONS))
        if isinstance(found, Refusal):
            return {}
        return {body["metadata"]["name"]: body["metadata"] for body in found.bodies}

    def definition(self, resource: Resource) -> Body | Refusal:
        """The definition of a custom resource as it stands now, or why it could not be read."""
        path = f"{_DEFINITIONS}/{resource.definition}"
        found = fetch(self._connection, path, WHOLE.decoder)
        read = found if isinstance(found, Refusal) else listing(_DEFINITION, Items([found]))
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

    def _metadata(self, resource: Resource, path: str) -> Items[Body] | Refusal:
        found = fetch_list(self._connection, resource, path, METADATA)
        if isinstance(found, Refusal):
            return found
        return evolve(found, items=[{"metadata": body.get("metadata")} for body in found.items])

    def _read(self, resource: Resource, namespace: str, form: Form[Item]) -> Items[Item] | Refusal:
        if resource != NAMESPACES:
            return fetch_list(self._connection, resource, resource.path(namespace), form)
        path = f"/api/v1/namespaces/{namespace}"
        found = fetch(self._connection, path, form.decoder, accept=form.accept)
        return found if isinstance(found, Refusal) else Items([found])


def _name(body: Body) -> Any:
    metadata = body.get("metadata")
    return metadata.get("name") if isinstance(metadata, dict) else None
