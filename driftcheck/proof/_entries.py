"""What a tree holds of an environment: an entry for each object, of its content and what runs.

The fingerprint of an environment is the root over its entries as they are, so that two strings
can be compared. A tree that shows single entries has a salt before each, which only who holds
the snapshot can tell: a neighbour's hash would else show its content to whoever guesses it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from attrs import frozen

from driftcheck.model import ObjectReference, RunningContainer, State, canonical_bytes
from driftcheck.proof._trees import inclusion_of, tree_root

_SALT = b"driftcheck.salt/v1\x00"

Entries = Mapping[ObjectReference, bytes]


def entries_of(state: State) -> Entries:
    """What is said of each object: its fingerprint, what runs of it, and pods that stray from it.

    Args:
        state: An environment, normalized.

    Returns:
        The canonical JSON of each entry.
    """
    running = {workload: list(map(_runs, it.containers)) for workload, it in state.running.items()}
    strays = {
        workload: sorted(digest_of(canonical_bytes(pod.content)) for pod in pods)
        for workload, pods in state.strays.items()
    }
    return {
        reference: canonical_bytes(
            {
                **reference._asdict(),
                "content": _content(state, reference),
                "running": running.get(reference, []),
                "strays": strays.get(reference, []),
            }
        )
        for reference in sorted(state.objects.keys() | running.keys() | strays.keys())
    }


def fingerprint_of(state: State) -> str:
    """One digest over all that an environment holds and runs, `sha256:...`.

    Equal ones, made by equal rules and with complete coverage, are of equal environments.
    """
    return f"sha256:{tree_root(entries_of(state).values()).hex()}"


@frozen
class Inclusion:
    """What shows that one object stands in a tree, and shows nothing of another.

    Args:
        entry: What is said of the object, canonical JSON.
        salt: What stands before it in its leaf.
        index: Which leaf it is.
        size: How many there are.
        hashes: How it leads to the root.
    """

    entry: bytes
    salt: bytes
    index: int
    size: int
    hashes: tuple[bytes, ...]


class SaltedTree:
    """A tree whose leaves stand in the order of their salts, so that a place says nothing either.

    Args:
        entries: What it holds, by what each is known.
        secret: What the salts come from.
    """

    def __init__(self, entries: Mapping[Any, bytes], secret: bytes) -> None:
        self._entries = entries
        self._salts = sorted(
            ((key, hmac.digest(secret, entry, "sha256")) for key, entry in entries.items()),
            key=itemgetter(1),
        )
        self._leaves = [salt + entries[key] for key, salt in self._salts]

    @property
    def root(self) -> str:
        """Its root, `sha256:...`."""
        return f"sha256:{tree_root(self._leaves).hex()}"

    @property
    def size(self) -> int:
        """How many entries it holds."""
        return len(self._leaves)

    def inclusion(self, key: Any) -> Inclusion | None:
        """What shows that an entry is in it; None where it is not."""
        for index, (found, salt) in enumerate(self._salts):
            if found == key:
                hashes = inclusion_of(index, self._leaves)
                return Inclusion(self._entries[key], salt, index, self.size, hashes)
        return None


def secret_of(parts: Iterable[bytes]) -> bytes:
    """What salts come from: known to who holds these bytes, and told by no other digest of them."""
    digest = hashlib.sha256(_SALT)
    for part in parts:
        digest.update(part)
    return digest.digest()


def digest_of(data: bytes) -> str:
    """SHA-256, as results write it: `sha256:...`."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _content(state: State, reference: ObjectReference) -> str | None:
    """The fingerprint of what is declared; None of what runs and nothing declares."""
    found = state.objects.get(reference)
    return found.fingerprint if found else None


def _runs(container: RunningContainer) -> dict[str, Any]:
    return {
        "role": container.role,
        "name": container.name,
        "images": list(container.images),
        "digests": container.digests,
    }
