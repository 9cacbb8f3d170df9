"""What the checks of an audit look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import define

from driftcheck.audit._deviations import Declarations
from driftcheck.model import (
    NAMESPACE,
    NAMESPACE_TOKEN,
    Document,
    Field,
    GroupKind,
    Item,
    Manager,
    ManagerClass,
    Object,
    ObjectReference,
    Origin,
    Snapshot,
    State,
    format_path,
    managers_of,
)

POD = GroupKind("", "Pod")
OWN_NAMESPACE = ObjectReference(*NAMESPACE, NAMESPACE_TOKEN)
_OF_STATUS = "status"


@define(slots=False, eq=False)
class Inspection:
    """One environment as it was seen, and what that means.

    Args:
        snapshot: What was seen.
        state: What it means: the objects that a person would edit, and what runs.
        roots: For each Pod, the object that a person would edit to change it.
        class_of: Who writes under a manager's name.
        declarations: What tools declared of it, held against what was seen; None where nobody
            looked for that.
    """

    snapshot: Snapshot
    state: State
    roots: Mapping[ObjectReference, ObjectReference]
    class_of: Callable[[Manager], ManagerClass]
    declarations: Declarations | None = None

    @property
    def environment(self) -> str:
        """Its name in the audit."""
        return self.state.environment

    @property
    def is_live(self) -> bool:
        """Whether a server has said all of it, managedFields among it."""
        return self.snapshot.origin is Origin.CLUSTER

    @cached_property
    def has_writers(self) -> bool:
        """Whether it says at all who wrote what; saved without managedFields, it does not."""
        return any("managedFields" in each.document.metadata for each in self.objects)

    @cached_property
    def objects(self) -> tuple[Seen, ...]:
        """What a person would edit, sorted; neither the Namespace nor what every one has."""
        return tuple(
            Seen(reference, item, self._documents[reference._replace(name=item.name)])
            for reference, item in sorted(self.state.objects.items())
            if item.is_evidence
        )

    @cached_property
    def namespace(self) -> Seen | None:
        """The Namespace itself; None where it was not seen."""
        item = self.state.objects.get(OWN_NAMESPACE)
        document = self._documents.get(ObjectReference(*NAMESPACE, item.name)) if item else None
        return Seen(document.reference, item, document) if item and document else None

    @cached_property
    def _documents(self) -> dict[ObjectReference, Document]:
        return {document.reference: document for document in self.snapshot.documents}

    def document(self, reference: ObjectReference) -> Document | None:
        """An object as it was seen, compared or not; None where it was not."""
        return self._documents.get(reference)

    def reference_of(self, seen: ObjectReference) -> ObjectReference:
        """What an object is called in findings, by the name it was seen under."""
        return self._called.get(seen, seen)

    @cached_property
    def _called(self) -> dict[ObjectReference, ObjectReference]:
        return {each.document.reference: each.reference for each in self.objects}

    def fits_its_name(self, seen: ObjectReference) -> bool | None:
        """Whether an object has the content that its name promises; None where that has no hash."""
        found = self.state.objects.get(self.reference_of(seen))
        return found.fits_its_name if found else None

    @cached_property
    def pods(self) -> Mapping[ObjectReference, tuple[Document, ...]]:
        """The pods that are there, by the object that a person would edit to change them."""
        found: dict[ObjectReference, list[Document]] = defaultdict(list)
        for reference, document in sorted(self._documents.items()):
            if reference.group_kind == POD and "deletionTimestamp" not in document.metadata:
                found[self.roots.get(reference, reference)].append(document)
        return {root: tuple(pods) for root, pods in found.items()}


@define(eq=False)
class Seen:
    """One object that a person would edit.

    Args:
        reference: What it is called in findings.
        item: What it means.
        document: How it was seen.
    """

    reference: ObjectReference
    item: Object
    document: Document

    @property
    def body(self) -> Mapping[str, Any]:
        """The object as JSON."""
        return self.document.body

    @property
    def is_owned(self) -> bool:
        """Whether it says that a controller made it."""
        owners = maps_at(self.document.metadata, "ownerReferences")
        return any(owner.get("controller") is True for owner in owners)

    @property
    def managers(self) -> tuple[Manager, ...]:
        """Who owns something of what is declared: all entries but those of its status."""
        return tuple(
            entry
            for entry in managers_of(self.document.metadata)
            if entry.get("subresource") != _OF_STATUS and entry.get("fieldsV1")
        )


def entry_of(value: Any, *path: str) -> Any:
    """What stands at a place inside of maps; None where nothing does, or no map on the way."""
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def maps_at(value: Any, *path: str) -> tuple[Mapping[str, Any], ...]:
    """The maps in a list at a place; none where there is no list."""
    found = entry_of(value, *path)
    items = found if isinstance(found, list) else ()
    return tuple(item for item in items if isinstance(item, Mapping))


def pod_spec_of(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The spec of the pods that an object gives, with its path; None where it gives none."""
    for path in (
        ("spec", "jobTemplate", "spec", "template", "spec"),
        ("spec", "template", "spec"),
        ("spec",),
    ):
        spec = entry_of(body, *path)
        if isinstance(spec, Mapping) and maps_at(spec, "containers"):
            return ".".join(path), spec
    return None


def containers_of(spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every container of a pod's spec, with its path in it."""
    for role in ("initContainers", "containers", "ephemeralContainers"):
        for container in maps_at(spec, role):
            yield item_path(role, container), container


def item_path(holder: str, item: Mapping[str, Any], key: str = "name") -> str:
    """An item of a list, as paths name it: `containers[name=web]`."""
    return keyed(holder, item.get(key), key)


def keyed(holder: str, value: Any, key: str = "name") -> str:
    """The item of a list that has this value as its key."""
    return format_path((Field(holder), Item(((key, str(value)),))))
