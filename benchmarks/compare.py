"""What comparing files costs: `python -m benchmarks.compare [--objects N] [--dyff PATH]`.

Two saved snapshots of a large namespace, on two servers: uids, versions, times and the
namespace's name differ everywhere. Each way to compare them is a process of its own, all in
turn: a bare parse of both files, DeepDiff, and the whole command, for equal snapshots, for 100
edits, for one edit in every object that somebody wrote, and for as many edits as give 5,000
findings. Then the same as clean YAML, beside
PyYAML's C loader and dyff. Then 500 to 20,000 objects, with the memory they take.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks._turns import in_turn, show

RECORDING = Path(__file__).parents[1] / "examples" / "recordings" / "bookshop-equal.jsonl.gz"
DRIFTCHECK = str(Path(sys.executable).with_name("driftcheck"))
NAMESPACE, ELSEWHERE = "large", "spacious"
_CHANCE = random.Random(20261123)  # noqa: S311 - the same edits in every run
TURNS = 5
EDITS = 100
FINDINGS = 5_000
SIZES = (500, 5_000, 20_000)
IDENTITY = frozenset({"apiVersion", "kind", "metadata", "status"})
KEPT = ("name", "labels", "annotations")
UUID = re.compile(r"(?<=[\"-])[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-)")
YEAR = re.compile(r"(?<=\")2026(?=-[0-9]{2}-[0-9]{2}T)")

JSON = dict[str, Any]
Leaf = tuple[Any, Any]
"""A map or list, and the key or position in it at which a scalar stands."""


def make(folder: Path, objects: int) -> None:
    """Save a large namespace as it is, and as it is elsewhere: equal, and edited."""
    from attrs import evolve

    import driftcheck
    from driftcheck.model import Document, Snapshot
    from driftcheck.testing import PlaybackServer, large_namespace, load_recording

    def save(name: str, bodies: list[JSON], like: Snapshot) -> None:
        evolve(like, documents=tuple(map(Document, bodies))).save(folder / f"{name}.json")
        clean = [_clean(body) for body in bodies if "ownerReferences" not in body["metadata"]]
        _save_yaml(folder / f"{name}.yaml", clean)

    recording = large_namespace(load_recording(RECORDING), NAMESPACE, objects)
    with PlaybackServer(recording) as server:
        seen = driftcheck.capture(NAMESPACE, kubeconfig=str(server.kubeconfig))
    bodies = [dict(document.body) for document in seen.documents]
    there = evolve(seen, namespace=ELSEWHERE, name=ELSEWHERE)
    save("left", bodies, seen)
    save("equal", _elsewhere(bodies), there)
    save("edited", _edited(_elsewhere(bodies), EDITS), there)
    save("other", _edited(_elsewhere(bodies), None), there)
    save("many", _edited_anywhere(_elsewhere(bodies)), there)


def _elsewhere(bodies: list[JSON]) -> list[JSON]:
    """The objects as another server has them, in a namespace of another name."""
    text = YEAR.sub("2027", UUID.sub(_another, json.dumps(bodies)))
    copies: list[JSON] = json.loads(text.replace(NAMESPACE, ELSEWHERE))
    for copy in copies:
        metadata = copy["metadata"]
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)
    return copies


def _another(digits: re.Match[str]) -> str:
    return f"{int(digits[0], 16) ^ 0xFFFFFFFF:08x}"


def _edited(bodies: list[JSON], edits: int | None) -> list[JSON]:
    """Change one leaf each of so many objects that somebody wrote, or of all of them."""
    editable = _editable(bodies)
    for leaves in _CHANCE.sample(editable, len(editable) if edits is None else edits):
        _edit(_CHANCE.choice(leaves))
    return bodies


def _edited_anywhere(bodies: list[JSON]) -> list[JSON]:
    """Change as many leaves of what somebody wrote as findings are wanted, or all there are."""
    leaves = [leaf for of_one in _editable(bodies) for leaf in of_one]
    for leaf in _CHANCE.sample(leaves, min(FINDINGS, len(leaves))):
        _edit(leaf)
    return bodies


def _editable(bodies: list[JSON]) -> list[list[Leaf]]:
    """The leaves of each object that somebody wrote, and that has any."""
    written = [body for body in bodies if "ownerReferences" not in body["metadata"]]
    return [found for body in written if (found := list(_leaves_of(body)))]


def _edit(leaf: Leaf) -> None:
    holder, key = leaf
    holder[key] = _another_value(holder[key])


def _leaves_of(body: JSON) -> Iterator[Leaf]:
    """Where the scalars stand in what an object declares."""
    for field, value in body.items():
        if field not in IDENTITY:
            yield from _leaves_at(body, field, value)


def _leaves_at(holder: Any, key: Any, value: Any) -> Iterator[Leaf]:
    """Where the scalars stand at a place and below it."""
    if isinstance(value, dict):
        for inner, item in value.items():
            yield from _leaves_at(value, inner, item)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _leaves_at(value, position, item)
    else:
        yield holder, key


def _another_value(value: Any) -> Any:
    """Another scalar of the same type."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}-edited"


