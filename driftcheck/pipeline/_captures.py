"""The verbs that look, and say nothing of what they see: capture, and what leave that takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from driftcheck.errors import UsageError
from driftcheck.model import Declarer, Snapshot
from driftcheck.pipeline._files import load
from driftcheck.pipeline._looking import EnvironmentLike, is_live, look_at
from driftcheck.pipeline._options import CaptureOptions, ConnectionOptions, Look
from driftcheck.pipeline._silence import silent
from driftcheck.sources import ClusterAddress, parse_address

if TYPE_CHECKING:
    from driftcheck.capture import RequiredRole


@silent
def capture(
    environment: EnvironmentLike,
    *,
    earlier: Snapshot | str | Path | None = None,
    **options: Unpack[CaptureOptions],
) -> Snapshot:
    """Look at an environment once.

    Args:
        environment: What names it (`shop`, `shop@prod-eu`, `./manifests`, `-`, or what was
            declared of it: `helm:shop`, `helm:shop/web`, `applied:shop`), or is it already: a
            path, a snapshot, or an iterable of Kubernetes objects as dicts.
        earlier: What was captured of the same Namespace before, or its file: what nobody wrote
            since is taken over from it, and not read again. The snapshot is the same as without,
            and its `taken_over` names it.
        options: How to look: see `CaptureOptions`.

    Returns:
        What was seen, with everything that could not be seen in its coverage.

    Raises:
        StartError: Nothing could be looked at; its `hint` says what to do.
    """
    known = load(earlier) if isinstance(earlier, str | Path) else earlier
    if known is not None and not is_live(environment):
        raise UsageError(
            f"{environment}: an earlier snapshot is of use for a namespace of a cluster only",
            hint="leave it out",
        )
    return look_at(environment, Look(earlier=known, declared_by=tuple(Declarer), **options))


@silent
def required_role(
    environment: str, *, platform: bool = False, **options: Unpack[ConnectionOptions]
) -> RequiredRole:
    """Say what leave `capture` needs in a Namespace; asks for nothing but what is served.

    Args:
        environment: `shop`, or `shop@prod-eu`.
        platform: Whether to say it of what reaches in from outside instead, for which the
            Namespace itself is looked at.
        options: How to ask: see `ConnectionOptions`.

    Returns:
        The least Role, or ClusterRole.

    Raises:
        StartError: The cluster can't be asked, or this is no Namespace of one.
    """
    from driftcheck.pipeline._clusters import role_at

    address = parse_address(environment)
    if not isinstance(address, ClusterAddress):
        raise UsageError(
            f"{environment}: only a namespace of a cluster needs a Role",
            hint="name one: shop, or shop@context",
        )
    return role_at(address, Look(platform=platform, **options))
