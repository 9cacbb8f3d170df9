"""Statements about images go where the images are, and are found there."""

from __future__ import annotations

import os
from collections.abc import Iterator

from driftcheck.errors import ProofError, UsageError
from driftcheck.images import parse_reference
from driftcheck.model import Statement
from driftcheck.pipeline._silence import silent
from driftcheck.proof import BUNDLE_TYPE
from driftcheck.sources import Referrers, Refusal, Registries, docker_logins

_CONTENT = "dev.sigstore.bundle.content"
_PREDICATE = "dev.sigstore.bundle.predicateType"
_CREATED = "org.opencontainers.image.created"


@silent
def attach(statement: Statement, *, timeout: float = 300.0) -> tuple[str, ...]:
    """Push a statement's images' own statements to where these images are.

    Args:
        statement: What `prove` returned with `for_images=True` and a key.
        timeout: Seconds for all of it.

    Returns:
        What each was attached to, `registry/repository@sha256:...`.

    Raises:
        UsageError: It is signed by nobody, or says nothing of images.
        ProofError: A registry does not take one; those before are attached.
    """
    if not statement.images or statement.bundle is None:
        raise UsageError(
            "there is no signed statement of an image to attach",
            hint="state it with --for-images and --key",
        )
    registries = _registries(timeout)
    return tuple(name for image in statement.images for name in _attached(image, registries))


def attached_bundles(image: str, *, timeout: float) -> tuple[str, tuple[bytes, ...]]:
    """The bundles that stand beside an image.

    Args:
        image: Its reference, with a tag or a digest.
        timeout: Seconds for all of it.

    Returns:
        The image's digest, and what was found.

    Raises:
        UsageError: This is no image's reference.
        ProofError: Its registry can't be asked.
    """
    found = parse_reference(image)
    if found is None:
        raise UsageError(
            f"{image} names no image", hint="write registry/repository:tag, or a digest"
        )
    registries = _registries(timeout)
    digest: str | Refusal = found.digest or registries.tag(
        found.registry, found.repository, found.tag or ""
    )
    if isinstance(digest, Refusal):
        raise ProofError(digest.reason, hint="is the name right, and does your login have leave?")
    referrers = Referrers(registries, found.registry, found.repository, digest, BUNDLE_TYPE)
    return digest, tuple(referrers.contents())


def _attached(image: Statement, registries: Registries) -> Iterator[str]:
    for subject in image.subjects:
        place = parse_reference(f"{subject.name}@{subject.digest}")
        if place is None or image.bundle is None:
            raise ProofError(
                f"{subject.digest}: no pod says which registry it is from",
                hint="leave --attach out: its statement is among the files",
            )
        referrers = Referrers(
            registries, place.registry, place.repository, subject.digest, BUNDLE_TYPE
        )
        referrers.push(
            image.bundle,
            {
                _CONTENT: "dsse-envelope",
                _PREDICATE: image.predicate_type,
                _CREATED: f"{image.made:%Y-%m-%dT%H:%M:%SZ}",
            },
        )
        yield str(place)


def _registries(timeout: float) -> Registries:
    return Registries([docker_logins(os.environ)], timeout=timeout)
