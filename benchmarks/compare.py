"""What comparing two saved snapshots costs: `python -m benchmarks.compare`.

Two snapshots of 5,000 objects, of which 500 that somebody wrote differ in one to three leaves.
In one run, taking turns, each in a process of its own: a bare parse of both files; the
comparison in a process that is there already, from the files to the report; the whole
command; and DeepDiff, object by object. Then the comparison alone, of 500 to 50,000 objects.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

RECORDING = Path(__file__).parents[1] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
NAMESPACE = "large"
SEED = 20261123
SWEEPS = 5
SIZES = (500, 5_000, 50_000)
IDENTITY = frozenset({"apiVersion", "kind", "metadata", "status"})

JSON = dict[str, Any]
Leaf = tuple[Any, Any]
"""A map or list, and the key or position in it at which a scalar stands."""


def make_snapshots(folder: Path, objects: int) -> int:
    """Save a large namespace as it is, and edited; return how many objects it has."""
    import driftcheck
    from driftcheck.testing import PlaybackServer, large_namespace, load_recording

    recording = large_namespace(load_recording(RECORDING), NAMESPACE, objects)
    with PlaybackServer(recording) as server:
        snapshot = driftcheck.capture(NAMESPACE, kubeconfig=str(server.kubeconfig))
    snapshot.save(folder / "left.json")
    edit([document.body for document in snapshot.documents])
    snapshot.save(folder / "right.json")
    return len(snapshot.documents)


def edit(bodies: list[JSON]) -> None:
    """Change as many objects as a tenth of all, in one to three leaves each.

    Only what somebody wrote is edited: what has an owner is not compared, and would be for free.
    """
    chance = random.Random(SEED)  # noqa: S311 - the same edits in every run
    written = [body for body in bodies if "ownerReferences" not in body["metadata"]]
    editable = [found for body in written if (found := list(leaves_of(body)))]
    for leaves in chance.sample(editable, len(bodies) // 10):
        for holder, key in chance.sample(leaves, min(chance.randint(1, 3), len(leaves))):
            holder[key] = edited(holder[key])


def leaves_of(body: JSON) -> Iterator[Leaf]:
    """Where the scalars stand in what an object declares."""
    for field, value in body.items():
        if field not in IDENTITY:
            yield from leaves_at(body, field, value)


def leaves_at(holder: Any, key: Any, value: Any) -> Iterator[Leaf]:
    """Where the scalars stand at a place and below it."""
    if isinstance(value, dict):
        for inner, item in value.items():
            yield from leaves_at(value, inner, item)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from leaves_at(value, position, item)
    else:
        yield holder, key


def edited(value: Any) -> Any:
    """Another scalar of the same type."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}-edited"


def parse(left: Path, right: Path) -> object:
    """The least that anybody can do with two files of JSON."""
    import msgspec

    return msgspec.json.decode(left.read_bytes()), msgspec.json.decode(right.read_bytes())


def load(left: Path, right: Path) -> object:
    """Both snapshots, and nothing else: what a comparison's memory is measured by."""
    from driftcheck.pipeline import load

    return load(left), load(right)


def compare(left: Path, right: Path) -> object:
    """From the files to the report."""
    from driftcheck import render
    from driftcheck.pipeline import compare_snapshots, load

    return render(compare_snapshots([load(left), load(right)]), "json")


def command(left: Path, right: Path) -> object:
    """The whole command, and the process it takes."""
    arguments = ["compare", str(left), str(right), "-o", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "driftcheck", *arguments], check=False, capture_output=True
    )
    assert done.returncode == 1, done.stderr  # noqa: S101
    return done.stdout


def deepdiff(left: Path, right: Path) -> object:
    """DeepDiff, object by object, of what is parsed and paired beforehand."""
    from deepdiff import DeepDiff

    return [DeepDiff(ours, theirs) for ours, theirs in pairs(left, right)]


def pairs(left: Path, right: Path) -> list[tuple[JSON, JSON]]:
    """The objects of two snapshots, which hold the same ones in the same order."""
    ours, theirs = (json.loads(file.read_bytes())["objects"] for file in (left, right))
    return list(zip(ours, theirs, strict=True))


WORK: dict[str, Callable[[Path, Path], object]] = {
    "nothing": lambda _left, _right: None,
    "bare parse": parse,
    "both loaded": load,
    "compare in process": compare,
    "driftcheck compare": command,
    "parse and pair": pairs,
    "DeepDiff per object": deepdiff,
}


def measure(role: str, folder: Path) -> None:
    """Do one thing in this process; print the time, and the memory it took and holds."""
    import deepdiff  # noqa: F401 - so that imports are not measured

    import driftcheck  # noqa: F401 - likewise

    started = time.perf_counter()
    kept = WORK[role](folder / "left.json", folder / "right.json")
    seconds = time.perf_counter() - started
    held = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    peak = peak_memory()
    del kept
    print(json.dumps({"seconds": seconds, "held": held, "peak": peak}))


def peak_memory() -> int:
    """The most memory this program has held, in bytes; not what its parent had when it forked."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


def run(role: str, folder: Path) -> dict[str, float]:
    """Measure one thing in a process of its own."""
    order = [sys.executable, "-m", "benchmarks.compare", "--role", role, "--folder", str(folder)]
    done = subprocess.run(order, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def best(folder: Path, roles: tuple[str, ...], sweeps: int = SWEEPS) -> dict[str, dict[str, float]]:
    """The least of each figure, of several sweeps over all of them: others use this machine too."""
    rounds = [{role: run(role, folder) for role in roles} for _ in range(sweeps)]
    return {
        role: {
            figure: min(results[role][figure] for results in rounds) for figure in rounds[0][role]
        }
        for role in roles
    }


def side_by_side(folder: Path) -> None:
    """Print what each way to compare costs, and how it stands to the others."""
    results = best(folder, ("nothing", *TABLE))
    idle = results["nothing"]["peak"]
    bare = results["bare parse"]["seconds"]
    loaded = results["both loaded"]["held"] - idle
    once = best(folder, ("parse and pair", "DeepDiff per object"), sweeps=1)
    slow = once["DeepDiff per object"]["seconds"] - once["parse and pair"]["seconds"]
    for role in TABLE:
        seconds, extra = results[role]["seconds"], results[role]["peak"] - idle
        memory = f"{extra / 1e6:7.1f} MB above idle {extra / loaded:5.2f} x both loaded"
        print(
            f"  {role:20} {seconds:7.3f} s {seconds / bare:6.2f} x bare parse"
            f" {slow / seconds:6.1f} times as fast as DeepDiff"
            f" {'' if role == 'driftcheck compare' else memory}"
        )
    print(f"  {'DeepDiff per object':20} {slow:7.3f} s {slow / bare:6.2f} x bare parse (once)")
    print(f"  both snapshots, loaded, hold {loaded / 1e6:.1f} MB\n")


TABLE = ("bare parse", "both loaded", "compare in process", "driftcheck compare")


def main() -> None:
    """Read the arguments, and do what they say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--role", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.role:
        measure(given.role, given.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        objects = make_snapshots(Path(name), given.objects)
        size = Path(name, "left.json").stat().st_size / 1e6
        print(f"twice {objects} objects, {size:.1f} MB each, {objects // 10} of them edited\n")
        side_by_side(Path(name))
    print("comparing in process, by size")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            objects = make_snapshots(Path(name), size)
            result = best(Path(name), ("compare in process",), sweeps=3)["compare in process"]
            each = result["seconds"] / objects * 1e6
            print(f"  {objects:6} objects {result['seconds']:7.3f} s {each:6.1f} µs per object")


if __name__ == "__main__":
    main()
