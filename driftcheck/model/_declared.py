"""What a tool once declared of a place, and keeps a record of there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import Factory, frozen

from driftcheck.model._findings import Writer
from driftcheck.model._references import ObjectReference


class Declarer(StrEnum):
    """Whose record it is."""

    HELM = "helm"
    """Helm's releases."""
    APPLIED = "applied"
    """The annotation in which `kubectl apply` keeps what it last applied."""


@frozen
class Declaration:
    """Whose record a snapshot was read from, and of which place it speaks.

    Args:
        by: Who keeps it.
        namespace_uid: The uid of the Namespace that it is about; None where it was not seen.
        gaps: Why more may be declared than was read, in sentences.
    """

    by: Declarer
    namespace_uid: str | None = None
    gaps: tuple[str, ...] = ()


@frozen
class Undeclared:
    """What stands in a place, and no declaration of it says.

    Args:
        object: The object.
        path: Where in it, as `docs/paths.md` writes it; empty for the whole of it.
        written_by: Who wrote what stands there, by environment, the latest first.
    """

    object: ObjectReference
    path: str
    written_by: Mapping[str, tuple[Writer, ...]] = Factory(dict)
