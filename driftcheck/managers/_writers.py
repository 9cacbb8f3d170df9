"""An entry of managedFields as the writer that findings show."""

from __future__ import annotations

from driftcheck.managers._table import class_of
from driftcheck.model import Manager, Writer


def writer_of(entry: Manager) -> Writer:
    """Who an entry of managedFields says has written, and what is known of that name."""
    name, operation, subresource = (
        str(entry.get(key, "")) for key in ("manager", "operation", "subresource")
    )
    return Writer(
        manager=name,
        operation=operation,
        subresource=subresource,
        time=str(entry["time"]) if entry.get("time") else None,
        class_=class_of(name, operation, subresource),
    )
