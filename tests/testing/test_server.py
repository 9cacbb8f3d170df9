"""The playback server as a client meets it."""

from __future__ import annotations

import gzip
import http.client
import os
import stat
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client, config

from driftcheck.errors import StartError
from driftcheck.testing import PlaybackServer, Recording, Slow, large_namespace

PODS = "/api/v1/namespaces/bookshop-staging/pods"

Ask = Callable[..., Any]


@pytest.fixture
def server(equal: Recording) -> Iterator[PlaybackServer]:
    """A server that plays the equal namespaces."""
    with PlaybackServer(equal) as running:
        yield running


def test_the_server_stops_at_once_and_leaves_nothing(equal_path: Path) -> None:
    """An idle connection and a slow answer hold nothing up; threads, port and files are gone."""
    threads = threading.active_count()
    with PlaybackServer(equal_path, faults=[Slow(seconds=60)]) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.connect()
        slow = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        slow.request("GET", "/version")
        began = time.monotonic()
    ended = time.monotonic()
    connection.close()
    slow.close()

    assert ended - began < 1
    assert threading.active_count() == threads
    assert not server.kubeconfig.parent.exists()


def test_the_server_stops_when_the_block_fails(equal: Recording) -> None:
    """An error in the block passes through, and the server is stopped all the same."""
    threads = threading.active_count()
    with pytest.raises(ZeroDivisionError), PlaybackServer(equal):
        _ = 1 / 0

    assert threading.active_count() == threads


def test_a_server_may_start_again(equal: Recording, ask: Ask) -> None:
    """The same server may be entered a second time, and listens again."""
    server = PlaybackServer(equal)
    for _ in range(2):
        with server:
            assert ask(server, "/version").status == 200


def test_what_is_no_recording_does_not_start(tmp_path: Path) -> None:
    """A wrong path is refused before anything runs."""
    with pytest.raises(StartError):
        PlaybackServer(tmp_path / "missing")


def test_every_request_is_remembered(server: PlaybackServer, ask: Ask) -> None:
    """Method, path, query, user and Accept of all that was asked are kept in order."""
    ask(server, f"{PODS}?limit=1", Accept="application/json", user="viewer")
    ask(server, PODS, method="DELETE", user="")

    listed, deleted = server.requests
    assert (listed.method, listed.path, listed.query) == ("GET", PODS, "limit=1")
    assert (listed.user, listed.accept) == ("viewer", "application/json")
    assert (deleted.method, deleted.user) == ("DELETE", None)


def test_a_connection_is_kept_alive(server: PlaybackServer) -> None:
    """Many requests, even refused writes with a body, go over one connection."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    headers = {"Authorization": f"Bearer {server.token('admin')}"}
    statuses = []
    for method, body in [("GET", None), ("POST", b"{}"), ("GET", None)]:
        connection.request(method, "/version", body=body, headers=headers)
        response = connection.getresponse()
        response.read()
        statuses.append((response.status, response.will_close))
    connection.close()

    assert statuses == [(200, False), (405, False), (200, False)]


def test_large_answers_are_compressed_for_who_accepts_it(equal: Recording, ask: Ask) -> None:
    """Only what is above 128 KiB is compressed, and only on request."""
    with PlaybackServer(large_namespace(equal, "bookshop-staging", objects=500)) as server:
        plain = ask(server, PODS)
        packed = ask(server, PODS, Accept_Encoding="gzip")
        small = ask(server, "/version", Accept_Encoding="gzip")

    assert "Content-Encoding" not in plain.headers
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == (
        "gzip",
        "Accept-Encoding",
    )
    assert gzip.decompress(packed.content) == plain.content
    assert "Content-Encoding" not in small.headers
    assert "Date" in small.headers


def test_another_recording_may_be_played(server: PlaybackServer, ask: Ask) -> None:
    """What is played may be changed while the server runs."""
    server.recording = server.recording.without("bookshop-staging", "Pod", "db-0")

    assert len(ask(server, PODS).body["items"]) == 9


def test_the_kubeconfig_is_private(server: PlaybackServer) -> None:
    """Only this user may read the tokens."""
    assert stat.S_IMODE(os.stat(server.kubeconfig).st_mode) == 0o600  # noqa: PTH116
    assert stat.S_IMODE(server.kubeconfig.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("context", "pods", "secrets"),
    [("playback", 200, 200), ("viewer", 200, 403), ("unknown", 401, 401)],
)
def test_every_context_is_one_user(
    server: PlaybackServer, context: str, pods: int, secrets: int
) -> None:
    """The official client is answered as the user of its context."""
    api = config.new_client_from_config(str(server.kubeconfig), context=context)
    core = client.CoreV1Api(api)
    with warnings.catch_warnings():
        assert _status(core.list_namespaced_pod) == pods
        assert _status(core.list_namespaced_secret) == secrets
    api.close()


def test_a_token_in_the_path_is_as_good_as_in_the_header(server: PlaybackServer, ask: Ask) -> None:
    """Clients that send no token over plain HTTP, as kubectl, are told apart by their address."""
    clusters = yaml.safe_load(server.kubeconfig.read_text())["clusters"]
    paths = {
        entry["name"]: entry["cluster"]["server"].removeprefix(server.url) for entry in clusters
    }

    assert ask(server, f"{paths['viewer']}{PODS}", user="").status == 200
    assert ask(server, f"{paths['unknown']}{PODS}", user="").status == 401
    assert [request.user for request in server.requests] == ["viewer", None]
    assert {request.path for request in server.requests} == {PODS}


def _status(read: Callable[..., Any]) -> int:
    try:
        read("bookshop-staging", limit=500)
    except client.ApiException as error:
        return int(error.status)
    return 200
