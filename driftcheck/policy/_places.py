"""Places in a policy's file: what stands there, and what is wrong with that."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import partial
from typing import Any, Never, TypeVar

from attrs import frozen

from driftcheck.codec import Lines
from driftcheck.errors import PolicyError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST_SHOWN = 60
_Found = TypeVar("_Found")


def every(readings: Mapping[Any, Callable[[], _Found]]) -> dict[Any, _Found]:
    """What each reading gives.

    Raises:
        PolicyError: Some of them failed; it holds the mistakes of all of them.
    """
    found = {}
    mistakes: list[PolicyError] = []
    for key, reading in readings.items():
        try:
            found[key] = reading()
        except PolicyError as error:
            mistakes += error.mistakes or (error,)
    if mistakes:
        first = mistakes[0]
        raise PolicyError(str(first), hint=first.hint, mistakes=mistakes)
    return found


@frozen
class Place:
    """A place in the file that is being read.

    Args:
        value: What stands there.
        steps: Keys and positions, from the file's beginning.
        source: The file's name; empty where there is none.
        lines: The file's lines; None where there is no file.
    """

    value: Any
    steps: tuple[str | int, ...]
    source: str
    lines: Lines | None

    @property
    def line(self) -> int:
        """Its line; 0 where there is no file."""
        return 0 if self.lines is None else self.lines.of(self.steps)

    @property
    def path(self) -> str:
        """Where it is, such as `rules[2].expires`."""
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return path.lstrip(".") or "the policy"

    def error(self, said: str, *, hint: str = "") -> PolicyError:
        """What is wrong here, and where here is."""
        where = f" ({self.source}:{self.line})" if self.source else ""
        return PolicyError(f"{self.path}: {said}{where}", hint=hint)

    def expected(self, wanted: str) -> PolicyError:
        """What should stand here, and what does."""
        got = json.dumps(self.value, ensure_ascii=False, default=str)
        if len(got) > _LONGEST_SHOWN:
            got = f"{got[:_LONGEST_SHOWN]}…"
        meant = "YAML reads y, no and the like so: put it in quotes" if self._is_word else ""
        return self.error(f"expected {wanted}, got {got}", hint=meant)

    @property
    def _is_word(self) -> bool:
        """Whether a word stands here that YAML takes for a truth value."""
        return isinstance(self.value, bool)

    def inside(self, step: str | int, value: Any) -> Place:
        return Place(value, (*self.steps, step), self.source, self.lines)

    def map(self) -> dict[str, Place]:
        """The entries of a map."""
        if not isinstance(self.value, Mapping) or not all(isinstance(k, str) for k in self.value):
            raise self.expected("a map")
        return {key: self.inside(key, value) for key, value in self.value.items()}

    def known_map(
        self, known: Collection[str], readings: Mapping[str, Callable[[], Any]]
    ) -> dict[str, Any]:
        """What the readings of a map give that has no other keys than these."""
        strange = {(key,): place for key, place in self.map().items() if key not in known}
        checks = {key: partial(place.unknown, known) for key, place in strange.items()}
        return every({**checks, **readings})

    def unknown(self, known: Collection[str]) -> Never:
        """Refuse the key of this place."""
        close = get_close_matches(str(self.steps[-1]), known, n=1)
        meant = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
        raise self.error("no such key", hint=meant)

    def list(self) -> list[Place]:
        """The items of a list."""
        if not isinstance(self.value, list | tuple):
            raise self.expected("a list")
        return [self.inside(position, item) for position, item in enumerate(self.value)]

    def string(self, wanted: str = "a text") -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.expected(wanted)
        return self.value

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.expected("true or false")
        return self.value

    def day(self) -> date:
        if isinstance(self.value, date) and not isinstance(self.value, datetime):
            return self.value
        if not isinstance(self.value, str) or not _DAY.fullmatch(self.value):
            raise self.expected("a date")
        try:
            return date.fromisoformat(self.value)
        except ValueError:
            raise self.expected("a date") from None
