"""The table of field managers, and how it is read.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

from attrs import frozen

from driftcheck.model import ManagerClass

ANY = "*"


@frozen
class Row:
    """What is known of one manager, or of many by one pattern.

    Args:
        name: What it calls itself; `*` stands for any letters.
        operation: `Apply` or `Update`; `*` for both.
        subresource: What it wrote through; empty for the object itself, `*` for anything.
        class_: Who writes under this name.
        client: The programs that do, for people to read.
        source: Where that was found out.
    """

    name: str
    operation: str
    subresource: str
    class_: ManagerClass
    client: str
    source: str

    def speaks_of(self, name: str, operation: str, subresource: str) -> bool:
        """Whether a writer is one of those."""
        return (
            self.operation in (operation, ANY)
            and self.subresource in (subresource, ANY)
            and (name == self.name or (ANY in self.name and fnmatchcase(name, self.name)))
        )


def _rows() -> Iterator[Row]:
    text = files(__package__).joinpath("managers.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield Row(
            name=row["name"],
            operation=row["operation"],
            subresource=row["subresource"],
            class_=ManagerClass(row["class"]),
            client=row["client"],
            source=row["source"],
        )


TABLE = tuple(_rows())
"""Every row; of several that speak of a writer, the first counts."""


def hands_among(pattern: str) -> tuple[str, ...]:
    """The names of hands that a pattern takes in.

    Args:
        pattern: A name in which `*` stands for any letters, and `?` for one.
    """
    return tuple(
        row.name
        for row in TABLE
        if row.class_ is ManagerClass.HAND
        and (fnmatchcase(row.name, pattern) or fnmatchcase(pattern, row.name))
    )


@cache
def class_of(name: str, operation: str, subresource: str) -> ManagerClass:
    """Who writes under a name.

    Args:
        name: What a client calls itself, as managedFields has it.
        operation: `Apply` or `Update`.
        subresource: What it wrote through; empty for the object itself.

    Returns:
        The class of the first row that speaks of it; `unknown` where none does.
    """
    for row in TABLE:
        if row.speaks_of(name, operation, subresource):
            return row.class_
    return ManagerClass.UNKNOWN
