"""One environment as it was seen at one time, before anything is made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from attrs import Factory, field, frozen

from driftcheck.model._coverage import KindCoverage
from driftcheck.model._declared import Declaration, Declarer
from driftcheck.model._deeds import deed
from driftcheck.model._earlier import Grounds, TakenOver
from driftcheck.model._findings import Acts
from driftcheck.model._images import ClusterNode, ImageRows
from driftcheck.model._managed_fields import managers_of, owns
from driftcheck.model._paths import FieldPath
from driftcheck.model._references import NAMESPACE, GroupKind, ObjectReference, group_of
from driftcheck.model._shown import Shown
from driftcheck.model._words import counted


class Origin(StrEnum):
    """Where a snapshot's objects came from."""

    CLUSTER = "cluster"
    MANIFESTS = "manifests"


class FilePath(Protocol):
    """A file's path, such as a `pathlib.Path`."""

    def __fspath__(self) -> str:
        """The path as text."""


@frozen
class Window:
    """When an environment was looked at.

    Args:
        start: Before the first request.
        end: After the last answer.
        quiescent: Whether it is proven that nothing moved in between.
    """

    start: datetime
    end: datetime
    quiescent: bool


@frozen
class Document:
    """One object exactly as it was seen, less what is never kept (Secret values).

    Args:
        body: The object as JSON: `apiVersion`, `kind`, `metadata` and the rest.
            Nobody changes it.
        reference: Which object this is; follows from the body.
        kind: Of which kind it is, of which group.
    """

    body: Mapping[str, Any]
    reference: ObjectReference = field(init=False, eq=False, repr=False)
    kind: GroupKind = field(init=False, eq=False, repr=False)

    @reference.default
    def _reference(self) -> ObjectReference:
        group = group_of(self.body["apiVersion"])
        return ObjectReference(group, self.body["kind"], self.metadata["name"])

    @kind.default
    def _kind(self) -> GroupKind:
        return self.reference.group_kind

    @property
    def version(self) -> str:
        """The version the object is written in: `v1` for `apps/v1`."""
        return str(self.body["apiVersion"]).rpartition("/")[2]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The object's metadata."""
        metadata: Mapping[str, Any] = self.body["metadata"]
        return metadata

    @property
    def uid(self) -> str | None:
        """The object's uid; None in a manifest."""
        return self.metadata.get("uid")

    @property
    def is_live(self) -> bool:
        """Whether a server has it; a manifest has no uid."""
        return bool(self.uid)

    def owning(self, path: FieldPath) -> frozenset[str] | None:
        """The names of those who own a path; None where nobody owns anything of its first field."""
        managers = managers_of(self.metadata)
        if not any(owns(manager, path[:1]) for manager in managers):
            return None
        return frozenset(str(entry.get("manager")) for entry in managers if owns(entry, path))


@frozen
class ReachedObject:
    """One object outside a namespace that something in it reaches.

    Args:
        document: The object as it was seen, less what reaches nothing there.
        reached_by: What reaches it, such as `PersistentVolumeClaim ledger`, sorted.
        acts: When it acts on what runs.
    """

    document: Document
    reached_by: tuple[str, ...]
    acts: Acts


@frozen
class Platform:
    """What was seen outside a namespace.

    Args:
        cluster: The cluster's own uid, which is that of its Namespace kube-system; None where
            that was not seen.
        objects: What reaches in, sorted.
        coverage: How each kind was looked at that may.
    """

    cluster: str | None
    objects: tuple[ReachedObject, ...]
    coverage: tuple[KindCoverage, ...]


@frozen(repr=False)
class Snapshot(Shown):
    """What `capture` saw of one environment; `compare` needs nothing else.

    Args:
        name: What the environment was called when it was captured.
        origin: Whether it was seen in a cluster or read from manifests.
        context: The kubeconfig's context; None for files.
        namespace: The Namespace's name; None for manifests that name none.
        window: When the cluster was looked at; None for files.
        server_version: The API server's `gitVersion`; None for manifests.
        secret_key_id: Which key the Secret fingerprints were made with; None where
            there was no Secret value to fingerprint.
        coverage: How each kind was looked at.
        schemas: The OpenAPI schemas of the custom resources, by `group/version/kind`.
        documents: The objects.
        nodes: What the nodes of its pods say of themselves; none where they may not be read.
        cluster_scoped: The kinds that the API server knows and that stand in no namespace; none
            for manifests.
        place: The file or folder it was read from, as it was named; None where it was not,
            or where that is no longer known.
        warnings: What its reader should know of how it was read, in sentences.
        grounds: What a later look must know to take over from it; None for manifests.
        taken_over: What was taken over from an earlier snapshot; None where none was given.
        platform: What reaches in from outside; None where nobody looked.
        declaration: Whose record it was read from; None of everything else.
        declared: What tools keep a record of having declared of the Namespace, a snapshot for
            each record; None where nobody looked.
    """

    name: str
    origin: Origin
    context: str | None
    namespace: str | None
    window: Window | None
    server_version: str | None
    secret_key_id: str | None
    coverage: tuple[KindCoverage, ...]
    documents: tuple[Document, ...]
    schemas: Mapping[str, Mapping[str, Any]] = Factory(dict)
    nodes: tuple[ClusterNode, ...] = ()
    cluster_scoped: frozenset[GroupKind] = frozenset()
    place: str | None = None
    warnings: tuple[str, ...] = ()
    grounds: Grounds | None = None
    taken_over: TakenOver | None = None
    platform: Platform | None = None
    declaration: Declaration | None = None
    declared: tuple[Snapshot, ...] | None = None

    def __repr__(self) -> str:
        return f"<Snapshot {self.name!r}: {counted(len(self.documents), 'object')}>"

    def save(self, file: str | FilePath) -> None:
        """Write the snapshot to a file: the whole of it, or nothing.

        Args:
            file: Where; gzipped if the name ends in `.gz`.

        Raises:
            StartError: The file can't be written.
        """
        deed("save")(self, file)

    @property
    def images(self) -> ImageRows:
        """What runs where, by digest: a row for each container that runs."""
        rows: ImageRows = deed("images_of")(self)
        return rows

    @property
    def declared_by(self) -> Declarer | None:
        """Whose record it was read from; None of everything else."""
        return self.declaration.by if self.declaration else None

    @property
    def minor(self) -> int | None:
        """The server's minor version: 36 for `v1.36.2`; None where that is not known."""
        found = re.match(r"v1\.([0-9]{1,4})\b", self.server_version or "")
        return int(found[1]) if found else None

    @property
    def namespace_uid(self) -> str | None:
        """The Namespace's own uid, which no other ever has; None where it was not seen."""
        own = ObjectReference(*NAMESPACE, self.namespace or "")
        return next((item.uid for item in self.documents if item.reference == own), None)

    @property
    def is_complete(self) -> bool:
        """Whether everything was seen that a verdict needs."""
        doubts = self.declaration.doubts if self.declaration else ()
        return not doubts and all(row.is_complete for row in self.coverage)
