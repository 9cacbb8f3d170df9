"""Which objects are called one thing in the baseline and another elsewhere, as a person says."""

from __future__ import annotations

import re

from attrs import frozen

from driftcheck.errors import UsageError
from driftcheck.model._references import GroupKind, ObjectReference

_NAME = r"[a-z0-9A-Z:._*-]+"
_PATTERN = re.compile(rf"(?:([A-Za-z][A-Za-z0-9.-]*)/)?({_NAME})")
_ANYTHING = "*"


@frozen
class Renaming:
    """Names of the baseline's, and what they are elsewhere.

    Args:
        kind: The only kind it is for, as `Service` or `Deployment.apps`; empty for every kind.
        baseline: The name in the baseline; one `*` stands for anything.
        other: The name elsewhere; its `*` stands for the same.
    """

    kind: str
    baseline: str
    other: str

    def __str__(self) -> str:
        return f"{f'{self.kind}/' if self.kind else ''}{self.baseline}={self.other}"

    def baseline_name(self, reference: ObjectReference) -> str | None:
        """What the baseline calls an object of another environment; None where that is not said."""
        if not self._is_for(reference.group_kind):
            return None
        before, star, after = self.other.partition(_ANYTHING)
        name = reference.name
        if not star:
            return self.baseline if name == self.other else None
        between = name[len(before) : len(name) - len(after)]
        is_other = len(between) > 0 and name == before + between + after
        return self.baseline.replace(_ANYTHING, between) if is_other else None

    def _is_for(self, kind: GroupKind) -> bool:
        return self.kind.lower() in ("", kind.kind.lower(), str(kind).lower())


def parse_renaming(baseline: str, other: str) -> Renaming:
    """Read a declared renaming.

    Args:
        baseline: `web`, `blue-*` or `Service/blue-*`, as the baseline has it.
        other: `web-v2` or `green-*`, as the others have it.

    Returns:
        The renaming.

    Raises:
        UsageError: It is not one.
    """
    left, right = _PATTERN.fullmatch(baseline), _PATTERN.fullmatch(other)
    stars = baseline.count(_ANYTHING), other.count(_ANYTHING)
    if not left or not right or right[1] or stars not in ((0, 0), (1, 1)):
        raise UsageError(
            f"{baseline}={other} is not a renaming",
            hint="write the baseline's name and the other: web=web-v2, Service/blue-*=green-*",
        )
    return Renaming(left[1] or "", left[2], right[2])
