"""How close a capture comes to the speed of the wire: `python -m benchmarks.capture`.

A namespace of 5,000 objects is served as ready-made bytes by another process. In one run,
side by side, each in a process of its own: a bare loop that fetches the pages, once
dropping and once parsing them, for one pass and for both; a capture, saved to a file; and
the official client's typed lists. Once the server answers at once, once it takes as long
in all as a real API server needs for the whole namespace.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

RECORDING = Path(__file__).parents[1] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
NAMESPACE = "large"
SWEEPS = 3
PACE = 0.3
"""Seconds that a real API server took for the full lists of 5,000 objects."""

Key = tuple[str, tuple[tuple[str, str], ...], str]
Answers = dict[Key, tuple[str, bytes]]


def key_of(path_and_query: str, accept: str) -> Key:
    """What tells two requests apart: path, query and form."""
    parts = urlsplit(path_and_query)
    forms = ("PartialObjectMetadata", "APIGroupDiscoveryList")
    form = next((form for form in forms if form in accept), "")
    return parts.path, tuple(sorted(parse_qsl(parts.query))), form


def make_answers(objects: int) -> Answers:
    """Every answer that one capture of a namespace of this size asks for."""
    from driftcheck.sources import connect
    from driftcheck.testing import PlaybackServer, large_namespace, load_recording

    recording = large_namespace(load_recording(RECORDING), NAMESPACE, objects)
    answers: Answers = {}
    with PlaybackServer(recording) as server, connect(kubeconfig=str(server.kubeconfig)) as wire:
        capture(str(server.kubeconfig))
        for request in server.requests:
            answer = wire.get(request.path, request.parameters, request.accept)
            key = key_of(f"{request.path}?{request.query}", request.accept)
            answers[key] = (answer.headers["Content-Type"], answer.body)
    return answers


class Handler(BaseHTTPRequestHandler):
    """Sends ready-made bytes, as slowly as the server is paced."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    answers: Answers
    pace = 0.0
    wire = threading.Lock()

    def do_GET(self) -> None:
        """Answer, one answer at a time on the paced wire."""
        if self.path.startswith("/pace/"):
            Handler.pace = float(self.path.removeprefix("/pace/"))
            kind, body = "text/plain", b"ok"
        else:
            kind, body = self.answers[key_of(self.path, self.headers["Accept"])]
        if Handler.pace:
            with Handler.wire:
                time.sleep(len(body) * Handler.pace)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(objects: int) -> None:
    """Serve until the parent is gone."""
    Handler.answers = make_answers(objects)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lists = [
        {"path": path, "query": dict(query), "is_metadata": form != "", "bytes": len(body)}
        for (path, query, form), (_, body) in Handler.answers.items()
        if f"/namespaces/{NAMESPACE}/" in path
    ]
    print(json.dumps({"port": server.server_port, "lists": lists}), flush=True)
    sys.stdin.read()


def capture(kubeconfig: str, file: Path | None = None) -> None:
    """Both passes, coverage, secrets, and the saved file."""
    from driftcheck.capture import SecretKey, capture_cluster
    from driftcheck.codec import snapshot_bytes
    from driftcheck.sources import Cluster, connect

    with connect(kubeconfig=kubeconfig) as connection:
        snapshot = capture_cluster(
            Cluster(connection),
            NAMESPACE,
            name=NAMESPACE,
            secret_key=lambda: SecretKey(b"benchmark" * 4),
            now=lambda: datetime.now(UTC),
        )
    if file:
        assert snapshot.is_complete, snapshot.coverage  # noqa: S101
        file.write_bytes(snapshot_bytes(snapshot, compressed=file.suffix == ".gz"))


def fetch(kubeconfig: str, lists: list[dict[str, Any]], consume: Callable[[bytes], Any]) -> None:
    """The bare loop: the same lists over one kept connection."""
    import urllib3

    server = json.loads(Path(kubeconfig).read_text())["clusters"][0]["cluster"]["server"]
    pool = urllib3.PoolManager()
    for wanted in lists:
        accept = "as=PartialObjectMetadataList" if wanted["is_metadata"] else ""
        answer = pool.request(
            "GET",
            server + wanted["path"],
            fields=wanted["query"],
            headers={"Accept": f"application/json;{accept}"},
        )
        consume(answer.data)


def typed(kubeconfig: str, lists: list[dict[str, Any]]) -> None:
    """The official client's typed lists, of the kinds that it has types for."""
    from kubernetes import client, config

    api = config.new_client_from_config(kubeconfig, persist_config=False)
    for wanted in lists:
        method = typed_method(client, api, wanted["path"])
        if method and not wanted["is_metadata"]:
            query = wanted["query"]
            token = {"_continue": query["continue"]} if "continue" in query else {}
            method(NAMESPACE, limit=int(query["limit"]), **token)


def typed_method(client: Any, api: Any, path: str) -> Callable[..., Any] | None:
    """The client's method that lists what is at this path."""
    group = "" if path.startswith("/api/") else path.split("/")[2].removesuffix(".k8s.io")
    version = path.split("/")[2 if path.startswith("/api/") else 3]
    name = "".join(word.title() for word in (group or "core").split("."))
    kind = "".join(f"_{c.lower()}" if c.isupper() else c for c in KINDS.get(Path(path).name, ""))
    service = getattr(client, f"{name}{version.title()}Api", None)
    return getattr(service(api), f"list_namespaced{kind}", None) if service and kind else None


