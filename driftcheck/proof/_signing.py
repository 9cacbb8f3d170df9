"""A payload is signed, and a bundle opened; what is signed here says nothing of comparisons."""

from __future__ import annotations

from driftcheck.proof._envelopes import (
    PAYLOAD_TYPE,
    Envelope,
    pre_authentication,
    read_bundle,
    write_bundle,
)
from driftcheck.proof._keys import PublicKey, Signer, checked
from driftcheck.proof._times import AskTime, timestamp


class SignatureError(ValueError):
    """A signature that does not hold, with the reason."""


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


def open_bundle(data: bytes, key: PublicKey) -> Envelope:
    """What a key has signed.

    Args:
        data: The bundle.
        key: The key that is trusted.

    Returns:
        The envelope, whose signature is the key's.

    Raises:
        BundleError: It is no bundle of this key.
        SignatureError: It says that it is, and is not signed by it.
    """
    envelope = read_bundle(data, key)
    if not key.verifies(envelope.signature, pre_authentication(PAYLOAD_TYPE, envelope.payload)):
        raise SignatureError(f"not by the key {key.fingerprint}, or changed since")
    return envelope
