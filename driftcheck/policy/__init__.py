"""Differences are judged here: what each is about, whether it is expected, and by which rule.

What comes in is a Policy, the Differences that a comparison found, and the day.
What goes out is Findings, worst first, and what became of each rule.
"""

from driftcheck.policy._annotations import ignored_by_others
from driftcheck.policy._judging import Judgement, judge
from driftcheck.policy._reading import policy_from, read_policy
from driftcheck.policy._rules import NO_POLICY, Policy, Rule

__all__ = [
    "NO_POLICY",
    "Judgement",
    "Policy",
    "Rule",
    "ignored_by_others",
    "judge",
    "policy_from",
    "read_policy",
]
