"""An authenticated way to one API server; the only file that touches the `kubernetes` package.

The client is asked for authentication and a pool of connections, and for nothing else:
its typed models drop what they do not know, which a proof cannot afford.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import field, frozen

from driftcheck.errors import KubeconfigError
from driftcheck.sources._kubeconfig import Access, impersonation
from driftcheck.sources._parallel import WORKERS
from driftcheck.sources._plugins import run_plugin

if TYPE_CHECKING:
    import urllib3

logger = logging.getLogger(__name__)

IN_CLUSTER = "in-cluster"
"""What the context is called where a pod's own service account is used."""

LEAST_LIFE = 30.0
"""Seconds that credentials are used at least, so that a plugin never runs in a loop."""

_LONGEST_LIFE = 600.0
"""Seconds after which rotated tokens and certificates are read again."""

_SKEW = 60.0
"""Seconds before they expire that credentials are renewed."""

_CREDENTIALS = ("auth-provider", "token", "tokenFile", "username")


@frozen
class Session:
    """Connections to one server, and the headers that say who asks.

    Args:
        server: The server's address, which every path is appended to.
        user: Who asks, for people to read.
        headers: What every request carries, besides its own.
        pool: The connections.
        opened: When it was opened, by the monotonic clock.
        renew_at: When it must be opened again, by the same clock.
    """

    server: str = field(repr=False)
    user: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    pool: urllib3.PoolManager = field(repr=False)
    opened: float
    renew_at: float

    @property
    def origin(self) -> str:
        """The server as people know it, without credentials or a path."""
        parts = urlsplit(self.server)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def open_session(access: Access | None) -> Session:
    """Load the credentials, running a plugin where the kubeconfig names one.

    Args:
        access: A context; None for the service account of the pod this runs in.

    Returns:
        A session, before any request.

    Raises:
        KubeconfigError: There are no usable credentials.
    """
    from kubernetes.client import Configuration

    configuration = Configuration()
    configuration.connection_pool_maxsize = WORKERS
    expires = _configure(configuration, access)
    opened = monotonic()
    user = access.user if access else {}
    authorization = _authorization(configuration, user)
    return Session(
        server=configuration.host.rstrip("/"),
        user=_described(access),
        headers=tuple(map(_sendable, (*authorization, *impersonation(user)))),
        pool=_pool(configuration),
        opened=opened,
        renew_at=opened + _lifetime(expires),
    )


def is_in_cluster() -> bool:
    """Whether this runs in a pod with a service account."""
    from kubernetes.config import incluster_config

    return (
        incluster_config.SERVICE_HOST_ENV_NAME in os.environ
        and Path(incluster_config.SERVICE_TOKEN_FILENAME).is_file()
    )


def _configure(configuration: Any, access: Access | None) -> datetime | None:
    from kubernetes.config import (
        ConfigException,
        load_incluster_config,
        load_kube_config_from_dict,
    )

    try:
        if access is None:
            load_incluster_config(client_configuration=configuration)
            return None
        settings, expires = _plain_settings(access)
        load_kube_config_from_dict(
            settings,
            context=access.context,
            client_configuration=configuration,
            persist_config=False,
        )
        _choose_proxy(configuration, access)
    except ConfigException as error:
        raise KubeconfigError(f"{_described(access)}: {error}") from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        # Messages of these may quote the credentials they stumbled over.
        raise KubeconfigError(
            f"{_described(access)}: the credentials cannot be used ({type(error).__name__})"
        ) from None
    return expires


def _plain_settings(access: Access) -> tuple[dict[str, Any], datetime | None]:
    """A kubeconfig of one context, with a plugin's credentials in the plugin's place."""
    if not access.cluster.get("server"):
        raise KubeconfigError(f"the cluster of the context {access.context!r} names no server")
    user = {key: value for key, value in access.user.items() if key != "exec"}
    expires = None
    if access.user.get("exec") and not (user.get("token") or user.get("tokenFile")):
        credentials = run_plugin(access.user["exec"], access.cluster)
        user |= credentials.settings
        expires = credentials.expires
    _warn_of_unverified_renewal(user)
    name = access.context
    return {
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": dict(access.cluster)}],
        "users": [{"name": name, "user": user}],
    }, expires


def _warn_of_unverified_renewal(user: Mapping[str, Any]) -> None:
    provider = user.get("auth-provider") or {}
    settings = provider.get("config") or {}
    has_authority = any(key.startswith("idp-certificate-authority") for key in settings)
    if provider.get("name") == "oidc" and not has_authority:
        logger.warning(
            "the kubeconfig's oidc provider names no idp-certificate-authority, so the client"
            " renews expired tokens without verifying the issuer; prefer an exec plugin"
        )


def _choose_proxy(configuration: Any, access: Access) -> None:
    """The cluster's own proxy, which not every client knows; none for this machine itself.

    Go and kubectl never use a proxy of the environment for a loopback address.
    """
    proxy = access.cluster.get("proxy-url")
    if proxy:
        configuration.proxy = proxy
    elif _is_loopback(urlsplit(configuration.host).hostname or ""):
        configuration.proxy = None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sendable(header: tuple[str, str]) -> tuple[str, str]:
    """A header as UTF-8, the way kubectl sends it, without a token file's last newline."""
    name, value = header[0], header[1].strip()
    if not value.isprintable():
        raise KubeconfigError(f"the kubeconfig's value for {name} holds a control character")
    return name, value.encode().decode("latin-1")


def _authorization(configuration: Any, user: Mapping[str, Any]) -> list[tuple[str, str]]:
    setting = next(iter(configuration.auth_settings().values()), None)
    value = setting["value"] if setting else None
    if value:
        return [("Authorization", value)]
    declared = [key for key in _CREDENTIALS if key in user]
    if declared and not configuration.cert_file:
        raise KubeconfigError(
            f"the kubeconfig's {declared[0]} yields no credentials",
            hint="log in again; nothing is ever read anonymously in its place",
        )
    return []


def _pool(configuration: Any) -> urllib3.PoolManager:
    from kubernetes.client.rest import RESTClientObject
    from urllib3.exceptions import InsecureRequestWarning

    if not configuration.verify_ssl:
        warnings.filterwarnings("ignore", category=InsecureRequestWarning)
    pool: urllib3.PoolManager = RESTClientObject(configuration).pool_manager
    return pool


def _lifetime(expires: datetime | None) -> float:
    left = expires.timestamp() - time() - _SKEW if expires else _LONGEST_LIFE
    return max(LEAST_LIFE, min(_LONGEST_LIFE, left))


def _described(access: Access | None) -> str:
    if access is None:
        return "the pod's service account"
    return f"the user {access.user_name!r} of the context {access.context!r}"
