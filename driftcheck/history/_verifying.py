"""Whether a store is what was written into it: every record read, and held to the one before it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field

from driftcheck.codec import Portion, Record, root_of
from driftcheck.errors import HistoryError, UsageError
from driftcheck.history._archive import Archive
from driftcheck.history._chain import Chain, check_clocks
from driftcheck.history._names import ways_to_read
from driftcheck.history._signatures import newest_signature
from driftcheck.model import Head, KeptLook, SignedHeads, Wholeness, WholenessVerdict
from driftcheck.proof import PublicKey

_NO_END = (
    "looks that were cut off at the end leave no trace: --at-least says which must be there, and "
    "--key holds the store to what was signed"
)
_NO_LATER = (
    "a later signature that was taken away, with the looks behind this one, leaves no trace: "
    "--at-least says which looks must be there"
)
_NOBODY = "nobody has signed the store: where it ends is not proved"


@define
class _Verified:
    """What verifying has found so far."""

    problems: list[str] = field(factory=list)
    unproved: list[str] = field(factory=list)
    notes: list[str] = field(factory=list)
    broken: set[str] = field(factory=set)
    heads: list[Head] = field(factory=list)
    digests: dict[str, list[str]] = field(factory=dict)
    looks: int = 0
    pruned: int = 0


def verify(
    archive: Archive, at_least: Iterable[Head | str] = (), key: PublicKey | None = None
) -> Wholeness:
    """Read all of a store, and say whether it is whole.

    Args:
        archive: The store.
        at_least: Looks that must be there: by their numbers, or as `verify` gave them before.
        key: The key that must have signed the store last; None to look at no signature.

    Raises:
        UsageError: One of these names no look that could be there.
    """
    found = _Verified()
    signature = _newest_signature(archive, key, found) if key else None
    for chain in archive.store.chains():
        try:
            _verify_chain(archive, chain, found)
        except HistoryError as error:
            found.problems.append(str(error))
            found.broken.add(chain.environment)
    if signature:
        _hold_to_signature(signature, found)
    asked = [_head(asked, found, archive) for asked in at_least]
    for head in asked:
        _hold_to(head, found, found.unproved)
    if not asked:
        found.notes.append(_NO_LATER if signature else _NO_END)
    return Wholeness(
        store=archive.store.id,
        verdict=_verdict(found),
        problems=(*found.problems, *found.unproved),
        heads=tuple(found.heads),
        looks=found.looks,
        pruned=found.pruned,
        notes=tuple(found.notes),
        signature=signature,
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


def _newest_signature(archive: Archive, key: PublicKey, found: _Verified) -> SignedHeads | None:
    """What a key has signed last, read before any look: what it names must be there by then."""
    try:
        signed = newest_signature(archive.store, key)
    except HistoryError as error:
        found.problems.append(str(error))
        return None
    if signed is None:
        found.unproved.append(_NOBODY)
    return signed


def _hold_to_signature(signed: SignedHeads, found: _Verified) -> None:
    """Hold a store to every head that was signed, and say what nobody has signed."""
    for head in signed.heads:
        _hold_to(head, found, found.problems)
    numbers = {head.environment: head.number for head in signed.heads}
    for head in found.heads:
        number = numbers.get(head.environment)
        if number is None:
            found.unproved.append(f"{head.name}: none of its looks is signed")
        elif number < head.number:
            found.notes.append(f"{head.name}: signed up to #{number}")


def _hold_to(head: Head, found: _Verified, missing: list[str]) -> None:
    """Hold a store to a head that must be there; one that is not is said among what is missing."""
    digests = found.digests.get(head.environment, [])
    if 0 < head.number <= len(digests):
        if head.digest and digests[head.number - 1] != head.digest:
            found.problems.append(f"{head.name}: #{head.number} is another look than it was")
    elif head.environment not in found.broken:
        end = f"ends with #{len(digests)}" if digests else "has no look"
        missing.append(f"{head.name}: #{head.number} is not there: the store {end}")
