"""What stands in a place undeclared, as a table shows it."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from driftcheck.model import ManagerClass, Undeclared, Writer
from driftcheck.reports._words import manager_text


@frozen
class UndeclaredRow:
    """One thing that no declaration says.

    Args:
        object: The object's kind and name.
        path: Where in it; empty for the whole of it.
        writer: Who wrote it last; empty if unknown.
    """

    object: str
    path: str
    writer: str


def undeclared_rows(undeclared: Sequence[Undeclared]) -> list[UndeclaredRow]:
    """What is undeclared: what hands wrote first, then fields, then whole objects."""
    rows = [(_latest(item), item) for item in undeclared]
    return [
        UndeclaredRow(str(item.object), item.path, manager_text(writer) if writer else "")
        for writer, item in sorted(rows, key=_order)
    ]


def _latest(item: Undeclared) -> Writer | None:
    return next((writers[0] for writers in item.written_by.values() if writers), None)


def _order(row: tuple[Writer | None, Undeclared]) -> tuple[bool, bool]:
    writer, item = row
    return (writer is None or writer.class_ is not ManagerClass.HAND, not item.path)
