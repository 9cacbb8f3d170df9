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
from typing import NamedTuple

from driftcheck.model import (
    Category,
    Coverage,
    Environment,
    Finding,
    ReadStatus,
    Result,
    Verdict,
    counted,
)
from driftcheck.verdict._gaps import acceptances_of, gaps_of


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
) -> Decision:
    """The verdict, and why.

    Args:
        findings: Every difference.
        coverage: What was read, and what was not.
        compared: How many objects the environment with the most of them has.
        incomparable: What was seen but could not be compared, in sentences.
        scope: What the comparison was narrowed to, as it was typed.
        environments: Where it was looked, for the next steps.

    Returns:
        The verdict, and why.
    """
    findings = tuple(findings)
    gaps = (
        *gaps_of(coverage.kinds, environments),
        *incomparable,
        *_emptiness(compared, scope),
    )
    accepted = acceptances_of(coverage.kinds)
    verdict = _verdict(findings, gaps, coverage)
    return Decision(verdict, _reasons(verdict, findings, gaps, accepted, compared), gaps, accepted)


def _reasons(
    verdict: Verdict,
    findings: Sequence[Finding],
    gaps: tuple[str, ...],
    accepted: tuple[str, ...],
    compared: int,
) -> tuple[str, ...]:
    if verdict is Verdict.DRIFTED:
        said = f"{counted(len(_unexpected(findings)), 'difference')} that no rule expects"
        return (said, *gaps)
    if verdict is Verdict.INCONCLUSIVE:
        return gaps
    by_policy = len(_by_policy(findings))
    if by_policy:
        said = f"{counted(by_policy, 'difference')}, and the policy expects every one"
    else:
        said = f"{counted(compared, 'object')} compared, and nothing differs"
    return (said, *accepted)


def contradiction(result: Result) -> str | None:
    """What a result says that does not follow from what it found, in words; else None."""
    follows = _verdict(result.findings, result.gaps, result.coverage)
    if result.verdict is not follows:
        return f"it says {result.verdict.value}, and what it holds makes it {follows.value}"
    if not result.gaps and any(row.is_gap for row in result.coverage.kinds):
        return "its coverage is not complete, and it has no gap that says so"
    if not result.gaps and not any(environment.objects for environment in result.environments):
        return "it compared nothing, and has no gap that says so"
    return None


def _verdict(findings: Iterable[Finding], gaps: Iterable[str], coverage: Coverage) -> Verdict:
    if _unexpected(findings):
        return Verdict.DRIFTED
    if tuple(gaps):
        return Verdict.INCONCLUSIVE
    accepted = any(row.status is ReadStatus.ACCEPTED for row in coverage.kinds)
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
