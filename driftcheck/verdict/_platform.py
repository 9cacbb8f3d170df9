"""What is said of what lies outside the namespaces, and what a verdict makes of it.

===================  ===============  =======
differences          all was read     verdict
===================  ===============  =======
some                 yes or no        differs
none                 no               unknown
none                 yes              same
nobody looked                         none
===================  ===============  =======

What only the servers' versions make differ is no difference here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from driftcheck.model import (
    SECRET,
    Category,
    Environment,
    Finding,
    GroupKind,
    KindCoverage,
    PlatformResult,
    PlatformVerdict,
    ReadStatus,
    counted,
    list_names,
)
from driftcheck.verdict._gaps import gaps_of

_NAMING_NOTHING = (SECRET, GroupKind("", "ConfigMap"), GroupKind("", "Endpoints"))
"""Kinds that nothing outside is reached from."""


def decide_platform(
    findings: Iterable[Finding],
    rows: Iterable[KindCoverage],
    *,
    compared: int,
    inside: Iterable[KindCoverage] = (),
    incomparable: Iterable[str] = (),
    unlooked: Iterable[str] = (),
    environments: Iterable[Environment] = (),
) -> tuple[PlatformVerdict, tuple[str, ...]]:
    """Say whether what lies outside is the same.

    Args:
        findings: Every difference outside.
        rows: How each kind was looked at.
        compared: How many objects were compared of the environment with the most.
        inside: How each kind inside was looked at.
        incomparable: What could not be compared, in sentences.
        unlooked: Where nobody looked, in sentences.
        environments: What was compared, for the next steps.

    Returns:
        The verdict, and why, in sentences.
    """
    unlooked = tuple(unlooked)
    if unlooked:
        return PlatformVerdict.NONE, unlooked
    gaps = (*gaps_of(rows, environments, outside=True), *_unfollowed(inside), *incomparable)
    differing = _differing(findings)
    if differing:
        expected = sum(finding.expected is not None for finding in differing)
        said = f"{counted(len(differing), 'difference')} outside the namespaces"
        return PlatformVerdict.DIFFERS, (
            f"{said}{f', {expected} expected' if expected else ''}",
            *gaps,
        )
    if gaps:
        return PlatformVerdict.UNKNOWN, gaps
    said = f"{counted(compared, 'object')} outside the namespaces compared, and nothing differs"
    return PlatformVerdict.SAME, (said,)


def _unfollowed(inside: Iterable[KindCoverage]) -> Iterator[str]:
    """Which kinds inside may name something outside, and could not be read."""
    unread = (ReadStatus.FORBIDDEN, ReadStatus.FAILED, ReadStatus.ACCEPTED)
    kinds = {
        str(row.group_kind)
        for row in inside
        if row.status in unread and row.group_kind not in _NAMING_NOTHING
    }
    if kinds:
        names = list_names(sorted(kinds))
        yield f"what was not read inside may be reached by more outside: {names}"


def platform_gaps(platform: PlatformResult) -> tuple[str, ...]:
    """Why a verdict that is held to it is not proved, in sentences."""
    if not platform.is_required:
        return ()
    match platform.verdict:
        case PlatformVerdict.SAME:
            said: tuple[str, ...] = ()
        case PlatformVerdict.DIFFERS:
            said = platform.reasons[1:]
        case _:
            said = platform.reasons
    return tuple(f"platform: {reason}" for reason in said)


def platform_contradiction(platform: PlatformResult) -> str | None:
    """What it says that does not follow from what it found, in words; else None."""
    differs = platform.verdict is PlatformVerdict.DIFFERS
    if differs is not bool(_differing(platform.findings)):
        return f"its platform says {platform.verdict.value}, and its findings do not"
    if platform.verdict is PlatformVerdict.SAME and any(
        row.is_gap for row in platform.coverage.kinds
    ):
        return "its platform says same, and not everything was read"
    return None


def _differing(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.category is not Category.PLATFORM]
