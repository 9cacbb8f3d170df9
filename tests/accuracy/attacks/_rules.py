"""Every rule that takes something away, as the program itself lists them."""

from __future__ import annotations

from driftcheck.capture import _kinds
from driftcheck.normalization import PICKING, RULES, _exclusions

OF_SHAPES = (
    "namespace",
    "generated-name",
    "outdated-generation",
    "duplicate-keys",
    "default",
    "image-mirror",
    "status",
    "server-metadata",
)
"""Rules that normalization applies outside its list of steps."""

OF_COMPARING = (
    "independent-sources",
    "version-skew",
    "consequence",
    "passed-hook",
    "renamed",
    "--kind",
    "--selector",
)
OF_KINDS_SEEN = ("alias",)
WITHOUT_A_NAME = ("images", "generate-name", "secret-values", "readings", "zeros", "order")
"""What is read alike without a rule being counted: equal digests, generated names, spellings."""


def rules() -> frozenset[str]:
    """The name of every rule."""
    return frozenset(
        {
            *(rule.id for rule in RULES),
            *(picking.id for picking in PICKING),
            *_exclusions.EXCLUSIONS,
            *(exclusion.rule for exclusion in _kinds._EXCLUSIONS),
            *OF_SHAPES,
            *OF_COMPARING,
            *OF_KINDS_SEEN,
            *WITHOUT_A_NAME,
        }
    )
