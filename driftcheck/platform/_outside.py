"""What was read outside a namespace so far, and what is asked and said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from driftcheck.model import Acts, GroupKind
from driftcheck.platform._inside import Body
from driftcheck.platform._kinds import acts


@frozen
class Ask:
    """Something outside that has to be read to know what reaches in.

    Args:
        kind: Its kind.
        name: Its name; None for every object of the kind.
    """

    kind: GroupKind
    name: str | None = None


@frozen
class Reach:
    """An object outside that reaches in.

    Args:
        kind: Its kind.
        name: Its name.
        by: What reaches it from inside.
        body: What of it does.
    """

    kind: GroupKind
    name: str
    by: str
    body: Body

    @property
    def acts(self) -> Acts:
        """When it acts."""
        return acts(self.kind)


Said = Iterator[Ask | Reach]
"""What one area says of a namespace: what reaches in, and what would tell."""


@frozen
class Outside:
    """What was read outside so far.

    Args:
        bodies: The objects, by kind and name.
        refused: The kinds of which something could not be read.
    """

    bodies: Mapping[GroupKind, Mapping[str, Body]]
    refused: frozenset[GroupKind] = frozenset()

    def every(self, kind: GroupKind) -> list[Body]:
        """The objects of a kind, as far as they were read, by name."""
        return [body for _, body in sorted(self.bodies.get(kind, {}).items())]

    def named(self, kind: GroupKind, name: str) -> Body | None:
        """An object; None where it was not read, or is not there."""
        return self.bodies.get(kind, {}).get(name)

    def follow(self, kind: GroupKind, name: str, *by: str) -> Said:
        """What is named from inside is to be read, and reaches in."""
        if not is_name(name):
            return
        yield Ask(kind, name)
        body = self.named(kind, name)
        if body is not None:
            yield from (Reach(kind, name, each, body) for each in by)


def is_name(text: str) -> bool:
    """Whether an object can have this name; whoever wrote it may have written anything.

    `ValidatePathSegmentName` in pkg/api/validation/path of apimachinery
    """
    return bool(text) and text not in (".", "..") and not {"/", "%"} & {*text}


def name_of(body: Body) -> str:
    """An object's name."""
    return str(body["metadata"]["name"])


def with_body(said: Said, body: Body) -> Said:
    """The same, of which only this much reaches in."""
    for each in said:
        yield evolve(each, body=body) if isinstance(each, Reach) else each
