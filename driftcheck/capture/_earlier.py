"""What need not be read again: what an earlier snapshot has, and nobody wrote since.

Each write of an object gives it another resourceVersion, so that one of the same uid and
resourceVersion says what it said. That holds for one server, which has not changed, of a store
that was not set back, and for objects that nobody rewrites on their way out. Each of these is
asked about, and in doubt a kind is read whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import msgspec
from attrs import evolve, frozen

from driftcheck.capture._definitions import Definition
from driftcheck.capture._secrets import needs_key, without_applied_copies
from driftcheck.model import (
    METADATA_FIELDS,
    NAMESPACE,
    SECRET,
    Document,
    Grounds,
    GroupKind,
    Snapshot,
    TakenOver,
)
from driftcheck.sources import Listing, Resource, Version, is_built_in

_PER_REQUEST = 20
"""How many objects of a list a server sends in the time that a request of its own takes."""

_SELECTABLE = re.compile(r"[A-Za-z0-9.:_-]+")
"""Names that a field selector takes as they are."""


@frozen(kw_only=True)
class Circumstances:
    """What is known of a look before anything is read.

    Args:
        driftcheck: The version of driftcheck that looks; None where nobody says so.
        context: The kubeconfig's context.
        namespace: The Namespace's name.
        server_version: The API server's version; None where it is not known.
        key_id: The id of the key that Secret values are fingerprinted with; None where there
            is none.
        secret_values: Whether the values of Secrets are asked for.
        definitions: Of custom resources, how their definitions stand.
    """

    driftcheck: str | None
    context: str
    namespace: str
    server_version: str | None
    key_id: str | None
    secret_values: bool
    definitions: Mapping[Resource, Definition]


@frozen
class Plan:
    """What to make of an earlier snapshot.

    Args:
        known: The kinds of which only what moved has to be read, as they were.
        whole: The other kinds that the earlier snapshot has objects of, each with the reason.
    """

    known: Mapping[Resource, Listing]
    whole: Mapping[Resource, str]


@frozen
class Moved:
    """What became of the objects of a kind.

    Args:
        same: Those that nobody wrote.
        names: The names of those that were written, or are new.
        now: The metadata of all that are there.
    """

    same: tuple[Mapping[str, Any], ...]
    names: tuple[str, ...]
    now: Listing

    def completed(self, read: Iterable[Mapping[str, Any]]) -> Listing:
        """All objects of the kind, those that moved as they were read now."""
        bodies = sorted((*self.same, *read), key=lambda body: str(body["metadata"]["name"]))
        return evolve(self.now, bodies=tuple(bodies), versions=frozenset(map(_version, bodies)))


def kinds_in(earlier: Snapshot, kinds: Iterable[Resource]) -> list[Resource]:
    """The kinds that an earlier snapshot has objects of, but for the Namespace itself."""
    held = {document.reference.group_kind for document in earlier.documents} - {NAMESPACE}
    return [kind for kind in kinds if kind.group_kind in held]


def plan(earlier: Snapshot, kinds: Iterable[Resource], now: Circumstances) -> Plan:
    """Say of which kinds only what moved has to be read.

    Args:
        earlier: What was seen before.
        kinds: The kinds to look at, in the versions they are read in.
        now: What is known of this look.

    Returns:
        Those kinds, and why others are read whole.
    """
    held = _by_kind(earlier.documents)
    known: dict[Resource, Listing] = {}
    whole: dict[Resource, str] = {}
    doubt_of_all = _doubt_of_all(earlier, now)
    for kind in kinds_in(earlier, kinds):
        bodies = held[kind.group_kind]
        doubt = doubt_of_all or _doubt_of_kind(earlier, kind, bodies, now)
        if doubt:
            whole[kind] = doubt
        else:
            known[kind] = _listing(earlier, kind, bodies)
    return Plan(known, whole)


def moved(before: Listing, now: Listing) -> Moved | str:
    """Say what became of the objects of a kind, from their metadata.

    All metadata is compared, and not the resourceVersion alone: where a cluster was set back to
    a backup, another object may come by the same one, but hardly by the same managedFields.

    Args:
        before: The kind's objects as they were.
        now: The metadata of its objects.

    Returns:
        What moved; or why all of the kind has to be read.
    """
    if before.revision is None or now.revision is None or now.revision < before.revision:
        return "the cluster's revisions went back, as when it is restored from a backup"
    known = {_version(body): body for body in before.bodies}
    pairs = [(known.get(_version(body)), body) for body in now.bodies]
    same = tuple(old for old, _ in pairs if old is not None)
    names = tuple(str(new["metadata"]["name"]) for old, new in pairs if old is None)
    if not all(_is_same(old, new) for old, new in pairs if old is not None):
        return "an object has the resourceVersion that it had, and other metadata"
    if before.resource.group_kind == SECRET and before.versions != now.versions:
        return "a value that moved may be repeated in the annotations of the others"
    if len(names) * _PER_REQUEST > len(now.bodies):
        return f"{len(names)} of {len(now.bodies)} objects moved"
    if not all(map(_SELECTABLE.fullmatch, names)):
        return "what moved has a name that can't be asked for"
    return Moved(same, names, now)


def taken_over(
    earlier: Snapshot, documents: Iterable[Document], whole: Mapping[Resource, str]
) -> TakenOver:
    """Say which objects of a look are those of an earlier snapshot.

    Args:
        earlier: What was seen before.
        documents: What was seen, or taken over, now.
        whole: The kinds that were read whole, each with the reason.
    """
    counts = Counter(item.reference.group_kind for item in _of(earlier, documents))
    return TakenOver(
        earlier.name, counts, {kind.group_kind: reason for kind, reason in whole.items()}
    )


def key_of(earlier: Snapshot | None, documents: Iterable[Document]) -> str | None:
    """The id of the key behind what was taken over; None where nothing of it needed one."""
    if earlier is None or not any(needs_key(item.body) for item in _of(earlier, documents)):
        return None
    return earlier.secret_key_id


def _of(earlier: Snapshot, documents: Iterable[Document]) -> list[Document]:
    """The documents that are those of an earlier snapshot, and not merely equal to them."""
    held = {id(document.body) for document in earlier.documents}
    return [document for document in documents if id(document.body) in held]


def _doubt_of_all(earlier: Snapshot, now: Circumstances) -> str | None:
    """Why nothing can be taken over, whatever it is."""
    if earlier.grounds is None:
        return "it notes nothing that a later look could go by"
    for what, then, today in (
        ("driftcheck", earlier.grounds.driftcheck, now.driftcheck),
        ("the context", earlier.context, now.context),
        ("the namespace", earlier.namespace, now.namespace),
        ("the server's version", earlier.server_version, now.server_version),
    ):
        if None in (then, today) or then != today:
            return f"{what} was {then or 'not known'}, and is {today or 'not known'}"
    return next(iter(earlier.warnings), None)


def _doubt_of_kind(
    earlier: Snapshot, kind: Resource, bodies: list[Mapping[str, Any]], now: Circumstances
) -> str | None:
    """Why nothing of a kind can be taken over."""
    row = next((row for row in earlier.coverage if row.group_kind == kind.group_kind), None)
    if row is None or not row.was_seen or row.version != kind.version:
        return f"it was not read in {kind.version}"
    if row.lacks_values or (kind.group_kind == SECRET and not now.secret_values):
        return "its values were not asked for, or are not now"
    if _grounds(earlier).revisions.get(kind.group_kind) is None:
        return "its list had no revision"
    if any(None in (_version(body).uid, _version(body).resource_version) for body in bodies):
        return "not every object has a uid and a resourceVersion"
    has_key = now.key_id is not None and now.key_id == earlier.secret_key_id
    if not has_key and any(map(needs_key, bodies)):
        return "its values were fingerprinted with another key"
    if is_built_in(kind.group):
        return None
    definition = now.definitions[kind]
    return definition.doubt(_grounds(earlier).definitions.get(kind.group_kind), earlier.window)


def _grounds(earlier: Snapshot) -> Grounds:
    return earlier.grounds or Grounds("")


def _listing(earlier: Snapshot, kind: Resource, bodies: list[Mapping[str, Any]]) -> Listing:
    revision = _grounds(earlier).revisions[kind.group_kind]
    return Listing(kind, tuple(bodies), frozenset(map(_version, bodies)), revision)


def _by_kind(documents: Iterable[Document]) -> dict[GroupKind, list[Mapping[str, Any]]]:
    def kind_of(document: Document) -> GroupKind:
        return document.reference.group_kind

    ordered = sorted(documents, key=lambda document: document.reference)
    return {kind: [item.body for item in held] for kind, held in groupby(ordered, kind_of)}


def _version(body: Mapping[str, Any]) -> Version:
    return msgspec.convert(body["metadata"], Version)


def _is_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether an object's metadata is what it was, as far as that was kept."""
    return _kept(before) == _kept(without_applied_copies(now))


def _kept(body: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata: Mapping[str, Any] = body["metadata"]
    if body["kind"] != SECRET.kind:
        return metadata
    fields = METADATA_FIELDS - {"annotations"}
    return {field: value for field, value in metadata.items() if field in fields}
