"""The answer of a comparison for what lies outside the namespaces and changes what runs inside."""

from __future__ import annotations

from enum import StrEnum

from attrs import Factory, frozen

from driftcheck.model._coverage import Coverage
from driftcheck.model._findings import Finding


class PlatformVerdict(StrEnum):
    """What a comparison says of what lies outside the namespaces."""

    SAME = "same"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    """Something that may reach in could not be read."""
    NONE = "none"
    """Nothing was looked at."""


@frozen(repr=False)
class PlatformResult:
    """What a comparison says of what lies outside the namespaces.

    Args:
        verdict: The answer.
        reasons: Why, in sentences.
        same_cluster: Whether all environments are in one cluster.
        findings: Every difference, worst first.
        coverage: What was read, what was not, and why.
        is_required: Whether the verdict of the comparison is held to it.
    """

    verdict: PlatformVerdict
    reasons: tuple[str, ...]
    same_cluster: bool = False
    findings: tuple[Finding, ...] = ()
    coverage: Coverage = Factory(lambda: Coverage(()))
    is_required: bool = False

    def __repr__(self) -> str:
        return f"<PlatformResult {self.verdict.value}: {'; '.join(self.reasons)}>"


NO_PLATFORM = PlatformResult(PlatformVerdict.NONE, ("nothing outside was looked at",))
