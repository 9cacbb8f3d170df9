"""Changes of one object, each with what must be found of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

from attrs import frozen

from driftcheck.comparison import compare_states
from driftcheck.model import Bag, Keyed, Members, Node, Snapshot, State, format_path
from driftcheck.normalization import normalize
from tests.properties.trees import (
    PROBE,
    Body,
    Keys,
    alone,
    at,
    leaves,
    meaning_of,
    plain,
    put_back,
    shuffled_keys,
    shuffled_tree,
    with_value,
    without,
)

FOUND, COVERED, MISSED, WRONG, ALARM, QUIET = (
    "found", "covered by a rule", "missed", "found elsewhere", "false alarm", "quiet",
)  # fmt: skip

NOISE = {
    "uid": "5d3a5f0e-0000-4000-8000-000000000000",
    "resourceVersion": "4711",
    "generation": 3,
    "creationTimestamp": "2026-11-23T20:00:00Z",
    "managedFields": [{"manager": "probe", "operation": "Update", "fieldsV1": {"f:spec": {}}}],
}
"""What a server writes into every object's metadata."""


@frozen
class Outcome:
    """What came of one mutation.

    Args:
        kind: The object's kind.
        sort: What was done: `change`, `remove`, `add`, `reorder` or `respell`.
        place: Where, or how.
        verdict: One of the words above.
        said: What was found, for people who look into it.
    """

    kind: str
    sort: str
    place: str
    verdict: str
    said: tuple[tuple[str, str], ...] = ()


@frozen
class Subject:
    """One object to be changed, as what counts of it would stand in a manifest."""

    snapshot: Snapshot
    body: Body
    state: State
    content: Node

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    def compared_with(self, other: Body) -> tuple[tuple[tuple[str, str], ...], Counter[str]]:
        """The findings, and how often each rule was applied to the other."""
        changed = normalize(alone(self.snapshot, other), environment="changed")
        comparison = compare_states((self.state, changed))
        found = (
            (difference.change.value, format_path(difference.path))
            for difference in comparison.differences
        )
        return tuple(sorted(found)), changed.hits + comparison.hits


Chosen = Callable[[], bool]
"""Asked before each mutation whether to try it."""


def always() -> bool:
    """Try every mutation."""
    return True


def subject(snapshot: Snapshot, body: Body) -> Subject:
    """An object with everything that counts, and nothing that a rule takes away."""
    meaning = meaning_of(snapshot, body)
    written = put_back(plain(meaning.content, snapshot.namespace or ""), body)
    state = normalize(alone(snapshot, written), environment="written")
    return Subject(snapshot, written, state, meaning_of(snapshot, written).content)


def outcomes(it: Subject, chosen: Chosen = always) -> Iterator[Outcome]:
    """The mutations of an object that are chosen, and what came of each."""
    yield from _changes(it, chosen)
    yield from _removals(it, chosen)
    yield from _additions(it, chosen)
    yield from _reorderings(it, chosen)
    yield from _spellings(it)


def _changes(it: Subject, chosen: Chosen) -> Iterator[Outcome]:
    for leaf in leaves(it.content, it.snapshot.namespace or ""):
        if not chosen():
            continue
        said, hits = it.compared_with(with_value(it.body, leaf.keys, leaf.value))
        expected = leaf.expected
        if leaf.value is False:  # which for some fields is the same as absent
            expected = [("removed", path) for _, path in expected]
        good = said in (tuple(leaf.expected), tuple(expected))
        yield _judged(it, "change", leaf.expected[0][1], said, hits, good=good)


def _removals(it: Subject, chosen: Chosen) -> Iterator[Outcome]:
    """What is taken away is missed at its place, or at a map or list that ends with it."""
    for leaf in leaves(it.content, it.snapshot.namespace or ""):
        path = leaf.expected[-1][1]
        if leaf.keys[-1] == PROBE or leaf.expected[0][0] == "added" or not chosen():
            continue
        said, hits = it.compared_with(without(it.body, leaf.keys))
        good = len(said) == 1 and path.startswith(said[0][1])
        yield _judged(it, "remove", path, said, hits, good=good)


def _additions(it: Subject, chosen: Chosen) -> Iterator[Outcome]:
    """A field more in each map: a label, a setting that nobody knows."""
    for keys in _maps(it.content):
        if not chosen():
            continue
        said, hits = it.compared_with(with_value(it.body, (*keys, PROBE), "x"))
        good = len(said) == 1 and said[0][0] == "added" and said[0][1].endswith(PROBE)
        yield _judged(it, "add", ".".join(map(str, (*keys, PROBE))), said, hits, good=good)


def _maps(node: Node, keys: Keys = ()) -> Iterator[Keys]:
    if isinstance(node, dict):
        if keys and node:
            yield keys
        for key, value in node.items():
            yield from _maps(value, (*keys, key))
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from _maps(value, (*keys, position))


def _reorderings(it: Subject, chosen: Chosen) -> Iterator[Outcome]:
    """A list turned round: said once where its order means something, else not at all."""
    for keys, node in _lists(it.content):
        turned = list(reversed(at(it.body, keys)))
        if turned == at(it.body, keys) or not chosen():
            continue
        said, hits = it.compared_with(with_value(it.body, keys, turned))
        means_nothing = isinstance(node, Bag | Members) or (
            isinstance(node, Keyed) and not node.sequence
        )
        place = ".".join(map(str, keys))
        if means_nothing:
            yield Outcome(it.kind, "reorder", place, ALARM if said else QUIET, said)
        else:
            good = len(said) == 1 and said[0][0] == "reordered"
            yield _judged(it, "reorder", place, said, hits, good=good)


def _lists(node: Node, keys: Keys = ()) -> Iterator[tuple[Keys, Node]]:
    if isinstance(node, list):
        yield keys, node
        for position, value in enumerate(node):
            yield from _lists(value, (*keys, position))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _lists(value, (*keys, key))


def _spellings(it: Subject) -> Iterator[Outcome]:
    """The same object, written by somebody else or served by a server."""
    random = Random(it.kind)  # noqa: S311 - no secret is made
    namespace = it.snapshot.namespace or ""
    shuffled = put_back(shuffled_tree(it.content, namespace, random), it.body)
    noisy = {**it.body, "metadata": {**it.body["metadata"], **NOISE}, "status": {"probe": 1}}
    spellings = {
        "keys in another order": shuffled_keys(it.body, random),
        "unordered lists in another order": shuffled,
        "what a server writes": noisy,
        "nulls": _with_nulls(it.body),
    }
    for place, body in spellings.items():
        said, _ = it.compared_with(body)
        yield Outcome(it.kind, "respell", place, ALARM if said else QUIET, said)


def _with_nulls(body: Body) -> Body:
    """Fields that are null, which are as good as absent."""
    return {**body, "metadata": {**body["metadata"], "creationTimestamp": None}, "status": None}


def _judged(
    it: Subject,
    sort: str,
    place: str,
    said: tuple[tuple[str, str], ...],
    hits: Counter[str],
    *,
    good: bool,
) -> Outcome:
    if good:
        return Outcome(it.kind, sort, place, FOUND, said)
    if said:
        return Outcome(it.kind, sort, place, WRONG, said)
    covered = hits != it.compared_with(it.body)[1]
    return Outcome(it.kind, sort, place, COVERED if covered else MISSED, said)
