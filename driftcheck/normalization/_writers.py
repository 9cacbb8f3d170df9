"""Whether a manager, and nobody else, wrote something of a live object, by managedFields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driftcheck.model import Document, FieldPath, Manager, managers_of, owns
from driftcheck.normalization._choices import CONTROLLER_MANAGERS


def is_by_alone(manager: str, seen: Document) -> bool:
    """Whether it wrote the whole object, but for the status."""
    return _are_all_by(frozenset({manager}), _but_for_status(seen), seen)


def is_by_controllers(seen: Document) -> bool:
    """Whether Kubernetes' own controllers wrote the whole object, but for the status."""
    return _are_all_by(CONTROLLER_MANAGERS, _but_for_status(seen), seen)


def is_written_by(manager: str, path: FieldPath, seen: Document) -> bool:
    """Whether it wrote what stands at a path."""
    entries = managers_of(seen.metadata)
    return _are_all_by(frozenset({manager}), (it for it in entries if owns(it, path)), seen)


def _but_for_status(seen: Document) -> Iterator[Manager]:
    return (it for it in managers_of(seen.metadata) if it.get("subresource") != "status")


def _are_all_by(managers: frozenset[str], entries: Iterable[Manager], seen: Document) -> bool:
    written = {str(entry.get("manager")) for entry in entries}
    return seen.is_live and bool(written) and written <= managers
