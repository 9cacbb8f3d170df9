"""Image references; the valid and invalid ones follow distribution's own tests of its grammar."""

from __future__ import annotations

import pytest

import driftcheck
from driftcheck.images import canonical_reference, parse_mirrors, parse_reference
from tests.builders import container, differences, workload

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
SHA512 = "sha512:" + "c" * 128


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("nginx", "docker.io", "library/nginx", "latest", None),
        ("nginx:1.27", "docker.io", "library/nginx", "1.27", None),
        ("docker.io/nginx", "docker.io", "library/nginx", "latest", None),
        ("index.docker.io/nginx", "docker.io", "library/nginx", "latest", None),
        ("registry-1.docker.io/x/y", "registry-1.docker.io", "x/y", "latest", None),
        ("shop/web", "docker.io", "shop/web", "latest", None),
        ("localhost/web", "localhost", "web", "latest", None),
        ("localhost:5000/web:1", "localhost:5000", "web", "1", None),
        ("shop:5000/web", "shop:5000", "web", "latest", None),
        ("SHOP/web", "SHOP", "web", "latest", None),
        ("ghcr.io/a/b/c__d/e-f:v1", "ghcr.io", "a/b/c__d/e-f", "v1", None),
        ("[fd00::1]:5000/web", "[fd00::1]:5000", "web", "latest", None),
        (f"web@{A}", "docker.io", "library/web", None, A),
        (f"ghcr.io/web:1@{A}", "ghcr.io", "web", "1", A),
        (f"web@{SHA512}", "docker.io", "library/web", None, SHA512),
    ],
)
def test_parts(
    text: str, registry: str, repository: str, tag: str | None, digest: str | None
) -> None:
    found = parse_reference(text)

    assert found is not None
    assert (found.registry, found.repository, found.tag, found.digest) == (
        registry,
        repository,
        tag,
        digest,
    )
    assert found.is_mutable is (digest is None)


@pytest.mark.parametrize(
    "text",
    ["", ":tag", "a/B", "a//b", "-a", "a:b:c", "web@sha256:abc", "web:", f"web@{A}x", "Web", "a b"],
)
def test_what_is_no_reference(text: str) -> None:
    assert parse_reference(text) is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("index.docker.io/library/nginx", "nginx:latest"),
        (f"web:1@{A}", f"web@{A}"),
    ],
)
def test_one_image_in_two_spellings(left: str, right: str) -> None:
    """What a runtime would pull is compared, not how it is written."""
    assert canonical_reference(left) == canonical_reference(right)
    assert _found(left, right) == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("nginx:1", "nginx:2"),
        ("docker.io/x/y", "registry-1.docker.io/x/y"),
        (f"web@{A}", f"web@{B}"),
        (f"web:1@{A}", "web:1"),
        ("A Text", "another"),
    ],
)
def test_other_images(left: str, right: str) -> None:
    assert _found(left, right) == [("changed", f"{PATH}.image")]


def test_an_init_container_and_a_volume() -> None:
    """Every field that holds a reference is read so."""

    def pod(image: str) -> dict[str, object]:
        volume = {"name": "v", "image": {"reference": image, "pullPolicy": "Always"}}
        return workload(initContainers=[container("init", image=image)], volumes=[volume])

    assert differences(pod("nginx:latest"), pod("docker.io/nginx:latest")) == []


def test_a_mirror() -> None:
    """A declared copy is its original, at every depth; and is counted."""
    mirrors = {"mirror.corp/gcr": "gcr.io", "mirror.corp/hub": "docker.io/library"}
    left = [_pod("gcr.io/shop/web:1"), _pod("nginx:1", "n")]
    right = [_pod("mirror.corp/gcr/shop/web:1"), _pod("mirror.corp/hub/nginx:1", "n")]

    result = driftcheck.compare(left, right, mirrors=mirrors)

    assert result.findings == ()
    assert {rule.id: rule.hits for rule in result.rules}["image-mirror"] == 2
    assert len(driftcheck.compare(left, right).findings) == 2


def test_a_mirror_by_whole_parts() -> None:
    """A name that only begins like a copy's is another."""
    mirrors = parse_mirrors({"mirror.corp/gcr": "gcr.io"})

    assert canonical_reference("mirror.corp/gcr2/web", mirrors) == "mirror.corp/gcr2/web:latest"


@pytest.mark.parametrize("pair", [("mirror", "gcr.io"), ("mirror.corp", ""), ("a.b/C", "gcr.io")])
def test_what_is_no_mirror(pair: tuple[str, str]) -> None:
    with pytest.raises(driftcheck.UsageError, match="names no registry"):
        driftcheck.compare([_pod("a")], [_pod("a")], mirrors=dict([pair]))


PATH = "spec.template.spec.containers[name=web]"


def _pod(image: str, name: str = "web") -> dict[str, object]:
    return workload(name=name, containers=[container(image=image, imagePullPolicy="Always")])


def _found(left: str, right: str) -> list[tuple[str, str]]:
    return differences(_pod(left), _pod(right))
