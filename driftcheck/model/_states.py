"""What a snapshot means: its objects normalized, ready to be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import Factory, field, frozen

from driftcheck.model._coverage import KindCoverage
from driftcheck.model._declared import Declaration
from driftcheck.model._images import RunningWorkload
from driftcheck.model._paths import FieldPath
from driftcheck.model._references import NAMESPACE, GroupKind, ObjectReference
from driftcheck.model._snapshots import Document, Origin, Window
from driftcheck.model._trees import Node, Seen


@frozen
class Owner:
    """What an object follows from.

    Args:
        reference: The object that made it.
        is_proven: Whether it is known to make just this object; else its kind is a custom
            resource's, whose controller may make anything, and its word is all there is.
    """

    reference: ObjectReference
    is_proven: bool


@frozen
class Pick:
    """What a server picked at a place in an object: it counts only where somebody else chose.

    Args:
        value: What it picked.
        caveat: What a reader should know where another value was picked elsewhere.
        is_due: Whether something is amiss where a server has the object, and nothing stands there.
    """

    value: Node
    caveat: str = ""
    is_due: bool = False


@frozen
class Object:
    """One object, normalized.

    Args:
        reference: The object, by the name it is matched by: the baseline's, where it has another
            one here, and the token for the own namespace instead of the Namespace's name.
        name: Its name as it was seen.
        version: The API version it was seen in, `v1`.
        content: Everything that counts.
        fingerprint: SHA-256 of the canonical content, `sha256:...`.
        picks: What the server picked, by its place, where the content has nothing.
        series: What its name was made of, and what it is for; empty where its name says who it is.
        owner: What made this one, where anything may have.
        is_declared: Whether no server has seen it, so that nothing has acted on it yet.
        managed_fields: Who owns which of its fields, as the server says.
        fits_its_name: Whether its content has the hash in its name; None where that has none.
        is_metadata_only: Whether nothing but its metadata was seen.
        is_pristine: Whether the cluster makes this object in every namespace, and
            nobody has touched it.
        document: The object as it was seen; None where it stands for one that need not be there.
    """

    reference: ObjectReference
    name: str
    version: str
    content: Mapping[str, Node]
    fingerprint: str
    picks: Mapping[FieldPath, Pick] = Factory(dict)
    series: str = ""
    owner: Owner | None = None
    is_declared: bool = False
    managed_fields: Sequence[Mapping[str, Any]] = ()
    fits_its_name: bool | None = None
    is_metadata_only: bool = False
    is_pristine: bool = False
    document: Document | None = field(default=None, eq=False, repr=False)

    @property
    def is_evidence(self) -> bool:
        """Whether it counts as compared; the Namespace itself and a pristine object don't."""
        return not self.is_pristine and self.reference.group_kind != NAMESPACE


@frozen
class LeftOut:
    """An object that was seen and is not compared.

    Args:
        document: The object as it was seen.
        rule: Which rule leaves it out.
        is_owned: Whether a captured owner, or a controller by one, makes it and keeps it so.
    """

    document: Document
    rule: str
    is_owned: bool


@frozen
class StrayPod:
    """A pod that runs, and is not what its workload's template gives.

    Args:
        name: The pod's name.
        content: What it is, without what the server, its controller and its node write.
        given: What it should be.
        managed_fields: Who owns which of its fields, as the server says.
        is_reported: Whether its images are compared as running; not where it is being deleted, or
            has no status.
    """

    name: str
    content: Mapping[str, Node]
    given: Mapping[str, Node]
    managed_fields: Sequence[Mapping[str, Any]] = ()
    is_reported: bool = True


@frozen
class State:
    """One environment, normalized.

    Args:
        environment: Its name in the result.
        origin: Whether it was seen in a cluster or read from manifests.
        minor: The server's minor version, 36 for `v1.36.2`; None where that is not known.
        namespace: Its Namespace's own name; the empty string where manifests name none.
        seen: What the tokens in its objects' texts stand for.
        objects: What is compared.
        running: What runs, by workload.
        coverage: How each kind was looked at, and what was left out by which rule.
        secret_key_id: Which key its Secret fingerprints were made with.
        hits: How often each normalization rule was applied.
        strays: The pods that are not what their workload's template gives, by workload.
        doubts: Why what was seen does not show what is declared to be what runs, in sentences,
            each with the object that a person would edit.
        sources: The ConfigMaps and Secrets that are not compared, and still say what those
            who read them get.
        schemas: The OpenAPI schemas of its custom resources, by `group/version/kind`.
        namespace_uid: Its Namespace's uid, by which it is known as one place; None where it was
            not seen.
        window: When it was looked at; None for manifests.
        left_out: What was seen and is not compared, each with whether a captured owner makes it.
        definitions: The definitions of its custom resources' kinds, as far as they were seen.
        declaration: Whose record it was read from; None of everything else.
    """

    environment: str
    origin: Origin
    minor: int | None
    namespace: str
    seen: Seen
    objects: Mapping[ObjectReference, Object]
    running: Mapping[ObjectReference, RunningWorkload]
    coverage: tuple[KindCoverage, ...]
    secret_key_id: str | None
    hits: Counter[str]
    strays: Mapping[ObjectReference, tuple[StrayPod, ...]] = Factory(dict)
    doubts: Mapping[str, ObjectReference] = Factory(dict)
    sources: Mapping[ObjectReference, Object] = Factory(dict)
    schemas: Mapping[str, Mapping[str, Any]] = Factory(dict)
    namespace_uid: str | None = None
    window: Window | None = None
    left_out: Mapping[ObjectReference, LeftOut] = Factory(dict)
    definitions: Mapping[GroupKind, str] = Factory(dict)
    declaration: Declaration | None = None

    @property
    def compared(self) -> int:
        """How many objects count as evidence: neither the Namespace itself nor a pristine one."""
        return sum(item.is_evidence for item in self.objects.values())

    def source(self, reference: ObjectReference) -> Object | None:
        """A ConfigMap or a Secret, compared or not; None where it was not seen."""
        return self.objects.get(reference) or self.sources.get(reference)
