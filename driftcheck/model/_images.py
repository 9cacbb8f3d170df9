"""Which image a container really runs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

from driftcheck.model._references import ObjectReference
from driftcheck.model._shown import Shown
from driftcheck.model._words import counted


class IdentityKind(StrEnum):
    """What a runtime's image ID identifies."""

    REPO_DIGEST = "repo-digest"
    """An index or a manifest, as a registry knows it."""
    CONFIG = "config"
    """An image's config."""
    LOCAL = "local"
    """A runtime's own ID of an image, which is its config's digest."""
    UNKNOWN = "unknown"
    """An ID that may be any of these."""


@frozen
class ImageContent:
    """What a registry knows of a digest, for one platform.

    Args:
        digests: The manifest's and the config's.
        config: The config's digest, which commits to all that runs; empty where it is not known.
        layers: The digests of the layers, unpacked (`rootfs.diff_ids`).
        reason: Why nothing is known; empty where something is.
    """

    digests: frozenset[str] = frozenset()
    config: str = ""
    layers: tuple[str, ...] = ()
    reason: str = ""


NOT_ASKED = ImageContent()
Contents = Mapping[tuple[str, str], ImageContent]
"""What registries know, by digest and platform."""


@frozen
class ImageIdentity:
    """What a node says a container runs, without the repository, which means nothing.

    Args:
        digest: Algorithm and hexadecimal digits, `sha256:...`.
        kind: What it is a digest of.
        platform: What the node runs, `linux/amd64`; empty where nobody knows.
        aliases: Other digests under which the node has the same image.
        content: What a registry knows of it.
    """

    digest: str
    kind: IdentityKind = IdentityKind.REPO_DIGEST
    platform: str = ""
    aliases: frozenset[str] = frozenset()
    content: ImageContent = NOT_ASKED

    @property
    def digests(self) -> frozenset[str]:
        """Every digest the image is known by."""
        return self.aliases | self.content.digests | {self.digest}

    @property
    def config(self) -> str:
        """The digest of its config; empty where nobody knows."""
        is_config = self.kind in (IdentityKind.CONFIG, IdentityKind.LOCAL)
        return self.digest if is_config else self.content.config


@frozen
class ClusterNode:
    """What a node that runs some of an environment's pods says of itself.

    Args:
        name: The node's name.
        platform: Its operating system and architecture, `linux/amd64`.
        images: The digests of each image that it has under several.
    """

    name: str
    platform: str
    images: tuple[frozenset[str], ...] = ()

    def aliases(self, digest: str) -> frozenset[str]:
        """The digests under which the node has the same image."""
        return frozenset().union(*(image for image in self.images if digest in image)) - {digest}


@frozen
class RunningContainer:
    """One container of a workload, over all the pods that run it.

    Args:
        role: The pod's list it stands in: `initContainers`, `containers`, `ephemeralContainers`,
            or `volumes` for one that is an image.
        name: The container's name.
        images: The image references the pods declare, sorted.
        identities: What the nodes say they run, sorted and each once.
        unidentified: How many pods run it without saying what.
        waiting: What those pods wait for, as their nodes say it: `ImagePullBackOff`.
        undeclared: Those of the images that are not what the workload declares.
    """

    role: str
    name: str
    images: tuple[str, ...]
    identities: tuple[ImageIdentity, ...]
    unidentified: int = 0
    waiting: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()

    @property
    def digests(self) -> list[str]:
        """The digests, sorted and each once."""
        return sorted({identity.digest for identity in self.identities})


@frozen
class RunningWorkload:
    """What runs for one object that makes pods, or for one pod nobody owns.

    Args:
        workload: The object.
        containers: What runs.
        declared: The role and name of each container that the object's template has.
    """

    workload: ObjectReference
    containers: tuple[RunningContainer, ...]
    declared: frozenset[tuple[str, str]] = frozenset()


@frozen
class ContainerImage:
    """What one environment declares and runs for one container.

    Args:
        image: The image as it is declared; several that pods declare are joined by a comma.
        digests: What the nodes say they run.
        mutable: Whether a declared image has no digest, so that it may change behind its tag.
        tag_digest: What the tag points to now, as its registry says, which says nothing of what
            runs; None where no registry was asked or could say.
    """

    image: str | None
    digests: tuple[str, ...]
    mutable: bool = False
    tag_digest: str | None = None


@frozen
class ImageRow:
    """One container of one workload over the environments that run it.

    Args:
        workload: The object that makes the pods.
        container: The container's name.
        same: Whether all run the same digests; None where that can't be compared.
        environments: What each runs.
        note: What a reader should know beside the digests.
        role: The pod's list it stands in; see `RunningContainer`.
    """

    workload: ObjectReference
    container: str
    same: bool | None
    environments: Mapping[str, ContainerImage]
    note: str | None = None
    role: str = "containers"


class ImageRows(Shown, tuple[ImageRow, ...]):
    """Rows that show themselves as a table."""

    __slots__ = ()

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that run any of it."""
        return tuple(dict.fromkeys(name for row in self for name in row.environments))

    def __repr__(self) -> str:
        return f"<ImageRows: {counted(len(self), 'container')}>"


@frozen(repr=False)
class ImageTable(Shown):
    """What runs where, by digest.

    Args:
        environments: The environments' names, the first is the baseline.
        rows: A row for each container that runs anywhere; of one that runs in one environment
            only, `same` says whether all its pods run one image, and of one that runs in some
            of several, it is None.
        reasons: What could not be seen, so that rows may be missing or wrong.
    """

    environments: tuple[str, ...]
    rows: tuple[ImageRow, ...]
    reasons: tuple[str, ...]

    def __repr__(self) -> str:
        names = ", ".join(map(repr, self.environments))
        return f"<ImageTable of {names}: {counted(len(self.rows), 'container')}>"
