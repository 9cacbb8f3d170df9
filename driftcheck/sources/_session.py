"""An authenticated way to one API server: whom a kubeconfig means, and what proves it.

Who of several credentials counts, and what is refused, is as in kubectl: `validateAuthInfo`
and `validateClusterInfo` in client-go/tools/clientcmd/validation.go, `HTTPWrappersForConfig`
in client-go/transport/round_trippers.go.
"""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from attrs import field, frozen

from driftcheck.errors import KubeconfigError
from driftcheck.sources._kubeconfig import (
    Access,
    ClusterSettings,
    ProviderSettings,
    UserSettings,
    impersonation,
)
from driftcheck.sources._lives import Life
from driftcheck.sources._oidc import id_token
from driftcheck.sources._plugins import plugin_credentials, refuse_vague
from driftcheck.sources._pools import connection_pool
from driftcheck.sources._proxies import Proxy, choose_proxy, is_loopback
from driftcheck.sources._reading import read_settings
from driftcheck.sources._tls import Certificate, authority_of, certificate_of, tls_context

if TYPE_CHECKING:
    from urllib3 import PoolManager

_SCHEMES = ("http", "https")


@frozen
class Session:
    """Connections to one server, and the headers that say who asks.

    Args:
        server: The server's address, which every path is appended to.
        user: Who asks, for people to read.
        headers: What every request carries, besides its own.
        pool: The connections.
        life: For how long it is used.
    """

    server: str = field(repr=False)
    user: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    pool: PoolManager = field(repr=False)
    life: Life

    @property
    def origin(self) -> str:
        """The server as people know it, without credentials or a path."""
        parts = urlsplit(self.server)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


@frozen
class _Credentials:
    """What proves who asks; nothing of it where anybody may ask."""

    authorization: str | None = field(default=None, repr=False)
    certificate: Certificate | None = None
    life: Life = field(factory=Life, eq=False)


def open_session(access: Access, *, deadline: float) -> Session:
    """Load the credentials, from a plugin where the kubeconfig names one.

    Args:
        access: A context.
        deadline: When to give up, by the monotonic clock.

    Returns:
        A session, before any request.

    Raises:
        KubeconfigError: There are no usable credentials.
    """
    try:
        headers = impersonation(access.user)
        cluster = access.cluster
        credentials = _credentials(access, deadline)
        server = _server(cluster, credentials)
        proxy = choose_proxy(server, cluster.proxy_url, os.environ)
        _refuse_clear_text(server, proxy, credentials)
        pool = connection_pool(
            server,
            proxy,
            _tls(cluster, credentials, is_spoken=server.startswith("https:") or proxy is not None),
            tls_server_name=cluster.tls_server_name or None,
        )
    except KubeconfigError as error:
        raise KubeconfigError(f"{access.who}: {error}", hint=error.hint) from None
    if credentials.authorization:
        headers = [("Authorization", credentials.authorization), *headers]
    return Session(
        server=server,
        user=access.who,
        headers=tuple(map(_sendable, headers)),
        pool=pool,
        life=credentials.life,
    )


def _credentials(access: Access, deadline: float) -> _Credentials:
    """What a user has; one of several ways, and never nothing where one is declared.

    A plugin is run only where nothing else is there, and a token goes before a provider's.
    """
    user = access.user
    _refuse_several(user)
    if user.exec:
        refuse_vague(user.exec)
    token = _token(user)
    certificate = certificate_of(user)
    if token:
        return _Credentials(f"Bearer {token}", certificate)
    if user.username:
        login = f"{user.username}:{user.password or ''}".encode()
        return _Credentials(f"Basic {b64encode(login).decode()}", certificate)
    if user.auth_provider:
        return _Credentials(f"Bearer {_provided(user.auth_provider, deadline)}", certificate)
    if user.exec and not certificate:
        found = plugin_credentials(user.exec, access.cluster, deadline=deadline)
        authorization = f"Bearer {found.token}" if found.token else None
        return _Credentials(authorization, found.certificate, found.life)
    return _Credentials(None, certificate)


