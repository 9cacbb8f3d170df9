"""The whole truth table, on one page.

===========================  ==================  =============================
unexpected differences       evidence complete   verdict
===========================  ==================  =============================
some                         yes or no           drifted
none                         no                  inconclusive
none                         yes                 equivalent, if a policy
                                                 expected some, or something
                                                 was left unseen knowingly;
                                                 else identical
===========================  ==================  =============================

What only the servers' versions make differ is expected without a policy.

Evidence is complete when every kind was read, or somebody accepts that it was
not, nothing was moving, every running image could be compared, and there was
something to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from driftcheck.model import (
    NO_PLATFORM,
    Category,
    Coverage,
    Environment,
    Finding,
    KindCoverage,
    PlatformResult,
    ReadStatus,
    Result,
    Verdict,
    counted,
)
from driftcheck.verdict._gaps import acceptances_of, gaps_of
from driftcheck.verdict._platform import platform_contradiction, platform_gaps


class Decision(NamedTuple):
    """A verdict, and why.

    Args:
        verdict: The answer.
        reasons: Why, in sentences, never none.
        gaps: Those of the reasons that say why the evidence is not complete.
        accepted: What was not looked at, and who accepts that, in sentences.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    gaps: tuple[str, ...]
    accepted: tuple[str, ...] = ()


def decide(
    findings: Iterable[Finding],
    coverage: Coverage,
    *,
    compared: int,
    incomparable: Iterable[str] = (),
    scope: str = "",
    environments: Iterable[Environment] = (),
    platform: PlatformResult = NO_PLATFORM,
) -> Decision:
    """The verdict, and why.

    Args:
        findings: Every difference.
        coverage: What was read, and what was not.
        compared: How many objects the environment with the most of them has.
        incomparable: What was seen but could not be compared, in sentences.
        scope: What the comparison was narrowed to, as it was typed.
        environments: Where it was looked, for the next steps.
        platform: What lies outside, which counts where the verdict is held to it.

    Returns:
        The verdict, and why.
    """
    findings = tuple(findings)
    outside = platform.findings if platform.is_required else ()
    gaps = (
        *gaps_of(coverage.kinds, environments),
        *incomparable,
        *_emptiness(compared, scope),
        *platform_gaps(platform),
    )
    rows = (*coverage.kinds, *(platform.coverage.kinds if platform.is_required else ()))
    accepted = acceptances_of(rows)
    verdict = _verdict((*findings, *outside), gaps, rows)
    reasons = _reasons(verdict, (findings, outside), gaps, accepted, compared)
    return Decision(verdict, reasons, gaps, accepted)


def _reasons(
    verdict: Verdict,
    findings: tuple[Sequence[Finding], Sequence[Finding]],
    gaps: tuple[str, ...],
    accepted: tuple[str, ...],
    compared: int,
) -> tuple[str, ...]:
    """Why; the findings are those inside and those outside the namespaces."""
    if verdict is Verdict.DRIFTED:
        where = ("", " outside the namespaces")
        counts = [len(_unexpected(found)) for found in findings]
        unexpected = (
            f"{counted(count, 'difference')}{place} that no rule expects"
            for count, place in zip(counts, where, strict=True)
            if count
        )
        return (*unexpected, *gaps)
    if verdict is Verdict.INCONCLUSIVE:
        return gaps
    by_policy = len(_by_policy(chain(*findings)))
    if by_policy:
        said = f"{counted(by_policy, 'difference')}, and the policy expects every one"
    else:
        said = f"{counted(compared, 'object')} compared, and nothing differs"
    return (said, *accepted)


def contradiction(result: Result) -> str | None:
    """What a result says that does not follow from what it found, in words; else None."""
    is_held = result.platform.is_required
    findings = result.all_findings if is_held else result.findings
    rows = (*result.coverage.kinds, *(result.platform.coverage.kinds if is_held else ()))
    follows = _verdict(findings, result.gaps, rows)
    if result.verdict is not follows:
        return f"it says {result.verdict.value}, and what it holds makes it {follows.value}"
    if not result.gaps and any(row.is_gap for row in result.coverage.kinds):
        return "its coverage is not complete, and it has no gap that says so"
    if not result.gaps and not any(environment.objects for environment in result.environments):
        return "it compared nothing, and has no gap that says so"
    if platform_gaps(result.platform) and not result.gaps:
        return "it is held to its platform, which is not known, and has no gap that says so"
    return platform_contradiction(result.platform)


def _verdict(
    findings: Iterable[Finding], gaps: Iterable[str], rows: Iterable[KindCoverage]
) -> Verdict:
    findings = tuple(findings)
    if _unexpected(findings):
        return Verdict.DRIFTED
    if tuple(gaps):
        return Verdict.INCONCLUSIVE
    accepted = any(row.status is ReadStatus.ACCEPTED for row in rows)
    return Verdict.EQUIVALENT if accepted or _by_policy(findings) else Verdict.IDENTICAL


def _unexpected(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.expected is None]


def _by_policy(findings: Iterable[Finding]) -> list[Finding]:
    """What no difference of versions explains."""
    return [finding for finding in findings if finding.category is not Category.PLATFORM]


def _emptiness(compared: int, scope: str) -> Iterator[str]:
    if not compared and scope:
        yield f"there was nothing to compare: nothing that was seen matches {scope}"
    elif not compared:
        yield (
            "there was nothing to compare: no environment has an object besides its Namespace;"
            " next: see whether these are the right ones"
        )
