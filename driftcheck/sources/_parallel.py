"""A few things at once, and nothing that holds the process afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import inf
from queue import Empty, SimpleQueue
from threading import TIMEOUT_MAX
from time import monotonic
from typing import NoReturn, TypeVar

from driftcheck.errors import ClusterError

SEATS = 16
"""How many requests are under way to one server: it shares out its seats among its clients."""

_WORKERS = 8
"""How many things are done at once that belong together."""

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
    for _ in range(min(_WORKERS, len(items))):
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


def at_once(asks: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """Call functions that end in their own time, a few at once.

    Args:
        asks: What to call.

    Returns:
        Their outcomes, in the same order.

    Raises:
        BaseException: What the first of them raised, whichever was the sooner.
    """
    attempts = in_parallel(_attempt, list(asks), deadline=inf)
    came: dict[Callable[[], Outcome], Callable[[], Outcome]] = {}
    outcomes = []
    for ask in asks:
        while ask not in came:
            came |= [next(attempts)]
        outcomes.append(came[ask]())
    return outcomes


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


def _attempt(ask: Callable[[], Outcome]) -> Callable[[], Outcome]:
    """What gives the outcome of a call, or raises what it raised."""
    try:
        outcome = ask()
    except BaseException as error:  # noqa: BLE001 - it is raised in its turn
        return partial(_raise, error)
    return lambda: outcome


def _raise(error: BaseException) -> NoReturn:
    raise error


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
        return reports.get(timeout=min(TIMEOUT_MAX, max(0.0, deadline - monotonic())))
    except Empty:
        raise ClusterError(
            "the time limit is over, and the API server has not answered everything",
            hint="allow more with --timeout",
        ) from None
