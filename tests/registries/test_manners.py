"""Registries that want a login, are busy, lie, or say nothing; a server on loopback plays them."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import driftcheck
from driftcheck.sources import Login, Manifest, Refusal, Registries, docker_logins
from tests.registries.conftest import CONFIG, described, digest

BODY = json.dumps({"schemaVersion": 2, "config": described(CONFIG, b"{}")}).encode()
DIGEST = digest(BODY)
REPOSITORY = "shop/web"
Answering = Callable[[BaseHTTPRequestHandler], None]


def answer(
    request: BaseHTTPRequestHandler, status: int = 200, body: bytes = BODY, **headers: str
) -> None:
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture
def serve() -> Iterator[Callable[[Answering], str]]:
    """Starts a server that answers every GET in one way; its host and port."""
    servers: list[ThreadingHTTPServer] = []

    def start(answering: Answering) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answering(self)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def asked(
    registry: str, login: Login | None = None, timeout: float = 20.0, digest: str = DIGEST
) -> Manifest | Refusal:
    return registries_for(*([login] if login else []), timeout=timeout).manifest(
        registry, REPOSITORY, digest
    )


def registries_for(*logins: Login, timeout: float = 20.0) -> Registries:
    return Registries([lambda _: logins], timeout=timeout, pause=0.01)


def test_no_digest_header(serve: Callable[[Answering], str]) -> None:
    """A registry need not say the digest: the body is hashed."""
    found = asked(serve(answer))

    assert isinstance(found, Manifest)
    assert found.config is not None


def test_a_lie(serve: Callable[[Answering], str]) -> None:
    """Another body than the digest's is refused, whatever the header says."""
    found = asked(serve(lambda request: answer(request, body=b"{}", Docker_Content_Digest=DIGEST)))

    assert isinstance(found, Refusal)
    assert "sends something else" in found.reason


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_refusals(serve: Callable[[Answering], str], status: int) -> None:
    found = asked(serve(lambda request: answer(request, status)))

    assert isinstance(found, Refusal)
    assert (found.status, f"answers {status}" in found.reason) == (status, True)


def test_busy(serve: Callable[[Answering], str]) -> None:
    """Too many requests are asked again, after what the registry wants."""
    seen: list[str] = []

    def answering(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.path)
        answer(request, 429 if len(seen) < 3 else 200, Retry_After="0")

    assert isinstance(asked(serve(answering)), Manifest)
    assert len(seen) == 3


def test_busy_for_ever(serve: Callable[[Answering], str]) -> None:
    found = asked(serve(lambda request: answer(request, 429)))

    assert isinstance(found, Refusal)
    assert found.status == 429


def test_silence(serve: Callable[[Answering], str]) -> None:
    """A registry that never answers costs no more than the time limit."""
    started = time.monotonic()

    found = asked(serve(lambda _: time.sleep(5)), timeout=0.5)

    assert isinstance(found, Refusal)
    assert time.monotonic() - started < 3


