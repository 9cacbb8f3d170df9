"""What looking outside costs in a large cluster: `python -m benchmarks.platform`.

The recorded cluster with many more ClusterRoleBindings, definitions and nodes, of which nothing
reaches the namespace but the nodes: 5,000, 10,000 and 20,000 bindings, and definitions and nodes
with them. For each, in a process of its own, one look at the namespace without what reaches in and
one with it, and one comparison with its report: by seconds of CPU, requests, and lines. A first
look, which loads what is needed, does not count.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

RECORDING = Path(__file__).parents[1] / "examples" / "recordings" / "platform" / "blue.jsonl.gz"
NAMESPACE = "bookshop-production"
BINDINGS = (5_000, 10_000, 20_000)
BINDINGS_FOR_A_DEFINITION = 40
BINDINGS_FOR_A_NODE = 20

JSON = dict[str, Any]


def large(bindings: int) -> Any:
    """The recorded cluster with so many bindings, and with definitions and nodes to match."""
    import attrs

    from driftcheck.testing import load_recording

    recording = load_recording(RECORDING)
    many = {
        "clusterrolebindings": bindings,
        "customresourcedefinitions": bindings // BINDINGS_FOR_A_DEFINITION,
        "nodes": bindings // BINDINGS_FOR_A_NODE,
    }
    collections = dict(recording.collections)
    for place, collection in recording.collections.items():
        count = many.get(place.resource, 0)
        if count and place.namespace is None:
            pattern = next(
                it for it in collection.objects if "strangers" in str(it) or count < bindings
            )
            copies = [_copy(pattern, f"copy-{number:06}") for number in range(count)]
            objects = sorted([*collection.objects, *copies], key=_name)
            collections[place] = attrs.evolve(collection, objects=tuple(objects))
    return attrs.evolve(recording, collections=collections)


def _copy(body: JSON, name: str) -> JSON:
    return {**body, "metadata": {**body["metadata"], "name": name, "uid": name}}


def _name(body: JSON) -> str:
    return str(body["metadata"]["name"])


def serve(pipe: Connection, bindings: int) -> None:
    """Play the cluster in a process of its own, and say how often it is asked."""
    from driftcheck.testing import PlaybackServer

    with PlaybackServer(large(bindings)) as server:
        pipe.send(str(server.kubeconfig))
        while pipe.recv():
            pipe.send(len(server.requests))


def measure(bindings: int) -> None:
    """One line of the table."""
    import driftcheck

    here, there = multiprocessing.Pipe()
    player = multiprocessing.Process(target=serve, args=(there, bindings))
    player.start()
    kubeconfig = here.recv()
    seconds, asked = {}, {}
    driftcheck.capture(NAMESPACE, kubeconfig=kubeconfig, platform=False)
    for platform in (False, True):
        here.send(True)
        before = here.recv()
        start = time.process_time()
        seen = driftcheck.capture(NAMESPACE, kubeconfig=kubeconfig, platform=platform)
        seconds[platform] = time.process_time() - start
        here.send(True)
        asked[platform] = here.recv() - before
    start = time.process_time()
    result = driftcheck.compare(seen, seen)
    compared = time.process_time() - start
    here.send(False)
    player.join()
    lines = len(driftcheck.render(result).splitlines())
    sys.stdout.write(
        f"{bindings:>8}  {seconds[False]:7.2f} s {asked[False]:>5}  "
        f"{seconds[True]:7.2f} s {asked[True]:>5}  {compared:7.2f} s  {lines:>5}\n"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bindings", type=int, help=argparse.SUPPRESS)
    bindings = parser.parse_args().bindings
    if bindings:
        measure(bindings)
        return
    sys.stdout.write("bindings  without, requests     with, requests    compared  lines\n")
    sys.stdout.flush()
    for count in BINDINGS:
        command = [sys.executable, "-m", "benchmarks.platform", "--bindings", str(count)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
