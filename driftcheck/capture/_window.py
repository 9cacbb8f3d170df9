"""Did anything move while we read? The double collect, which proves that nothing did.

Every kind is read in full; then, after the last of these reads has ended, every kind is
looked at once more. Where each object is still in the state in which it was read, all of
them were in that state when the second look began: there is one instant at which the
whole snapshot was true. A resourceVersion never comes back, so nothing can have changed
and changed back. What did move is read again, and everything is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from attrs import Factory, frozen

from driftcheck.model import list_names
from driftcheck.sources import Listing, Refusal, Resource, Version

ROUNDS = 5
"""How often what moved is read again."""

_LEADER = "control-plane.alpha.kubernetes.io/leader"
_WRITTEN_BY_THE_SERVER = frozenset({"managedFields", "resourceVersion"})

Reads = dict[Resource, Listing | Refusal]
Looks = dict[Resource, bool | Refusal]
"""Of each kind, whether it has moved, or why nobody can say."""


@frozen
class Collected:
    """What was read, and how still it stood.

    Args:
        reads: Each kind's objects, or why it could not be read.
        unsettled: The kinds that are not proven to have stood still, each with the reason.
        quiescent: Whether everything that was read is proven to have been true at one instant.
    """

    reads: Mapping[Resource, Listing | Refusal]
    unsettled: Mapping[Resource, str] = Factory(dict)
    quiescent: bool = True


def collect(
    resources: Iterable[Resource],
    *,
    read: Callable[[Iterable[Resource]], Reads],
    look: Callable[[Mapping[Resource, Listing]], Looks],
    earlier: Collected | None = None,
) -> Collected:
    """Read kinds until all that was read was true at one instant, or give up and say so.

    Args:
        resources: The kinds to read now.
        read: Reads kinds in full.
        look: Tells of kinds whether any object came, went or was written since they were read.
        earlier: What was collected before, of these and other kinds.

    Returns:
        What was read, earlier or now.
    """
    reads: Reads = dict(earlier.reads) if earlier else {}
    pending = list(resources)
    for _ in range(ROUNDS):
        reads |= read(pending)
        seen = {kind: found for kind, found in reads.items() if isinstance(found, Listing)}
        looks = look(seen)
        pending = [kind for kind, found in looks.items() if found is True]
        unproven = dict(_unproven(looks))
        if not pending:
            return Collected(reads, unproven, quiescent=not unproven)
    last = read(pending)
    moving = dict(_moving(seen, last))
    return Collected(reads | last, unproven | moving, quiescent=False)


def has_moved(seen: Listing, found: frozenset[Version]) -> bool:
    """Whether any object came, went or was written; what has no version may have been."""
    return found != seen.versions or any(item.resource_version is None for item in found)


def _unproven(looks: Looks) -> Iterator[tuple[Resource, str]]:
    for kind, found in looks.items():
        if isinstance(found, Refusal):
            hint = f" ({found.hint})" if found.hint else ""
            yield kind, f"it could not be looked at again: {found.reason}{hint}"


def _moving(before: Mapping[Resource, Listing], after: Reads) -> Iterator[tuple[Resource, str]]:
    """The kinds of which more than the status changes all the time."""
    for kind, found in after.items():
        names = _changed(before[kind], found) if isinstance(found, Listing) else []
        if names:
            yield kind, f"changed while it was read: {list_names(names)}"


def _changed(before: Listing, after: Listing) -> list[str]:
    old, new = _contents(before), _contents(after)
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def _contents(listing: Listing) -> dict[str, bytes]:
    """What counts of each object: neither its status, nor what each write leaves behind."""
    return {body["metadata"]["name"]: _content(body) for body in listing.bodies}


def _content(body: Mapping[str, Any]) -> bytes:
    metadata = _without(body["metadata"], _WRITTEN_BY_THE_SERVER)
    if "annotations" in metadata:
        metadata["annotations"] = _without(metadata["annotations"] or {}, {_LEADER})
    content = {**_without(body, {"status"}), "metadata": metadata}
    return msgspec.json.encode(content, order="deterministic")


def _without(mapping: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """A copy without some keys."""
    return {key: value for key, value in mapping.items() if key not in keys}
