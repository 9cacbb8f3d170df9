"""What a tree holds of an environment, and what its hashes say to whom."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from attrs import evolve

from driftcheck import prove
from driftcheck.pipeline import compare_snapshots
from driftcheck.proof import fingerprint_of
from driftcheck.proof._entries import SaltedTree, secret_of
from tests.builders import Body, config_map, snapshot, workload
from tests.conftest import Captured
from tests.proof.stated import NOW, SHOP, SHOP_ELSEWHERE


def fingerprints(left: list[Body], right: list[Body]) -> list[str]:
    found = compare_snapshots([snapshot(*left), snapshot(*right)])
    return [environment.fingerprint for environment in found.environments]


def test_equal_environments() -> None:
    """Equal environments have one fingerprint, however they are written."""
    left, right = fingerprints(SHOP, SHOP_ELSEWHERE)

    assert left == right


def test_unequal_environments() -> None:
    """One that has another object, another name or another content has another one."""
    others: list[list[Body]] = [
        SHOP[1:],
        [*SHOP, config_map("other")],
        [config_map(level="debug", host="example.com"), *SHOP[1:]],
        [*SHOP[:2], config_map("less")],
    ]
    for other in others:
        left, right = fingerprints(SHOP, other)
        assert left != right


def test_what_runs(captured: Captured) -> None:
    """What runs is a part of the fingerprint, though it is declared nowhere."""
    seen = captured("equal", "bookshop-staging")
    pods = [json.dumps(it.body) for it in seen.documents if it.reference.kind == "Pod"]
    digest = next(text for text in pods if "imageID" in text).partition('"imageID": "')[2]
    digest = digest.partition("sha256:")[2][:64]
    others = tuple(
        evolve(it, body=json.loads(json.dumps(dict(it.body)).replace(digest, "0" * 64)))
        if it.reference.kind == "Pod"
        else it
        for it in seen.documents
    )

    found = compare_snapshots([seen, evolve(seen, documents=others)])

    assert len({environment.fingerprint for environment in found.environments}) == 2


def test_fingerprint_of_results(captured: Captured) -> None:
    """A statement's fingerprint is the one that results and reports show."""
    seen = captured("equal", "bookshop-staging")
    statement = prove(seen, seen, now=NOW)
    shown = [environment.fingerprint for environment in statement.result.environments]

    assert [it["fingerprint"] for it in statement.predicate["environments"]] == shown


def test_a_neighbour_can_not_be_guessed() -> None:
    """Who is shown one entry and guesses the other right can't tell that it is right."""
    entries = {"a": b"an object", "b": b"its neighbour"}
    tree = SaltedTree(entries, secret_of([b"the snapshot's bytes"]))
    shown = tree.inclusion("a")
    assert shown

    guessed = {
        hashlib.sha256(b"\x00" + salt + entries["b"]).digest()
        for salt in (b"", shown.salt, hashlib.sha256(b"the snapshot's bytes").digest())
    }

    assert guessed.isdisjoint(shown.hashes)


def test_places_say_nothing() -> None:
    """Nor does a place in the tree say what stands before it: another secret, another place."""
    entries = {number: str(number).encode() for number in range(50)}
    places: set[Any] = set()
    for number in range(10):
        found = SaltedTree(entries, secret_of([bytes([number])])).inclusion(7)
        assert found
        places.add(found.index)

    assert len(places) > 3


def test_a_tree_shows_what_it_holds_alone() -> None:
    """What a tree does not hold, it can't show."""
    assert SaltedTree({}, b"").inclusion("a") is None


def test_one_entry_for_what_is_declared_and_what_runs(captured: Captured) -> None:
    """A workload is one entry, with its content and its digests."""
    seen = captured("equal", "bookshop-staging")
    (shown, _) = prove(seen, seen, objects="deploy/web", now=NOW).predicate["objects"]
    entry = json.loads(shown["entry"])

    assert entry["name"] == "web"
    assert entry["content"].startswith("sha256:")
    assert all(each["digests"] for each in entry["running"])


def test_fingerprints_of_nothing() -> None:
    """Even of nothing there is a fingerprint: that of the empty tree."""
    from driftcheck.normalization import normalize

    state = normalize(snapshot(workload()), environment="shop")

    assert fingerprint_of(evolve(state, objects={}, running={})) == (
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
