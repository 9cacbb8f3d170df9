"""How people name a look: an environment, and which of its looks, cut from the right.

`shop@prod-eu` is the newest look, `shop@prod-eu~2` two before it, `shop@prod-eu#42` number 42,
`shop@prod-eu#release-7` the one under a tag, `shop@prod-eu@{2.days.ago}` as it was at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from attrs import frozen

from driftcheck.errors import UsageError
from driftcheck.model import HISTORY

_BEHIND = re.compile(
    r"(?P<environment>.+?)"
    r"(?:~(?P<back>[0-9]{1,8})|#(?P<number>[0-9]{1,8})|#(?P<tag>[A-Za-z0-9][A-Za-z0-9._-]*)"
    r"|@\{(?P<time>[^{}]*)\})",
    re.DOTALL,
)
_AGO = re.compile(r"([0-9]{1,6})[. ](minute|hour|day|week)s?[. ]ago")
_HINT = (
    "write history:shop@prod-eu for the newest look, and ~2, #42, #TAG or @{2026-11-25T18:00} "
    "or @{2.days.ago} behind it for another"
)


@frozen
class LookName:
    """One way to read the name of a look.

    Args:
        environment: Which environment is meant.
        back: How many looks before the newest; the newest where nothing else is said.
        number: Which number.
        tag: Which tag.
        at: As it was at which time.
    """

    environment: str
    back: int = 0
    number: int | None = None
    tag: str | None = None
    at: datetime | None = None

    @property
    def is_newest(self) -> bool:
        """Whether nothing but the environment is named."""
        return not self.back and self.number is None and self.tag is None and self.at is None


def ways_to_read(text: str, now: datetime) -> Iterator[LookName]:
    """Every way in which the name of a look can be read; which are meant, a store can tell.

    Args:
        text: What was typed, with `history:` before it or without.
        now: The time.

    Raises:
        UsageError: A time in it is none.
    """
    text = text.removeprefix(HISTORY)
    yield LookName(text)
    if found := _BEHIND.fullmatch(text):
        environment, time = found["environment"], found["time"]
        yield LookName(
            environment,
            back=int(found["back"] or 0),
            number=int(found["number"]) if found["number"] else None,
            tag=found["tag"],
            at=None if time is None else parse_time(time, now),
        )


def parse_time(text: str, now: datetime) -> datetime:
    """A time as people write it: `2026-11-25`, `2026-11-25T18:00`, `2.days.ago`, in UTC.

    Raises:
        UsageError: It is none.
    """
    if ago := _AGO.fullmatch(text.strip()):
        return now - timedelta(**{f"{ago[2]}s": int(ago[1])})
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"@{{{text}}}: no time", hint=_HINT) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
