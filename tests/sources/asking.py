"""A server that answers as told, and connections to it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from driftcheck.errors import ClusterError
from driftcheck.sources import Connection, connect

JSON = dict[str, Any]
Write = Callable[..., Path]

TOKEN = "a-token-nobody-may-see"


class Server(ThreadingHTTPServer):
    """Answers GETs as told, and remembers what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, Any]] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.delay = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path, self.headers))
        time.sleep(self.server.delay)
        status, headers, body = (
            self.server.answers.pop(0) if self.server.answers else (200, {}, b"{}")
        )
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def credential(**status: Any) -> str:
    """A plugin's program that gives these credentials."""
    answer = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": status,
    }
    return f"print({json.dumps(answer)!r})"


def quick(path: Path, timeout: float = 20.0) -> Connection:
    """A connection that hardly waits before a retry."""
    return connect(kubeconfig=str(path), timeout=timeout, pause=0.01)


def complaint(connection: Connection, message: str) -> ClusterError:
    """What is said of a request that fails."""
    with connection, pytest.raises(ClusterError, match=message) as raised:
        connection.get("/version")
    return raised.value
