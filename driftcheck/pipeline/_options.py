"""What the verbs that look take besides environments, each option said once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from attrs import Attribute, field, frozen

from driftcheck.capture import SecretKey, find_secret_key
from driftcheck.errors import UsageError
from driftcheck.model import Declarer, Snapshot

if TYPE_CHECKING:
    from driftcheck.capture import Progress

OnProgress = Callable[[str, "Progress"], None]
"""Told the environment's name, and how far the look at it has come."""


class ConnectionOptions(TypedDict, total=False):
    """Which cluster is asked, and for how long.

    Args:
        context: The kubeconfig's context, where an environment's name itself says none.
        kubeconfig: The kubeconfig's path; by default `$KUBECONFIG` or `~/.kube/config`.
        timeout: Seconds after which the look at an environment is given up; by default 300.
    """

    context: str | None
    kubeconfig: str | None
    timeout: float


class LookOptions(ConnectionOptions, total=False):
    """How environments are looked at; those of `ConnectionOptions`, and more.

    Args:
        settle: Seconds to wait for rollouts to end and for objects to stand still; by default
            none.
        on_progress: Told an environment's name, and how far the look at it has come.
        store: Where looks are kept that are named `history:...`; by default
            `$DRIFTCHECK_STORE`, or `./driftcheck-history`. Named here, the findings of a
            comparison say since when they stand.
    """

    settle: float
    on_progress: OnProgress | None
    store: str | Path | None


class CaptureOptions(LookOptions, total=False):
    """How all of an environment is looked at; those of `LookOptions`, and more.

    Args:
        secret_key_file: The key for Secret fingerprints; by default
            `$DRIFTCHECK_SECRET_KEY`, or this user's own.
        secret_values: Whether to ask for the values of Secrets, as by default; else for their
            metadata alone.
        platform: Whether to look at what reaches in from outside, as by default; True holds
            the verdict of a comparison to it.
        helm_storage: The namespace in which Helm keeps its releases, where that is another one
            than they are deployed to.
    """

    secret_key_file: str | Path | None
    secret_values: bool
    platform: bool | None
    helm_storage: str | None


def _seconds(
    is_allowed: Callable[[float], bool], wanted: str
) -> Callable[[Any, Attribute[float], float], None]:
    def check(_: Any, attribute: Attribute[float], value: float) -> None:
        if not (isinstance(value, int | float) and isfinite(value) and is_allowed(value)):
            raise UsageError(
                f"{attribute.name}: {value!r} is not {wanted} of seconds",
                hint="write a number, such as 60",
            )

    return check


@frozen(kw_only=True)
class Look:
    """How environments are looked at; see `CaptureOptions`."""

    context: str | None = None
    kubeconfig: str | None = None
    timeout: float = field(
        default=300.0, validator=_seconds(lambda value: value > 0, "a positive number")
    )
    settle: float = field(default=0.0, validator=_seconds(lambda value: value >= 0, "a number"))
    on_progress: OnProgress | None = None
    store: str | Path | None = None
    secret_key_file: str | Path | None = None
    secret_values: bool = True
    earlier: Snapshot | None = None
    platform: bool | None = None
    helm_storage: str | None = None
    declared_by: tuple[Declarer, ...] = ()

    def secret_key(self) -> SecretKey:
        """The key for Secret fingerprints."""
        return self._secret_key

    @cached_property
    def _secret_key(self) -> SecretKey:
        file = Path(self.secret_key_file) if self.secret_key_file else None
        return find_secret_key(os.environ, file)
