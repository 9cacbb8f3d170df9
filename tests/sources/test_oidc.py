"""Logins by OpenID Connect: renewed at their issuer, in time, or said to have ended."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
import trustme

from driftcheck.errors import KubeconfigError
from driftcheck.sources import connect
from tests.sources.asking import JSON, Server, Write, quick

REFRESH = "a-refresh-token-nobody-may-see"
SECRET = "a-client-secret-nobody-may-see"


def id_token(*, until: float) -> str:
    """A token that says when its time is over, and proves nothing."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": until}).encode())
    return f"head.{claims.decode().rstrip('=')}.signature"


OVER, GOOD = id_token(until=1), id_token(until=time.time() + 86_400)


class Issuer(ThreadingHTTPServer):
    """An identity provider that renews logins as told, and remembers how it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), IssuerHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.token_url = ""
        self.discovery: tuple[int, bytes] | None = None
        self.answers: list[tuple[int, Any]] = []
        self.grants: list[tuple[dict[str, str], str | None]] = []
        self.drips = ""

    def handle_error(self, *_: object) -> None:
        """A client that goes away is the client's matter."""


class IssuerHandler(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        assert self.path == "/.well-known/openid-configuration"
        endpoint = self.server.token_url or f"{self.server.url}/token"
        self.answer(*(self.server.discovery or (200, json.dumps({"token_endpoint": endpoint}))))

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.server.grants.append((form, self.headers["Authorization"]))
        status, found = self.server.answers.pop(0)
        self.answer(status, found if isinstance(found, str) else json.dumps(found))

    def answer(self, status: int, body: str | bytes) -> None:
        if self.server.drips == self.command:
            while True:
                self.wfile.write(b"H")
                time.sleep(0.05)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode() if isinstance(body, str) else body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(issuer: Issuer) -> Iterator[Issuer]:
    thread = threading.Thread(target=issuer.serve_forever, args=(0.02,))
    thread.start()
    yield issuer
    issuer.shutdown()
    thread.join()
    issuer.server_close()


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("driftcheck.sources._oidc._latest", {})


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with serving(Issuer()) as running:
        running.answers = [(200, {"id_token": GOOD, "token_type": "Bearer"})]
        yield running


Provider = Callable[..., JSON]


@pytest.fixture
def provider(issuer: Issuer) -> Provider:
    """A user as `kubectl oidc-login` and its like write one; None leaves a setting out."""

    def make(**changed: str | None) -> JSON:
        config = {
            "idp-issuer-url": issuer.url,
            "client-id": "kubernetes",
            "client-secret": SECRET,
            "refresh-token": REFRESH,
            "id-token": OVER,
            **{key.replace("_", "-"): value for key, value in changed.items()},
        }
        config = {key: value for key, value in config.items() if value is not None}
        return {"auth-provider": {"name": "oidc", "config": config}}

    return make


def asked_with(server: Server) -> str:
    return str(server.seen[-1][2]["Authorization"])


def test_a_login_that_lasts(
    write: Write, server: Server, issuer: Issuer, provider: Provider
) -> None:
    """A token whose time is not over is used, and its issuer left alone."""
    with quick(write(provider(id_token=GOOD))) as connection:
        connection.get("/version")

    assert asked_with(server) == f"Bearer {GOOD}"
    assert issuer.grants == []


@pytest.mark.parametrize("kept", [OVER, None, "", "no token at all"])
def test_a_login_is_renewed(
    write: Write, server: Server, issuer: Issuer, provider: Provider, kept: str | None
) -> None:
    """A token that is over, or is none, is renewed; the kubeconfig stays as it is."""
    path = write(provider(id_token=kept))
    before = path.read_bytes()

    with quick(path) as connection:
        connection.get("/version")

    assert asked_with(server) == f"Bearer {GOOD}"
    ((form, basic),) = issuer.grants
    assert form == {"grant_type": "refresh_token", "refresh_token": REFRESH}
    assert basic == f"Basic {base64.b64encode(f'kubernetes:{SECRET}'.encode()).decode()}"
    assert path.read_bytes() == before


def test_a_refresh_token_is_used_once(
    write: Write, server: Server, issuer: Issuer, provider: Provider
) -> None:
    """An issuer that exchanges refresh tokens is never shown an old one."""
    issuer.answers = [
        (200, {"id_token": id_token(until=time.time() + 0.2), "refresh_token": "next"}),
        (200, {"id_token": GOOD}),
    ]
    path = write(provider())
    connect(kubeconfig=str(path))
    time.sleep(0.3)

    for _ in range(2):
        with quick(path) as connection:
            connection.get("/version")
        assert asked_with(server) == f"Bearer {GOOD}"
    assert [form["refresh_token"] for form, _ in issuer.grants] == [REFRESH, "next"]


@pytest.mark.parametrize("secret", [None, ""])
def test_a_public_client(
    write: Write, server: Server, issuer: Issuer, provider: Provider, secret: str | None
) -> None:
    """A client without a secret, as most logins of people are, says its name alone."""
    with quick(write(provider(client_secret=secret))) as connection:
        connection.get("/version")

    ((form, basic),) = issuer.grants
    assert (form["client_id"], basic) == ("kubernetes", None)


def test_an_issuer_that_wants_the_secret_elsewhere(
    write: Write, server: Server, issuer: Issuer, provider: Provider
) -> None:
    """An issuer that takes no Basic login is told the client's secret in the form."""
    issuer.answers.insert(0, (401, {"error": "invalid_client"}))

    with quick(write(provider())) as connection:
        connection.get("/version")

    assert issuer.grants[1][0]["client_secret"] == SECRET


def refused(path: Any, said: str, *, timeout: float = 20.0) -> KubeconfigError:
    """What is said of a login that can't be used; nothing of it is ever shown."""
    with pytest.raises(KubeconfigError, match=said) as raised:
        connect(kubeconfig=str(path), timeout=timeout)
    assert "the user 'ann' of the context 'shop'" in str(raised.value)
    shown = f"{raised.value} {raised.value.hint} {raised.value.__cause__!r}"
    assert not any(value in shown for value in (REFRESH, SECRET, OVER))
    return raised.value


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((400, {"error": "invalid_grant", "error_description": REFRESH}), "ended: invalid_grant"),
        ((400, "<html>"), "HTTP status 400"),
        ((200, "<html>"), "not the JSON that was asked for"),
        ((200, {"access_token": "x"}), "without an id_token"),
        ((500, ""), "HTTP status 500"),
        ((302, ""), "HTTP status 302"),
    ],
)
def test_logins_that_have_ended(
    write: Write, issuer: Issuer, provider: Provider, answer: tuple[int, Any], said: str
) -> None:
    """A login that can't be renewed is said to have ended, with what to do."""
    issuer.answers = [answer]

    assert "log in again" in refused(write(provider()), said).hint


