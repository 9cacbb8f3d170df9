"""What a check finds, before it is told whose environment that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import evolve, frozen

from driftcheck.audit._inspection import Inspection
from driftcheck.managers import writer_of
from driftcheck.model import Grade, Manager, ManagerClass, ObjectReference, Writer


@frozen
class Found:
    """One thing that a check found.

    Args:
        object: The object that a person would edit.
        grade: How sure it is.
        says: What was found, in a sentence without its end.
        advice: What to do next, likewise.
        path: Where in the object, as findings print it; empty for the whole of it.
        writers: Who wrote what stands there.
        also: Where else in the object it is so.
    """

    object: ObjectReference
    grade: Grade
    says: str
    advice: str
    path: str = ""
    writers: tuple[Writer, ...] = ()
    also: tuple[str, ...] = ()


Finder = Callable[[Inspection], Iterable[Found]]
"""A check at work: what it finds in a look."""


def named(names: Iterable[str]) -> str:
    """Names in a sentence, each once: `a, b and c`."""
    *first, last = dict.fromkeys(names)
    return f"{', '.join(first)} and {last}" if first else last


def writers_of(
    entries: Iterable[Manager], class_of: Callable[[Manager], ManagerClass]
) -> tuple[Writer, ...]:
    """Entries of managedFields as findings show them, the latest first."""
    found = [evolve(writer_of(entry), class_=class_of(entry)) for entry in entries]
    return tuple(sorted(found, key=_time, reverse=True))


def _time(writer: Writer) -> str:
    return writer.time or ""
