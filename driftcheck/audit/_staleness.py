"""Containers that run with a configuration that is no longer the one there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from driftcheck.audit._found import Found, named, writers_of
from driftcheck.audit._inspection import Inspection, entry_of, maps_at, pod_spec_of
from driftcheck.audit._reloaders import has_read
from driftcheck.audit._uses import Use, uses_in
from driftcheck.model import Document, Field, Grade, Manager, counted, managers_of, owns

_SKEW = timedelta(seconds=2)
"""How far a node's clock may be from the API server's."""


@frozen
class _Stale:
    """A use of what pods have in another form than it has now, or may have.

    Args:
        use: What is read.
        pods: Those pods, each with how sure that is.
        of: How many pods read it.
        entries: Who wrote it last.
    """

    use: Use
    pods: Mapping[str, Grade]
    of: int
    entries: tuple[Manager, ...]

    @property
    def is_certain(self) -> bool:
        """Whether it is sure of one pod at least."""
        return Grade.CERTAIN in self.pods.values()


@frozen
class _Writing:
    """When a ConfigMap or a Secret was made, and when and by whom what is read of it was written.

    Args:
        made: When it was made.
        entries: Those who own what is read and say when they wrote.
    """

    made: datetime | None
    entries: tuple[Manager, ...]

    @classmethod
    def of(cls, source: Document, keys: frozenset[str]) -> _Writing:
        """What is known of the keys of a source."""
        entries = managers_of(source.metadata)
        return cls(
            made=_time(source.metadata.get("creationTimestamp")),
            entries=tuple(
                each for each in entries if _time(each.get("time")) and _owns_any(each, keys)
            ),
        )

    @property
    def last(self) -> datetime | None:
        """The last time that any of it may have been written."""
        return max(filter(None, (_time(entry["time"]) for entry in self.entries)), default=None)

    @property
    def latest(self) -> tuple[Manager, ...]:
        """Those who wrote then."""
        return tuple(entry for entry in self.entries if _time(entry["time"]) == self.last)

    def grade_for(self, start: datetime, *, has_read: bool | None) -> Grade | None:
        """How sure it is that a container which started then has something else; None for not.

        Args:
            start: When it started.
            has_read: Whether a hash shows that it read what is there; None where none does.
        """
        if has_read:
            return None
        if _is_after(self.made, start):
            return Grade.CERTAIN
        if _is_after(self.last, start):
            return Grade.POSSIBLE if has_read is None else Grade.CERTAIN
        return None


def stale_configuration(look: Inspection) -> Iterator[Found]:
    """Containers that started before what they read then was last written.

    An entry of managedFields has one time for all that its manager owns, so time alone makes it
    possible; certain is what could not have been there: an object made afterwards, or a content
    that is not the one of the hash in its name, or of the hash that the pod was rolled out with.
    A hash of just the content that is there shows that nothing is stale, whatever was written.
    """
    for root, pods in sorted(look.pods.items()):
        stale = [found for use in uses_in(pods) if (found := _stale(use, pods, look))]
        if stale:
            is_certain = any(each.is_certain for each in stale)
            yield Found(
                look.reference_of(root),
                Grade.CERTAIN if is_certain else Grade.POSSIBLE,
                "; ".join(map(_said, stale)),
                "restart the workload: `kubectl rollout restart`, after looking at what changed",
                path=_in_template(stale[0].use.path, look.document(root)),
                also=tuple(_in_template(each.use.path, look.document(root)) for each in stale[1:]),
                writers=writers_of(
                    (entry for each in stale for entry in each.entries), look.class_of
                ),
            )


def _stale(use: Use, pods: tuple[Document, ...], look: Inspection) -> _Stale | None:
    """A use of which some pods have, or may have, an older reading; None where none has."""
    source = look.document(use.source)
    if source is None:
        return None
    writing = _Writing.of(source, use.keys)
    started = [(pod, start) for pod in pods if (start := _start(pod.body, use.container))]
    graded = {
        pod.reference.name: writing.grade_for(start, has_read=_has_read(pod, use, look))
        for pod, start in started
    }
    older = {name: grade for name, grade in graded.items() if grade}
    return _Stale(use, older, len(started), writing.latest) if older else None


def _has_read(pod: Document, use: Use, look: Inspection) -> bool | None:
    """Whether a hash shows that a pod read what a source holds now; None where none tells."""
    fits = look.fits_its_name(use.source)
    return has_read(pod, use, look) if fits is None else fits


def _in_template(path: str, root: Document | None) -> str:
    """A place in a pod's spec as it stands in what a person would edit."""
    given = pod_spec_of(root.body) if root else None
    return path.replace("spec", given[0], 1) if given else path


def _said(stale: _Stale) -> str:
    source = stale.use.source
    older = f"{len(stale.pods)} of {counted(stale.of, 'pod')}"
    keys = f" ({named(sorted(stale.use.keys))})" if stale.use.keys else ""
    return (
        f"container {stale.use.container} of {older} started before "
        f"{source.kind} {source.name}{keys} was last written"
    )


def _is_after(moment: datetime | None, start: datetime) -> bool:
    return moment is not None and moment > start + _SKEW


def _start(pod: Mapping[str, Any], container: str) -> datetime | None:
    """When a container that runs has started; None where it does not run."""
    for statuses in ("containerStatuses", "initContainerStatuses"):
        for status in maps_at(pod, "status", statuses):
            if status.get("name") == container:
                return _time(entry_of(status, "state", "running", "startedAt"))
    return None


def _time(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _owns_any(entry: Manager, keys: frozenset[str]) -> bool:
    """Whether a manager owns one of the keys, or any where none is named."""
    for data in ("data", "binaryData", "stringData"):
        if any(owns(entry, (Field(data), Field(key))) for key in keys):
            return True
        if not keys and owns(entry, (Field(data),)):
            return True
    return False
