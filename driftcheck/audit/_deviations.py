"""Where a look deviates from what tools keep a record of having declared."""

from __future__ import annotations

from attrs import frozen

from driftcheck.model import Finding


@frozen
class Deviation:
    """A place where something else stands than was declared.

    Args:
        declaration: What the declaration is called in the finding.
        look: What the look is called there.
        release: The release of Helm's that declares it; empty where kubectl applied it.
        finding: The difference between them.
    """

    declaration: str
    look: str
    release: str
    finding: Finding


@frozen
class Declarations:
    """What declarations of a place came to.

    Args:
        deviations: Where something else stands.
        objects: How many objects are declared.
        gaps: Why more may be declared, in sentences.
        incomparable: What could not be held against what was seen, in sentences.
    """

    deviations: tuple[Deviation, ...]
    objects: int
    gaps: tuple[str, ...]
    incomparable: tuple[str, ...] = ()
