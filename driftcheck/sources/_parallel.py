"""A few things at once, and nothing that holds the process afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TypeVar

from driftcheck.errors import ClusterError

WORKERS = 4
"""How many requests are under way at once; an API server shares out seats among its clients."""

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_Report = tuple[Item, Outcome | None, BaseException | None]


def in_parallel(
    function: Callable[[Item], Outcome], items: Sequence[Item], *, deadline: float
) -> Iterator[tuple[Item, Outcome]]:
    """Call a function for each item, a few at once, on threads that end with the process.

    An executor's threads are waited for when the interpreter ends, so that Ctrl-C would
    have to sit out every request under way; these are not.

    Args:
        function: What to do with one item.
        items: The items.
        deadline: When to give up, by the monotonic clock.

    Yields:
        Each item with its outcome, as they come.

    Raises:
        ClusterError: The deadline has passed.
    """
    waiting: SimpleQueue[Item] = SimpleQueue()
    for item in items:
        waiting.put(item)
    reports: SimpleQueue[_Report[Item, Outcome]] = SimpleQueue()
    stopped = threading.Event()
    for _ in range(min(WORKERS, len(items))):
        arguments = (function, waiting, reports, stopped)
        threading.Thread(target=_work, args=arguments, daemon=True, name="driftcheck").start()
    try:
        for _ in items:
            item, outcome, error = _next(reports, deadline)
            if error is not None:
                raise error
            yield item, outcome  # type: ignore[misc]
    finally:
        stopped.set()


def within(function: Callable[[], Outcome], *, deadline: float) -> Outcome:
    """Call a function that may hang, and wait for it no longer than until a deadline.

    A limit for each read, which is what sockets have, is none for an answer that drips.

    Args:
        function: What to call.
        deadline: When to give up, by the monotonic clock.

    Returns:
        What it returns.

    Raises:
        ClusterError: The deadline has passed.
    """
    ((_, outcome),) = in_parallel(lambda _: function(), [None], deadline=deadline)
    return outcome


def _work(
    function: Callable[[Item], Outcome],
    waiting: SimpleQueue[Item],
    reports: SimpleQueue[_Report[Item, Outcome]],
    stopped: threading.Event,
) -> None:
    while not stopped.is_set():
        try:
            item = waiting.get_nowait()
        except Empty:
            return
        try:
            reports.put((item, function(item), None))
        except BaseException as error:  # noqa: BLE001 - it is raised where the outcome is awaited
            reports.put((item, None, error))


def _next(reports: SimpleQueue[_Report[Item, Outcome]], deadline: float) -> _Report[Item, Outcome]:
    try:
        return reports.get(timeout=max(0.0, deadline - monotonic()))
    except Empty:
        raise ClusterError(
            "the time limit is over, and the API server has not answered everything",
            hint="allow more with --timeout",
        ) from None
