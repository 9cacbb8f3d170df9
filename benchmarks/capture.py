"""How close a capture comes to the speed of the wire: `python -m benchmarks.capture`.

A namespace of 5,000 objects is served as ready-made bytes by another process. In turn, each
in a process of its own: a bare loop that makes the same requests, as many at once, and
parses what comes; a capture, saved to a file; and the official client's typed lists. Once
the server answers at once, once it takes as long in all as a real API server needs for the
whole namespace. Then a look upon an earlier one, where nothing and where little was written
in between, against a full look.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks._turns import in_turn, show

if TYPE_CHECKING:
    from driftcheck import Snapshot
    from driftcheck.testing import Recording

RECORDING = Path(__file__).parents[1] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
NAMESPACE = "large"
CONTEXT = "playback"
WORKERS = 8
FLOOR = "floor: the same requests, parsed"
SECRETS = {"DRIFTCHECK_SECRET_KEY": "benchmark" * 4}
DRIFTCHECK = str(Path(sys.executable).with_name("driftcheck"))
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


def make_answers(objects: int, churn: float, earlier: Path) -> Answers:
    """Every answer that captures of a namespace of this size ask for.

    Args:
        objects: How many there are.
        churn: The share of them that was written since an earlier snapshot.
        earlier: Where to save that.
    """
    import driftcheck
    from driftcheck.sources import connect
    from driftcheck.testing import PlaybackServer, large_namespace, load_recording

    os.environ |= SECRETS
    recording = large_namespace(load_recording(RECORDING), NAMESPACE, objects)
    answers: Answers = {}
    with PlaybackServer(recording) as server, connect(kubeconfig=str(server.kubeconfig)) as wire:
        there = str(server.kubeconfig)
        snapshot = driftcheck.capture(NAMESPACE, kubeconfig=there)
        snapshot.save(earlier)
        server.recording = written(recording, snapshot, churn)
        driftcheck.capture(NAMESPACE, kubeconfig=there)
        driftcheck.capture(NAMESPACE, kubeconfig=there, earlier=snapshot)
        for request in server.requests:
            answer = wire.get(request.path, request.parameters, request.accept)
            key = key_of(f"{request.path}?{request.query}", request.accept)
            answers[key] = (answer.headers["Content-Type"], answer.body)
    return answers


def written(recording: Recording, snapshot: Snapshot, churn: float) -> Recording:
    """A share of the objects written again, evenly over all kinds."""
    every = round(1 / churn) if churn else len(snapshot.documents)
    objects = []
    for document in snapshot.documents[every // 2 :: every]:
        _, kind, name = document.reference
        found = recording.object(NAMESPACE, kind, name)
        found["metadata"].setdefault("labels", {})["moved"] = "yes"
        objects.append(found)
    return recording.with_objects(NAMESPACE, objects) if churn else recording


class Handler(BaseHTTPRequestHandler):
    """Sends ready-made bytes, as slowly as the server is paced."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    answers: Answers
    pace = 0.0
    sent = 0
    wire = threading.Lock()

    def do_GET(self) -> None:
        """Answer, one answer at a time on the paced wire."""
        if self.path.startswith("/pace/"):
            Handler.pace = float(self.path.removeprefix("/pace/"))
            kind, body = "text/plain", str(Handler.sent).encode()
            Handler.sent = 0
        else:
            kind, body = self.answers[key_of(self.path, self.headers["Accept"])]
        if Handler.pace:
            with Handler.wire:
                time.sleep(len(body) * Handler.pace)
        Handler.sent += len(body)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(objects: int, churn: float, earlier: Path) -> None:
    """Serve until the parent is gone."""
    Handler.answers = make_answers(objects, churn, earlier)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lists = [
        {"path": path, "query": dict(query), "is_metadata": form != "", "bytes": len(body)}
        for (path, query, form), (_, body) in Handler.answers.items()
        if f"/namespaces/{NAMESPACE}/" in path and "fieldSelector" not in dict(query)
    ]
    print(json.dumps({"port": server.server_port, "lists": lists}), flush=True)
    sys.stdin.read()