KINDS = {
    "configmaps": "ConfigMap",
    "endpoints": "Endpoints",
    "limitranges": "LimitRange",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "pods": "Pod",
    "resourcequotas": "ResourceQuota",
    "secrets": "Secret",
    "services": "Service",
    "serviceaccounts": "ServiceAccount",
    "controllerrevisions": "ControllerRevision",
    "daemonsets": "DaemonSet",
    "deployments": "Deployment",
    "replicasets": "ReplicaSet",
    "statefulsets": "StatefulSet",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "cronjobs": "CronJob",
    "jobs": "Job",
    "ingresses": "Ingress",
    "networkpolicies": "NetworkPolicy",
    "poddisruptionbudgets": "PodDisruptionBudget",
    "rolebindings": "RoleBinding",
    "roles": "Role",
    "endpointslices": "EndpointSlice",
}


def measure(role: str, kubeconfig: str, lists: list[dict[str, Any]], rounds: int) -> None:
    """Do one thing a few times in this process; print the best time and the peak memory."""
    import kubernetes.client  # noqa: F401 - as part of what is there before any work
    import msgspec

    import driftcheck.pipeline  # noqa: F401 - so that imports are not measured

    first = [wanted for wanted in lists if not wanted["is_metadata"]]
    folder = Path(tempfile.mkdtemp())
    work: dict[str, Callable[[], None]] = {
        "nothing": lambda: None,
        "fetch one pass": lambda: fetch(kubeconfig, first, len),
        "fetch both passes": lambda: fetch(kubeconfig, lists, len),
        "fetch and parse both": lambda: fetch(kubeconfig, lists, msgspec.json.decode),
        "capture, saved": lambda: capture(kubeconfig, folder / "x.json"),
        "capture, saved as gz": lambda: capture(kubeconfig, folder / "x.json.gz"),
        "typed client": lambda: typed(kubeconfig, lists),
    }
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work[role]()
        times.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": min(times), "peak": peak}))


ROLES = (
    "fetch one pass",
    "fetch both passes",
    "fetch and parse both",
    "capture, saved",
    "capture, saved as gz",
    "typed client",
)


@contextmanager
def served(objects: int) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """A kubeconfig for a server in another process, and the lists that it serves."""
    command = [sys.executable, "-m", "benchmarks.capture", "--serve", str(objects)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdout  # noqa: S101
    ready = json.loads(server.stdout.readline())
    with tempfile.TemporaryDirectory() as folder:
        kubeconfig = Path(folder, "kubeconfig")
        named = {"name": "x", "context": {"cluster": "x", "user": "x"}}
        cluster = {"name": "x", "cluster": {"server": f"http://127.0.0.1:{ready['port']}"}}
        content = {"current-context": "x", "contexts": [named], "clusters": [cluster]}
        user = {"name": "x", "user": {}}
        kubeconfig.write_text(json.dumps({**content, "users": [user]}))
        yield kubeconfig, ready["lists"]
    server.communicate()


def run(role: str, kubeconfig: Path, rounds: int) -> dict[str, float]:
    """Measure one thing in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.capture", "--role", role]
    command += ["--kubeconfig", str(kubeconfig), "--rounds", str(rounds)]
    lists = os.environ["DRIFTCHECK_BENCHMARK_LISTS"]
    done = subprocess.run(command, input=lists, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def run_all(kubeconfig: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Measure everything once, side by side."""
    return {role: run(role, kubeconfig, rounds) for role in ROLES}


def best_of(sweeps: list[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """The sweep in which each thing was fastest: others may use this machine too."""
    return {
        role: min((sweep[role] for sweep in sweeps), key=lambda result: result["seconds"])
        for role in ROLES
    }


def compare(objects: int, rounds: int) -> None:
    """Run everything side by side, and print the tables."""
    import urllib3

    with served(objects) as (kubeconfig, lists):
        os.environ["DRIFTCHECK_BENCHMARK_LISTS"] = json.dumps(lists)
        first = sum(wanted["bytes"] for wanted in lists if not wanted["is_metadata"])
        received = sum(wanted["bytes"] for wanted in lists)
        idle = run("nothing", kubeconfig, 1)["peak"]
        server = json.loads(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        print(f"{objects} objects, {first / 1e6:.1f} MB, both passes {received / 1e6:.1f} MB\n")
        for name, pace in (("at once", 0.0), (f"paced, {PACE} s a pass", PACE / first)):
            urllib3.request("GET", f"{server}/pace/{pace}")
            print(f"server answers {name}")
            results = best_of([run_all(kubeconfig, rounds) for _ in range(SWEEPS)])
            bare = results["fetch and parse both"]["seconds"]
            for role, result in results.items():
                once = run(role, kubeconfig, 1)["peak"]
                print(
                    f"  {role:22} {result['seconds']:7.3f} s"
                    f" {result['seconds'] / bare:6.2f} x fetch and parse"
                    f" {(once - idle) / 1e6:7.1f} MB above idle"
                    f" {(once - idle) / received:5.1f} x received"
                )
            ratio = results["typed client"]["seconds"] / results["capture, saved"]["seconds"]
            print(f"  a capture is {ratio:.1f} times as fast as the typed client\n")


def main() -> None:
    """Read the arguments, and do what they say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--role", help=argparse.SUPPRESS)
    parser.add_argument("--kubeconfig", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
    elif given.role:
        measure(given.role, given.kubeconfig, json.loads(sys.stdin.read()), given.rounds)
    else:
        compare(given.objects, given.rounds)


if __name__ == "__main__":
    main()
