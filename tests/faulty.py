"""Servers that fail at any stage of an answer, in any manner, and count the seconds since."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from fnmatch import fnmatchcase
from itertools import chain, repeat
from typing import Self

STATUS = b"HTTP/1.1 200 OK\r\n"
HEADERS = STATUS + b"Content-Type: application/json\r\n"

STAGES: Mapping[str, bytes] = {
    "connection": b"",
    "handshake": b"",
    "status line": b"",
    "headers": HEADERS,
    "body": HEADERS + b"Content-Length: 100000000\r\n\r\n{",
    "after the body": HEADERS + b"Content-Length: 2\r\n\r\n{}",
}
"""What is said of a good answer before it goes wrong."""

_MORE: Mapping[str, bytes] = {
    "handshake": b"\x16\x03\x03\x40\x00\x02",
    "status line": b"HTTP/1.1 200 ",
    "headers": b"X-More: ",
}
"""What looks as if it went on well; then comes more and more of nothing."""

_PAUSE = 0.05


class Faulty:
    """A server on loopback that fails at a stage of the answers to some paths.

    Args:
        stage: Where it fails; see `STAGES`.
        manner: How: silent, dripping, broken off, garbage or huge.
        path: A glob over the paths where it does.
        good: The port of who answers the rest; None where everything fails.
    """

    def __init__(self, stage: str, manner: str, path: str = "*", good: int | None = None) -> None:
        self._stage, self._path, self._good = stage, path, good
        self._fail: Callable[[socket.socket], None] = {
            "silent": self._be_silent,
            "dripping": lambda peer: self._send(peer, self._drops()),
            "broken off": lambda _: None,
            "garbage": lambda peer: self._send(peer, [bytes(range(256)) * 16]),
            "huge": lambda peer: self._send(peer, chain([self._more], repeat(b"a" * 65536))),
        }[manner]
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._asked = threading.Event()
        self._ticks = 0

    def __enter__(self) -> Self:
        for work in (self._serve, self._tick):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._asked.set()
        self._listening.close()

    @property
    def url(self) -> str:
        scheme = "https" if self._stage == "handshake" else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def seconds(self) -> float:
        """How long ago it was first asked for what it fails at.

        By a clock of its own, which on a busy machine is slow like everything else.
        """
        return self._ticks * _PAUSE

    def _tick(self) -> None:
        self._asked.wait()
        while not self._over.wait(_PAUSE):
            self._ticks += 1

    @property
    def _more(self) -> bytes:
        return _MORE.get(self._stage, b"")

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listening.accept()
                threading.Thread(target=self._meet, args=(peer,), daemon=True).start()

    def _meet(self, peer: socket.socket) -> None:
        with closing(peer), suppress(OSError):
            asked = b"" if self._stage == "connection" else peer.recv(65536)
            path = asked.split(b" ")[1].decode() if b" HTTP/" in asked else ""
            if self._good and not fnmatchcase(path.partition("?")[0], self._path):
                self._pass_on(peer, asked)
                return
            self._asked.set()
            peer.sendall(STAGES[self._stage])
            self._fail(peer)

    def _pass_on(self, peer: socket.socket, asked: bytes) -> None:
        """Let another server answer, and hang up."""
        closed = asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
        with socket.create_connection(("127.0.0.1", self._good)) as good:
            good.sendall(closed)
            while data := good.recv(65536):
                peer.sendall(data)

    def _be_silent(self, peer: socket.socket) -> None:
        peer.settimeout(_PAUSE)
        while not self._over.is_set():
            with suppress(TimeoutError):
                if not peer.recv(65536):
                    return

    def _send(self, peer: socket.socket, pieces: Iterator[bytes] | list[bytes]) -> None:
        for piece in pieces:
            if self._over.is_set():
                return
            peer.sendall(piece)

    def _drops(self) -> Iterator[bytes]:
        for byte in chain(self._more, repeat(ord(" "))):
            self._over.wait(_PAUSE)
            yield bytes([byte])
