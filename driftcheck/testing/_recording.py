"""A recording by its meaning: what an API server holds, whom it refuses, and edits of both."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import attrs
import msgspec

from driftcheck.errors import UsageError
from driftcheck.testing._requests import Place

JSON = dict[str, Any]

ADMIN = "admin"
NAMESPACES = Place("/api/v1", "namespaces")
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CREATED = "2026-01-01T00:00:00Z"


@attrs.frozen
class Document:
    """An answer that is served as it was recorded."""

    type: str
    body: bytes


@attrs.frozen
class Resource:
    """One kind that discovery tells of."""

    api: str
    name: str
    kind: str
    is_namespaced: bool

    @property
    def api_version(self) -> str:
        """The apiVersion of its objects."""
        return self.api.removeprefix("/apis/").removeprefix("/api/")

    def place(self, namespace: str) -> Place:
        """Where its objects live; the namespace counts for a namespaced kind alone."""
        return Place(self.api, self.name, namespace if self.is_namespaced else None)


@attrs.frozen(eq=False, repr=False)
class Collection:
    """A full list: every object of one resource in one place."""

    api_version: str
    kind: str
    """The kind of the objects, not of the list."""
    metadata: Mapping[str, Any]
    """The list's own metadata."""
    objects: tuple[JSON, ...] = ()

    @property
    def revision(self) -> int:
        """The list's resourceVersion; 0 where it has none, as lists that are computed."""
        return int(self.metadata.get("resourceVersion") or 0)

    @property
    def head(self) -> JSON:
        """What a single object says of its type."""
        return {"kind": self.kind, "apiVersion": self.api_version}

    def find(self, name: str) -> JSON | None:
        """The object of this name as a single GET shows it; None where there is none."""
        for found in self.objects:
            if _name(found) == name:
                return self.head | found
        return None

    def without(self, name: str, revision: int) -> Collection:
        """The list after the object of this name is deleted."""
        return self._at(revision, [found for found in self.objects if _name(found) != name])

    def put(self, given: JSON, revision: int) -> Collection:
        """The list after an object is created, or replaced, in the order of names."""
        others = [found for found in self.objects if _name(found) != _name(given)]
        stored = given if self._holds_typed_objects else _untyped(given)
        return self._at(revision, sorted([*others, stored], key=_name))

    def _at(self, revision: int, objects: Iterable[JSON]) -> Collection:
        metadata = {**self.metadata, "resourceVersion": str(revision)}
        return attrs.evolve(self, metadata=metadata, objects=tuple(objects))

    @property
    def _holds_typed_objects(self) -> bool:
        """Custom resources bear their apiVersion and kind even in lists, which say `continue`."""
        return "continue" in self.metadata


