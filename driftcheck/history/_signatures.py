"""The signatures of a store: each a numbered file, which is made once and never written over."""

from __future__ import annotations

import re

from driftcheck.errors import HistoryError
from driftcheck.history._store import Store
from driftcheck.model import SignedHeads
from driftcheck.proof import BundleError, PublicKey, SignatureError, StatementError, open_heads

SIGNATURES = "signatures"
_FILE = re.compile(r"([0-9]{8})\.sigstore\.json")


def newest_number(store: Store) -> int:
    """How many signatures there are, by the last one's number."""
    names = map(_FILE.fullmatch, store.folder.stamps(SIGNATURES))
    return max((int(found[1]) for found in names if found), default=0)


def newest_signature(store: Store, key: PublicKey) -> SignedHeads | None:
    """What the newest signature says; None where there is none.

    Args:
        store: The store.
        key: The key that must have signed.

    Raises:
        HistoryError: It is another key's, was changed, or is of another store or number.
    """
    number = newest_number(store)
    data = store.folder.read(_file(number)) if number else None
    if data is None:
        return None
    try:
        signed = open_heads(data, key)
    except (BundleError, SignatureError, StatementError) as error:
        raise _not_believed(store, number, str(error)) from None
    if signed.store != store.id:
        raise _not_believed(store, number, f"it is of the store {signed.store}, and not of this")
    if signed.number != number:
        raise _not_believed(store, number, f"it is signature {signed.number}, and not itself")
    return signed


def keep_signature(store: Store, number: int, bundle: bytes) -> None:
    """Keep a signature.

    Raises:
        HistoryError: Somebody else has signed in the meantime, or it can't be written.
    """
    if not store.folder.create(_file(number), bundle):
        raise HistoryError(
            f"{store.folder.place(_file(number))}: somebody else has signed in the meantime",
            hint="sign again, should there be anything new by then",
        )


def _file(number: int) -> str:
    return f"{SIGNATURES}/{number:08}.sigstore.json"


def _not_believed(store: Store, number: int, what: str) -> HistoryError:
    return HistoryError(f"{store.folder.place(_file(number))}: {what}")
