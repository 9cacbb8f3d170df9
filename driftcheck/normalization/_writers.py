"""Whether one manager, and nobody else, wrote something of a live object, by managedFields."""

from __future__ import annotations

from driftcheck.model import Document, FieldPath, owns
from driftcheck.normalization._inside import maps_in


def is_by_alone(manager: str, seen: Document) -> bool:
    """Whether it wrote the whole object, but for the status."""
    entries = maps_in(seen.metadata, "managedFields")
    writers = {
        str(entry.get("manager")) for entry in entries if entry.get("subresource") != "status"
    }
    return bool(seen.uid) and writers == {manager}


def is_written_by(manager: str, path: FieldPath, seen: Document) -> bool:
    """Whether it wrote what stands at a path."""
    entries = maps_in(seen.metadata, "managedFields")
    writers = {str(entry.get("manager")) for entry in entries if owns(entry, path)}
    return bool(seen.uid) and writers == {manager}
