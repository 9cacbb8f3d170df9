"""Findings and coverage become a verdict, with its reasons.

What comes in is every difference, judged, and how each kind was looked at.
What goes out is the answer, and each gap in the evidence with the next step.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.verdict._audits import decide_audit
    from driftcheck.verdict._contradictions import audit_contradiction
    from driftcheck.verdict._gaps import gaps_of
    from driftcheck.verdict._platform import decide_platform
    from driftcheck.verdict._table import Decision, contradiction, decide

__all__ = [
    "Decision",
    "audit_contradiction",
    "contradiction",
    "decide",
    "decide_audit",
    "decide_platform",
    "gaps_of",
]
