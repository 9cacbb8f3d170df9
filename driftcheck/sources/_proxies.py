"""Which proxy stands between us and a server, as Go and so kubectl choose it.

https://pkg.go.dev/golang.org/x/net/http/httpproxy
https://kubernetes.io/docs/tasks/extend-kubernetes/socks5-proxy-access-api/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from attrs import field, frozen

from driftcheck.errors import KubeconfigError

_PORTS = {"http": 80, "https": 443}
_SOCKS = {"socks5", "socks5h"}
_ENDS_WITH_PORT = re.compile(r"^(?:[^:]*|\[.*\]):[0-9]+$")


@frozen
class Proxy:
    """A way to a server.

    Args:
        url: Where it is; a SOCKS proxy's has its login in it, and another's has none.
        login: User and password for it, with a colon between; empty for none.
    """

    url: str = field(repr=False)
    login: str = field(default="", repr=False)


def choose_proxy(server: str, proxy_url: str | None, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy for a server: the kubeconfig's, else that of the environment.

    The kubeconfig's is used whatever `NO_PROXY` says, and also for this machine.

    Args:
        server: The server's URL.
        proxy_url: The kubeconfig's `proxy-url`.
        environ: The environment variables.

    Returns:
        The proxy; None where the server is asked directly.

    Raises:
        KubeconfigError: The proxy is none that can be used.
    """
    if proxy_url:
        return _understood(proxy_url, "the cluster's proxy-url")
    address = urlsplit(server)
    name = f"{address.scheme.upper()}_PROXY"
    proxy = _either(environ, name)
    if not proxy or is_loopback(address.hostname or "") or _is_exempt(address, environ):
        return None
    has_scheme = "://" in proxy
    return _understood(proxy if has_scheme else f"http://{proxy}", name)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _understood(text: str, origin: str) -> Proxy:
    """A proxy's address taken apart; it is never quoted, since it may hold a password."""
    try:
        address = urlsplit(text)
        host, port, scheme = address.hostname, address.port, address.scheme
    except ValueError:
        host, port, scheme = None, None, ""
    if not host or scheme not in (*_PORTS, *_SOCKS):
        raise KubeconfigError(
            f"{origin} is no proxy's address",
            hint="write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT",
        )
    if scheme in _SOCKS:
        _require_socks(origin)
        # With the h the proxy looks the server's name up, as Go always has it.
        return Proxy(address._replace(scheme="socks5h").geturl())
    place = f"[{host}]" if ":" in host else host
    login = f"{unquote(address.username or '')}:{unquote(address.password or '')}"
    return Proxy(
        f"{scheme}://{place}:{port or _PORTS[scheme]}", "" if address.username is None else login
    )


def _require_socks(origin: str) -> None:
    if find_spec("socks") is None:
        raise KubeconfigError(
            f"{origin} names a SOCKS proxy, which needs the package PySocks",
            hint="install it: pip install 'kube-driftcheck[socks]'",
        )


def _either(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.lower()) or ""


def _is_exempt(address: SplitResult, environ: Mapping[str, str]) -> bool:
    """Whether `NO_PROXY` names a host."""
    port = str(address.port or _PORTS[address.scheme])
    exempt = _either(environ, "NO_PROXY").lower().split(",")
    return any(_covers(text.strip(), address.hostname or "", port) for text in exempt)


def _covers(text: str, host: str, port: str) -> bool:
    """Whether one text of `NO_PROXY` speaks of a host.

    `a.b` speaks of itself and what is below it, `.a.b` and `*.a.b` of what is below alone; `*`
    of everything; an address of itself, or of its network. A port may follow.
    """
    if text == "*":
        return True
    named, _, only_port = text.rpartition(":") if _ENDS_WITH_PORT.search(text) else (text, "", "")
    if not named or only_port not in ("", port):
        return False
    network, address = _network(named.strip("[]")), _network(host)
    if network and address:
        return network.version == address.version and network.supernet_of(address)  # type: ignore[arg-type]
    below = named.removeprefix("*")
    return host.endswith(below if below.startswith(".") else f".{below}") or host == below


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """The network, or the one address, that a text is."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
