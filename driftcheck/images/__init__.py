"""Image names and what they stand for.

What comes in is what runtimes and manifests write about images.
What goes out is typed identities that can be compared.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.images._identities import (
        all_same,
        grouped,
        image_identity,
        same_image,
        same_images,
    )
    from driftcheck.images._references import (
        NO_MIRRORS,
        ImageReference,
        Mirrors,
        canonical_reference,
        parse_mirrors,
        parse_reference,
    )

__all__ = [
    "NO_MIRRORS",
    "ImageReference",
    "Mirrors",
    "all_same",
    "canonical_reference",
    "grouped",
    "image_identity",
    "parse_mirrors",
    "parse_reference",
    "same_image",
    "same_images",
]
