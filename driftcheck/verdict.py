"""The whole truth table, on one page.

===========================  ==================  =============================
unexpected differences       evidence complete   verdict
===========================  ==================  =============================
some                         yes or no           drifted
none                         no                  inconclusive
none                         yes                 equivalent, if a policy
                                                 expected some; else identical
===========================  ==================  =============================

What only the servers' versions make differ is expected without a policy.

Evidence is complete when every kind was read, nothing was moving, every
running image could be compared, and there was something to compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from driftcheck.model import (
    Category,
    Coverage,
    Finding,
    KindCoverage,
    ReadStatus,
    Result,
    Verdict,
    counted,
)

_SAID = {
    ReadStatus.READ: "was read in part",
    ReadStatus.FORBIDDEN: "may not be read",
    ReadStatus.FAILED: "could not be read",
    ReadStatus.UNSETTLED: "is not proven to have stood still",
}


class Decision(NamedTuple):
    """A verdict, and why.

    Args:
        verdict: The answer.
        reasons: Why, in sentences, never none.
        gaps: Those of the reasons that say why the evidence is not complete.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    gaps: tuple[str, ...]


def decide(
    findings: Iterable[Finding],
    coverage: Coverage,
    *,
    compared: int,
    incomparable: Iterable[str] = (),
    scope: str = "",
) -> Decision:
    """The verdict, and why.

    Args:
        findings: Every difference.
        coverage: What was read, and what was not.
        compared: How many objects the environment with the most of them has.
        incomparable: What was seen but could not be compared, in sentences.
        scope: What the comparison was narrowed to, as it was typed.

    Returns:
        The verdict, and why.
    """
    findings = tuple(findings)
    gaps = (*_gaps(coverage), *incomparable, *_emptiness(compared, scope))
    verdict = _verdict(findings, gaps)
    if verdict is Verdict.DRIFTED:
        said = f"{counted(len(_unexpected(findings)), 'difference')} that no rule expects"
        return Decision(verdict, (said, *gaps), gaps)
    if verdict is Verdict.INCONCLUSIVE:
        return Decision(verdict, gaps, gaps)
    if verdict is Verdict.EQUIVALENT:
        by_policy = len(_by_policy(findings))
        said = f"{counted(by_policy, 'difference')}, and the policy expects every one"
        return Decision(verdict, (said,), ())
    said = f"{counted(compared, 'object')} compared, and nothing differs"
    return Decision(verdict, (said,), ())


def contradiction(result: Result) -> str | None:
    """What a result says that does not follow from what it found, in words; else None."""
    follows = _verdict(result.findings, result.gaps)
    if result.verdict is not follows:
        return f"it says {result.verdict.value}, and what it holds makes it {follows.value}"
    if not result.gaps and not result.coverage.complete:
        return "its coverage is not complete, and it has no gap that says so"
    if not result.gaps and not any(environment.objects for environment in result.environments):
        return "it compared nothing, and has no gap that says so"
    return None


def _verdict(findings: Iterable[Finding], gaps: Iterable[str]) -> Verdict:
    if _unexpected(findings):
        return Verdict.DRIFTED
    if tuple(gaps):
        return Verdict.INCONCLUSIVE
    return Verdict.EQUIVALENT if _by_policy(findings) else Verdict.IDENTICAL


def _unexpected(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.expected is None]


def _by_policy(findings: Iterable[Finding]) -> list[Finding]:
    """What no difference of versions explains."""
    return [finding for finding in findings if finding.category is not Category.PLATFORM]


def _gaps(coverage: Coverage) -> Iterator[str]:
    for row in coverage.kinds:
        if not row.is_complete:
            yield gap_of(row)


def gap_of(row: KindCoverage) -> str:
    """What was not seen of a kind, where, and why: `Deployment.apps may not be read in shop: …`."""
    return f"{_named(row)} {said_of(row)}"


def said_of(row: KindCoverage) -> str:
    """How an incomplete look at a kind ended, and why: `may not be read in shop: …`."""
    where = f" in {row.environment}" if row.environment else ""
    reason = f": {row.reason}" if row.reason else ""
    return f"{_SAID[row.status]}{where}{reason}"


def _named(row: KindCoverage) -> str:
    return f"every kind of {row.group}" if row.kind == "*" else str(row.group_kind)


def _emptiness(compared: int, scope: str) -> Iterator[str]:
    if not compared and scope:
        yield f"there was nothing to compare: nothing that was seen matches {scope}"
    elif not compared:
        yield "there was nothing to compare: no environment has an object besides its Namespace"
