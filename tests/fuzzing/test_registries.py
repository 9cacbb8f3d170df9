"""Whatever a registry answers, a digest is what its bytes are, or not known."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftcheck.sources import Login, Manifest, Refusal, Registries
from tests.fuzzing.hostile import ANYTHING, bounded_work, fuzzed, spoilt

MANIFEST = {
    "schemaVersion": 2,
    "manifests": [
        {"digest": "sha256:" + 64 * "a", "platform": {"os": "linux", "architecture": "amd64"}}
    ],
    "config": {"digest": "sha256:" + 64 * "b"},
}
VALUES = st.sampled_from(
    ["", "0", "9" * 5000, "sha256:", "sha256:" + 64 * "a", "sha1:x", "[", "gzip", "http://[", "/",
     'Bearer realm="http://[",service=""', 'Bearer realm="/token"', "Bearer", "Basic", "Basic x"]
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Docker-Content-Digest", "WWW-Authenticate", "Location", "Retry-After", "Content-Encoding"]
    ),
    VALUES,
    max_size=3,
)
ANSWERS = st.tuples(
    st.sampled_from([200, 200, 200, 301, 307, 401, 403, 404, 429, 500]),
    HEADERS,
    (spoilt(MANIFEST) | ANYTHING).map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=9),
)


class Registry(ThreadingHTTPServer):
    """Answers as told, the last answer again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RegistryHandler)
        self.answers: list[tuple[int, dict[str, str], bytes]] = []

    def handle_error(self, *_: object) -> None:
        """Whoever goes away is no matter of ours."""


class RegistryHandler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        answers = self.server.answers
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    running = Registry()
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@settings(fuzzed, suppress_health_check=list(HealthCheck))
@given(st.lists(ANSWERS, min_size=1, max_size=4))
def test_answers(registry: Registry, answers: list[tuple[int, dict[str, str], bytes]]) -> None:
    """Documents, statuses and headers that make no sense."""
    host, last = f"127.0.0.1:{registry.server_port}", answers[-1][2]
    digest = f"sha256:{hashlib.sha256(last).hexdigest()}"
    asked: list[Any] = []
    for ask in ("tag", "manifest", "config"):
        registry.answers = list(answers)
        registries = Registries([lambda _: (Login("ann", "p"),)], timeout=3, pause=0.001)
        name = "latest" if ask == "tag" else digest
        with bounded_work():
            asked.append(getattr(registries, ask)(host, "shop/web", name))

    tag, manifest, _ = asked
    assert isinstance(tag, Refusal) or tag in {
        f"sha256:{hashlib.sha256(body).hexdigest()}" for _, _, body in answers
    }
    assert isinstance(manifest, Refusal | Manifest)
