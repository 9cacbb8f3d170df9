"""What images hold, as registries know it: the manifest of a platform, its config, its layers."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from driftcheck.images import ImageReference, parse_reference
from driftcheck.model import Contents, IdentityKind, ImageContent, RunningContainer
from driftcheck.sources import Descriptor, Manifest, Refusal, Registries

_NOT_FOR_RUNNING = ("", "unknown")
"""The platforms of what is beside the images of an index, such as attestations."""


def contents_of(registries: Registries, containers: Iterable[RunningContainer]) -> Contents:
    """Ask registries what containers run.

    Args:
        registries: Whom to ask.
        containers: What runs; a digest is looked for in the repositories that are declared.

    Returns:
        By digest and platform what it holds, or why that is not known.
    """
    contents: dict[tuple[str, str], ImageContent] = {}
    for container in containers:
        references = [found for image in container.images if (found := parse_reference(image))]
        for identity in container.identities:
            key = (identity.digest, identity.platform)
            is_asked_for = identity.kind is IdentityKind.REPO_DIGEST
            if is_asked_for and not (key in contents and contents[key].config):
                contents[key] = _first_content(registries, references, *key)
    return contents


def _first_content(
    registries: Registries, references: Iterable[ImageReference], digest: str, platform: str
) -> ImageContent:
    """What the first repository that has a digest says of it."""
    content = ImageContent(reason="no repository is declared")
    for reference in references:
        content = _Repository(registries, reference).content(digest, platform)
        if content.config:
            break
    return content


@frozen
class _Repository:
    """One repository of a registry."""

    registries: Registries
    reference: ImageReference

    def content(self, digest: str, platform: str) -> ImageContent:
        """What a digest holds for a platform."""
        manifest = self._manifest(digest)
        if isinstance(manifest, Refusal):
            return ImageContent(reason=manifest.reason)
        if not manifest.manifests:
            return self._image(digest, manifest)
        chosen = _for_platform(manifest.manifests, platform)
        if chosen is None:
            return ImageContent(reason=f"the index {digest} {_unclear(platform)}")
        inner = self._manifest(chosen.digest)
        if isinstance(inner, Refusal):
            return ImageContent(reason=inner.reason)
        return self._image(chosen.digest, inner)

    def _manifest(self, digest: str) -> Manifest | Refusal:
        where = self.reference
        return self.registries.manifest(where.registry, where.repository, digest)

    def _image(self, digest: str, manifest: Manifest) -> ImageContent:
        if manifest.config is None:
            return ImageContent(reason=f"{digest} is not the manifest of an image")
        config = manifest.config.digest
        where = self.reference
        found = self.registries.config(where.registry, where.repository, config)
        layers = () if isinstance(found, Refusal) else tuple(found.rootfs.diff_ids)
        return ImageContent(frozenset({digest, config}), config, layers)


def _unclear(platform: str) -> str:
    if platform:
        return f"does not have one image for {platform}"
    return "does not have a single image, and what the nodes' platform is could not be read"


def _for_platform(images: Iterable[Descriptor], platform: str) -> Descriptor | None:
    """The one image for a platform; of an unknown one, the only image there is."""
    for_running = [
        image
        for image in images
        if image.platform and image.platform.os not in _NOT_FOR_RUNNING
        if platform in ("", str(image.platform))
    ]
    return for_running[0] if len(for_running) == 1 else None
