"""What formats for machines say of a finding: whole sentences, inert, and never long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftcheck.model import Change, Expectation, Finding
from driftcheck.reports._agreement import agreement
from driftcheck.reports._history_words import since_text
from driftcheck.reports._words import (
    BECAME,
    NOTHING,
    Line,
    clipped,
    holds_text,
    reach_text,
    value_text,
    writer_text,
)

_TWO = 2
_LONGEST_NAME = 300
_LONGEST_VALUE = 200
_LONGEST_REMARK = 1000
_AT = {
    Change.REORDERED: "is ordered differently at",
    Change.UNCHANGED: "is the same at",
}
_IN = {
    Change.CHANGED: "is in",
    Change.UNCHANGED: "is the same in",
}


def sentence(finding: Finding, environments: Sequence[str]) -> str:
    """What is seen: `Deployment web differs at 'spec.replicas': 2 in 'a', 4 in 'b'.`.

    Args:
        finding: Of which.
        environments: The names of all environments, in their order.

    Returns:
        One sentence.
    """
    subject = short(str(finding.object))
    if finding.is_witness:
        return f"{subject} {BECAME[finding.change]}."
    if not finding.path:
        where = ", ".join(f"'{short(name)}'" for name in finding.values)
        alone = "reaches in only in" if finding.acts else "is only in"
        seen = _IN.get(finding.change, alone)
        return f"{subject} {seen} {where}."
    sides = ", ".join(f"{_side(finding, name)} in '{short(name)}'" for name in environments)
    seen = _AT.get(finding.change, "differs at")
    return f"{subject} {seen} '{short(finding.path)}': {sides}."


def remarks(finding: Finding, environments: Sequence[str]) -> Iterator[str]:
    """What a reader should know besides: sentences about rules, notes and writers."""
    if len(environments) > _TWO and (odd := agreement(Line(finding), environments).odd):
        yield f"'{short(odd)}' is the odd one out."
    if held := holds_text(finding):
        yield _remark(f"It {held}.")
    if finding.violates:
        yield _remark(f"Violates {_rule(finding.violates)}.")
    if finding.expected:
        yield _remark(f"Expected by {_rule(finding.expected)}.")
    if finding.note:
        yield _remark(f"Note: {finding.note}.")
    if reached := reach_text([finding]):
        yield _remark(f"It is {reached}.")
    if finding.written_by:
        text = writer_text(finding)
        yield _remark(f"{text[:1].upper()}{text[1:]}.")
    if finding.since:
        yield _remark(f"It stands {since_text(finding.since)}.")


def reason(expected: Expectation) -> str:
    """Why a rule says what it says, and until when."""
    return _remark(_rule(expected))


def short(text: str, most: int = _LONGEST_NAME) -> str:
    """The text inert, and its beginning alone where it is long."""
    return clipped(text, most)


def _side(finding: Finding, name: str) -> str:
    if name not in finding.values:
        return NOTHING
    return short(value_text(finding.values[name]), _LONGEST_VALUE)


def _rule(expected: Expectation) -> str:
    until = f" (until {expected.expires})" if expected.expires else ""
    return f"rule {expected.rule}{until}: {expected.reason}"


def _remark(text: str) -> str:
    return short(text, _LONGEST_REMARK)
