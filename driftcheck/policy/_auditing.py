"""Holds the findings of an audit against a policy, and the policy against them.

Only rules that name a check speak here; one that has ended explains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from attrs import define, evolve

from driftcheck.model import AuditFinding, ObjectReference, counted, parse_path
from driftcheck.policy._endings import ending, has_ended
from driftcheck.policy._rules import Policy, Rule

LabelsOf = Callable[[str, ObjectReference], Mapping[str, str]]
"""Tells the labels of an object, by its environment's name."""


def judge_audit(
    policy: Policy, findings: Iterable[AuditFinding], labels_of: LabelsOf, *, today: date
) -> tuple[tuple[AuditFinding, ...], tuple[str, ...]]:
    """Say which findings of an audit are expected, and which rules deserve belief.

    Args:
        policy: What is expected.
        findings: What was found.
        labels_of: Tells the labels of the objects that findings are about.
        today: The day, in UTC, by which rules end.

    Returns:
        The findings in their order, each with the rule that expects it, and what is to be mended
        in the policy, in sentences.
    """
    records = [_Record(rule, today) for rule in policy.of_audits]
    judged = tuple(_judged(finding, records, labels_of) for finding in findings)
    warnings = (record.warning(policy) for record in records)
    return judged, (*policy.taken_for_others, *filter(None, warnings))


def _judged(finding: AuditFinding, records: Iterable[_Record], labels_of: LabelsOf) -> AuditFinding:
    """The finding, with the first rule that expects it; each of its places needs one."""
    about = [record for record in records if _matches(record.rule, finding, labels_of)]
    paths = list(map(parse_path, finding.paths))
    speaking = [record for record in about if any(map(record.rule.speaks_of, paths))]
    holding = [record for record in speaking if record.still_holds()]
    is_explained = all(any(record.rule.speaks_of(path) for record in holding) for path in paths)
    if not is_explained:
        return finding
    for record in holding:
        record.hits += 1
    return evolve(finding, expected=holding[0].rule.expectation)


def _matches(rule: Rule, finding: AuditFinding, labels_of: LabelsOf) -> bool:
    match, reference = rule.match, finding.object
    return (
        match.check is finding.check
        and match.is_of(reference.group_kind)
        and bool(match.name.matches(reference.name))
        and match.is_labelled([labels_of(finding.environment, reference)])
    )


@define
class _Record:
    """What one rule did in one audit.

    Args:
        rule: The rule.
        today: The day, in UTC.
        hits: How many findings it explains, alone or with others.
        spoken: How many it speaks of.
        reopened: How many of these it has ended for.
    """

    rule: Rule
    today: date
    hits: int = 0
    spoken: int = 0
    reopened: int = 0

    def still_holds(self) -> bool:
        """Whether the rule, which speaks of a finding, has not ended."""
        self.spoken += 1
        is_over = has_ended(self.rule.expires, self.today)
        self.reopened += is_over
        return not is_over

    def warning(self, policy: Policy) -> str | None:
        """What the reader of a report should mend; None where nothing is wrong."""
        note = self._note()
        return note and f"{policy.named(self.rule)}: {note}"

    def _note(self) -> str | None:
        reopened = counted(self.reopened, "finding") if self.reopened else ""
        said = ending(self.rule.expires, self.today, reopened=reopened)
        if said or self.hits:
            return said
        if self.spoken:
            return "explains nothing alone: what was found is in other places as well"
        return "matches nothing: mend it or take it out"