@attrs.frozen(eq=False, repr=False)
class Recording:
    """What an API server holds and how it answers.

    Immutable: `with_objects`, `without` and `copied` return other recordings.
    """

    documents: Mapping[tuple[str, str], Document]
    """Discovery, OpenAPI, the version and the like, by path and form."""
    resources: tuple[Resource, ...]
    """Every kind that discovery tells of, preferred versions first."""
    collections: Mapping[Place, Collection]
    """Every full list."""
    denials: frozenset[tuple[str, str, str]] = frozenset()
    """Who may not read what: user, API version, resource."""
    failures: Mapping[int, bytes] = {}
    """What the server said with each HTTP status of refusal."""
    users: tuple[str, ...] = (ADMIN,)
    """Who has access at all, the administrator first."""

    @property
    def namespaces(self) -> frozenset[str]:
        """Every namespace the recording knows of."""
        listed = self.collections.get(NAMESPACES)
        existing = frozenset(map(_name, listed.objects if listed else ()))
        return existing | {place.namespace for place in self.collections if place.namespace}

    def collection(self, place: Place) -> Collection | None:
        """The full list at a place.

        Args:
            place: Any place.

        Returns:
            The list: empty in a namespace that does not exist, None where nothing was recorded.
        """
        known = self.collections.get(place)
        if known or place.namespace is None or place.namespace in self.namespaces:
            return known
        return self._empty_like(place)

    def of_namespace(self, namespace: str) -> dict[Place, Collection]:
        """Every full list of one namespace."""
        return {
            place: held for place, held in self.collections.items() if place.namespace == namespace
        }

    def objects(self, namespace: str, kind: str) -> list[JSON]:
        """Every object of a kind, complete and free to edit.

        Args:
            namespace: Where to look; of no account for a cluster-scoped kind.
            kind: A kind as manifests write it.

        Returns:
            Copies, in the kind's preferred version and in the server's order.

        Raises:
            UsageError: The recording has no list of this kind there.
        """
        collection = self.collections[self._places(namespace, kind)[0]]
        return [_copy(collection.head | found) for found in collection.objects]

    def object(self, namespace: str, kind: str, name: str) -> JSON:
        """One object, complete and free to edit.

        Args:
            namespace: Where to look; of no account for a cluster-scoped kind.
            kind: A kind as manifests write it.
            name: The object's name.

        Returns:
            A copy, in the kind's preferred version.

        Raises:
            UsageError: There is no such object.
        """
        for found in self.objects(namespace, kind):
            if _name(found) == name:
                return found
        raise UsageError(f'the recording has no {kind} "{name}" in the namespace "{namespace}"')

    def with_objects(self, namespace: str, objects: Iterable[JSON]) -> Recording:
        """Create or replace objects, as if they had just been written.

        Args:
            namespace: Where they live, created where it does not exist; where it does and nothing
                of it was recorded, it is taken to be empty. Empty for cluster-scoped objects.
            objects: Complete objects of kinds that discovery tells of. What the server gives
                (uid, creation time) is kept from the object replaced, or made up.

        Returns:
            Another recording, in which each object has a fresh resourceVersion.

        Raises:
            UsageError: An object has no name or no namespace, or its kind is unknown.
        """
        changed = self._with_namespace(namespace) if namespace else self
        collections = dict(changed.collections)
        for revision, given in enumerate(objects, start=changed._next_revision):
            resource = self._resource_of(given)
            place = _place_of(given, resource, namespace)
            collection = collections.get(place) or self._empty_like(place) or empty_list(resource)
            written = _written(given, place, collection.find(_name(given)), revision)
            collections[place] = collection.put(written, revision)
        return attrs.evolve(changed, collections=collections)

    def without(self, namespace: str, kind: str, name: str) -> Recording:
        """Delete an object, in every version its kind is served in.

        Args:
            namespace: Where it lives; of no account for a cluster-scoped kind.
            kind: A kind as manifests write it.
            name: The object's name.

        Returns:
            Another recording.

        Raises:
            UsageError: There is no such object.
        """
        self.object(namespace, kind, name)
        collections = dict(self.collections)
        for place in self._places(namespace, kind):
            collections[place] = collections[place].without(name, self._next_revision)
        return attrs.evolve(self, collections=collections)

    def copied(self, namespace: str, to: str) -> Recording:
        """Copy a namespace with everything in it.

        Args:
            namespace: The namespace to copy.
            to: The copy's name. It replaces the old name wherever that is written as a word
                of its own, and every object gets another uid.

        Returns:
            Another recording, with both namespaces.

        Raises:
            UsageError: There is no such namespace, or there is one of the copy's name.
        """
        if namespace not in self.namespaces or to in self.namespaces:
            raise UsageError(f'cannot copy the namespace "{namespace}" to "{to}"')
        ours = self.of_namespace(namespace)
        uids = frozenset(_uid(found) for held in ours.values() for found in held.objects)
        copies = dict(self.collections)
        for place, held in ours.items():
            renamed = _renamed(with_other_uids(held.objects, uids, to), namespace, to)
            copies[attrs.evolve(place, namespace=to)] = attrs.evolve(held, objects=tuple(renamed))
        itself = _without_uid(self.object("", "Namespace", namespace))
        grown = attrs.evolve(self, collections=copies)
        return grown.with_objects(to, _renamed([itself], namespace, to))

    @property
    def _next_revision(self) -> int:
        return 1 + max((held.revision for held in self.collections.values()), default=0)

    def _resource_of(self, given: JSON) -> Resource:
        api_version, kind = given.get("apiVersion"), given.get("kind")
        for resource in self.resources:
            if (resource.api_version, resource.kind) == (api_version, kind):
                return resource
        raise UsageError(f"the recording's discovery does not tell of {api_version} {kind}")

    def _places(self, namespace: str, kind: str) -> list[Place]:
        places = [found.place(namespace) for found in self.resources if found.kind == kind]
        recorded = [place for place in places if place in self.collections]
        if not recorded:
            raise UsageError(f'the recording has no {kind} list for the namespace "{namespace}"')
        return recorded

    def _empty_like(self, place: Place) -> Collection | None:
        for other, collection in self.collections.items():
            if (other.api, other.resource) == (place.api, place.resource):
                return attrs.evolve(collection, objects=())
        return None

    def _with_namespace(self, namespace: str) -> Recording:
        if self.of_namespace(namespace):
            return self
        empty = {
            attrs.evolve(place, namespace=namespace): attrs.evolve(collection, objects=())
            for place, collection in self.collections.items()
            if place.namespace
        }
        grown = attrs.evolve(self, collections={**self.collections, **empty})
        if namespace in self.namespaces:
            return grown
        return grown.with_objects(namespace, [_new_namespace(namespace)])


