"""What runtimes write into `imageID`, and what two such IDs say of each other.

The strings have the forms that each runtime's source writes; the sources stand beside them.
"""

from __future__ import annotations

import pytest

from driftcheck.images import image_identity, same_image, same_images
from driftcheck.model import IdentityKind, ImageIdentity

HEX, OTHER = "a" * 64, "b" * 64
D = f"sha256:{HEX}"
REPO, CONFIG, UNKNOWN = IdentityKind.REPO_DIGEST, IdentityKind.CONFIG, IdentityKind.UNKNOWN


@pytest.mark.parametrize(
    ("image_id", "digest", "kind"),
    [
        # containerd: internal/cri/server/container_status.go, RepoDigests[0] or the image's ID
        (f"docker.io/library/nginx@{D}", D, REPO),
        (f"registry.k8s.io/pause@{D}", D, REPO),
        (f"localhost:5000/shop/web@{D}", D, REPO),
        (f"docker.io/library/import-2026-01-31@{D}", D, REPO),
        (f"kind.local/web@{D}", D, REPO),
        (f"ghcr.io/shop/web@sha512:{'c' * 128}", f"sha512:{'c' * 128}", REPO),
        (D, D, CONFIG),
        # CRI-O: server/container_status.go, before and after cri-o/cri-o#9925
        (f"quay.io/shop/web@{D}", D, REPO),
        (HEX, D, CONFIG),
        # cri-dockerd: core/convert.go, toPullableImageID
        (f"docker-pullable://shop/web@{D}", D, REPO),
        (f"docker://{D}", D, UNKNOWN),
        # forms that no runtime of today writes
        ("shop/web:1", "shop/web:1", UNKNOWN),
        (f"shop/web@sha256:{HEX[:-1]}", f"shop/web@sha256:{HEX[:-1]}", UNKNOWN),
        (HEX.upper(), HEX.upper(), UNKNOWN),
    ],
)
def test_image_ids(image_id: str, digest: str, kind: IdentityKind) -> None:
    assert image_identity(image_id) == ImageIdentity(digest, kind)


def test_a_container_that_was_never_made() -> None:
    assert image_identity("") is None


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ((D, REPO), (D, REPO), True),
        ((D, CONFIG), (D, CONFIG), True),
        ((D, UNKNOWN), (D, UNKNOWN), True),
        ((D, REPO), (D, UNKNOWN), True),
        ((D, REPO), (f"sha256:{OTHER}", REPO), False),
        ((D, CONFIG), (f"sha256:{OTHER}", CONFIG), False),
        ((D, REPO), (f"sha256:{OTHER}", CONFIG), None),
        ((D, REPO), (f"sha256:{OTHER}", UNKNOWN), None),
        ((D, CONFIG), (f"sha256:{OTHER}", UNKNOWN), None),
        ((D, UNKNOWN), (f"sha256:{OTHER}", UNKNOWN), None),
    ],
)
def test_two_identities(
    left: tuple[str, IdentityKind], right: tuple[str, IdentityKind], same: bool | None
) -> None:
    """Each cell, both ways round."""
    one, other = ImageIdentity(*left), ImageIdentity(*right)

    assert same_image(one, other) is same
    assert same_image(other, one) is same


AMD, ARM = "linux/amd64", "linux/arm64"


@pytest.mark.parametrize(
    ("kind", "platforms", "same"),
    [
        (CONFIG, (AMD, AMD), False),
        (CONFIG, (AMD, ARM), None),
        (CONFIG, (AMD, ""), False),
        (REPO, (AMD, ARM), False),
    ],
)
def test_platforms(kind: IdentityKind, platforms: tuple[str, str], same: bool | None) -> None:
    """Configs of two platforms may be of one index; only a registry knows."""
    one = ImageIdentity(D, kind, platforms[0])
    other = ImageIdentity(f"sha256:{OTHER}", kind, platforms[1])

    assert same_image(one, other) is same_image(other, one) is same


@pytest.mark.parametrize("kind", [REPO, CONFIG, UNKNOWN])
def test_aliases(kind: IdentityKind) -> None:
    """A node that has one image under two digests proves that they are one."""
    one = ImageIdentity(D, REPO, AMD, aliases=frozenset({f"sha256:{OTHER}"}))
    other = ImageIdentity(f"sha256:{OTHER}", kind, AMD)

    assert same_image(one, other) is same_image(other, one) is True


def identities(text: str) -> frozenset[ImageIdentity]:
    """`R1 C2`: repository digest 1 and config digest 2."""
    kinds = {"R": REPO, "C": CONFIG, "U": UNKNOWN}
    return frozenset(
        ImageIdentity(f"sha256:{item[1] * 64}", kinds[item[0]]) for item in text.split()
    )


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("R1 R2", "R2 R1", True),
        ("R1", "R1 R2", False),
        ("R1 R2", "R1 R3", False),
        ("R1", "C2", None),
        ("R1", "R1 C2", None),
        ("R1 R3", "R2 C4", False),
        ("R1 C4", "R2 C4", None),
    ],
)
def test_several_at_once(left: str, right: str, same: bool | None) -> None:
    """Where one image of a side has no equal and might be one of another kind, nobody knows."""
    assert same_images(identities(left), identities(right)) is same
    assert same_images(identities(right), identities(left)) is same
