"""What in one environment was changed by hand, is mutable, or does not run what it declares.

What comes in is an Inspection: a Snapshot as it was seen, the State that it means, and where it
is not as declared.
What goes out is a finding for each object and check, and how each check went.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.audit._checks import Audited, audit_environment
    from driftcheck.audit._deviations import Declarations, Deviation
    from driftcheck.audit._inspection import Inspection

__all__ = ["Audited", "Declarations", "Deviation", "Inspection", "audit_environment"]
