"""Whether one manager, and nobody else, wrote something of a live object, by managedFields."""

from __future__ import annotations

from collections.abc import Iterable

from driftcheck.model import Document, FieldPath, Manager, managers_of, owns


def is_by_alone(manager: str, seen: Document) -> bool:
    """Whether it wrote the whole object, but for the status."""
    entries = managers_of(seen.metadata)
    return _are_all_by(manager, (it for it in entries if it.get("subresource") != "status"), seen)


def is_written_by(manager: str, path: FieldPath, seen: Document) -> bool:
    """Whether it wrote what stands at a path."""
    entries = managers_of(seen.metadata)
    return _are_all_by(manager, (it for it in entries if owns(it, path)), seen)


def _are_all_by(manager: str, entries: Iterable[Manager], seen: Document) -> bool:
    return seen.is_live and {str(entry.get("manager")) for entry in entries} == {manager}
