"""Merkle trees of RFC 6962: one digest for many things, and a proof for each of them alone.

https://www.rfc-editor.org/rfc/rfc6962#section-2.1
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import zip_longest

_LEAF, _NODE = b"\x00", b"\x01"


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """The root over what the leaves hold, in their order; over none that of the empty text."""
    level = [_sha256(_LEAF + leaf) for leaf in leaves]
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else _sha256(b"")


def inclusion_of(index: int, leaves: Iterable[bytes]) -> tuple[bytes, ...]:
    """The hashes by which one leaf leads to the root, from the bottom up."""
    level = [_sha256(_LEAF + leaf) for leaf in leaves]
    hashes = []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            hashes.append(level[sibling])
        level, index = _above(level), index // 2
    return tuple(hashes)


def root_by(leaf: bytes, index: int, size: int, hashes: Iterable[bytes]) -> bytes | None:
    """The root to which a leaf leads by these hashes; None where so many leaves have other ones.

    https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2
    """
    if not 0 <= index < size:
        return None
    here, last, root = index, size - 1, _sha256(_LEAF + leaf)
    for sibling in hashes:
        if last == 0:
            return None
        if here % 2 or here == last:
            root = _node(sibling, root)
            while here and not here % 2:
                here, last = here // 2, last // 2
        else:
            root = _node(root, sibling)
        here, last = here // 2, last // 2
    return root if last == 0 else None


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The next level: two nodes make one, and one that is left over goes up as it is."""
    pairs = zip_longest(level[::2], level[1::2])
    return [left if right is None else _node(left, right) for left, right in pairs]


def _node(left: bytes, right: bytes) -> bytes:
    return _sha256(_NODE + left + right)


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
