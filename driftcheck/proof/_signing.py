"""A payload, signed: the signature is checked before anybody sees it."""

from __future__ import annotations

from driftcheck.proof._envelopes import (
    PAYLOAD_TYPE,
    Envelope,
    pre_authentication,
    write_bundle,
)
from driftcheck.proof._keys import Signer, checked
from driftcheck.proof._times import AskTime, timestamp


def sign_payload(payload: bytes, signer: Signer, ask_time: AskTime | None = None) -> bytes:
    """Sign an in-toto statement.

    Args:
        payload: The statement.
        signer: Who signs.
        ask_time: Asks a time-stamping authority when that was; None to ask nobody.

    Returns:
        The bundle.

    Raises:
        ProofError: The key signs for another one, or the authority does not answer.
    """
    signature = checked(signer, pre_authentication(PAYLOAD_TYPE, payload))
    stamps = (timestamp(signature, ask_time),) if ask_time else ()
    return write_bundle(Envelope(payload, signature, stamps), signer.public_key)
