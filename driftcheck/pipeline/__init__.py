"""Here is the order of the stages, which nobody else knows: look, normalize, compare, decide.

What comes in is environments, as people name them or as programs hold them.
What goes out is snapshots and results.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.pipeline._answers import load_answer, load_audit, load_result
    from driftcheck.pipeline._attaching import attach
    from driftcheck.pipeline._auditing import audit, audit_snapshots
    from driftcheck.pipeline._captures import capture, required_role
    from driftcheck.pipeline._files import load, save
    from driftcheck.pipeline._history import History
    from driftcheck.pipeline._images import images_of
    from driftcheck.pipeline._judging import compare_snapshots
    from driftcheck.pipeline._looking import EnvironmentLike
    from driftcheck.pipeline._notebooks import notebook_forms, notebook_html
    from driftcheck.pipeline._options import (
        CaptureOptions,
        ConnectionOptions,
        LookOptions,
        OnProgress,
    )
    from driftcheck.pipeline._policies import PolicyLike, load_policy
    from driftcheck.pipeline._proving import prove
    from driftcheck.pipeline._renderers import other_formats, render
    from driftcheck.pipeline._shortcuts import NO_SHORTCUTS
    from driftcheck.pipeline._statements import files_of_statement, save_statement
    from driftcheck.pipeline._verbs import compare, list_images, try_policy
    from driftcheck.pipeline._verifying import verify

__all__ = [
    "NO_SHORTCUTS",
    "CaptureOptions",
    "ConnectionOptions",
    "EnvironmentLike",
    "History",
    "LookOptions",
    "OnProgress",
    "PolicyLike",
    "attach",
    "audit",
    "audit_snapshots",
    "capture",
    "compare",
    "compare_snapshots",
    "files_of_statement",
    "images_of",
    "list_images",
    "load",
    "load_answer",
    "load_audit",
    "load_policy",
    "load_result",
    "notebook_forms",
    "notebook_html",
    "other_formats",
    "prove",
    "render",
    "required_role",
    "save",
    "save_statement",
    "try_policy",
    "verify",
]
