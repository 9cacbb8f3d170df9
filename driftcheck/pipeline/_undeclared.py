"""What stands in a place undeclared, as a result says it beside its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from driftcheck.model import Difference, Undeclared, counted, format_path
from driftcheck.policy import Policy


def undeclared_in(differences: Iterable[Difference], policy: Policy) -> tuple[Undeclared, ...]:
    """What no declaration of a place says, sorted.

    Args:
        differences: What stands there undeclared.
        policy: Says who writes under which name.
    """
    found = [
        Undeclared(
            object=difference.reference,
            path=format_path(difference.path),
            written_by={
                environment: tuple(
                    evolve(writer, class_=policy.class_of(writer)) for writer in writers
                )
                for environment, writers in difference.written_by.items()
            },
        )
        for difference in differences
    ]
    return tuple(sorted(found, key=lambda item: (item.object, item.path)))


def undeclared_text(undeclared: Iterable[Undeclared]) -> Iterator[str]:
    """How much of it there is, in a sentence; nothing where there is none."""
    places = [item.path for item in undeclared]
    if places:
        wholes = places.count("")
        counts = [
            counted(count, noun)
            for count, noun in ((wholes, "object"), (len(places) - wholes, "field"))
            if count
        ]
        yield f"undeclared: {' and '.join(counts)}, which --closed counts as differences"
