"""An error that leaves a verb takes along where it came from, and nothing that was seen."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Found = TypeVar("Found")


def silent(verb: Callable[Given, Found]) -> Callable[Given, Found]:
    """A verb whose errors hold no Secret: programs that log local variables find none.

    The lines of a traceback stay; the variables of its frames go.
    """

    @wraps(verb)
    def speechless(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        try:
            return verb(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            for each in _chain(error):
                traceback.clear_frames(each.__traceback__)
            raise

    return speechless


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and all those that it came of."""
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        found = pending.pop()
        if found is not None and id(found) not in seen:
            seen.add(id(found))
            yield found
            pending += [found.__cause__, found.__context__]
