"""Image names and what they stand for.

What comes in is what runtimes and manifests write about images.
What goes out is typed identities that can be compared.
"""

from driftcheck.images._identities import image_identity

__all__ = ["image_identity"]
