"""Whether a store is what was written into it: every record read, and held to the one before it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from driftcheck.codec import Portion, Record, root_of
from driftcheck.errors import HistoryError, UsageError
from driftcheck.history._archive import Archive
from driftcheck.history._chain import Chain, check_clocks
from driftcheck.history._names import ways_to_read
from driftcheck.model import Head, KeptLook, Wholeness, WholenessVerdict

_NO_END = "looks that were cut off at the end leave no trace: --at-least says which must be there"


@define
class _Verified:
    """What verifying has found so far."""

    problems: list[str] = field(factory=list)
    unproved: list[str] = field(factory=list)
    heads: list[Head] = field(factory=list)
    digests: dict[str, list[str]] = field(factory=dict)
    looks: int = 0
    pruned: int = 0


def verify(archive: Archive, at_least: Iterable[Head | str] = ()) -> Wholeness:
    """Read all of a store, and say whether it is whole.

    Args:
        archive: The store.
        at_least: Looks that must be there: by their numbers, or as `verify` gave them before.

    Raises:
        UsageError: One of these names no look that could be there.
    """
    found = _Verified()
    for chain in archive.store.chains():
        try:
            _verify_chain(archive, chain, found)
        except HistoryError as error:
            found.problems.append(str(error))
    asked = [_head(asked, found, archive) for asked in at_least]
    for head in asked:
        _hold_to(head, found)
    return Wholeness(
        store=archive.store.id,
        verdict=_verdict(found),
        problems=(*found.problems, *found.unproved),
        heads=tuple(found.heads),
        looks=found.looks,
        pruned=found.pruned,
        notes=() if asked else (_NO_END,),
    )


def _verdict(found: _Verified) -> WholenessVerdict:
    if found.problems:
        return WholenessVerdict.NOT_WHOLE
    return WholenessVerdict.END_NOT_PROVED if found.unproved else WholenessVerdict.WHOLE


def _verify_chain(archive: Archive, chain: Chain, found: _Verified) -> None:
    digests = found.digests.setdefault(chain.environment, [])
    look: KeptLook | None = None
    portions: dict[str, Portion] | None = {}
    for record in chain.records(on_read=archive.on_read):
        look = record.look
        check_clocks([look], archive.now)
        portions = _seen(chain, record, portions)
        digests.append(look.digest)
        found.looks += 1
        found.pruned += look.is_pruned
    if look:
        found.heads.append(Head(look.environment, look.name, look.number, look.digest))
        archive.kept(chain)


def _seen(
    chain: Chain, record: Record, before: dict[str, Portion] | None
) -> dict[str, Portion] | None:
    """What was seen at a look, held to its root; None of one that was pruned."""
    step, look = chain.step(record), record.look
    if step is None:
        return None
    is_whole = look.base is None or chain.has_state(look.number)
    if before is None and not is_whole:
        raise chain.broken(look.number, "the look that it builds on was pruned")
    portions = step.taken({} if is_whole or before is None else before)
    if root_of(portions) != look.root:
        raise chain.broken(look.number, "what was seen does not fit the root that it names")
    return portions


def _head(asked: Head | str, found: _Verified, archive: Archive) -> Head:
    """A look that must be there; of what is named by its number, without a digest."""
    if isinstance(asked, Head):
        return asked
    for name in ways_to_read(asked, archive.now):
        for head in found.heads:
            called = (head.name, head.environment, head.name.partition("@")[0])
            if name.number and name.environment in called:
                return Head(head.environment, head.name, name.number, "")
    raise UsageError(
        f"{asked!r}: no look by its number, at an environment that is there",
        hint="write --at-least history:shop@prod-eu#42, or the file that"
        " `driftcheck history verify -o json=FILE` wrote",
    )


def _hold_to(head: Head, found: _Verified) -> None:
    digests = found.digests.get(head.environment, [])
    if head.number > len(digests):
        end = f"ends with #{len(digests)}" if digests else "has no look"
        found.unproved.append(f"{head.name}: #{head.number} is not there: the store {end}")
    elif head.digest and digests[head.number - 1] != head.digest:
        found.problems.append(f"{head.name}: #{head.number} is another look than it was")
