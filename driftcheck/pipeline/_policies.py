"""Policies, as people name them or as programs hold them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driftcheck.errors import PolicyError
from driftcheck.model import FilePath
from driftcheck.policy import NO_POLICY, Policy, policy_from, read_policy
from driftcheck.sources import read_settings

PolicyLike = str | Path | Policy | Mapping[str, Any] | None
"""What names or is a policy: a file, a policy, what a file would hold, or none."""


def load_policy(file: str | FilePath) -> Policy:
    """Read a policy's file.

    Args:
        file: YAML or JSON, by the keys in `docs/policy.md`.

    Returns:
        The policy.

    Raises:
        PolicyError: The file is not there, or is no policy; the message says where.
    """
    try:
        data = read_settings(Path(file))
    except OSError as error:
        raise PolicyError(
            f"{file}: {error.strerror}",
            hint="name a policy's file, or write one: driftcheck policy init RESULT.json",
        ) from None
    return read_policy(data, source=str(file))


def policy_of(given: PolicyLike) -> Policy:
    """The policy that is meant.

    Raises:
        PolicyError: It is none.
    """
    if given is None:
        return NO_POLICY
    if isinstance(given, Policy):
        return given
    if isinstance(given, Mapping):
        return policy_from(given)
    if isinstance(given, str | Path):
        return load_policy(given)
    raise PolicyError(
        f"policy: {type(given).__name__} is no policy",
        hint="pass a file's name, a Policy, or what a file would hold",
    )
