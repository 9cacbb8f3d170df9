"""When something was signed, by an authority's word: RFC 3161 over the signature.

https://www.rfc-editor.org/rfc/rfc3161
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from driftcheck.errors import ProofError
from driftcheck.proof._keys import without_attest

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

AskTime = Callable[[bytes], bytes]
"""Sends a question to a time-stamping authority, and gives its answer."""


class TimestampError(ValueError):
    """A time that can't be believed, with the reason."""


def timestamp(signature: bytes, ask: AskTime) -> bytes:
    """Have the time of a signature attested.

    Args:
        signature: What is to be dated.
        ask: Asks the authority.

    Returns:
        Its answer.

    Raises:
        ProofError: It does not answer this question.
    """
    rfc3161 = _rfc3161()
    question = rfc3161.TimestampRequestBuilder().data(signature).build()
    answer = ask(question.as_bytes())
    try:
        found = rfc3161.decode_timestamp_response(answer)
        is_granted = rfc3161.PKIStatus(found.status) is rfc3161.PKIStatus.GRANTED
        imprint, asked = found.tst_info.message_imprint.message, question.message_imprint.message
        is_of_this = imprint == asked and found.tst_info.nonce == question.nonce
    except ValueError:
        is_granted = is_of_this = False
    if not (is_granted and is_of_this):
        raise ProofError(
            "no time stamp for this signature came back",
            hint="name a time-stamping authority that speaks RFC 3161, or leave it out",
        )
    return answer


def stamped_at(token: bytes, signature: bytes, certificates: bytes, *, source: str) -> datetime:
    """When a signature was there, by an authority that is trusted.

    Args:
        token: The authority's answer.
        signature: What was dated.
        certificates: The authorities that are trusted, in PEM: the roots, and what is between.
        source: What to call these in errors.

    Returns:
        The moment.

    Raises:
        TimestampError: The answer is not about this signature, or by nobody who is trusted.
        ProofError: The certificates can't be read.
    """
    rfc3161 = _rfc3161()
    trusted = _certificates(certificates, source)
    roots = [found for found in trusted if found.issuer == found.subject]
    between = [found for found in trusted if found.issuer != found.subject]
    if not roots:
        raise ProofError(
            f"{source}: no root certificate stands in it", hint="name a file with the whole chain"
        )
    verifier = rfc3161.VerifierBuilder(roots=roots, intermediates=between).build()
    try:
        answer = rfc3161.decode_timestamp_response(token)
        verifier.verify_message(answer, signature)
    except (ValueError, rfc3161.VerificationError):
        raise TimestampError(
            f"its time stamp is not by {source}, or of another signature"
        ) from None
    moment: datetime = answer.tst_info.gen_time
    return moment.astimezone(UTC)


def _certificates(pem: bytes, source: str) -> Sequence[Certificate]:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(pem)
    except ValueError:
        raise ProofError(
            f"{source}: no readable certificates", hint="name a file in PEM, with the whole chain"
        ) from None


def _rfc3161() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        raise without_attest("time stamps") from None
    return rfc3161_client
