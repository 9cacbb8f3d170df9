"""What single rules do: which speak of a place, and what each alone explains."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attrs import evolve, frozen

from driftcheck.model import Difference, FieldPath, Finding, RuleHits
from driftcheck.policy._judging import judge
from driftcheck.policy._rules import Policy, Rule
from driftcheck.policy._speaking import Compared


@frozen
class RuleTrial:
    """What one rule does, all alone.

    Args:
        rule: What became of it.
        explained: The differences it explains.
        refused: Those it would explain if it said that it may be dangerous.
        violations: What it finds fault with.
    """

    rule: RuleHits
    explained: tuple[Finding, ...]
    refused: tuple[Finding, ...]
    violations: tuple[Finding, ...]


def try_alone(
    policy: Policy, differences: Iterable[Difference], compared: Compared, *, today: date
) -> tuple[RuleTrial, ...]:
    """Try each rule about comparisons by itself; see `judge` for what comes in."""
    differences = tuple(differences)

    def findings(rule: Rule) -> tuple[RuleHits, tuple[Finding, ...]]:
        judgement = judge(evolve(policy, rules=(rule,)), differences, compared, today=today)
        return judgement.rules[0], judgement.findings

    def trial(rule: Rule) -> RuleTrial:
        hits, found = findings(rule)
        _, allowed = findings(evolve(rule, dangerous=True))
        explained = _explained_by(rule, found)
        known = {(item.object, item.path) for item in explained}
        refused = (
            item for item in _explained_by(rule, allowed) if (item.object, item.path) not in known
        )
        return RuleTrial(
            rule=hits,
            explained=explained,
            refused=tuple(refused),
            violations=tuple(item for item in found if item.violates),
        )

    return tuple(trial(rule) for rule in policy.of_comparisons)


def _explained_by(rule: Rule, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(item for item in findings if item.expected and item.expected.rule == rule.id)


def rules_about(
    policy: Policy,
    path: FieldPath,
    *,
    group: str | None = None,
    kind: str | None = None,
    name: str | None = None,
) -> tuple[Rule, ...]:
    """The rules that speak of a place, in their order; labels are not asked about.

    Args:
        policy: The policy.
        path: The place.
        group: The object's API group; None for any.
        kind: The object's kind; None for any.
        name: The object's name; None for any.
    """

    def speaks(rule: Rule) -> bool:
        globs = ((rule.match.group, group), (rule.match.kind, kind), (rule.match.name, name))
        return rule.speaks_of(path) and all(
            asked is None or glob.matches(asked) for glob, asked in globs
        )

    return tuple(filter(speaks, policy.rules))
