"""HTTP on loopback: requests in, replies out, and a prompt end."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from driftcheck.testing._faults import Reply

Respond = Callable[[str, str, Message], Reply]
"""What to reply to a method, a path with its query, and headers."""

_GZIP_THRESHOLD = 128 * 1024
_POLL_SECONDS = 0.02


class Listener(ThreadingHTTPServer):
    """An HTTP server that runs for as long as a ``with`` lasts, and leaves no thread behind.

    Args:
        respond: What to reply to a request; called from many threads.
    """

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name="driftcheck-playback"
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self._hang_up()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Keep the connection in mind, so that it can be closed at the end."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection, and close it."""
        with self._lock:
            self._connections.discard(request)
        with contextlib.suppress(ConnectionError):
            super().shutdown_request(request)

    def _hang_up(self) -> None:
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing: `PlaybackServer.requests` has it all."""

    def _reply(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.server.respond(self.command, self.path, self.headers)
        self.server.stopping.wait(reply.delay)
        if reply.kept is None:
            self.close_connection = True
        else:
            self._send(reply, reply.kept)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _reply  # noqa: N815

    def _send(self, reply: Reply, kept: float) -> None:
        answer = reply.answer
        headers, body = _encode(answer.body, self.headers.get("Accept-Encoding", ""))
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.type, **dict(answer.headers), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: int(len(body) * kept)])
        self.close_connection = self.close_connection or kept < 1


def _encode(body: bytes, accepted: str) -> tuple[dict[str, str], bytes]:
    headers = {"Cache-Control": "no-cache, private"}
    if "gzip" in accepted and len(body) > _GZIP_THRESHOLD:
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        body = gzip.compress(body, compresslevel=1, mtime=0)
    return {**headers, "Content-Length": str(len(body))}, body
