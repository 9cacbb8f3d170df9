"""What a runtime's image ID identifies.

The kubelet copies the container runtime's `image_ref` into `imageID`. The
repository in it is any name the node knows for the image, so only the digest
counts; what the digest is of depends on the runtime.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import combinations

from attrs import evolve

from driftcheck.model import IdentityKind, ImageIdentity

_DIGEST = r"(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})"
_REPO_DIGEST = re.compile(rf"(?:docker-pullable://)?[^@]+@{_DIGEST}")
_CONFIG = re.compile(_DIGEST)
_LOCAL = re.compile(r"[0-9a-f]{64}")
_UNKNOWN = re.compile(rf"docker://{_DIGEST}")


def image_identity(image_id: str) -> ImageIdentity | None:
    """The identity in a container status's `imageID`; None where it says nothing.

    containerd writes `repo@sha256:...`, or `sha256:...` of the config where the
    image has no repository; CRI-O the former, or the bare 64 digits of the config;
    cri-dockerd `docker-pullable://repo@sha256:...`, or `docker://sha256:...`, which
    may be a config or a manifest. Whether a repository's digest is of an index or of a
    manifest is nowhere said. What holds no digest, such as a tag, identifies nothing.
    """
    if repo_digest := _REPO_DIGEST.fullmatch(image_id):
        return ImageIdentity(repo_digest[1], IdentityKind.REPO_DIGEST)
    if _CONFIG.fullmatch(image_id):
        return ImageIdentity(image_id, IdentityKind.CONFIG)
    if _LOCAL.fullmatch(image_id):
        return ImageIdentity(f"sha256:{image_id}", IdentityKind.LOCAL)
    if unknown := _UNKNOWN.fullmatch(image_id):
        return ImageIdentity(unknown[1], IdentityKind.UNKNOWN)
    return None


def same_image(left: ImageIdentity, right: ImageIdentity) -> bool | None:
    """Whether two identities are of one image; None where that can't be said.

    A digest commits to what it is of, so equal ones are one image, whatever they name. Unequal
    ones of an index or a manifest differ as far as is known without a registry; those of
    configs say nothing where they are of different platforms, since one index may hold both.
    https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
    """
    if left.digests & right.digests:
        return True
    if left.config and right.config:
        return None if _are_of_other_platforms(left, right) else False
    if left.kind is not right.kind or left.kind is IdentityKind.UNKNOWN:
        return None
    return False


def _are_of_other_platforms(left: ImageIdentity, right: ImageIdentity) -> bool:
    return bool(left.platform and right.platform and left.platform != right.platform)


def all_same(sides: Iterable[frozenset[ImageIdentity]]) -> bool | None:
    """Whether all of several sets are of the same images; None where that can't be said.

    What any identity is known by, every other that shares a digest with it is known by as well.
    """
    distinct = set(sides)
    known = _sharing(distinct) if len(distinct) > 1 else distinct
    answers = {same_images(left, right) for left, right in combinations(known, 2)}
    if False in answers:
        return False
    return None if None in answers else True


def _sharing(sides: Iterable[frozenset[ImageIdentity]]) -> set[frozenset[ImageIdentity]]:
    sides = tuple(sides)
    groups = grouped(identity for side in sides for identity in side)
    names = {
        identity: frozenset().union(*(member.digests for member in group))
        for group in groups
        for identity in group
    }
    return {
        frozenset(evolve(identity, aliases=names[identity]) for identity in side) for side in sides
    }


def grouped(identities: Iterable[ImageIdentity]) -> list[list[ImageIdentity]]:
    """The identities that are known to be of one image each, by the digests that they share."""
    groups: list[list[ImageIdentity]] = []
    for identity in dict.fromkeys(identities):
        of_it = [group for group in groups if any(it.digests & identity.digests for it in group)]
        groups = [group for group in groups if group not in of_it]
        groups.append([*(member for group in of_it for member in group), identity])
    return groups


def same_images(left: frozenset[ImageIdentity], right: frozenset[ImageIdentity]) -> bool | None:
    """Whether two sets of identities are of the same images; None where that can't be said."""
    answers = [
        *(_is_among(identity, right) for identity in left),
        *(_is_among(identity, left) for identity in right),
    ]
    if False in answers:
        return False
    return None if None in answers else True


def _is_among(identity: ImageIdentity, others: frozenset[ImageIdentity]) -> bool | None:
    answers = [same_image(identity, other) for other in others]
    if True in answers:
        return True
    return None if None in answers else False
