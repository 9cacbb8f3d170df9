"""What clusters say before anything in them is looked at, and which versions they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from driftcheck.capture._kinds import is_excluded_group
from driftcheck.model import GroupKind
from driftcheck.sources import Cluster, at_once


def introduce(cluster: Cluster) -> None:
    """Let a cluster say, at once, what it is, what it serves and by which definitions.

    It remembers that.

    Args:
        cluster: Whom to ask.

    Raises:
        ClusterError: It does not answer, or does not tell what it serves.
    """
    asks: list[Callable[[], object]] = [
        lambda: cluster.version,
        lambda: cluster.discover(tolerated=is_excluded_group),
        lambda: cluster.definitions,
    ]
    at_once(asks)


def shared_versions(
    clusters: Iterable[Cluster], known: Mapping[GroupKind, str]
) -> dict[GroupKind, str]:
    """The version in which each kind is read, where it is served.

    A cluster is read in the versions of those before it; where one does not serve them, all
    are read in its own.

    Args:
        clusters: Where is looked, in order.
        known: The versions of what can't be read in another, such as a file.

    Returns:
        The versions.

    Raises:
        ClusterError: A server does not tell what it serves.
    """
    wanted, shared = dict(known), dict(known)
    for cluster in clusters:
        served = cluster.discover(tolerated=is_excluded_group, versions=wanted)
        kinds = (*served.resources, *served.outside)
        chosen = {kind.group_kind: kind.version for kind in kinds}
        wanted = chosen | wanted
        shared |= chosen
    return shared
