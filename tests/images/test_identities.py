"""What runtimes write into `imageID`, and what two such IDs say of each other.

The strings have the forms that each runtime's source writes; the sources stand beside them.
"""

from __future__ import annotations

import pytest

from driftcheck.images import all_same, image_identity, same_image, same_images
from driftcheck.model import IdentityKind, ImageIdentity

HEX, OTHER = "a" * 64, "b" * 64
D = f"sha256:{HEX}"
REPO, CONFIG, LOCAL, UNKNOWN = (
    IdentityKind.REPO_DIGEST,
    IdentityKind.CONFIG,
    IdentityKind.LOCAL,
    IdentityKind.UNKNOWN,
)


@pytest.mark.parametrize(
    ("image_id", "digest", "kind"),
    [
        # containerd: internal/cri/server/container_status.go, RepoDigests[0] or the image's ID
        (f"docker.io/library/nginx@{D}", D, REPO),
        (f"registry.k8s.io/pause@{D}", D, REPO),
        (f"localhost:5000/shop/web@{D}", D, REPO),
        (f"ghcr.io/shop/web@sha512:{'c' * 128}", f"sha512:{'c' * 128}", REPO),
        # containerd without a repository: schema 1, `ctr import`, `kind load`, a lost record
        (D, D, CONFIG),
        (f"sha512:{'c' * 128}", f"sha512:{'c' * 128}", CONFIG),
        # local imports, kubernetes-sigs/kind#4184, podman's and ko's
        (f"docker.io/library/import-2026-01-31@{D}", D, REPO),
        (f"localhost/web@{D}", D, REPO),
        (f"kind.local/web@{D}", D, REPO),
        # CRI-O: server/container_status.go; bare in 1.28.x (cri-o/cri-o#7149), by repository
        # again after #7763, bare after a restart until #9925
        (f"quay.io/shop/web@{D}", D, REPO),
        (HEX, D, LOCAL),
        # dockershim and cri-dockerd: core/convert.go, toPullableImageID; docker/cli#5526
        (f"docker-pullable://shop/web@{D}", D, REPO),
        (f"docker-pullable://registry:5000/shop/web@{D}", D, REPO),
        (f"docker://{D}", D, UNKNOWN),
    ],
)
def test_image_ids(image_id: str, digest: str, kind: IdentityKind) -> None:
    """Every form that a runtime writes gives the digest in it, and what that is of."""
    assert image_identity(image_id) == ImageIdentity(digest, kind)


@pytest.mark.parametrize(
    "image_id",
    [
        "",
        "shop/web:1",
        "docker://shop/web:1",
        f"shop/web@sha256:{HEX[:-1]}",
        f"shop/web@{D}0",
        f"shop/web@sha512:{HEX}",
        HEX.upper(),
        HEX[:12],
        f"shop/web@{D}\n",
        "docker-pullable://",
    ],
)
def test_what_identifies_nothing(image_id: str) -> None:
    """A container that was never made, or an ID without a whole digest, such as a mere tag."""
    assert image_identity(image_id) is None


OTHER_D = f"sha256:{OTHER}"
MATRIX = {
    (REPO, REPO): False,
    (REPO, CONFIG): None,
    (REPO, LOCAL): None,
    (REPO, UNKNOWN): None,
    (CONFIG, CONFIG): False,
    (CONFIG, LOCAL): False,
    (CONFIG, UNKNOWN): None,
    (LOCAL, LOCAL): False,
    (LOCAL, UNKNOWN): None,
    (UNKNOWN, UNKNOWN): None,
}
"""What unequal digests of two kinds say."""


@pytest.mark.parametrize(("kinds", "unequal"), MATRIX.items(), ids=str)
def test_two_identities(kinds: tuple[IdentityKind, IdentityKind], unequal: bool | None) -> None:
    """Each cell, both ways round; an equal digest commits to what it is of, whatever the kind."""
    left, right = kinds
    one, same, other = (
        ImageIdentity(D, left),
        ImageIdentity(D, right),
        ImageIdentity(OTHER_D, right),
    )

    assert same_image(one, same) is same_image(same, one) is True
    assert same_image(one, other) is unequal
    assert same_image(other, one) is unequal


def test_the_whole_matrix() -> None:
    """No kind is missing from it."""
    kinds = list(IdentityKind)

    assert {frozenset(pair) for pair in MATRIX} == {
        frozenset({left, right}) for left in kinds for right in kinds
    }


AMD, ARM = "linux/amd64", "linux/arm64"


@pytest.mark.parametrize(
    ("kind", "platforms", "same"),
    [
        (CONFIG, (AMD, AMD), False),
        (CONFIG, (AMD, ARM), None),
        (CONFIG, (AMD, ""), False),
        (LOCAL, (AMD, AMD), False),
        (LOCAL, (AMD, ARM), None),
        (REPO, (AMD, ARM), False),
    ],
)
def test_platforms(kind: IdentityKind, platforms: tuple[str, str], same: bool | None) -> None:
    """Configs of two platforms may be of one index; only a registry knows."""
    one = ImageIdentity(D, kind, platforms[0])
    other = ImageIdentity(f"sha256:{OTHER}", kind, platforms[1])

    assert same_image(one, other) is same_image(other, one) is same


@pytest.mark.parametrize("kind", [REPO, CONFIG, LOCAL, UNKNOWN])
def test_aliases(kind: IdentityKind) -> None:
    """A node that has one image under two digests proves that they are one."""
    one = ImageIdentity(D, REPO, AMD, aliases=frozenset({f"sha256:{OTHER}"}))
    other = ImageIdentity(f"sha256:{OTHER}", kind, AMD)

    assert same_image(one, other) is same_image(other, one) is True


def identities(text: str) -> frozenset[ImageIdentity]:
    """`R1 C2`: repository digest 1 and config digest 2."""
    kinds = {"R": REPO, "C": CONFIG, "L": LOCAL, "U": UNKNOWN}
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
        ("C1", "L1", True),
        ("C1", "L2", False),
    ],
)
def test_several_at_once(left: str, right: str, same: bool | None) -> None:
    """Where one image of a side has no equal and might be one of another kind, nobody knows."""
    assert same_images(identities(left), identities(right)) is same
    assert same_images(identities(right), identities(left)) is same


@pytest.mark.parametrize(
    ("sides", "same"),
    [
        (["R1", "R1", "R1"], True),
        (["R1", "R1", "R2"], False),
        (["C1", "R2", "R3"], False),
        (["C1", "R2", "R2"], None),
        (["R1"], True),
        (["R1 R2"], True),
    ],
)
def test_several_sides(sides: list[str], same: bool | None) -> None:
    """Whichever comes first, two that differ are a difference, whatever the others are."""
    for turn in range(len(sides)):
        assert all_same(map(identities, sides[turn:] + sides[:turn])) is same


def test_what_one_node_knows_all_know() -> None:
    """An alias that one node proves is one for all, through as many as it takes."""
    one, two, three = (ImageIdentity(f"sha256:{digit * 64}", REPO) for digit in "123")
    knows = ImageIdentity(one.digest, REPO, AMD, aliases=frozenset({two.digest}))
    links = ImageIdentity(two.digest, REPO, AMD, aliases=frozenset({three.digest}))

    sides = [frozenset({one}), frozenset({three}), frozenset({knows, links})]
    assert all_same(sides) is True
    assert all_same(sides[:2]) is False
    assert all_same([frozenset({one, links}), frozenset({three})]) is False
