"""Differences are judged here: what each is about, whether it is expected, and by which rule.

What comes in is a Policy, the Differences that a comparison found, and the day.
What goes out is Findings, worst first, and what became of each rule.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.policy._accepting import Acceptances, accept
    from driftcheck.policy._annotations import ignored_by_others
    from driftcheck.policy._auditing import judge_audit
    from driftcheck.policy._danger import dangers_of
    from driftcheck.policy._imports import Imported, import_rules
    from driftcheck.policy._inference import Proposal, propose
    from driftcheck.policy._judging import Judgement, judge
    from driftcheck.policy._lint import Advice, lint
    from driftcheck.policy._reading import policy_from, read_policy
    from driftcheck.policy._rules import NO_POLICY, Policy, Rule
    from driftcheck.policy._trials import RuleTrial, rules_about, try_alone

__all__ = [
    "NO_POLICY",
    "Acceptances",
    "Advice",
    "Imported",
    "Judgement",
    "Policy",
    "Proposal",
    "Rule",
    "RuleTrial",
    "accept",
    "dangers_of",
    "ignored_by_others",
    "import_rules",
    "judge",
    "judge_audit",
    "lint",
    "policy_from",
    "propose",
    "read_policy",
    "rules_about",
    "try_alone",
]
