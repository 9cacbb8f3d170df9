"""What is demanded of a statement beside that it holds, and whether it is so."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from attrs import frozen

from driftcheck.model import (
    CheckedPart,
    GroupKind,
    Part,
    Subject,
    counted,
    is_called,
)
from driftcheck.proof._predicates import Comparison, ShownObject
from driftcheck.proof._trees import root_by

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clocks of honest machines may be apart."""


class _Entry(msgspec.Struct):
    group: str
    kind: str
    name: str


@frozen(kw_only=True)
class Demands:
    """What is demanded of a statement.

    Args:
        now: The moment at which it is demanded.
        max_age: How long ago what it says may have been looked at; None for ever.
        complete: Whether all must have been seen, and nothing left out or accepted.
        expected: Which environments it must be of, each as `NAMESPACE` or `NAMESPACE@CLUSTER`.
        image: The digest of an image that it must be about; empty for any subject.
        objects: Which objects it must show, each as `KIND/NAME`.
    """

    now: datetime
    max_age: timedelta | None = None
    complete: bool = False
    expected: tuple[str, ...] = ()
    image: str = ""
    objects: tuple[str, ...] = ()


def check_demands(
    comparison: Comparison, subjects: Iterable[Subject], demands: Demands
) -> Iterator[CheckedPart]:
    """Whether a statement that can be believed is what was demanded."""
    yield _coverage(comparison, demands)
    yield _age(comparison, demands)
    yield _expected(comparison, demands)
    yield _image(subjects, demands)
    if demands.objects or comparison.objects:
        yield _objects(comparison, demands)


def _coverage(comparison: Comparison, demands: Demands) -> CheckedPart:
    coverage = comparison.coverage
    found = {
        "not everything was seen": not coverage.complete,
        "less than everything was compared": coverage.narrowed,
        "somebody accepts that something was not seen": coverage.accepted > 0,
    }
    said = "; ".join(words for words, is_so in found.items() if is_so)
    if not said:
        return Part.COVERAGE.holds("everything was seen and compared")
    return Part.COVERAGE.lacks(said) if demands.complete else Part.COVERAGE.unchecked(said)


def _age(comparison: Comparison, demands: Demands) -> CheckedPart:
    if comparison.made > demands.now + CLOCKS_DIFFER:
        return Part.AGE.fails("it was made at a moment that is yet to come")
    if max(comparison.looks) > comparison.made + CLOCKS_DIFFER:
        return Part.AGE.fails("it was made before anybody had looked")
    age = demands.now - min(comparison.looks)
    said = f"looked at {_span(age)} ago"
    if demands.max_age is None:
        return Part.AGE.unchecked(f"{said}, and no limit was demanded")
    if age > demands.max_age:
        return Part.AGE.lacks(f"{said}, and {_span(demands.max_age)} is the limit")
    return Part.AGE.holds(said)


def _expected(comparison: Comparison, demands: Demands) -> CheckedPart:
    found = ", ".join(each.place for each in comparison.environments)
    for place in demands.expected:
        namespace, _, cluster = place.partition("@")
        if not any(
            each.namespace == namespace and cluster in ("", each.cluster)
            for each in comparison.environments
        ):
            return Part.EXPECTED.fails(f"it is not of {place}, but of {found}")
    if demands.expected:
        return Part.EXPECTED.holds(f"of {found}")
    return Part.EXPECTED.unchecked(f"of whatever it names: {found}")


def _image(subjects: Iterable[Subject], demands: Demands) -> CheckedPart:
    if not demands.image:
        return Part.IMAGE.unchecked("no image was demanded")
    if any(subject.digest == demands.image for subject in subjects):
        return Part.IMAGE.holds(f"about {demands.image}")
    return Part.IMAGE.fails(f"it is not about {demands.image}")


def _objects(comparison: Comparison, demands: Demands) -> CheckedPart:
    for shown in comparison.objects:
        if not _is_included(shown, comparison):
            return Part.OBJECT.fails(f"what it shows of {shown.environment} is not in that tree")
    said = []
    for wanted in demands.objects:
        entries = {it.environment: it.entry for it in comparison.objects if _is_of(it, wanted)}
        if not entries:
            return Part.OBJECT.fails(f"it shows no {wanted}: prove it with --object {wanted}")
        said.append(f"{wanted} {_where(entries, len(comparison.environments))}")
    return Part.OBJECT.holds("; ".join(said) or "what it shows stands in its trees")


def _where(entries: dict[str, str], environments: int) -> str:
    names = ", ".join(entries)
    if len(entries) < environments:
        return f"is in {names}, and of no other environment shown"
    return f"is {'the same' if len(set(entries.values())) == 1 else 'not the same'} in {names}"


def _is_of(shown: ShownObject, wanted: str) -> bool:
    kind, _, name = wanted.partition("/")
    try:
        entry = msgspec.json.decode(shown.entry, type=_Entry)
    except msgspec.DecodeError:
        return False
    return entry.name == name and is_called(GroupKind(entry.group, entry.kind), kind)


def _is_included(shown: ShownObject, comparison: Comparison) -> bool:
    trees = {each.name: each.tree for each in comparison.environments}
    tree = trees.get(shown.environment)
    texts = shown.salt, *shown.hashes
    try:
        salt, *hashes = (base64.b64decode(text, validate=True) for text in texts)
    except binascii.Error:
        return False
    if tree is None or tree.size != shown.size:
        return False
    root = root_by(salt + shown.entry.encode(), shown.index, shown.size, hashes)
    return root is not None and tree.root == f"sha256:{root.hex()}"


def _span(time: timedelta) -> str:
    """A span of time in its largest unit: `3 hours`."""
    seconds = max(int(time.total_seconds()), 0)
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(seconds // size, unit)
    return counted(seconds, "second")