def test_a_trickle(serve: Callable[[Answering], str]) -> None:
    """Nor does one that sends a byte now and then."""

    def answering(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        for _ in range(50):
            request.wfile.write(b" ")
            time.sleep(0.1)

    started = time.monotonic()

    found = asked(serve(answering), timeout=0.5)

    assert isinstance(found, Refusal)
    assert "did not answer in time" in found.reason
    assert time.monotonic() - started < 3


def test_a_trickle_of_headers(serve: Callable[[Answering], str]) -> None:
    """Nor does one whose status line or headers never end: each byte comes in time."""

    def answering(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(200):
            request.wfile.write(b"x")
            time.sleep(0.1)

    registry = serve(answering)
    started = time.monotonic()

    found = asked(registry, timeout=0.5)

    assert isinstance(found, Refusal)
    assert found.reason == f"{registry} took the request, and did not answer in time"
    assert time.monotonic() - started < 5


def test_a_helper_that_hangs(serve: Callable[[Answering], str]) -> None:
    """Finding a login is part of what the time limit is for."""
    registry = serve(lambda it: answer(it, 401, b"", WWW_Authenticate='Basic realm="x"'))
    registries = Registries([lambda _: time.sleep(20) or ()], timeout=0.5)
    started = time.monotonic()

    assert isinstance(registries.manifest(registry, REPOSITORY, DIGEST), Refusal)
    assert time.monotonic() - started < 5


def test_the_time_limit_begins_with_the_first_question(serve: Callable[[Answering], str]) -> None:
    """Looking at a cluster for long leaves no less time for its registries."""
    registries = registries_for(timeout=0.3)
    time.sleep(0.4)

    assert isinstance(registries.manifest(serve(answer), REPOSITORY, DIGEST), Manifest)


def test_nobody_there() -> None:
    """A registry that can't be reached is said to be so, in words."""
    found = asked("127.0.0.1:9")

    assert isinstance(found, Refusal)
    assert found.reason == "cannot connect to 127.0.0.1:9: Connection refused"


def test_silence_is_waited_for_once(serve: Callable[[Answering], str]) -> None:
    """A registry that did not answer one question is not asked another."""
    seen: list[str] = []

    def answering(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.path)
        time.sleep(2)

    registry = serve(answering)
    registries = registries_for(timeout=0.5)
    found = [registries.tag(registry, REPOSITORY, tag) for tag in "abc"]

    assert all(isinstance(each, Refusal) for each in found)
    assert seen == [f"/v2/{REPOSITORY}/manifests/a"]


@pytest.mark.parametrize(
    "digest_",
    ["md5:" + "0" * 32, "shake_128:00", "sha256:../../../../admin", "sha256:" + "A" * 64, "", "é"],
)
def test_what_is_no_digest(serve: Callable[[Answering], str], digest_: str) -> None:
    """What a manifest calls a digest becomes no part of an address unless it is one."""
    seen: list[str] = []

    found = asked(serve(lambda request: seen.append(request.path)), digest=digest_)

    assert isinstance(found, Refusal)
    assert (seen, "not a digest" in found.reason) == ([], True)


@pytest.mark.parametrize("value", ["²", "-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_strange_pause(serve: Callable[[Answering], str], value: str) -> None:
    """A Retry-After that makes no sense is none."""
    found = asked(serve(lambda request: answer(request, 429, Retry_After=value)))

    assert isinstance(found, Refusal)
    assert found.status == 429


def test_too_long_a_pause(serve: Callable[[Answering], str]) -> None:
    """A registry that asks for more patience than there is is not waited for."""
    started = time.monotonic()

    found = asked(serve(lambda request: answer(request, 429, Retry_After="3600")))

    assert isinstance(found, Refusal)
    assert (found.status, time.monotonic() - started < 3) == (429, True)


def tag_of(registry: str) -> str | Refusal:
    return registries_for().tag(registry, REPOSITORY, "1")


def test_a_tag(serve: Callable[[Answering], str]) -> None:
    """A tag's digest is that of the body, whether the registry says it or not."""
    assert tag_of(serve(answer)) == DIGEST
    assert tag_of(serve(lambda it: answer(it, Docker_Content_Digest=DIGEST))) == DIGEST


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (BODY, {"Docker_Content_Digest": digest(b"other")}, "sends something else"),
        (BODY, {"Docker_Content_Digest": "md5:0"}, "sends something else"),
        (b"<html>log in</html>", {}, "is not an image"),
        (b"{}", {}, "is not an image"),
    ],
)
def test_a_lie_about_a_tag(
    serve: Callable[[Answering], str], body: bytes, headers: dict[str, str], said: str
) -> None:
    """What is not the image that the registry says it is gives no digest."""
    found = tag_of(serve(lambda it: answer(it, body=body, **headers)))

    assert isinstance(found, Refusal)
    assert said in found.reason


def test_a_redirect(serve: Callable[[Answering], str]) -> None:
    """A registry may keep its blobs elsewhere; the login stays behind."""
    seen: list[tuple[str, str | None]] = []

    def answering(request: BaseHTTPRequestHandler) -> None:
        said = request.headers["Authorization"]
        seen.append((request.path, said))
        if said:
            answer(request, 307, b"", Location="/store")
        elif request.path == "/store":
            answer(request)
        else:
            answer(request, 401, b"", WWW_Authenticate='Basic realm="x"')

    assert isinstance(asked(serve(answering), Login("me", "pass")), Manifest)
    assert seen[-1] == ("/store", None)


@pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
def test_a_redirect_to_who_wants_a_login(serve: Callable[[Answering], str], scheme: str) -> None:
    """A login is told to who the registry itself names, and never to who its redirect names."""
    told: list[str] = []

    def elsewhere(request: BaseHTTPRequestHandler) -> None:
        if request.headers["Authorization"] or request.path.startswith("/token"):
            told.append(request.path)
        realm = f"http://{request.headers['Host']}/token"
        answer(request, 401, b"", WWW_Authenticate=f'{scheme} realm="{realm}",service="reg"')

    target = serve(elsewhere)
    registry = serve(lambda it: answer(it, 307, b"", Location=f"http://{target}/blob"))

    found = asked(registry, Login("me", "pass"))

    assert isinstance(found, Refusal)
    assert (found.status, "sends us on" in found.reason, told) == (401, True, [])


def test_a_redirect_behind_a_login(serve: Callable[[Answering], str]) -> None:
    """Nor is it told where the redirect comes after the login."""
    told: list[str] = []

    def elsewhere(request: BaseHTTPRequestHandler) -> None:
        if request.headers["Authorization"] or request.path.startswith("/token"):
            told.append(request.path)
        answer(request, 401, b"", WWW_Authenticate=f'Bearer realm="http://{target}/token"')

    def answering(request: BaseHTTPRequestHandler) -> None:
        if request.headers["Authorization"]:
            answer(request, 307, b"", Location=f"http://{target}/blob")
        else:
            answer(request, 401, b"", WWW_Authenticate='Basic realm="x"')

    target = serve(elsewhere)

    assert isinstance(asked(serve(answering), Login("me", "pass")), Refusal)
    assert told == []


@pytest.mark.parametrize(
    "challenge",
    [
        'Bearer realm="http://{host}/token",service="reg",scope="repository:shop/web:pull,push"',
        'Bearer realm="http://{host}/token?scope=repository:shop/web:pull,push",service="reg"',
        'Bearer realm="http://{host}/token",scope="registry:catalog:*",service="reg",account="x"',
    ],
)
def test_what_a_token_is_for(serve: Callable[[Answering], str], challenge: str) -> None:
    """Whatever a registry would have us ask for, a token is for reading one repository."""
    queries: list[str] = []

    def answering(request: BaseHTTPRequestHandler) -> None:
        path, _, query = request.path.partition("?")
        if path == "/token":
            queries.append(query)
            answer(request, body=b'{"token": "t"}')
        elif request.headers["Authorization"] == "Bearer t":
            answer(request)
        else:
            wanted = challenge.format(host=request.headers["Host"])
            answer(request, 401, b"", WWW_Authenticate=wanted)

    assert isinstance(asked(serve(answering)), Manifest)
    assert queries == ["scope=repository%3Ashop%2Fweb%3Apull&service=reg"]


@pytest.mark.parametrize("place", ["http://registry.example.com/", "ftp://x/", "http://[", "//x"])
def test_a_redirect_to_where_anybody_listens(serve: Callable[[Answering], str], place: str) -> None:
    """Where a registry must not send us, nobody goes."""
    found = asked(serve(lambda request: answer(request, 302, b"", Location=place)))

    assert isinstance(found, Refusal)
    assert found.status == 302


def test_a_proxy_with_a_login(
    serve: Callable[[Answering], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login in the proxy's address goes to the proxy."""
    seen: list[str | None] = []

    def answering(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Proxy-Authorization"])
        answer(request)

    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://me:p%40ss@{serve(answering)}")

    assert isinstance(asked("localhost:1"), Manifest)
    assert seen == [f"Basic {base64.b64encode(b'me:p@ss').decode()}"]


def test_a_proxy(serve: Callable[[Answering], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy that the environment names is used, unless it says not to for a host."""
    registry = serve(answer)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)

    assert isinstance(asked(registry), Refusal)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert isinstance(asked(registry), Manifest)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"<html>", b"[" * 100_000])
def test_what_is_no_manifest(serve: Callable[[Answering], str], body: bytes) -> None:
    """A body that is what its digest says, and is no image."""
    found = asked(serve(lambda request: answer(request, body=body)), digest=digest(body))

    assert isinstance(found, Refusal)
    assert "is not an image" in found.reason


def with_token(seen: list[tuple[str, str | None]]) -> Answering:
    """A registry that wants a bearer token, and its token server; who asks is kept."""

    def answering(request: BaseHTTPRequestHandler) -> None:
        said = request.headers["Authorization"]
        path, _, query = request.path.partition("?")
        seen.append((request.path, said))
        if path == "/token":
            is_right = "scope=repository%3Ashop%2Fweb%3Apull" in query and "service=reg" in query
            answer(request, 200 if is_right else 400, b'{"token": "t0ken"}')
        elif said == "Bearer t0ken":
            answer(request)
        else:
            realm = f"http://{request.headers['Host']}/token"
            challenge = f'Bearer realm="{realm}",service="reg"'
            answer(request, 401, b"", WWW_Authenticate=challenge)

    return answering


@pytest.mark.parametrize("login", [None, Login("me", "pass")], ids=["nobody", "login"])
def test_a_token(serve: Callable[[Answering], str], login: Login | None) -> None:
    """The login goes to the token server, and the token alone to the registry."""
    seen: list[tuple[str, str | None]] = []

    assert isinstance(asked(serve(with_token(seen)), login), Manifest)

    basic = f"Basic {base64.b64encode(b'me:pass').decode()}" if login else None
    assert [said for _, said in seen] == [None, basic, "Bearer t0ken"]


def test_a_token_server_without_tls(serve: Callable[[Answering], str]) -> None:
    """No login goes where anybody can read it."""
    challenge = 'Bearer realm="http://token.example.com/token",service="reg"'

    found = asked(
        serve(lambda request: answer(request, 401, b"", WWW_Authenticate=challenge)),
        Login("me", "pass"),
    )

    assert isinstance(found, Refusal)
    assert found.status == 401


def test_a_password(serve: Callable[[Answering], str]) -> None:
    def answering(request: BaseHTTPRequestHandler) -> None:
        is_known = (
            request.headers["Authorization"] == f"Basic {base64.b64encode(b'me:pw').decode()}"
        )
        answer(request, 200 if is_known else 401, WWW_Authenticate='Basic realm="x"')

    registry = serve(answering)

    assert isinstance(asked(registry, Login("me", "pw")), Manifest)
    assert isinstance(asked(registry, Login("me", "no")), Refusal)
    assert isinstance(asked(registry), Refusal)


def test_several_logins(serve: Callable[[Answering], str]) -> None:
    """One login after the other is tried, until the registry takes one; that one stays."""
    right = f"Basic {base64.b64encode(b'b:2').decode()}"
    seen: list[str | None] = []

    def answering(request: BaseHTTPRequestHandler) -> None:
        said = request.headers["Authorization"]
        seen.append(said)
        status = 200 if said == right else 403 if said else 401
        answer(request, status, WWW_Authenticate='Basic realm="x"')

    registry = serve(answering)
    registries = registries_for(Login("a", "1"), Login("b", "2"), Login("c", "3"))

    assert isinstance(registries.manifest(registry, REPOSITORY, DIGEST), Manifest)
    registries.tag(registry, REPOSITORY, "1")
    assert seen[0] is None
    assert seen[2:] == [right, right]


def test_a_stale_login(serve: Callable[[Answering], str]) -> None:
    """Who is no longer known is still told what everybody is."""

    def answering(request: BaseHTTPRequestHandler) -> None:
        said = request.headers["Authorization"]
        if request.path.startswith("/token"):
            answer(request, 401 if said else 200, b'{"access_token": "t"}')
        elif said == "Bearer t":
            answer(request)
        else:
            realm = f"http://{request.headers['Host']}/token?a=b"
            answer(request, 401, b"", WWW_Authenticate=f'Bearer realm="{realm}"')

    assert isinstance(asked(serve(answering), Login("me", "old")), Manifest)


def test_asked_once(serve: Callable[[Answering], str]) -> None:
    """What a digest names never changes, so that it is asked for once."""
    seen: list[str] = []

    def answering(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.path)
        answer(request)

    registry = serve(answering)
    registries = registries_for()
    for _ in range(3):
        registries.manifest(registry, REPOSITORY, DIGEST)

    assert seen == [f"/v2/{REPOSITORY}/manifests/{DIGEST}"]


@pytest.mark.parametrize(
    "config",
    [
        {"auths": {"ghcr.io": {"auth": base64.b64encode(b"me:p:w").decode()}}},
        {"auths": {"https://ghcr.io": {"username": "me", "password": "p:w"}}},
    ],
)
def test_docker_config(docker_config: Callable[[Any], None], tmp_path: Path, config: Any) -> None:
    docker_config(config)
    find = docker_logins({"DOCKER_CONFIG": str(tmp_path)})

    assert find("ghcr.io") == (Login("me", "p:w"),)
    assert find("quay.io") == ()
    assert "p:w" not in repr(find("ghcr.io"))


@pytest.mark.parametrize(
    ("key", "registry", "is_for"),
    [
        ("https://ghcr.io/v2/", "ghcr.io", True),
        ("quay.io/team", "quay.io", True),
        ("*.example.com", "registry.example.com", True),
        ("*.com", "registry.example.com", False),
        ("*", "ghcr.io", False),
        ("example.com", "registry.example.com", False),
        ("registry.example.com:5000", "registry.example.com", False),
    ],
)
def test_names_in_a_docker_config(
    docker_config: Callable[[Any], None], tmp_path: Path, key: str, registry: str, is_for: bool
) -> None:
    """A login is for the host it names: whole, or part by part; a path in it does no harm."""
    docker_config({"auths": {key: {"username": "me", "password": "x"}}})

    assert bool(docker_logins({"DOCKER_CONFIG": str(tmp_path)})(registry)) is is_for


def test_docker_hub(docker_config: Callable[[Any], None], tmp_path: Path) -> None:
    """Docker keeps its own registry's login under an old address."""
    docker_config({"auths": {"https://index.docker.io/v1/": {"username": "me", "password": "x"}}})

    assert docker_logins({"DOCKER_CONFIG": str(tmp_path)})("docker.io") == (Login("me", "x"),)


def test_a_credential_helper(
    docker_config: Callable[[Any], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper is asked the way Docker does: the host on standard input."""
    docker_config({"credHelpers": {"ghcr.io": "testing"}, "auths": {}})
    helper = tmp_path / "docker-credential-testing"
    helper.write_text(
        '#!/bin/sh\nread host || true\n[ "$1 $host" = "get ghcr.io" ] || exit 1\n'
        'echo \'{"Username": "me", "Secret": "x"}\'\n'
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert docker_logins({"DOCKER_CONFIG": str(tmp_path)})("ghcr.io") == (Login("me", "x"),)


def test_a_helper_that_is_missing(docker_config: Callable[[Any], None], tmp_path: Path) -> None:
    docker_config({"credsStore": "nowhere"})

    assert docker_logins({"DOCKER_CONFIG": str(tmp_path)})("ghcr.io") == ()


def test_a_broken_config(docker_config: Callable[[Any], None], tmp_path: Path) -> None:
    docker_config('{"auths": "s3cret"')

    with pytest.raises(driftcheck.UsageError, match="not a readable Docker config") as raised:
        docker_logins({"DOCKER_CONFIG": str(tmp_path)})
    assert "s3cret" not in str(raised.value)
