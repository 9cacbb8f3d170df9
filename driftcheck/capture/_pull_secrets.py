"""The logins that a namespace's pods pull images with; read only where that was asked for.

They live in memory as long as registries are asked, and are kept nowhere.
https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from driftcheck.errors import ClusterError
from driftcheck.sources import Cluster, Connection, FindLogins, Refusal, Resource, logins_in

_SECRETS = Resource("", "v1", "Secret", "secrets")
_KEYS = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
"""Under which key each type of Secret has its logins."""


def pull_logins(connection: Connection, namespace: str) -> tuple[FindLogins, ...]:
    """The logins in the image pull Secrets of a namespace.

    Args:
        connection: Where the cluster is.
        namespace: The namespace.

    Returns:
        For each such Secret, what finds its logins.

    Raises:
        ClusterError: The Secrets can't be read.
    """
    found = Cluster(connection).read(_SECRETS, namespace)
    if isinstance(found, Refusal):
        raise ClusterError(
            f"the pull Secrets of {namespace!r} can't be read: {found.reason}",
            hint="leave out --pull-secrets, or let this user read Secrets there",
        )
    return tuple(logins_in(config) for body in found.bodies for config in _configs(body))


def _configs(secret: Mapping[str, Any]) -> Iterator[bytes]:
    data = secret.get("data")
    key = _KEYS.get(str(secret.get("type")))
    if key and isinstance(data, dict):
        try:
            yield base64.b64decode(str(data.get(key, "")), validate=True)
        except binascii.Error:
            return
