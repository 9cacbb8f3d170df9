"""OCI registries: what a digest is the digest of, proven by hashing what comes back.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from driftcheck.sources._fetch import Refusal
from driftcheck.sources._registry_wire import (
    FindLogins,
    Question,
    RegistryAnswer,
    RegistryConnections,
)

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_OK = 200

_T = TypeVar("_T")


class Platform(msgspec.Struct):
    """What an image is for."""

    os: str = ""
    architecture: str = ""
    variant: str = ""

    def __str__(self) -> str:
        """Operating system and architecture, as a node says it: `linux/amd64`."""
        return f"{self.os}/{self.architecture}"


class Descriptor(msgspec.Struct, rename="camel"):
    """https://github.com/opencontainers/image-spec/blob/main/descriptor.md."""

    digest: str
    media_type: str = ""
    platform: Platform | None = None


class Manifest(msgspec.Struct, rename="camel"):
    """An index, which has manifests, or the manifest of one image, which has a config."""

    manifests: list[Descriptor] = []
    config: Descriptor | None = None


class RootFS(msgspec.Struct):
    """The layers of an image, by what they unpack to."""

    diff_ids: list[str] = []


class ImageConfig(msgspec.Struct):
    """https://github.com/opencontainers/image-spec/blob/main/config.md."""

    rootfs: RootFS = msgspec.field(default_factory=RootFS)


class Registries:
    """Any registries, read with GETs alone, until a time limit.

    Args:
        logins: Where logins come from; used only for a registry that wants one.
        timeout: Seconds for everything that is asked, from the first question on.
        pause: Seconds before the first retry.
    """

    def __init__(self, logins: Iterable[FindLogins], *, timeout: float, pause: float = 0.5) -> None:
        self.connections = RegistryConnections(logins, timeout=timeout, pause=pause)
        self._known: dict[str, bytes | Refusal] = {}
        self._tags: dict[str, str | Refusal] = {}

    def tag(self, registry: str, repository: str, tag: str) -> str | Refusal:
        """The digest that a tag points to now, or why it can't be had; asked for once."""
        name = f"{registry}/{repository}:{tag}"
        if name not in self._tags:
            self._tags[name] = self._tag(registry, repository, tag, name)
        return self._tags[name]

    def _tag(self, registry: str, repository: str, tag: str, name: str) -> str | Refusal:
        """The digest of what a tag names; the registry may say it, and must then say the truth."""
        answer = self._answer(registry, repository, f"manifests/{tag}")
        if isinstance(answer, Refusal):
            return answer
        digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
        said = answer.headers.get("Docker-Content-Digest", digest)
        if not _is_of(answer.body, said):
            return Refusal(None, f"{registry} sends something else than it says for {name}")
        manifest = _decoded(answer.body, Manifest, name)
        if isinstance(manifest, Manifest) and not (manifest.manifests or manifest.config):
            return Refusal(None, f"what {name} names is not an image")
        return manifest if isinstance(manifest, Refusal) else digest

    def manifest(self, registry: str, repository: str, digest: str) -> Manifest | Refusal:
        """The index or manifest of a digest, or why it can't be had."""
        found = self.content(registry, repository, f"manifests/{digest}", digest)
        return _decoded(found, Manifest, digest)

    def config(self, registry: str, repository: str, digest: str) -> ImageConfig | Refusal:
        """The config of a digest, or why it can't be had."""
        found = self.content(registry, repository, f"blobs/{digest}", digest)
        return _decoded(found, ImageConfig, digest)

    def content(self, registry: str, repository: str, path: str, digest: str) -> bytes | Refusal:
        """What a digest names, asked for once: it never changes."""
        if digest not in self._known:
            self._known[digest] = self._fetched(registry, repository, path, digest)
        return self._known[digest]

    def _fetched(self, registry: str, repository: str, path: str, digest: str) -> bytes | Refusal:
        """What a digest names; an answer that does not have it is a lie, whoever tells it."""
        if not _DIGEST.fullmatch(digest):
            return Refusal(None, f"{registry} names an image by what is not a digest")
        answer = self._answer(registry, repository, path)
        if isinstance(answer, Refusal):
            return answer
        if not _is_of(answer.body, digest):
            return Refusal(None, f"{registry} sends something else than {digest}")
        return answer.body

    def _answer(self, registry: str, repository: str, path: str) -> RegistryAnswer | Refusal:
        """What is there, or why it can't be had."""
        answer = self.connections.ask(registry, repository, Question(path))
        if isinstance(answer, Refusal) or answer.status == _OK:
            return answer
        return answer.refusal(registry, f"{repository}/{path}")


def _is_of(body: bytes, digest: str) -> bool:
    """Whether a digest is one, and that of a body."""
    algorithm, _, digits = digest.partition(":")
    return bool(_DIGEST.fullmatch(digest)) and hashlib.new(algorithm, body).hexdigest() == digits


def _decoded(found: bytes | Refusal, kind: type[_T], name: str) -> _T | Refusal:
    if isinstance(found, Refusal):
        return found
    try:
        return msgspec.json.decode(found, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Refusal(None, f"what {name} names is not an image")
