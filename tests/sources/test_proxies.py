"""Proxies: which one is taken, who logs in there, and what is said where one gives no way."""

from __future__ import annotations

import socket
import socketserver
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from driftcheck.errors import ClusterError, DriftcheckError, KubeconfigError
from driftcheck.sources._proxies import choose_proxy
from tests.sources.asking import TOKEN, Server, Write, complaint, quick

LOGIN = f"Basic {b64encode(b'ann:p@ss').decode()}"


class Tunnels(Server):
    """A proxy that remembers who asked for which way, and gives none."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.RequestHandlerClass = Refusal
        self.status = status


class Refusal(BaseHTTPRequestHandler):
    server: Tunnels

    def do_CONNECT(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers))
        self.send_error(self.server.status)

    do_GET = do_CONNECT  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(params=[407, 403])
def refusing(request: pytest.FixtureRequest) -> Iterator[Tunnels]:
    proxy = Tunnels(request.param)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.02,))
    thread.start()
    yield proxy
    proxy.shutdown()
    thread.join()
    proxy.server_close()


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def with_login(url: str) -> str:
    return url.replace("://", "://ann:p%40ss@")


def test_a_login_goes_to_the_proxy(write: Write, server: Server) -> None:
    """User and password in a proxy's address are its own, and no server sees them."""
    path = write({}, server="http://cluster.example", **{"proxy-url": with_login(server.url)})

    with quick(path) as connection:
        assert connection.get("/version").status == 200

    assert server.seen[0][2]["Proxy-Authorization"] == LOGIN
    assert server.seen[0][2]["Authorization"] is None


def test_a_login_goes_with_the_tunnel(write: Write, refusing: Tunnels) -> None:
    """For a server with TLS the proxy is told with the way that it is asked for."""
    path = write(
        {"token": TOKEN},
        server="https://cluster.example",
        **{"proxy-url": with_login(refusing.url)},
    )
    error = complaint(quick(path), "the proxy")

    command, way, headers = refusing.seen[0]
    assert (command, way) == ("CONNECT", "cluster.example:443")
    assert headers["Proxy-Authorization"] == LOGIN
    assert headers["Authorization"] is None
    assert f"HTTP status {refusing.status}" in str(error)
    assert "p@ss" not in f"{error} {error.hint} {error.__cause__!r}"


@pytest.mark.parametrize("server_of", ["https://cluster.example", "http://cluster.example"])
def test_a_proxy_that_wants_a_login(write: Write, server_of: str) -> None:
    """407 is the proxy's word, not the server's; it is named, and not asked for again."""
    proxy = Tunnels(407)
    threading.Thread(target=proxy.serve_forever, args=(0.02,)).start()
    try:
        error = complaint(
            quick(write({}, server=server_of, **{"proxy-url": proxy.url})),
            r"the proxy on the way to https?://cluster.example wants a login \(HTTP status 407\)",
        )
    finally:
        proxy.shutdown()
        proxy.server_close()

    assert "USER:PASSWORD" in error.hint
    assert len(proxy.seen) == 1


@pytest.mark.parametrize("no_proxy", ["*", "cluster.example", "127.0.0.1"])
def test_the_kubeconfigs_proxy_is_always_taken(
    write: Write, server: Server, monkeypatch: pytest.MonkeyPatch, no_proxy: str
) -> None:
    """`proxy-url` is taken whatever `NO_PROXY` says."""
    monkeypatch.setenv("NO_PROXY", no_proxy)
    with quick(
        write({}, server="http://cluster.example", **{"proxy-url": server.url})
    ) as connection:
        assert connection.get("/version").status == 200


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_direct"),
    [
        ("*", "kube.corp.example", True),
        ("*.corp.example", "kube.corp.example", True),
        ("*.corp.example", "corp.example", False),
        (".corp.example", "kube.corp.example", True),
        (".corp.example", "corp.example", False),
        ("corp.example", "corp.example", True),
        ("corp.example", "kube.corp.example", True),
        ("corp.example", "othercorp.example", False),
        ("CORP.example", "kube.corp.example", True),
        ("kube", "kube.corp.example", False),
        ("other, corp.example", "kube.corp.example", True),
        ("corp.example:6443", "corp.example:6443", True),
        ("corp.example:6443", "corp.example", False),
        ("corp.example:443", "corp.example", True),
        ("10.0.0.0/8", "10.1.2.3:6443", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3:6443", "10.1.2.3:6443", True),
        ("10.1.2.3:6443", "10.1.2.3", False),
        ("1.2.3", "0.1.2.3", True),
        ("10.1.2.3/8", "kube.corp.example", False),
        ("fd00::/8", "[fd00::1]", True),
        ("[fd00::1]:6443", "[fd00::1]:6443", True),
        ("fd00::1", "[fd00::1]:6443", True),
        ("10.0.0.0/8", "[fd00::1]", False),
        ("", "kube.corp.example", False),
        (",, ", "kube.corp.example", False),
        (":443", "kube.corp.example", False),
        ("elsewhere", "localhost:6443", True),
        ("elsewhere", "127.0.0.9", True),
        ("elsewhere", "[::1]:6443", True),
    ],
)
def test_no_proxy(no_proxy: str, host: str, is_direct: bool) -> None:
    """`NO_PROXY` is understood as Go understands it: golang.org/x/net/http/httpproxy."""
    environ = {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": no_proxy}

    assert (choose_proxy(f"https://{host}", None, environ) is None) == is_direct


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:2"}, "http://a:1"),
        ({"https_proxy": "http://b:2"}, "http://b:2"),
        ({"HTTPS_PROXY": "proxy.corp:3128"}, "http://proxy.corp:3128"),
        ({"HTTPS_PROXY": "https://proxy.corp"}, "https://proxy.corp:443"),
        ({"HTTP_PROXY": "http://a:1", "ALL_PROXY": "http://b:2"}, None),
        ({"HTTPS_PROXY": ""}, None),
    ],
)
def test_the_proxy_of_the_environment(environ: dict[str, str], url: str | None) -> None:
    """A proxy of the environment is the one that Go takes; one without a scheme speaks HTTP."""
    proxy = choose_proxy("https://cluster.example", None, environ)

    assert (proxy.url if proxy else None) == url