def with_other_uids(objects: Sequence[JSON], uids: AbstractSet[str], salt: str) -> list[JSON]:
    """Copy objects under other uids, so that their references to each other still hold.

    Args:
        objects: What to copy.
        uids: The uids to replace, wherever they are written.
        salt: What tells this copy from others of the same objects.

    Returns:
        The copies.
    """
    text = msgspec.json.encode(objects).decode()
    other = {uid: _made_up_uid(uid, salt) for uid in uids}
    replaced = _UID.sub(lambda match: other.get(match[0], match[0]), text)
    copies: list[JSON] = msgspec.json.decode(replaced)
    return copies


def _copy(value: JSON) -> JSON:
    copied: JSON = msgspec.json.decode(msgspec.json.encode(value))
    return copied


def _name(given: JSON) -> str:
    try:
        return str(given["metadata"]["name"])
    except (KeyError, TypeError) as error:
        raise UsageError("an object needs a metadata.name") from error


def _uid(found: JSON) -> str:
    return str(found["metadata"].get("uid", ""))


def _made_up_uid(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(parts)))


def _untyped(given: JSON) -> JSON:
    return {key: value for key, value in given.items() if key not in ("apiVersion", "kind")}


def _place_of(given: JSON, resource: Resource, namespace: str) -> Place:
    if resource.is_namespaced and not namespace:
        raise UsageError(f'{resource.kind} "{_name(given)}" needs a namespace')
    return resource.place(namespace)


def empty_list(resource: Resource) -> Collection:
    """A list of a resource of which nothing was ever written."""
    return Collection(resource.api_version, resource.kind, {"resourceVersion": "0"})


def _written(given: JSON, place: Place, before: JSON | None, revision: int) -> JSON:
    kept = before["metadata"] if before else {}
    metadata = _copy(given["metadata"])
    made_up = _made_up_uid(place.api, place.resource, place.namespace or "", _name(given))
    metadata.setdefault("uid", kept.get("uid", made_up))
    metadata.setdefault("creationTimestamp", kept.get("creationTimestamp", _CREATED))
    metadata["resourceVersion"] = str(revision)
    if place.namespace:
        metadata["namespace"] = place.namespace
    return _copy(given) | {"metadata": metadata}


def _new_namespace(name: str) -> JSON:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _without_uid(found: JSON) -> JSON:
    metadata = {key: value for key, value in found["metadata"].items() if key != "uid"}
    return found | {"metadata": metadata}


def _renamed(objects: Iterable[JSON], namespace: str, to: str) -> list[JSON]:
    word = re.compile(rf"(?<![a-z0-9-]){re.escape(namespace)}(?![a-z0-9-])")
    return [_rewritten(found, lambda text: word.sub(to, text)) for found in objects]


def _rewritten(value: Any, rewrite: Callable[[str], str]) -> Any:
    match value:
        case str():
            return rewrite(value)
        case list():
            return [_rewritten(item, rewrite) for item in value]
        case dict():
            return {rewrite(key): _rewritten(item, rewrite) for key, item in value.items()}
        case _:
            return value
