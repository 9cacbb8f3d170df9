"""What a snapshot means: server-written noise gone, lists typed, names made neutral.

What comes in is a Snapshot, exactly as it was seen.
What goes out is a State, ready to be compared, with every rule's hits counted.
"""

from driftcheck.normalization._narrowing import says_what_runs
from driftcheck.normalization._normalize import PICKING, RULES, Rule, normalize
from driftcheck.normalization._renaming import with_baseline_names
from driftcheck.normalization._running import NOTHING_KNOWN, running_in
from driftcheck.normalization._surroundings import autoscaled_everywhere

__all__ = [
    "NOTHING_KNOWN",
    "PICKING",
    "RULES",
    "Rule",
    "autoscaled_everywhere",
    "normalize",
    "running_in",
    "says_what_runs",
    "with_baseline_names",
]