def fetch(kubeconfig: str, lists: list[dict[str, Any]]) -> None:
    """The bare loop: both passes, each eight requests at once, parsed and kept."""
    import gc

    import msgspec
    import urllib3

    gc.disable()
    server = json.loads(Path(kubeconfig).read_text())["clusters"][0]["cluster"]["server"]
    pool = urllib3.PoolManager(maxsize=WORKERS)

    def read(wanted: dict[str, Any]) -> Any:
        accept = "as=PartialObjectMetadataList" if wanted["is_metadata"] else ""
        headers = {"Accept": f"application/json;{accept}"}
        answer = pool.request(
            "GET", server + wanted["path"], fields=wanted["query"], headers=headers
        )
        return msgspec.json.decode(answer.data)

    with ThreadPoolExecutor(WORKERS) as workers:
        kept = [
            list(workers.map(read, (each for each in lists if each["is_metadata"] is second)))
            for second in (False, True)
        ]
    assert kept  # noqa: S101 - until here


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


@contextmanager
def served(objects: int, churn: float) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """A kubeconfig for a server in another process, and the lists that it serves.

    Beside it lies `earlier.json.gz`, a snapshot of before a share of the objects was written.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.capture", "--serve", str(objects)]
        command += ["--churn", str(churn), "--earlier", f"{folder}/earlier.json.gz"]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert server.stdout  # noqa: S101
        ready = json.loads(server.stdout.readline())
        kubeconfig = Path(folder, "kubeconfig")
        named = {"name": CONTEXT, "context": {"cluster": "x", "user": "x"}}
        cluster = {"name": "x", "cluster": {"server": f"http://127.0.0.1:{ready['port']}"}}
        content = {"current-context": CONTEXT, "contexts": [named], "clusters": [cluster]}
        user = {"name": "x", "user": {}}
        kubeconfig.write_text(json.dumps({**content, "users": [user]}))
        yield kubeconfig, ready["lists"]
        server.communicate()


def compare(objects: int) -> None:
    """Run everything in turn, and print the tables."""
    import urllib3

    with served(objects, 0.0) as (kubeconfig, lists), tempfile.TemporaryDirectory() as folder:
        asked = Path(folder, "lists.json")
        asked.write_text(json.dumps(lists))
        first = sum(wanted["bytes"] for wanted in lists if not wanted["is_metadata"])
        server = json.loads(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        bare = [sys.executable, "-m", "benchmarks.capture", "--kubeconfig", str(kubeconfig)]
        ours = [DRIFTCHECK, "capture", NAMESPACE, "--kubeconfig", str(kubeconfig), "-o"]
        commands = {
            FLOOR: [*bare, "--fetch", str(asked)],
            "driftcheck capture -o x.json.gz": [*ours, f"{folder}/x.json.gz"],
            "driftcheck capture -o x.json": [*ours, f"{folder}/x.json"],
            "typed client, one pass": [*bare, "--typed", str(asked)],
        }
        for said, pace in (("at once", 0.0), (f"in {PACE} s a pass", PACE / first)):
            urllib3.request("GET", f"{server}/pace/{pace}")
            found = in_turn(commands, turns=5)
            show(
                f"Capture of {objects} objects, both passes; the server answers {said}",
                found,
                FLOOR,
            )


def compare_looks(objects: int, churn: float) -> None:
    """A look upon an earlier one against a full one, and what each of them receives."""
    import urllib3

    os.environ |= SECRETS
    with served(objects, churn) as (kubeconfig, lists), tempfile.TemporaryDirectory() as folder:
        asked = Path(folder, "lists.json")
        asked.write_text(json.dumps(lists))
        server = json.loads(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        ours = [DRIFTCHECK, "capture", NAMESPACE, "--kubeconfig", str(kubeconfig), "-o"]
        full, upon = [*ours, f"{folder}/x.json.gz"], [*ours, f"{folder}/y.json.gz"]
        upon += ["--earlier", str(kubeconfig.with_name("earlier.json.gz"))]
        commands = {"driftcheck capture": full, "driftcheck capture --earlier": upon}
        for name, line in commands.items():
            urllib3.request("GET", f"{server}/pace/0")
            subprocess.run(line, check=True)
            received = int(urllib3.request("GET", f"{server}/pace/0").data)
            print(f"{name}: {received / 1e6:.1f} MB received")
        found = in_turn(commands, turns=5)
        show(f"{objects} objects, {churn:.0%} written since", found, "driftcheck capture")


def main() -> None:
    """Read the arguments, and do what they say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--churn", type=float, default=0.0, help=argparse.SUPPRESS)
    parser.add_argument("--earlier", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fetch", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--typed", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--kubeconfig", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.churn, given.earlier)
    elif given.fetch:
        fetch(given.kubeconfig, json.loads(given.fetch.read_text()))
    elif given.typed:
        typed(given.kubeconfig, json.loads(given.typed.read_text()))
    else:
        compare(given.objects)
        for churn in (0.0, 0.01):
            compare_looks(given.objects, churn)


if __name__ == "__main__":
    main()
