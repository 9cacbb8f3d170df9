"""Here looks are kept over time, in a store that nobody can rewrite without its being seen.

What comes in is snapshots, the names of looks, keys, and a folder.
What goes out is looks and snapshots again, each held to all that was kept before it.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.history._adding import add
    from driftcheck.history._archive import Archive, Kept
    from driftcheck.history._chain import OnRead
    from driftcheck.history._index import Version
    from driftcheck.history._pruning import plan_pruning, prune
    from driftcheck.history._signing import sign
    from driftcheck.history._store import Store
    from driftcheck.history._verifying import verify

__all__ = [
    "Archive",
    "Kept",
    "OnRead",
    "Store",
    "Version",
    "add",
    "plan_pruning",
    "prune",
    "sign",
    "verify",
]
