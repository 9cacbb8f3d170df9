"""Laws of normalization and comparison, for every object of both recordings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from itertools import islice
from random import Random
from typing import TypeVar

import pytest

from driftcheck.model import NAMESPACE, ObjectReference, Snapshot, group_of
from driftcheck.pipeline import compare_snapshots
from driftcheck.testing import load_recording
from tests.conftest import RECORDINGS, Captured
from tests.properties.trees import (
    Body,
    Keys,
    Leaf,
    Meaning,
    alone,
    another,
    at,
    leaves,
    meaning_of,
    plain,
    put_back,
    raw_leaves,
    shuffled_keys,
    shuffled_tree,
    with_value,
    without,
)

NOBODYS = ("Event", "Endpoints", "EndpointSlice")
"""Kinds of which the recordings have none that anybody would compare."""

BOOKSHOPS = (
    ("equal", "bookshop-dev"),
    ("drifted", "bookshop-staging"),
    ("drifted", "bookshop-production"),
)
"""The recordings' namespaces; those that both recordings have, as they were in the end."""

EVERYTHING = "EVERYTHING" in os.environ
"""Whether each leaf is tried in every bookshop, as `make accuracy` does."""

GENERATED = re.compile(r"(-[0-9a-z]{8,10})?-[0-9a-z]{5}$|-[0-9a-z]{8,10}$")
"""What a name ends with that a controller has made."""

Thing = TypeVar("Thing")

IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}

Place = tuple[str, str, ObjectReference]
"""A recording, a namespace of it, and an object there."""


def recorded() -> list[Place]:
    """Every object of the bookshops, and their Namespaces."""
    places: set[Place] = set()
    for recording, namespace in BOOKSHOPS:
        for place, held in load_recording(RECORDINGS[recording]).collections.items():
            if place.namespace == namespace and held.kind not in NOBODYS:
                group = group_of(held.head["apiVersion"])
                for body in held.objects:
                    reference = ObjectReference(group, held.kind, body["metadata"]["name"])
                    places.add((recording, namespace, reference))
        places.add((recording, namespace, ObjectReference(*NAMESPACE, namespace)))
    return sorted(places)


def name_of(place: Place) -> str:
    return "-".join((*place[:2], place[2].kind, place[2].name))


@cache
def in_each_bookshop() -> frozenset[tuple[str, str]]:
    """The objects that every bookshop has, by kind and what was chosen of their names."""
    held = [
        {called(place) for place in recorded() if place[:2] == bookshop} for bookshop in BOOKSHOPS
    ]
    return frozenset(set.intersection(*held))


def called(place: Place) -> tuple[str, str]:
    return place[2].kind, GENERATED.sub("", place[2].name)


def share_of(place: Place, leaves: Iterable[Thing]) -> Iterable[Thing]:
    """Of an object that every bookshop has, this bookshop's third; of another, everything."""
    if EVERYTHING or called(place) not in in_each_bookshop():
        return leaves
    return islice(leaves, BOOKSHOPS.index(place[:2]), None, len(BOOKSHOPS))


EVERY_OBJECT = pytest.mark.parametrize("place", recorded(), ids=name_of)


@pytest.fixture
def seen(captured: Captured, place: Place) -> tuple[Snapshot, Body]:
    """An object as it was captured, with the snapshot it is from."""
    snapshot = captured(*place[:2])
    (body,) = [dict(item.body) for item in snapshot.documents if item.reference == place[2]]
    return snapshot, body


@EVERY_OBJECT
def test_normalizing_twice_changes_nothing(seen: tuple[Snapshot, Body]) -> None:
    """A normalized object, put back as a document, means the same, and leaves no rule any work."""
    snapshot, body = seen
    once = meaning_of(snapshot, body)

    twice = meaning_of(snapshot, put_back(plain(once.content, str(snapshot.namespace)), body))

    assert twice.fingerprint == once.fingerprint
    assert not twice.hits.keys() - {"namespace", "server-metadata"}


@EVERY_OBJECT
def test_order_that_means_nothing(seen: tuple[Snapshot, Body], place: Place) -> None:
    """No order of keys, and none of unordered lists, changes a fingerprint."""
    snapshot, body = seen
    random = Random(str(place))  # noqa: S311 - no secret is made
    once = meaning_of(snapshot, body)

    keys_shuffled = shuffled_keys(body, random)
    lists_shuffled = put_back(shuffled_tree(once.content, str(snapshot.namespace), random), body)

    assert meaning_of(snapshot, keys_shuffled).fingerprint == once.fingerprint
    assert meaning_of(snapshot, lists_shuffled).fingerprint == once.fingerprint


def turns_a_rule(leaf: Leaf, kind: str) -> bool:
    """Whether another value makes a rule apply, or no longer apply, to more than the leaf itself.

    A headless Service becomes one with an address, a variable that carries the namespace in its
    name no longer holds it, and a pod nobody owns declares the containers that run.
    """
    headless = kind == "Service" and leaf.keys == ("spec", "clusterIP")
    named = leaf.keys[-1] == "fieldPath" and "env[name=POD_" in leaf.expected[0][1]
    debugger = kind == "Pod" and leaf.keys == ("spec", "ephemeralContainers", 0, "name")
    return headless or named or debugger


@EVERY_OBJECT
def test_every_leaf_that_counts(seen: tuple[Snapshot, Body], place: Place) -> None:
    """Another value in any leaf gives one finding at its path; in a list's key or a set, two."""
    snapshot, body = seen
    namespace = str(snapshot.namespace)
    once = meaning_of(snapshot, body)
    base = put_back(plain(once.content, namespace), body)

    for leaf in share_of(place, leaves(once.content, namespace)):
        if turns_a_rule(leaf, body["kind"]):
            continue
        changed = with_value(base, leaf.keys, leaf.value)
        result = compare_snapshots([alone(snapshot, base), alone(snapshot, changed)])
        found = sorted((finding.change.value, finding.path) for finding in result.findings)
        if leaf.value is False:  # which for some fields is the same as absent
            found = [("changed", path) for _, path in found]
        assert found == leaf.expected


@EVERY_OBJECT
def test_every_leaf_that_does_not_count(seen: tuple[Snapshot, Body], place: Place) -> None:
    """A leaf whose value changes no fingerprint is one that a named rule took away and counted."""
    snapshot, body = seen
    once = meaning_of(snapshot, body)

    @cache
    def without_it(keys: Keys) -> Meaning:
        return meaning_of(snapshot, without(body, keys))

    def is_taken_away(root: Keys, leaf: Keys) -> bool:
        """Whether nothing but the hits of a rule changes where it is not there at all."""
        rest = without_it(root)
        means_nothing = root == leaf or rest.fingerprint == once.fingerprint
        return means_nothing and rest.hits != once.hits

    for keys in share_of(place, raw_leaves(body)):
        changed = with_value(body, keys, another(at(body, keys), ""))
        if keys in IDENTITY or meaning_of(snapshot, changed).fingerprint != once.fingerprint:
            continue
        roots = [keys[:length] for length in range(1, len(keys) + 1)]
        assert any(is_taken_away(root, keys) for root in roots if root != ("metadata",)), keys