def _refuse_several(user: UserSettings) -> None:
    """Refuse a user who could be two, where kubectl does.

    It counts a password without a name beside a token, and not beside a token's file:
    `validateAuthInfo` and `HTTPWrappersForConfig` of k8s.io/client-go.
    """
    if (user.token or user.token_file) and user.username:
        several = "a token and a username"
    elif user.token and user.password:
        several = "a token and a password"
    elif user.exec and user.auth_provider:
        several = "exec and auth-provider"
    else:
        return
    raise KubeconfigError(f"the kubeconfig's user has {several}", hint="leave one of them out")


def _token(user: UserSettings) -> str | None:
    """A token; a file's goes before the one beside it, since files are kept up to date."""
    if not user.token_file:
        return user.token
    try:
        token = read_settings(Path(user.token_file)).decode().strip()
        reason = "it is empty"
    except (OSError, ValueError) as error:
        token = ""
        reason = getattr(error, "strerror", None) or "it is no text"
    if not (token or user.token):
        raise KubeconfigError(
            f"no token can be read from {user.token_file}: {reason}", hint="log in again"
        )
    return token or user.token


def _provided(provider: ProviderSettings, deadline: float) -> str:
    if provider.name != "oidc":
        raise KubeconfigError(
            f"the auth-provider {provider.name or ''} is known no more",
            hint="log in with a credential plugin; nothing is ever read anonymously in its place",
        )
    return id_token(provider, deadline=deadline)


def _server(cluster: ClusterSettings, credentials: _Credentials) -> str:
    """Where the server is; a host and port without a scheme means TLS where certificates do.

    `DefaultServerURL` in client-go/rest/url_utils.go.
    """
    text = cluster.server or ""
    if not text:
        raise KubeconfigError(
            "the cluster of this context names no server",
            hint="kubectl config set-cluster NAME --server=https://HOST:PORT gives it one",
        )
    has_tls = (
        cluster.certificate_authority
        or cluster.certificate_authority_data
        or cluster.insecure_skip_tls_verify
        or credentials.certificate
    )
    if "://" not in text:
        text = f"{'https' if has_tls else 'http'}://{text}"
    try:
        address = _address(text)
        is_known = address.scheme in _SCHEMES and address.hostname and address.port != 0
    except ValueError:
        is_known = False
    if not is_known:
        raise KubeconfigError("the cluster's server is no address", hint="write https://HOST:PORT")
    return address._replace(query="", fragment="").geturl().rstrip("/")


def _address(url: str) -> SplitResult:
    """An address in its parts; a path has no fragment behind it, and keeps the sign of one.

    `ClientConfig` in client-go/tools/clientcmd/client_config.go, with Go's `url.ParseRequestURI`.
    """
    address = urlsplit(url)
    return urlsplit(url.replace("#", "%23")) if address.path else address


def _refuse_clear_text(server: str, proxy: Proxy | None, credentials: _Credentials) -> None:
    """Keep credentials from a wire that anybody can read; without TLS, to this machine alone."""
    if urlsplit(server).scheme == "https" or credentials == _Credentials():
        return
    for url in (server, *([proxy.url] if proxy else ())):
        host = urlsplit(url).hostname or ""
        if not is_loopback(host):
            raise KubeconfigError(
                f"the credentials would go to {host} in clear",
                hint="a cluster's server begins with https://",
            )


def _tls(cluster: ClusterSettings, credentials: _Credentials, *, is_spoken: bool) -> SSLContext:
    """How to speak TLS; where nobody speaks it, the system's authorities need not be loaded."""
    authority = authority_of(cluster)
    if authority and cluster.insecure_skip_tls_verify:
        raise KubeconfigError(
            "the cluster has a certificate-authority, and insecure-skip-tls-verify",
            hint="leave one of them out",
        )
    is_wanted = is_spoken or authority is not None
    is_verified = is_wanted and not cluster.insecure_skip_tls_verify
    return tls_context(authority, credentials.certificate, verified=is_verified)


def _sendable(header: tuple[str, str]) -> tuple[str, str]:
    """A header as UTF-8, the way kubectl sends it, without a line break at its end."""
    name, value = header[0], header[1].strip()
    if not value.isprintable():
        raise KubeconfigError(
            f"the kubeconfig's value for {name} holds a control character",
            hint="take it out of the kubeconfig",
        )
    return name, value.encode().decode("latin-1")
