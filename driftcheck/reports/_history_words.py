"""What every report of a store of looks says in the same words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from driftcheck.model import Became, BlamedChange, Finding, KeptLook, Since
from driftcheck.reports._words import clipped

BECAME_WORDS = {
    Became.ADDED: "added",
    Became.REMOVED: "removed",
    Became.CHANGED: "changed",
    Became.REORDERED: "reordered",
    Became.MADE: "made",
    Became.DELETED: "deleted",
    Became.RECREATED: "deleted and made anew",
    Became.FIRST_SEEN: "was there at the first look",
    Became.INCOMPARABLE: "written, and can't be compared with what it was before",
}


def moment_text(moment: datetime) -> str:
    """A time in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def changed_text(look: KeptLook) -> str:
    """How many objects are other than at the look before."""
    if look.number == 1:
        return "the first look"
    said = [f"{look.changed} changed"] if look.changed else []
    said += [f"{look.stirred} by status alone"] if look.stirred else []
    return ", ".join(said) or "nothing"


def seen_text(look: KeptLook) -> str:
    """Whether all was seen, and all of it is kept."""
    seen = "all" if look.is_complete else "not all"
    return f"{seen}, pruned" if look.is_pruned else seen


def interval_text(change: BlamedChange) -> str:
    """Between which looks something came to be."""
    later = _look_text(change.later)
    if change.earlier is None:
        return f"at {later} or before"
    return f"between {_look_text(change.earlier)} and {later}"


def _look_text(look: KeptLook) -> str:
    return f"#{look.number} ({moment_text(look.at)})"


def since_texts(findings: Iterable[Finding]) -> list[str]:
    """Since when differences that are shown as one stand, each time once."""
    return list(dict.fromkeys(since_text(each.since) for each in findings if each.since))


def since_text(since: Since) -> str:
    """Since when a difference stands: `since between #40 and #41 of shop (…)`."""
    place, time = clipped(since.environment), moment_text(since.time)
    if since.later is None:
        return f"since after #{since.earlier} of {place}, and at most until {time}"
    if since.earlier is None:
        return f"since #{since.later} of {place} ({time}) or before"
    return f"since between #{since.earlier} and #{since.later} of {place} ({time})"
