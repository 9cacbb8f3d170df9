"""Which image a container really runs."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from driftcheck.model._references import ObjectReference


class IdentityKind(Enum):
    """What a runtime's image ID identifies."""

    REPO_DIGEST = "repo-digest"
    """An index or a manifest, as a registry knows it."""
    CONFIG = "config"
    """An image's config, or a runtime's local ID, which is the same digest."""
    UNKNOWN = "unknown"
    """An ID that may be either."""


@frozen
class ImageIdentity:
    """What a node says a container runs, without the repository, which means nothing."""

    digest: str
    """Algorithm and hexadecimal digits, `sha256:...`."""
    kind: IdentityKind = IdentityKind.REPO_DIGEST


@frozen
class RunningContainer:
    """One container of a workload, over all the pods that run it.

    Args:
        role: The pod's list it stands in: `initContainers`, `containers`, `ephemeralContainers`.
        name: The container's name.
        images: The image references the pods declare, sorted.
        identities: What the nodes say they run, sorted and each once.
        unidentified: How many pods run it without saying what.
    """

    role: str
    name: str
    images: tuple[str, ...]
    identities: tuple[ImageIdentity, ...]
    unidentified: int = 0

    @property
    def digests(self) -> list[str]:
        """The digests, sorted."""
        return [identity.digest for identity in self.identities]


@frozen
class RunningWorkload:
    """What runs for one object that makes pods, or for one pod nobody owns."""

    workload: ObjectReference
    containers: tuple[RunningContainer, ...]
