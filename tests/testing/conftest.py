"""Recordings, and a client that asks a playback server over HTTP."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from driftcheck.testing import PlaybackServer, Recording, load_recording

RECORDINGS = Path(__file__).parents[2] / "examples" / "recordings"


@attrs.frozen
class Response:
    """What came back over the wire."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The content as JSON."""
        return msgspec.json.decode(self.content)


Ask = Callable[..., Response]


@pytest.fixture(scope="session")
def equal_path() -> Path:
    """Three namespaces that hold the same."""
    return RECORDINGS / "bookshop-equal.jsonl.gz"


@pytest.fixture(scope="session")
def equal(equal_path: Path) -> Recording:
    """The recording of three namespaces that hold the same."""
    return load_recording(equal_path)


@pytest.fixture(params=["bookshop-equal", "bookshop-drifted"], scope="session")
def recording_path(request: pytest.FixtureRequest) -> Path:
    """Every recording in turn."""
    return RECORDINGS / f"{request.param}.jsonl.gz"


@pytest.fixture
def ask() -> Ask:
    """A function that sends one request to a server, as a user."""
    return _ask


def _ask(
    server: PlaybackServer,
    path: str,
    *,
    user: str = "admin",
    method: str = "GET",
    **headers: str,
) -> Response:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    authorization = {"Authorization": f"Bearer {server.token(user)}"} if user else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, headers=authorization | named)
        response = connection.getresponse()
        return Response(response.status, dict(response.headers), response.read())
    finally:
        connection.close()
