"""What one look leaves for a later one, and what the later one made of it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from driftcheck.model._references import GroupKind


@frozen
class Grounds:
    """What a later look must know, to take over what nobody wrote since.

    Args:
        driftcheck: The version of driftcheck that looked.
        revisions: At which revision of all of the cluster each kind was listed.
        definitions: Of custom resources, a digest of the state that their definition was in.
    """

    driftcheck: str
    revisions: Mapping[GroupKind, int] = Factory(dict)
    definitions: Mapping[GroupKind, str] = Factory(dict)


@frozen
class TakenOver:
    """What a look took over from an earlier snapshot, and did not read again.

    Args:
        earlier: What the earlier snapshot is called.
        objects: How many objects of each kind were taken over.
        whole: The kinds that were read whole although the earlier snapshot has objects of them,
            each with the reason.
    """

    earlier: str
    objects: Mapping[GroupKind, int] = Factory(dict)
    whole: Mapping[GroupKind, str] = Factory(dict)

    @property
    def count(self) -> int:
        """How many objects were taken over."""
        return sum(self.objects.values())