@pytest.mark.parametrize(
    "url", ["127.0.0.1:1", "ftp://proxy", "http://", "http://[x", "socks9://a:1"]
)
def test_proxies_that_are_none(write: Write, url: str) -> None:
    """What is no proxy's address is refused with what to write."""
    with pytest.raises(KubeconfigError, match="the cluster's proxy-url is no proxy's") as raised:
        quick(write({}, **{"proxy-url": url}))
    assert "http://HOST:PORT" in raised.value.hint


def test_socks_takes_a_package(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PySocks a SOCKS proxy is refused with what to install."""
    monkeypatch.setattr("driftcheck.sources._proxies.find_spec", lambda _: None)
    with pytest.raises(DriftcheckError, match="PySocks") as raised:
        quick(write({}, **{"proxy-url": f"socks5://ann:{TOKEN}@127.0.0.1:1"}))
    assert "kube-driftcheck[socks]" in raised.value.hint
    assert TOKEN not in str(raised.value)


class Socks(socketserver.ThreadingTCPServer):
    """A SOCKS proxy (RFC 1928, RFC 1929) that leads to one server, whatever it is asked for."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), SocksHandler)
        self.port = port
        self.asked_for: list[tuple[int, bytes]] = []
        self.logins: list[bytes] = []


class SocksHandler(socketserver.StreamRequestHandler):
    server: Socks

    def handle(self) -> None:
        methods = self.rfile.read(self.rfile.read(2)[1])
        self.wfile.write(b"\x05\x02" if 2 in methods else b"\x05\x00")
        if 2 in methods:
            user = self.rfile.read(self.rfile.read(2)[1])
            self.server.logins.append(user + b":" + self.rfile.read(self.rfile.read(1)[0]))
            self.wfile.write(b"\x01\x00")
        kind = self.rfile.read(4)[3]
        name = self.rfile.read(self.rfile.read(1)[0] if kind == 3 else 4)
        self.server.asked_for.append((kind, name))
        self.rfile.read(2)
        self.wfile.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        with socket.create_connection(("127.0.0.1", self.server.port)) as beyond:
            threading.Thread(target=self.copy, args=(beyond,), daemon=True).start()
            while data := self.connection.recv(4096):
                beyond.sendall(data)

    def copy(self, beyond: socket.socket) -> None:
        try:
            while data := beyond.recv(4096):
                self.connection.sendall(data)
        except OSError:
            return


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("login", ["", "ann:pass@"])
def test_socks(write: Write, server: Server, scheme: str, login: str) -> None:
    """A SOCKS proxy is used, and looks the server's name up itself, as Go has it."""
    pytest.importorskip("socks", reason="PySocks is not installed")
    proxy = Socks(server.server_port)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.02,))
    thread.start()
    url = f"{scheme}://{login}127.0.0.1:{proxy.server_address[1]}"
    try:
        with quick(write({}, server="http://no.such.invalid", **{"proxy-url": url})) as connection:
            assert connection.get("/version").status == 200
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()

    assert proxy.asked_for == [(3, b"no.such.invalid")]
    assert proxy.logins == ([b"ann:pass"] if login else [])


def test_a_socks_proxy_that_is_away(write: Write) -> None:
    """A SOCKS proxy that is not there is an error with a word."""
    pytest.importorskip("socks", reason="PySocks is not installed")
    path = write({}, server="http://no.such.invalid", **{"proxy-url": "socks5://127.0.0.1:1"})
    with quick(path) as connection, pytest.raises(ClusterError, match="cannot connect"):
        connection.get("/version")
