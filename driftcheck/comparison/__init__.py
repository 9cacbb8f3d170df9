"""Where environments differ, each place said once.

What comes in is two or more States, the baseline first.
What goes out is a Comparison: differences, what runs where, and what can't be compared.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.comparison._compare import Comparison, compare_states
    from driftcheck.comparison._compared import Compared
    from driftcheck.comparison._moments import later_entries
    from driftcheck.comparison._platform import PlatformComparison, compare_platforms
    from driftcheck.comparison._running import image_rows

__all__ = [
    "Compared",
    "Comparison",
    "PlatformComparison",
    "compare_platforms",
    "compare_states",
    "image_rows",
    "later_entries",
]