def _clean(body: JSON) -> JSON:
    """What somebody would have written: no status, and nothing that a server keeps."""
    said = {field: value for field, value in body.items() if field not in ("metadata", "status")}
    if body["kind"] == "Secret":
        said["stringData"] = said.pop("data", {})
    kept = {field: value for field, value in body["metadata"].items() if field in KEPT}
    return {**said, "metadata": kept}


def _save_yaml(file: Path, bodies: list[JSON]) -> None:
    import yaml

    file.write_text(yaml.dump_all(bodies, Dumper=yaml.CSafeDumper, sort_keys=False))


def snapshots(folder: Path) -> None:
    """Print what each way to compare two saved snapshots takes."""
    left, equal, edited, other, many = (
        str(folder / f"{name}.json") for name in ("left", "equal", "edited", "other", "many")
    )
    floor = "bare parse of both files"
    commands = {
        floor: _rival("parse", left, edited),
        "driftcheck compare, equal": [DRIFTCHECK, "compare", left, equal],
        f"driftcheck compare, {EDITS} edited": [DRIFTCHECK, "compare", left, edited],
        "driftcheck compare, all edited": [DRIFTCHECK, "compare", left, other],
        f"driftcheck compare, {FINDINGS:,} edits": [DRIFTCHECK, "compare", left, many],
        "DeepDiff where Python says unequal": _rival("deepdiff_of_others", left, edited),
    }
    aims = {
        "driftcheck compare, equal": 1.5,
        f"driftcheck compare, {EDITS} edited": 2.5,
        f"driftcheck compare, {FINDINGS:,} edits": 5.6,
    }
    show("Two saved snapshots", in_turn(commands, turns=TURNS), floor, aims)
    once = {
        floor: _rival("parse", left, edited),
        "DeepDiff, object by object": _rival("deepdiff", left, edited),
    }
    show("The same, once", in_turn(once, turns=1), floor)


def manifests(folder: Path, dyff: str) -> None:
    """Print what each way to compare two files of clean YAML takes."""
    left, edited = str(folder / "left.yaml"), str(folder / "edited.yaml")
    floor = "PyYAML's C loader on both files"
    commands = {
        floor: _rival("parse_yaml", left, edited),
        "driftcheck compare": [DRIFTCHECK, "compare", left, edited],
        "dyff between": [dyff, "between", left, edited],
        "diff": ["diff", left, edited],
    }
    aims = {"driftcheck compare": 0.5}
    show("Two files of clean YAML, many documents", in_turn(commands, turns=TURNS), floor, aims)


def growth(sizes: tuple[int, ...]) -> None:
    """Print what more objects take."""
    for objects in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = made(Path(name), objects)
            left, edited = str(folder / "left.json"), str(folder / "edited.json")
            floor = "bare parse of both files"
            commands = {
                floor: _rival("parse", left, edited),
                "driftcheck compare": [DRIFTCHECK, "compare", left, edited],
            }
            show(f"{objects} objects a side", in_turn(commands, turns=3), floor)


def _rival(what: str, left: str, right: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks._rivals", what, left, right]


def made(folder: Path, objects: int) -> Path:
    """The folder, with files of so many objects; another process makes them, and is gone."""
    order = ["--folder", str(folder), "--objects", str(objects)]
    subprocess.run([sys.executable, "-m", "benchmarks.compare", *order], check=True)
    return folder


def main() -> None:
    """Read the arguments, and do what they say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5000)
    parser.add_argument("--dyff", default="dyff", help="where dyff is, if it is anywhere")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        make(given.folder, given.objects)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = made(Path(name), given.objects)
        snapshots(folder)
        manifests(folder, given.dyff)
    growth(SIZES)


if __name__ == "__main__":
    main()
