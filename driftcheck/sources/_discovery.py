"""What an API server serves: every kind that can be listed in a namespace, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from time import sleep

import msgspec
from attrs import Factory, frozen
from msgspec.json import Decoder

from driftcheck.errors import ClusterError
from driftcheck.model import GroupKind
from driftcheck.sources._connection import Connection
from driftcheck.sources._fetch import FORBIDDEN, OK, Refusal, fetch
from driftcheck.sources._parallel import in_parallel

_FORM = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"
_ACCEPT = f"{_FORM.format('v2')},{_FORM.format('v2beta1')},application/json"
_STALE_ATTEMPTS = 3
_PASSING = (429, 500, 502, 503, 504)
"""What a server says that may answer later: too many requests, and its own failures."""

_AGGREGATED = "APIGroupDiscoveryList"
_LEGACY = {"/api": "APIVersions", "/apis": "APIGroupList"}
_LEGACY_LIST = "APIResourceList"

_PREFERRED = {GroupKind("autoscaling", "HorizontalPodAutoscaler"): "v2"}
"""In v1 half of an autoscaler's specification is hidden in annotations."""


@frozen(order=True)
class Resource:
    """A kind of object, in the version it is read in."""

    group: str
    version: str
    kind: str
    plural: str
    """The name in paths: `deployments`."""

    @property
    def group_kind(self) -> GroupKind:
        """The kind without the version."""
        return GroupKind(self.group, self.kind)

    @property
    def api_version(self) -> str:
        """The apiVersion of its objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def definition(self) -> str:
        """The name of its definition, if it is a custom resource."""
        return f"{self.plural}.{self.group}"

    @property
    def root(self) -> str:
        """Where its version begins: `/apis/apps/v1`."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str | None = None) -> str:
        """Where its objects are, in one namespace or in none."""
        return f"{self.root}/{f'namespaces/{namespace}/' if namespace else ''}{self.plural}"


@frozen
class Discovery:
    """What a server serves.

    Args:
        resources: Every kind that can be listed in a namespace, sorted.
        cluster_scoped: The kinds that stand in no namespace.
        failures: The groups of which not everything is known, each with the reason.
        outside: Every kind that can be listed and stands in no namespace, sorted.
    """

    resources: tuple[Resource, ...]
    failures: Mapping[str, str] = Factory(dict)
    cluster_scoped: frozenset[GroupKind] = frozenset()
    outside: tuple[Resource, ...] = ()


@frozen
class _Version:
    """One version of one group, with what it serves; `failure` says why that is not known."""

    group: str
    version: str
    resources: tuple[Resource, ...] = ()
    cluster_scoped: frozenset[GroupKind] = frozenset()
    failure: str | None = None
    outside: tuple[Resource, ...] = ()


@frozen
class Served:
    """What a server serves, in every version of it, the preferred one of a group first."""

    versions: tuple[_Version, ...]

    def chosen(self, versions: Mapping[GroupKind, str]) -> Discovery:
        """Each resource in the version it is wanted in, else in the first that serves it."""
        wanted = {**_PREFERRED, **versions}
        return Discovery(
            resources=_chosen((found.resources for found in self.versions), wanted),
            outside=_chosen((found.outside for found in self.versions), wanted),
            failures={found.group: found.failure for found in self.versions if found.failure},
            cluster_scoped=frozenset().union(*(found.cluster_scoped for found in self.versions)),
        )


def _chosen(
    served: Iterable[Iterable[Resource]], wanted: Mapping[GroupKind, str]
) -> tuple[Resource, ...]:
    chosen: dict[tuple[str, str], Resource] = {}
    for resource in chain.from_iterable(served):
        key = (resource.group, resource.plural)
        if key not in chosen or wanted.get(resource.group_kind) == resource.version:
            chosen[key] = resource
    return tuple(sorted(chosen.values(), key=_order))


def _order(resource: Resource) -> tuple[str, ...]:
    """The order of resources, of which a tuple for each is quicker than two for each comparison."""
    return resource.group, resource.version, resource.kind, resource.plural


class _ResponseKind(msgspec.Struct):
    kind: str


class _ServedResource(msgspec.Struct, rename="camel"):
    resource: str
    response_kind: _ResponseKind | None = None
    scope: str = ""
    verbs: list[str] | None = None


class _GroupVersion(msgspec.Struct):
    version: str
    freshness: str = "Current"
    resources: list[_ServedResource] | None = None


class _Name(msgspec.Struct):
    name: str = ""


class _Group(msgspec.Struct):
    metadata: _Name
    versions: list[_GroupVersion] | None = None


class _LegacyVersion(msgspec.Struct):
    version: str = ""


class _LegacyGroup(msgspec.Struct, rename="camel"):
    name: str
    versions: list[_LegacyVersion] | None = None
    preferred_version: _LegacyVersion | None = None


class _Document(msgspec.Struct):
    """APIGroupDiscoveryList, or what older servers say: APIVersions, APIGroupList."""

    kind: str
    items: list[_Group] | None = None
    versions: list[str] | None = None
    groups: list[_LegacyGroup] | None = None


class _LegacyResource(msgspec.Struct):
    name: str
    kind: str
    namespaced: bool
    verbs: list[str] | None = None


class _LegacyResources(msgspec.Struct):
    kind: str = ""
    resources: list[_LegacyResource] | None = None


