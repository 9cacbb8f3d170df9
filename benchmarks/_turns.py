"""Commands in turn, each in a process of its own: what they take, and how that compares."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from statistics import median
from types import MappingProxyType
from typing import NamedTuple

TURNS = 7
_UNUSUAL = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
"""What makes Python start more slowly than it does for users."""


class Taken(NamedTuple):
    """The medians of a command's runs: seconds, and the most memory it held, in megabytes."""

    wall: float
    cpu: float
    peak: float


def in_turn(
    commands: Mapping[str, Sequence[str]],
    environment: Mapping[str, str] | None = None,
    turns: int = TURNS,
) -> dict[str, Taken]:
    """What each command takes, all run one after the other, several times over.

    Args:
        commands: Arguments by name; what is not installed is left out.
        environment: Variables besides this process's own.
        turns: How many times; once more before, to warm up.

    Returns:
        The medians, by name.
    """
    usual = {name: value for name, value in os.environ.items() if name not in _UNUSUAL}
    there = {name: line for name, line in commands.items() if shutil.which(line[0])}
    runs: dict[str, list[Taken]] = {name: [] for name in there}
    for turn in range(turns + 1):
        for name, line in there.items():
            taken = _run(line, {**usual, **(environment or {})})
            if turn:
                runs[name].append(taken)
    return {name: Taken(*map(median, zip(*found, strict=True))) for name, found in runs.items()}


def show(
    title: str,
    found: Mapping[str, Taken],
    base: str,
    aims: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Print a table with the ratios to one of the rows, and what ratio of CPU is aimed at."""
    print(
        f"\n{title}\n{'':42} {'wall s':>8} {'cpu s':>8} {'x wall':>8} {'x cpu':>8} {'aim':>6}"
        f" {'MB':>8}"
    )
    for name, taken in found.items():
        ratios = taken.wall / found[base].wall, taken.cpu / found[base].cpu
        print(
            f"{name:42} {taken.wall:8.3f} {taken.cpu:8.3f} {ratios[0]:8.2f} {ratios[1]:8.2f}"
            f" {aims.get(name, ''):>6} {taken.peak:8.0f}"
        )


def _run(line: Sequence[str], environment: Mapping[str, str]) -> Taken:
    started = time.perf_counter()
    program = subprocess.Popen(
        line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, used = os.wait4(program.pid, 0)
    wall = time.perf_counter() - started
    program.returncode = 0
    return Taken(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)
