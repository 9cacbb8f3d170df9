"""Where a look deviates from what tools keep a record of having declared."""

from __future__ import annotations

from attrs import frozen

from driftcheck.model import Declarer, Finding


@frozen
class Deviation:
    """A place where something else stands than was declared.

    Args:
        by: Whose record says so.
        record: What the record is called in the finding.
        release: The release of Helm's that declares it; empty where none does.
        finding: The difference between what was declared and what was seen.
    """

    by: Declarer
    record: str
    release: str
    finding: Finding


@frozen
class Declarations:
    """What records of what was declared came to.

    Args:
        deviations: Where something else stands.
        objects: How many objects are declared.
        gaps: What could not be held against what was seen, in sentences.
    """

    deviations: tuple[Deviation, ...]
    objects: int
    gaps: tuple[str, ...]
