"""What rendering a result costs, in every format: `python -m benchmarks.reports`.

A real result with its findings multiplied, ten to an object: the least of several turns, and
how the time for one finding grows from the least to the most.
"""

from __future__ import annotations

import time
from pathlib import Path

from attrs import evolve

from driftcheck import Result, capture, render
from driftcheck.model import ComparedObject
from driftcheck.pipeline import compare_snapshots
from driftcheck.reports import FORMATS
from driftcheck.testing import PlaybackServer

RECORDING = Path(__file__).parents[1] / "examples" / "recordings" / "bookshop-drifted.jsonl.gz"
NAMESPACES = ("bookshop-staging", "bookshop-production")
SIZES = (200, 2_000, 20_000)
PER_OBJECT = 10
TURNS = 3


def recorded() -> Result:
    """What a comparison of the recording says."""
    with PlaybackServer(RECORDING) as server:
        kubeconfig = str(server.kubeconfig)
        return compare_snapshots([capture(name, kubeconfig=kubeconfig) for name in NAMESPACES])


def multiplied(result: Result, count: int) -> Result:
    """The result with so many findings, of objects with names of their own."""
    found = result.findings
    findings = tuple(
        evolve(
            found[number % len(found)],
            object=found[number % len(found)].object._replace(name=f"it-{number // PER_OBJECT}"),
        )
        for number in range(count)
    )
    names = tuple(environment.name for environment in result.environments)
    objects = {finding.object: ComparedObject(finding.object, names) for finding in findings}
    ordered = sorted(findings, key=lambda finding: finding.sort_key())
    return evolve(result, findings=tuple(ordered), objects=tuple(objects.values()))


def seconds(result: Result, format_: str) -> float:
    """The least time that one of several turns took."""
    taken = []
    for _ in range(TURNS):
        started = time.perf_counter()
        render(result, format_)
        taken.append(time.perf_counter() - started)
    return min(taken)


def main() -> None:
    """Print a line for each format."""
    result = recorded()
    results = {size: multiplied(result, size) for size in SIZES}
    print(f"rendering {', '.join(f'{size:,}' for size in SIZES)} findings")
    for format_ in sorted(FORMATS):
        taken = {size: seconds(results[size], format_) for size in SIZES}
        growth = (taken[SIZES[-1]] / SIZES[-1]) / (taken[SIZES[0]] / SIZES[0])
        shown = " ".join(f"{taken[size]:8.3f} s" for size in SIZES)
        size = len(render(results[SIZES[-1]], format_)) / 1e6
        print(
            f"  {format_:12}{shown}   a finding costs {growth:4.1f} times as much   {size:6.1f} MB"
        )


if __name__ == "__main__":
    main()
