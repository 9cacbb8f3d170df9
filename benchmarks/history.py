"""What a store of looks takes: `python -m benchmarks.history [--looks N] [--objects N]`.

A large namespace is looked at again and again while one object in a hundred is written in between;
what its answers take is held against reading all records bare, as any script would.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from attrs import evolve

from driftcheck import Document, History, Snapshot, Window, capture
from driftcheck.history import Store, add
from driftcheck.testing import PlaybackServer, large_namespace, load_recording

RECORDING = Path(__file__).parents[1] / "examples/recordings/bookshop-equal.jsonl.gz"
EDITED = ("ConfigMap", "Deployment", "Service")
START = datetime(2026, 1, 1, tzinfo=UTC)


def written(document: Document, number: int) -> Document:
    """The object after somebody has written it."""
    body: dict[str, Any] = json.loads(json.dumps(document.body, default=list))
    metadata = body["metadata"]
    metadata["resourceVersion"] = str(100_000 + number)
    metadata.setdefault("annotations", {})["example.com/edited"] = str(number)
    for entry in metadata.get("managedFields", ())[:1]:
        entry["time"] = f"{START + timedelta(hours=number):%Y-%m-%dT%H:%M:%SZ}"
    return Document(body)


def grown(path: Path, snapshot: Snapshot, looks: int) -> None:
    """A store in which one object in a hundred is another one at each look."""
    store = Store.made(path)
    documents = list(snapshot.documents)
    places = [place for place, found in enumerate(documents) if found.kind.kind in EDITED]
    turns = cycle(places)
    for number in range(looks):
        for place in islice(turns, len(documents) // 100):
            documents[place] = written(documents[place], number)
        at = START + timedelta(hours=number)
        look = evolve(snapshot, documents=tuple(documents), window=Window(at, at, quiescent=True))
        add(store, look, now=at, driftcheck="0.1.0")


def read_bare(path: Path) -> None:
    """Every record, unpacked and parsed by the standard library alone."""
    for file in sorted(path.glob("log/*/*.json.gz")):
        for line in gzip.decompress(file.read_bytes()).splitlines():
            json.loads(line)


def taken(work: Callable[[], object]) -> float:
    """The seconds of CPU that something takes."""
    started = time.process_time()
    work()
    return time.process_time() - started


def show(name: str, seconds: float, base: float, aim: float) -> None:
    """A row: what it takes, how often that of the base, and what is aimed at."""
    print(f"{name:42} {seconds:8.3f} {seconds / base:8.2f} {aim:6}")


def main(looks: int, objects: int) -> None:
    """Print the store's size, and what adding and asking take."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(HOME=folder, XDG_CACHE_HOME=f"{folder}/cache")
        recording = large_namespace(load_recording(RECORDING), "large", objects)
        with PlaybackServer(recording) as server:
            kubeconfig = str(server.kubeconfig)
            snapshot = capture("large", kubeconfig=kubeconfig)
            bare = min(taken(lambda: capture("large", kubeconfig=kubeconfig)) for _ in range(3))
            history = History(Path(folder, "added"))
            adding = [taken(lambda: history.add("large", kubeconfig=kubeconfig)) for _ in range(4)]
        store = Path(folder, "store")
        grown(store, snapshot, looks)
        files = [file.stat().st_size for file in store.rglob("*") if file.is_file()]
        print(f"{looks} looks of {len(snapshot.documents)} objects: {sum(files) / 1e6:.1f} MB")
        edited = next(found for found in snapshot.documents if found.kind.kind == "Deployment")
        subject, path = f"Deployment/{edited.reference.name}", "metadata.annotations"

        def blame() -> object:
            return History(store).blame("large", subject, path)

        blame()
        reading = min(taken(lambda: read_bare(store)) for _ in range(3))
        warm = min(taken(blame) for _ in range(5))
        for index in Path(folder, "cache").rglob("*.sqlite"):
            index.unlink()
        cold = taken(blame)
        print(f"{'':42} {'cpu s':>8} {'x':>8} {'aim':>6}")
        show("all records, bare", reading, reading, 1)
        show("blame, cold", cold, reading, 1)
        show("blame, warm", warm, reading, 0.2)
        show("capture", bare, bare, 1)
        show("history add", min(adding[1:]), bare, 1.3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=1000)
    parser.add_argument("--objects", type=int, default=500)
    main(**vars(parser.parse_args()))
