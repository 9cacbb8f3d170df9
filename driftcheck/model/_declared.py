"""What a tool once declared of a place, and keeps a record of there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import Factory, evolve, frozen

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
        nothing: Why nothing may be declared there; empty where something is.
    """

    by: Declarer
    namespace_uid: str | None = None
    gaps: tuple[str, ...] = ()
    nothing: str = ""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why nobody can say whether this is all that is declared, in sentences."""
        return (*self.gaps, self.nothing) if self.nothing else self.gaps

    def with_gaps(self, gaps: tuple[str, ...]) -> Declaration:
        """The same with more gaps."""
        return evolve(self, gaps=(*self.gaps, *gaps))


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