_DOCUMENT = Decoder(_Document)
_LEGACY_RESOURCES = Decoder(_LegacyResources)


def ask_what_is_served(connection: Connection, *, tolerated: Callable[[str], bool]) -> Served:
    """Ask an API server what it serves.

    Aggregated discovery (KEP-3352) takes two requests; servers that do not know it are
    asked version by version. A group whose own server does not answer is called stale, and
    asked for again a few times.

    Args:
        connection: A connection.
        tolerated: Whether a group is not going to be read, so that it may be stale.

    Returns:
        What the server serves, and the groups it could not tell of.

    Raises:
        ClusterError: The server does not tell what it serves.
    """
    attempt = 1
    while True:
        served = Served(tuple(_versions(connection)))
        is_stale = any(found.failure and not tolerated(found.group) for found in served.versions)
        if not is_stale or attempt == _STALE_ATTEMPTS:
            return served
        sleep(connection.pause(attempt + 1))
        attempt += 1


def _versions(connection: Connection) -> Iterator[_Version]:
    """Every version of every group, the preferred version of a group first."""
    for _, versions in sorted(
        in_parallel(
            lambda path: _versions_below(connection, path),
            ["/api", "/apis"],
            deadline=connection.deadline,
        )
    ):
        yield from versions


def _versions_below(connection: Connection, path: str) -> list[_Version]:
    document = fetch(connection, path, _DOCUMENT, accept=_ACCEPT)
    if isinstance(document, Refusal):
        raise _no_discovery(path, document)
    if document.kind == _AGGREGATED:
        return [
            _aggregated(group.metadata.name, version)
            for group in document.items or ()
            for version in group.versions or ()
        ]
    if document.kind != _LEGACY[path]:
        raise _no_discovery(path, Refusal(OK, f"the answer is a {document.kind}"))
    return [_legacy(connection, group, version) for group, version in _legacy_names(document)]


def _no_discovery(path: str, refusal: Refusal) -> ClusterError:
    if refusal.status is None:
        return ClusterError(refusal.reason, hint=refusal.hint)
    hint = "is the server of this context a Kubernetes API server?"
    if refusal.status in _PASSING:
        hint = "the server can't answer now: try again"
    if refusal.status == FORBIDDEN:
        hint = "this user may not ask what is served: bind it to the ClusterRole system:discovery"
    return ClusterError(
        f"the server does not say what it serves: {path}: {refusal.reason}",
        hint=refusal.hint or hint,
    )


def _aggregated(group: str, found: _GroupVersion) -> _Version:
    if found.freshness == "Stale":
        reason = f"discovery of {_joined(group, found.version)} is stale: its server is away"
        return _Version(group, found.version, failure=reason)
    served = [item for item in found.resources or () if _is_listable(item.resource, item.verbs)]
    vague = [item.resource for item in served if not _is_clear(item)]
    by_scope = {
        scope: tuple(
            Resource(group, found.version, item.response_kind.kind, item.resource)
            for item in served
            if item.response_kind and _is_clear(item) and item.scope == scope
        )
        for scope in ("Namespaced", "Cluster")
    }
    cluster_scoped = frozenset(
        GroupKind(group, item.response_kind.kind)
        for item in found.resources or ()
        if item.response_kind and item.scope == "Cluster"
    )
    said = f"discovery of {_joined(group, found.version)} does not say what {', '.join(vague)} are"
    return _Version(
        group,
        found.version,
        by_scope["Namespaced"],
        cluster_scoped,
        said if vague else None,
        by_scope["Cluster"],
    )


def _is_clear(item: _ServedResource) -> bool:
    """Whether it is said of what kind a resource is, and whether it stands in namespaces."""
    has_kind = item.response_kind is not None and item.response_kind.kind != ""
    return has_kind and item.scope in ("Namespaced", "Cluster")


def _legacy_names(document: _Document) -> Iterator[tuple[str, str]]:
    for version in document.versions or ():
        yield "", version
    for group in document.groups or ():
        preferred = group.preferred_version.version if group.preferred_version else ""
        names = [found.version for found in group.versions or ()]
        for name in sorted(names, key=lambda name: name != preferred):
            yield group.name, name


def _legacy(connection: Connection, group: str, version: str) -> _Version:
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    document = fetch(connection, root, _LEGACY_RESOURCES)
    if isinstance(document, Refusal):
        reason = f"discovery of {_joined(group, version)} failed: {document.reason}"
        return _Version(group, version, failure=reason)
    if document.kind != _LEGACY_LIST:
        what = f"a {document.kind}" if document.kind else "no Kubernetes object"
        reason = f"discovery of {_joined(group, version)} failed: the answer is {what}"
        return _Version(group, version, failure=reason)
    listable = [item for item in document.resources or () if _is_listable(item.name, item.verbs)]
    resources = tuple(
        Resource(group, version, item.kind, item.name) for item in listable if item.namespaced
    )
    outside = tuple(
        Resource(group, version, item.kind, item.name) for item in listable if not item.namespaced
    )
    cluster_scoped = frozenset(
        GroupKind(group, item.kind)
        for item in document.resources or ()
        if not item.namespaced and "/" not in item.name
    )
    return _Version(group, version, resources, cluster_scoped, outside=outside)


def _is_listable(name: str, verbs: list[str] | None) -> bool:
    return "/" not in name and "list" in (verbs or ())


def _joined(group: str, version: str) -> str:
    return f"{group}/{version}" if group else version
