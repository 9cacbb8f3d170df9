"""Whether what is the same is done once: for doubters and tests, everything can be done in full."""

from __future__ import annotations

import os

NO_SHORTCUTS = "DRIFTCHECK_NO_SHORTCUTS"
"""The variable that, set to anything, turns every shortcut off; no result depends on it."""


def takes_shortcuts() -> bool:
    """Whether shortcuts are taken."""
    return not os.environ.get(NO_SHORTCUTS)
