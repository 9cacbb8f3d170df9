"""Two small live namespaces compared, near and far: `python -m benchmarks.live`.

The playback server plays the bookshop to our command, to `kubectl` (every kind that we
read, twice, and `diff`) and to a bare loop that makes the requests that ours makes, eight
at once, and parses what comes: once on loopback, once behind a way of 20 ms each way.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks._turns import in_turn, show

RECORDING = Path(__file__).parents[1] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
NAMESPACES = ("bookshop-staging", "bookshop-production")
DRIFTCHECK = str(Path(sys.executable).with_name("driftcheck"))
ONE_WAY = 0.02
"""Seconds; a server that is 40 ms away takes so long each way."""
FLOOR = "floor: the same requests, parsed"


def main() -> None:
    """Measure near and far, and print both tables."""
    with _playing() as near, _far_from(near) as far, tempfile.TemporaryDirectory() as folder:
        requests, kinds = _what_is_asked()
        asked = Path(folder, "requests.json")
        asked.write_text(json.dumps(requests))
        for title, kubeconfig in (("on loopback", near), ("40 ms away", far)):
            rival = "".join(
                f"kubectl get {kinds} -n {name} -o yaml > {folder}/{name}; " for name in NAMESPACES
            )
            commands = {
                FLOOR: [sys.executable, "-m", "benchmarks.live", str(asked), str(kubeconfig)],
                "driftcheck compare": [DRIFTCHECK, "compare", *NAMESPACES],
            }
            if shutil.which("kubectl"):
                compared = " ".join(f"{folder}/{name}" for name in NAMESPACES)
                rival += f"diff {compared}"
                commands["kubectl get, twice, and diff"] = ["sh", "-c", rival]
            found = in_turn(commands, {"KUBECONFIG": str(kubeconfig)}, turns=5)
            show(f"Two live namespaces of 25 objects, {title}", found, FLOOR)


def fetch(asked: Path, kubeconfig: Path) -> None:
    """The bare loop: the requests that a comparison makes, on eight connections."""
    import msgspec
    import urllib3

    server = _server_in(kubeconfig)
    pool = urllib3.PoolManager(maxsize=8)
    waiting: Iterator[tuple[str, str]] = iter(json.loads(asked.read_text()))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                wanted = next(waiting, None)
            if wanted is None:
                return
            path, accept = wanted
            answer = pool.request("GET", server + path, headers={"Accept": accept})
            msgspec.json.decode(answer.data)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _what_is_asked() -> tuple[list[tuple[str, str]], str]:
    """The requests of one comparison, and the kinds in it as kubectl names them."""
    from driftcheck import compare
    from driftcheck.testing import PlaybackServer

    with PlaybackServer(RECORDING) as server:
        result = compare(*NAMESPACES, kubeconfig=str(server.kubeconfig))
        requests = [
            (f"{each.path}?{each.query}" if each.query else each.path, each.accept)
            for each in server.requests
        ]
    read = {row.group_kind for row in result.coverage.kinds if row.status.value == "read"}
    kinds = sorted(f"{kind.kind}.{kind.group}".rstrip(".").lower() for kind in read)
    return requests, ",".join(kind for kind in kinds if kind != "namespace")


@contextmanager
def _playing() -> Iterator[Path]:
    """A playback server in a process of its own; where its kubeconfig is."""
    line = [sys.executable, "-m", "driftcheck.testing", str(RECORDING)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout  # noqa: S101 - for the type checker
        yield Path(server.stdout.readline().strip())
        server.terminate()


@contextmanager
def _far_from(kubeconfig: Path) -> Iterator[Path]:
    """The kubeconfig of the same server, seen from far away."""
    port = urlsplit(_server_in(kubeconfig)).port
    line = [sys.executable, "-m", "benchmarks._distance", str(port), str(ONE_WAY)]
    with (
        subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as way,
        tempfile.NamedTemporaryFile("w", suffix=".yaml") as far,
    ):
        assert way.stdout  # noqa: S101 - for the type checker
        near_end = way.stdout.readline().strip()
        far.write(kubeconfig.read_text().replace(f":{port}", f":{near_end}"))
        far.flush()
        yield Path(far.name)
        way.terminate()


def _server_in(kubeconfig: Path) -> str:
    import yaml

    server: str = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    return server


if __name__ == "__main__":
    if sys.argv[1:]:
        fetch(*map(Path, sys.argv[1:]))
    else:
        os.environ.pop("KUBECONFIG", None)
        main()
