"""Here is what reaches into a namespace from outside, and when it acts there.

What comes in is what was seen inside, and what was read outside so far.
What goes out is what reaches in and by what, and what is still to be read to know that.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.platform._inside import Inside
    from driftcheck.platform._kinds import (
        BINDING,
        DEFINITION,
        LEADS_TO,
        NODE,
        ROLE,
        VOLUME,
    )
    from driftcheck.platform._outside import Ask, Outside
    from driftcheck.platform._permissions import (
        Permission,
        Permissions,
        is_allowed,
        permissions_of,
        spelled,
    )
    from driftcheck.platform._rbac import account, broader, role_name, subjects_of
    from driftcheck.platform._reach import asks, reached
    from driftcheck.platform._selectors import selects
    from driftcheck.platform._substance import substance

__all__ = [
    "BINDING",
    "DEFINITION",
    "LEADS_TO",
    "NODE",
    "ROLE",
    "VOLUME",
    "Ask",
    "Inside",
    "Outside",
    "Permission",
    "Permissions",
    "account",
    "asks",
    "broader",
    "is_allowed",
    "permissions_of",
    "reached",
    "role_name",
    "selects",
    "spelled",
    "subjects_of",
    "substance",
]
