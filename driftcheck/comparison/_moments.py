"""One object at two moments: what is proven to have become of it, and no more than that.

A uid is never given twice. A resourceVersion moves with every write that changes anything, and
a generation with every change of what is desired; neither of them comes back. What managedFields
tell is a client's word, and of a field that was added and taken away again they tell nothing.
https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions,
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from attrs import frozen

from driftcheck.comparison._desired import (
    STATUS,
    beside_the_status,
    changes_between,
    counts_no_status,
    generation,
    is_desired_again,
)
from driftcheck.model import Document, Manager, Object, Witness, managers_of

Told = tuple[Witness, str]
"""A witness, and what it says."""

_THERE_AND_BACK = 2
"""Changes that it takes at least to be as before."""
_WITH_EVERY_WRITE = frozenset({"generation", "managedFields", "resourceVersion"})


@frozen
class Moment:
    """An object as it was seen at one moment.

    Args:
        document: The object.
        object: The same, normalized; None where it was not compared then.
        is_timed: Whether its server's managedFields have the time of every write.
    """

    document: Document
    object: Object | None
    is_timed: bool

    @property
    def uid(self) -> str | None:
        """The object's uid."""
        return self.document.uid

    @property
    def version(self) -> str | None:
        """Its resourceVersion."""
        return version_of(self.document)


@frozen
class Moments:
    """An object that was seen at two moments.

    Args:
        earlier: As it was.
        later: As it is.
        is_same: Whether what is compared of it is the same; None where that is not known.
    """

    earlier: Moment
    later: Moment
    is_same: bool | None

    def told(self) -> Told:
        """What became of it."""
        if self.earlier.uid != self.later.uid:
            return self._made_anew()
        if self.earlier.version == self.later.version:
            return self._not_written()
        if self.is_same is False:
            return Witness.CHANGED, f"{self._moved}, and it holds something else"
        if self.is_same is None:
            return Witness.TOUCHED, f"{self._moved}, and what it holds can't be compared"
        if self._is_changed_and_back:
            return Witness.REVERTED, f"{self._moved}, and it is as it was"
        if self._is_status_alone:
            return Witness.STATUS_ONLY, f"its status was written; {self._not_shown}"
        return Witness.TOUCHED, f"{self._moved}, and what is compared of it is the same"

    def _made_anew(self) -> Told:
        made = f"made anew{made_at(self.later.document)}"
        if self.is_same is False:
            return Witness.CHANGED, f"{made}, and it holds something else"
        holds = "of the same content" if self.is_same else "and what it holds can't be compared"
        return Witness.RECREATED, f"{made}, {holds}"

    def _not_written(self) -> Told:
        if self.is_same is False:
            return Witness.CHANGED, (
                f"its resourceVersion is {self.later.version} as before, and it holds something"
                " else: its definition or the API server's store is another"
            )
        return Witness.UNTOUCHED, "nothing was written"

    @property
    def _went_back(self) -> bool:
        """Whether its resourceVersion is lower than it was, which no write makes it."""
        return direction(self.earlier.document, self.later.document) < 0

    @property
    def _moved(self) -> str:
        """How one sees that it was written."""
        before, after = self.earlier.document, self.later.document
        if changes_between(before, after) > 0:
            return f"its generation went from {generation(before)} to {generation(after)}"
        back = "back " if self._went_back else ""
        return f"its resourceVersion went {back}from {self.earlier.version} to {self.later.version}"

    @property
    def _is_changed_and_back(self) -> bool:
        before, after = self.earlier.document, self.later.document
        return (
            changes_between(before, after) >= _THERE_AND_BACK
            and not self._went_back
            and counts_no_status((before, after))
            and is_desired_again(before, after)
        )

    @property
    def _is_status_alone(self) -> bool:
        """Whether somebody wrote the status, and everybody else's entry is what it was."""
        before, after = self.earlier.document, self.later.document
        return (
            not self._went_back
            and generation(before) == generation(after)
            and _by_manager(beside_the_status(before)) == _by_manager(beside_the_status(after))
            and bool(later_entries(before, after))
            and (generation(after) is not None or self.later.is_timed)
        )

    @property
    def _not_shown(self) -> str:
        """What else may have been written, and would not show."""
        if generation(self.later.document) is None:
            return "a field that was added and taken away again would not show"
        return "labels or annotations that were changed and changed back would not show"


def is_known(document: Document) -> bool:
    """Whether an object has what tells one write of it from another."""
    return bool(document.uid and version_of(document))


def version_of(document: Document) -> str | None:
    """An object's resourceVersion; None where none is kept of it."""
    found: str | None = document.metadata.get("resourceVersion")
    return found


def direction(earlier: Document, later: Document) -> int:
    """Where an object's resourceVersion went: 1 for up, -1 for down, 0 where nobody can tell.

    https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/5504-comparable-resource-version
    """
    before, after = version_of(earlier) or "", version_of(later) or ""
    if earlier.uid != later.uid or not (before.isdecimal() and after.isdecimal()):
        return 0
    return (int(after) > int(before)) - (int(after) < int(before))


def made_at(document: Document) -> str:
    """When an object was made, as a phrase; nothing where it does not say."""
    created = document.metadata.get("creationTimestamp")
    return f" at {created}" if created else ""


def later_entries(earlier: Document, later: Document) -> list[Manager]:
    """The entries of managedFields that are new, or of a later write; a scale has no time at all.

    An entry that is the same but for fields that somebody else took over is neither.
    """
    known = _by_manager(managers_of(earlier.metadata))
    return [
        entry
        for identity, entry in _by_manager(managers_of(later.metadata)).items()
        if entry != (before := known.get(identity, {}))
        and (not entry.get("time") or entry.get("time") != before.get("time"))
    ]


def _by_manager(entries: Iterable[Manager]) -> dict[tuple[Any, ...], Manager]:
    """The entries by what tells them apart."""
    return {
        tuple(
            entry.get(key) for key in ("manager", "operation", "apiVersion", "subresource")
        ): entry
        for entry in entries
    }


def is_same_as_seen(earlier: Document, later: Document) -> bool:
    """Whether two documents are one but for their status, and what every write leaves behind."""
    return _but_for_writes(earlier.body) == _but_for_writes(later.body)


def _but_for_writes(body: Mapping[str, Any]) -> bytes:
    metadata = {
        key: value for key, value in body["metadata"].items() if key not in _WITH_EVERY_WRITE
    }
    kept = {key: value for key, value in body.items() if key != STATUS}
    return msgspec.json.encode({**kept, "metadata": metadata}, order="sorted")
