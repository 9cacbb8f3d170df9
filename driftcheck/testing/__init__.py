"""A playback API server, for testing whatever talks to Kubernetes.

Here live recordings of an API server, edits of them, faults, and the server that plays them.
In come a recording's file, objects as plain dicts, and faults as values.
Out come answers over real HTTP, a kubeconfig that points at them, and every request that was made.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.testing._definitions import with_definition
    from driftcheck.testing._faults import (
        Churning,
        Dropped,
        ExpiredContinue,
        Failing,
        Fault,
        Forbidden,
        InconsistentContinue,
        InvalidJSON,
        MetadataOnlyIgnored,
        Replaced,
        Reply,
        Slow,
        StaleDiscovery,
        Strike,
        Throttled,
        Truncated,
        Unserved,
        When,
    )
    from driftcheck.testing._large import large_namespace
    from driftcheck.testing._reading import load_recording
    from driftcheck.testing._recording import Recording
    from driftcheck.testing._requests import Request
    from driftcheck.testing._server import PlaybackServer, kubeconfig_for

__all__ = [
    "Churning",
    "Dropped",
    "ExpiredContinue",
    "Failing",
    "Fault",
    "Forbidden",
    "InconsistentContinue",
    "InvalidJSON",
    "MetadataOnlyIgnored",
    "PlaybackServer",
    "Recording",
    "Replaced",
    "Reply",
    "Request",
    "Slow",
    "StaleDiscovery",
    "Strike",
    "Throttled",
    "Truncated",
    "Unserved",
    "When",
    "kubeconfig_for",
    "large_namespace",
    "load_recording",
    "with_definition",
]
