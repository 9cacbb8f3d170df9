"""What a snapshot means: server-written noise gone, lists typed, names made neutral.

What comes in is a Snapshot, exactly as it was seen, and what its objects are called elsewhere.
What goes out is a State, ready to be compared, with every rule's hits counted.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.normalization._autoscaling import autoscaled_in
    from driftcheck.normalization._common_names import common_names
    from driftcheck.normalization._known import Known
    from driftcheck.normalization._makers import roots_in
    from driftcheck.normalization._narrowing import says_what_runs
    from driftcheck.normalization._normalize import PICKING, RULES, Rule, normalize
    from driftcheck.normalization._platform import normalize_platform
    from driftcheck.normalization._references import Names
    from driftcheck.normalization._running import NOTHING_KNOWN, running_in

__all__ = [
    "NOTHING_KNOWN",
    "PICKING",
    "RULES",
    "Known",
    "Names",
    "Rule",
    "autoscaled_in",
    "common_names",
    "normalize",
    "normalize_platform",
    "roots_in",
    "running_in",
    "says_what_runs",
]
