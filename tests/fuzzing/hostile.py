"""What no server should send and nobody should write, for Hypothesis; and bounds for the work."""

from __future__ import annotations

import copy
import os
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
"""How many of each; `make fuzz` tries many more."""

MOST_CALLS = 20_000_000
"""Calls of functions in one example; a thousandth of it is usual."""

MOST_MEMORY = 384 * 2**20
"""Bytes that one example may take beside what is in use; its threads alone reserve a third."""

STATUS = Path("/proc/self/status")

fuzzed = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

NAMES = st.sampled_from(
    [
        *("apiVersion", "kind", "metadata", "name", "namespace", "uid", "labels", "annotations"),
        *("spec", "status", "template", "containers", "env", "valueFrom", "image", "items"),
        *("selector", "matchLabels", "matchExpressions", "volumes", "ports", "x", "a.b/c", ""),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            *("", "shop", "1", "true", "100m", "1e3", "sha256:" + 64 * "a", "$(A)", "a" * 300),
            *("2026-11-26T00:00:00Z", "5m", "svc.shop.svc", "http://shop:80", "{}", "[1", "\x00"),
            *("9" * 5000, "\ufdd0namespace\ufdd0", "a: b\n", "::error::", "=1+1"),
        ]
    ),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 2**31, 2**63, 10**30, 0.5, 1e300, -0.0]),
    TEXTS,
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
"""Any JSON."""


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every place inside a value."""
    items = value.items() if isinstance(value, dict) else ()
    for step, inner in enumerate(value) if isinstance(value, list) else items:
        yield (*way, step)
        yield from places(inner, (*way, step))


@st.composite
def spoilt(draw: st.DrawFn, value: Any) -> Any:
    """The value with anything in the place of up to three things that stand in it."""
    changed = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        ways = list(places(changed))
        if ways:
            *way, last = draw(st.sampled_from(ways))
            holder = changed
            for step in way:
                holder = holder[step]
            holder[last] = draw(ANYTHING)
    return changed


@contextmanager
def bounded_work() -> Iterator[None]:
    """Fail where an input costs more calls or memory than any of its size may."""
    with bounded_calls(), bounded_memory():
        yield


@contextmanager
def bounded_calls() -> Iterator[None]:
    """What takes more calls could as well hang."""
    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > MOST_CALLS:
            sys.setprofile(None)
            raise AssertionError("too much work")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)


@contextmanager
def bounded_memory() -> Iterator[None]:
    """What takes more gets a MemoryError from Linux, which counts it as RLIMIT_DATA does."""
    if not STATUS.exists():
        yield
        return
    used = int(re.findall(r"VmData:\s+(\d+) kB", STATUS.read_text())[0]) * 1024
    usual = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (used + MOST_MEMORY, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, usual)
