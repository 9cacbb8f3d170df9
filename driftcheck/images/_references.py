"""Image references, as pods and people write them.

The grammar is distribution's, the defaults are Docker's: no registry is `docker.io`, its
images without a folder are in `library`, and neither tag nor digest is `latest`.
https://github.com/distribution/reference/blob/main/reference.go
https://github.com/distribution/reference/blob/main/normalize.go
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from driftcheck.errors import UsageError

DEFAULT_REGISTRY = "docker.io"
_LEGACY_REGISTRY = "index.docker.io"
_DEFAULT_TAG = "latest"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_REGISTRY = re.compile(rf"{_HOST}(?:/{_COMPONENT})*")
_REFERENCE = re.compile(
    rf"(?:({_HOST})/)?({_COMPONENT}(?:/{_COMPONENT})*)"
    r"(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?"
)


@frozen
class ImageReference:
    """What a container's `image` says.

    Args:
        registry: The registry's host, `docker.io`.
        repository: The repository in it, `library/nginx`.
        tag: The tag; None where only a digest is given.
        digest: The digest, `sha256:...`; None where only a tag is.
    """

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        """The reference in full, by its digest where it has one."""
        suffix = f"@{self.digest}" if self.digest else f":{self.tag}"
        return f"{self.name}{suffix}"

    @property
    def name(self) -> str:
        """The repository with its registry."""
        return f"{self.registry}/{self.repository}"

    @property
    def is_mutable(self) -> bool:
        """Whether it may stand for another image tomorrow."""
        return self.digest is None


def parse_reference(text: str) -> ImageReference | None:
    """Read an image reference; None if it is not one."""
    matched = _REFERENCE.fullmatch(text)
    if not matched:
        return None
    registry, repository, tag, digest = matched.groups()
    if registry and not _is_registry(registry):
        registry, repository = None, f"{registry}/{repository}"
    registry = registry or DEFAULT_REGISTRY
    if registry == _LEGACY_REGISTRY:
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"library/{repository}"
    return ImageReference(registry, repository, tag or (None if digest else _DEFAULT_TAG), digest)


def _is_registry(first: str) -> bool:
    """Whether the first part of a name is a host, and no folder of Docker Hub."""
    return "." in first or ":" in first or first == "localhost" or first != first.lower()


@frozen
class Mirrors:
    """Registries, or parts of them, that are copies of others.

    Args:
        originals: By the copy's name, what it is a copy of: `mirror.corp/gcr` of `gcr.io`.
    """

    originals: Mapping[str, str]

    def original(self, name: str) -> str:
        """A repository's name where it was copied from; the longest declared copy counts."""
        parts = name.split("/")
        for length in range(len(parts), 0, -1):
            copy = "/".join(parts[:length])
            if copy in self.originals:
                return "/".join([self.originals[copy], *parts[length:]])
        return name


NO_MIRRORS = Mirrors({})


def parse_mirrors(originals: Mapping[str, str]) -> Mirrors:
    """Read which registries are copies of others.

    Args:
        originals: By the copy's name, the name of the registry it is a copy of; either may be
            a folder of one.

    Returns:
        The mirrors.

    Raises:
        UsageError: A name is not one of a registry.
    """
    for copy, original in originals.items():
        for name in (copy, original):
            if not _REGISTRY.fullmatch(name) or not _is_registry(name.partition("/")[0]):
                raise UsageError(
                    f"{copy}={original}: {name!r} names no registry",
                    hint="write the copy and its original: mirror.corp/gcr=gcr.io",
                )
    return Mirrors(originals)


def canonical_reference(text: str, mirrors: Mirrors = NO_MIRRORS) -> str | None:
    """An image reference in full, as its original; None if it is not a reference."""
    reference = parse_reference(text)
    if reference is None:
        return None
    return f"{mirrors.original(reference.name)}{str(reference)[len(reference.name) :]}"
