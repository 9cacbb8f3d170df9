"""What a key says of a store of looks: the last look of each environment, and so all before it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from driftcheck.codec import told
from driftcheck.model import Head, SignedHeads, Subject
from driftcheck.proof._keys import PublicKey, Signer
from driftcheck.proof._predicates import HEADS, Tool
from driftcheck.proof._signing import open_bundle, sign_payload
from driftcheck.proof._statements import StatementError, read_parts, statement_bytes
from driftcheck.proof._times import AskTime


class _Predicate(msgspec.Struct, frozen=True):
    store: str
    number: Annotated[int, msgspec.Meta(ge=1)]
    made: Annotated[datetime, msgspec.Meta(tz=True)]
    tool: Tool
    heads: tuple[Head, ...]


def sign_heads(signed: SignedHeads, signer: Signer, ask_time: AskTime | None = None) -> bytes:
    """Sign the heads of a store.

    Args:
        signed: What is said of them.
        signer: Who signs.
        ask_time: Asks a time-stamping authority when that was; None to ask nobody.

    Returns:
        The bundle of an in-toto statement, whose subjects are the heads' headers.

    Raises:
        ProofError: The key signs for another one, or the authority does not answer.
    """
    predicate = _Predicate(
        store=signed.store,
        number=signed.number,
        made=signed.made,
        tool=Tool("driftcheck", signed.driftcheck),
        heads=signed.heads,
    )
    written = msgspec.to_builtins(predicate)
    return sign_payload(
        statement_bytes(HEADS, written, map(_subject, signed.heads)), signer, ask_time
    )


def open_heads(data: bytes, key: PublicKey) -> SignedHeads:
    """The heads that a key has signed.

    Args:
        data: The bundle.
        key: The key that is trusted.

    Raises:
        BundleError: It is no bundle of this key.
        SignatureError: It says that it is, and is not signed by it.
        StatementError: What it signed says nothing of heads.
    """
    subjects, predicate = read_parts(open_bundle(data, key).payload, HEADS)
    try:
        found = msgspec.convert(predicate, _Predicate)
    except msgspec.ValidationError as error:
        raise StatementError(f"its predicate can't be read: {told(error)}") from None
    if subjects != tuple(map(_subject, found.heads)):
        raise StatementError("it is not about the heads that it names")
    return SignedHeads(
        store=found.store,
        number=found.number,
        key=key.fingerprint,
        made=found.made,
        driftcheck=found.tool.version,
        heads=found.heads,
    )


def _subject(head: Head) -> Subject:
    """A head by a name that no other head of its store has."""
    return Subject(f"history:{head.environment}#{head.number}", head.digest)
