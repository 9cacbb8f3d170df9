"""Ways to servers, and what can go wrong on them; the only file that touches the client.

The official client is asked for a pod's service account and for connections through a proxy,
and for nothing else: its typed models drop what they do not know, which a proof cannot afford,
what it makes of a kubeconfig is not what kubectl makes of it, and loading it takes longer than
to compare two small namespaces.
"""

from __future__ import annotations

import logging
import os
import re
import ssl
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from driftcheck.sources._kubeconfig import Access, ClusterSettings, UserSettings
from driftcheck.sources._parallel import SEATS
from driftcheck.sources._proxies import Proxy

if TYPE_CHECKING:
    from urllib3 import PoolManager
    from urllib3.exceptions import HTTPError

IN_CLUSTER = "in-cluster"
"""What the context is called where a pod's own service account is used."""

_QUOTES_AN_ADDRESS = "Failed to parse headers (url="
_REFUSED_TUNNEL = re.compile(r"Tunnel connection failed: ([0-9]{3})")
PROXY_LOGIN = 407


def in_cluster_access() -> Access | None:
    """The service account of the pod this runs in; None outside of pods.

    https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
    """
    from kubernetes.config import incluster_config

    host = os.environ.get(incluster_config.SERVICE_HOST_ENV_NAME)
    port = os.environ.get(incluster_config.SERVICE_PORT_ENV_NAME)
    token = incluster_config.SERVICE_TOKEN_FILENAME
    if not (host and port and Path(token).is_file()):
        return None
    place = f"[{host}]" if ":" in host else host
    return Access(
        IN_CLUSTER,
        "the pod's service account",
        ClusterSettings(
            server=f"https://{place}:{port}",
            certificate_authority=incluster_config.SERVICE_CERT_FILENAME,
        ),
        UserSettings(token_file=token),
    )


def connection_pool(
    server: str, proxy: Proxy | None, tls: ssl.SSLContext, *, tls_server_name: str | None = None
) -> PoolManager:
    """Connections to one server.

    Args:
        server: The server's URL.
        proxy: The proxy on the way; None for none.
        tls: How to speak TLS.
        tls_server_name: The name that the server must prove; None for its host's.

    Returns:
        The connections, none of which is open yet.
    """
    from urllib3 import PoolManager
    from urllib3.exceptions import InsecureRequestWarning

    if tls.verify_mode != ssl.CERT_REQUIRED:
        warnings.filterwarnings("ignore", category=InsecureRequestWarning)
    keep_addresses_quiet()
    pool = _pool_behind(proxy, server) if proxy else PoolManager()
    pool.connection_pool_kw |= {
        "cert_reqs": tls.verify_mode,
        "maxsize": SEATS,
        "server_hostname": tls_server_name,
        "ssl_context": tls,
    }
    return pool


def _pool_behind(proxy: Proxy, server: str) -> PoolManager:
    """Connections through a proxy, as the client makes them."""
    from kubernetes.client import Configuration
    from kubernetes.client.rest import RESTClientObject
    from urllib3 import make_headers

    configuration = Configuration(host=server)
    configuration.proxy = proxy.url
    configuration.no_proxy = None
    if proxy.login:
        configuration.proxy_headers = make_headers(proxy_basic_auth=proxy.login)
    pool: PoolManager = RESTClientObject(configuration).pool_manager
    return pool


def keep_addresses_quiet() -> None:
    """Keep urllib3 from logging whole addresses, which may hold tokens, where headers are odd.

    `HTTPConnection.getresponse` in urllib3/connection.py; a traceback goes with it.
    """
    logging.getLogger("urllib3.connection").addFilter(_quotes_no_address)


def _quotes_no_address(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_QUOTES_AN_ADDRESS)


def explained(error: HTTPError, server: str) -> tuple[str, str]:
    """Why a server could not be asked, in words, and what the reader can do about it."""
    from urllib3 import exceptions

    if isinstance(error, exceptions.NameResolutionError):
        return f"the host of {server} is unknown", "is the VPN up, and the context the right one?"
    if isinstance(error, exceptions.NewConnectionError):
        reason = getattr(error.__cause__, "strerror", None) or "no connection"
        return f"cannot connect to {server}: {reason}", "is the context the right one?"
    if isinstance(error, exceptions.ConnectTimeoutError):
        return f"{server} cannot be reached: no answer in time", "is the VPN up?"
    if isinstance(error, exceptions.TimeoutError):
        return f"{server} took the request, and did not answer in time", ""
    if isinstance(error, exceptions.SSLError):
        return (
            f"no trusted connection to {server}: {error}",
            "check the cluster's certificate-authority and the user's client certificate",
        )
    if isinstance(error, exceptions.ProxyError):
        return _refused_way(error, server)
    if isinstance(error, exceptions.ProtocolError | exceptions.DecodeError):
        return f"the connection to {server} broke off in the middle of an answer", ""
    return f"cannot ask {server}: {type(error).__name__}", ""


def wants_proxy_login(error: HTTPError) -> bool:
    """Whether a proxy let nobody through who has not logged in."""
    return _tunnel_status(error) == PROXY_LOGIN


def no_proxy_login(server: str) -> tuple[str, str]:
    """What to say of a proxy that wants a login, or another one."""
    return (
        f"the proxy on the way to {server} wants a login (HTTP status {PROXY_LOGIN})",
        "write it into proxy-url or HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT",
    )


def _refused_way(error: HTTPError, server: str) -> tuple[str, str]:
    status = _tunnel_status(error)
    if status == PROXY_LOGIN:
        return no_proxy_login(server)
    said = f": HTTP status {status}" if status else ""
    return (
        f"the proxy gives no way to {server}{said}",
        "check proxy-url, HTTPS_PROXY and NO_PROXY",
    )


def _tunnel_status(error: HTTPError) -> int | None:
    found = _REFUSED_TUNNEL.search(str(getattr(error, "original_error", "")))
    return int(found[1]) if found else None
