"""What stands in a place undeclared, as a result says it beside its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from driftcheck.model import Difference, ManagerClass, Undeclared, counted, format_path
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
    found = list(undeclared)
    if found:
        wholes = sum(not item.path for item in found)
        counts = [
            counted(count, noun)
            for count, noun in ((wholes, "object"), (len(found) - wholes, "field"))
            if count
        ]
        by_hand = sum(map(_is_by_hand, found))
        hands = f", {by_hand} of them by hand" if by_hand else ""
        yield f"undeclared: {' and '.join(counts)}{hands}; --closed counts them as differences"


def _is_by_hand(item: Undeclared) -> bool:
    writers = (writer for written in item.written_by.values() for writer in written)
    return any(writer.class_ is ManagerClass.HAND for writer in writers)
