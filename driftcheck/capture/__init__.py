"""Here looking becomes a snapshot: what was seen, what was not, and why.

What comes in is a source, and a key for the values that must never be kept.
What goes out is a snapshot that any later comparison can rest on.
"""

from driftcheck.doors import door

with door(__name__):
    from driftcheck.capture._access import RequiredRole
    from driftcheck.capture._cluster import capture_cluster, platform_role_in, role_in
    from driftcheck.capture._contents import contents_of
    from driftcheck.capture._garbage import without_collection
    from driftcheck.capture._helm import capture_helm
    from driftcheck.capture._introduction import introduce, shared_versions
    from driftcheck.capture._keys import SecretKey, find_secret_key
    from driftcheck.capture._manifests import capture_manifests
    from driftcheck.capture._outside import without_cluster_scoped
    from driftcheck.capture._patience import Patience
    from driftcheck.capture._pull_secrets import pull_logins
    from driftcheck.capture._reader import Progress
    from driftcheck.capture._secrets import redact, redact_all
    from driftcheck.capture._versions import versions_of, with_unserved

__all__ = [
    "Patience",
    "Progress",
    "RequiredRole",
    "SecretKey",
    "capture_cluster",
    "capture_helm",
    "capture_manifests",
    "contents_of",
    "find_secret_key",
    "introduce",
    "platform_role_in",
    "pull_logins",
    "redact",
    "redact_all",
    "role_in",
    "shared_versions",
    "versions_of",
    "with_unserved",
    "without_cluster_scoped",
    "without_collection",
]
