"""The heads of a store are signed: whoever cuts it off behind them, or writes it anew, is seen."""

from __future__ import annotations

from attrs import evolve

from driftcheck.errors import HistoryError
from driftcheck.history._archive import Archive
from driftcheck.history._signatures import keep_signature, newest_number
from driftcheck.history._verifying import verify
from driftcheck.model import SignedHeads, WholenessVerdict
from driftcheck.proof import AskTime, Signer, sign_heads


def sign(
    archive: Archive,
    signer: Signer,
    *,
    ask_time: AskTime | None,
    driftcheck: str,
    is_new_key: bool,
) -> SignedHeads:
    """Sign the heads of a store that is whole, and holds all that was signed before.

    Args:
        archive: The store.
        signer: Who signs.
        ask_time: Asks a time-stamping authority when that was; None to ask nobody.
        driftcheck: The version that signs.
        is_new_key: Whether another key may have signed last, which is then not held to.

    Returns:
        What was signed; where nothing is new, what was signed last.

    Raises:
        HistoryError: The store is not whole, holds no look, or can't be written.
        ProofError: The key signs for another one, or the authority does not answer.
    """
    found = verify(archive, key=None if is_new_key else signer.public_key)
    if found.verdict is WholenessVerdict.NOT_WHOLE:
        raise HistoryError(
            f"{archive.store}: not whole, and not signed: {found.problems[0]}",
            hint="take the store from a backup; where another key signed last, --new-key says that"
            " this one is meant",
        )
    if not found.heads:
        raise HistoryError(
            f"{archive.store}: there is no look to sign", hint="`driftcheck history add ENV`"
        )
    if found.signature and found.signature.heads == found.heads:
        return found.signature
    signed = SignedHeads(
        store=archive.store.id,
        number=newest_number(archive.store) + 1,
        key=signer.public_key.fingerprint,
        made=archive.now.replace(microsecond=0),
        driftcheck=driftcheck,
        heads=found.heads,
    )
    keep_signature(archive.store, signed.number, sign_heads(signed, signer, ask_time))
    return evolve(signed, is_new=True)
