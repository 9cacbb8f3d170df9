"""What a person says is one thing under two names, where nothing is, or might be, named so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice, product, takewhile
from typing import Any

from driftcheck.errors import UsageError
from driftcheck.images import Mirrors, parse_reference
from driftcheck.model import (
    Change,
    Finding,
    GroupKind,
    ObjectReference,
    Renaming,
    Snapshot,
    counted,
    parse_renaming,
    without_hash,
)
from driftcheck.normalization import Names

_MANY = 3
"""Objects that a renaming would pair, before it is suggested."""
_SHORTEST = 2
"""Characters that a name has in common with its other."""
_MOST_PAIRS = 10_000
_ON_ONE_SIDE = (Change.ADDED, Change.REMOVED)


def unused_renamings(renamings: Iterable[Renaming], names: Iterable[Names]) -> Iterator[str]:
    """That a renaming fits no object: somebody mistyped it, or it is no longer needed."""
    renamed = [pair for called in names for pair in called.common.items()]
    for renaming in renamings:
        if not any(_renames(renaming, there, here) for there, here in renamed):
            yield f"--renamed {renaming} fits no object"


def _renames(renaming: Renaming, there: ObjectReference, here: ObjectReference) -> bool:
    name = renaming.baseline_name(there)
    if not name or there == here:
        return False
    return without_hash(there._replace(name=name)) == without_hash(here)


def unused_mirrors(mirrors: Mirrors, snapshots: Iterable[Snapshot]) -> Iterator[str]:
    """That no image comes from a copy of a registry."""
    if not mirrors.originals:
        return
    images = {
        image
        for snapshot in snapshots
        for document in snapshot.documents
        for image in _images_in(document.body)
    }
    references = [reference.name for image in images if (reference := parse_reference(image))]
    for copy, original in mirrors.originals.items():
        one = Mirrors({copy: original})
        if all(one.original(name) == name for name in references):
            yield f"--mirror {copy}={original} fits no image"


def _images_in(value: Any) -> Iterator[str]:
    """What stands under the names that images have: of containers, and of volumes."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            yield from (
                text for key in ("image", "reference") if isinstance(text := node.get(key), str)
            )
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def suggested_renaming(findings: Iterable[Finding], baseline: str) -> Iterator[str]:
    """The renaming that would pair most objects that one side lacks, where it is many."""
    ours: dict[GroupKind, list[str]] = defaultdict(list)
    theirs: dict[GroupKind, list[str]] = defaultdict(list)
    for finding in findings:
        if finding.change in _ON_ONE_SIDE and not finding.path and finding.expected is None:
            side = ours if baseline in finding.values else theirs
            side[finding.object.group_kind].append(finding.object.name)
    votes: Counter[Renaming] = Counter()
    for kind, names in ours.items():
        pairs = islice(product(names, theirs[kind]), _MOST_PAIRS)
        found = {(name, pattern) for name, other in pairs for pattern in _patterns(name, other)}
        votes.update(pattern for _, pattern in found)
    best = max(votes, key=lambda pattern: (votes[pattern], str(pattern)), default=None)
    if best and votes[best] >= _MANY:
        yield f"{counted(votes[best], 'object')} may have another name: --renamed '{best}'"


def _patterns(name: str, other: str) -> Iterator[Renaming]:
    """What two names that end, or begin, alike say of others; nothing of what is no name."""
    end, start = _alike(name[::-1], other[::-1]), _alike(name, other)
    with suppress(UsageError):
        if end >= _SHORTEST:
            yield parse_renaming(f"{name[:-end]}*", f"{other[:-end]}*")
        if start >= _SHORTEST:
            yield parse_renaming(f"*{name[start:]}", f"*{other[start:]}")


def _alike(name: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(name, other, strict=False))
    return sum(1 for _ in pairs)
