"""A server that is far away: a way to it on which everything takes its time, each way.

`python -m benchmarks._distance PORT SECONDS` prints the port at the near end.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import suppress
from queue import SimpleQueue

_PIECE = 256 * 1024
Travelling = SimpleQueue[tuple[float, bytes]]


def carry(there: socket.socket, here: socket.socket, seconds: float) -> None:
    """Carry bytes from one end to the other, each piece as long on its way."""
    way: Travelling = SimpleQueue()
    threading.Thread(target=_arrive, args=(way, here), daemon=True).start()
    with suppress(OSError):
        while piece := there.recv(_PIECE):
            way.put((time.monotonic() + seconds, piece))
    way.put((time.monotonic() + seconds, b""))


def _arrive(way: Travelling, here: socket.socket) -> None:
    with suppress(OSError):
        while True:
            due, piece = way.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not piece:
                here.shutdown(socket.SHUT_WR)
                return
            here.sendall(piece)


def _connect(near: socket.socket, port: int, seconds: float) -> None:
    """A TCP handshake takes one way there and back, too."""
    time.sleep(2 * seconds)
    far = socket.create_connection(("127.0.0.1", port))
    for end in (near, far):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=carry, args=(far, near, seconds), daemon=True).start()
    carry(near, far, seconds)


def main(port: int, seconds: float) -> None:
    """Serve until the parent is gone."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            near, _ = listener.accept()
            threading.Thread(target=_connect, args=(near, port, seconds), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