@pytest.mark.parametrize("answer", [(404, b""), (200, b"<html>"), (200, b"{}"), (200, b"\xff")])
def test_issuers_that_are_none(
    write: Write, issuer: Issuer, provider: Provider, answer: tuple[int, bytes]
) -> None:
    """What answers like no issuer is named, with what to check."""
    issuer.discovery = answer

    assert "idp-issuer-url" in refused(write(provider()), issuer.url).hint


@pytest.mark.parametrize("missing", ["refresh_token", "idp_issuer_url", "client_id"])
def test_a_login_that_cannot_be_renewed(write: Write, provider: Provider, missing: str) -> None:
    """Without what it takes to renew a login, that is what is said."""
    refused(write(provider(**{missing: None})), f"without {missing.replace('_', '-')}")


def test_an_issuer_that_is_away(write: Write, provider: Provider) -> None:
    """An issuer that can't be reached is named."""
    refused(write(provider(idp_issuer_url="http://127.0.0.1:1")), r"http://127\.0\.0\.1:1")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_issuer_that_drips(
    write: Write, issuer: Issuer, provider: Provider, method: str
) -> None:
    """An issuer that never ends its answer holds nobody longer than the time limit."""
    issuer.drips = method
    started = time.monotonic()

    refused(write(provider()), "did not answer in time", timeout=0.5)

    assert time.monotonic() - started < 5


@pytest.mark.parametrize("where", ["issuer", "token_endpoint"])
def test_logins_never_travel_in_clear(
    write: Write, issuer: Issuer, provider: Provider, where: str
) -> None:
    """A login goes to its issuer over TLS, or to this machine."""
    elsewhere = "http://issuer.example"
    issuer.token_url = f"{elsewhere}/token" if where == "token_endpoint" else ""
    user = provider(**({"idp_issuer_url": elsewhere} if where == "issuer" else {}))

    refused(write(user), "to http://issuer.example in clear")
    assert issuer.grants == []


def test_an_issuer_proves_who_it_is(write: Write, server: Server, provider: Provider) -> None:
    """An issuer is asked over TLS by the authority that is named, and by no other."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    issuer = Issuer()
    issuer.socket = context.wrap_socket(issuer.socket, server_side=True)
    issuer.url = issuer.url.replace("http", "https")
    issuer.answers = [(200, {"id_token": GOOD})]
    trusted = base64.b64encode(authority.cert_pem.bytes()).decode()
    with serving(issuer):
        refused(write(provider(idp_issuer_url=issuer.url)), "no trusted connection")
        path = write(provider(idp_issuer_url=issuer.url, idp_certificate_authority_data=trusted))
        with quick(path) as connection:
            connection.get("/version")

    assert asked_with(server) == f"Bearer {GOOD}"
