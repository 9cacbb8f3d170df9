"""Canonical forms tell apart whatever means something else."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.model import (
    NAMESPACE_TOKEN,
    Bag,
    Entries,
    Keyed,
    Members,
    Node,
    ObjectReference,
    Reading,
    SecretValue,
    Verdict,
    canonical_bytes,
    is_marked,
    name_token,
    same,
)
from tests.builders import compare, container, edited, resource, workload

TEXTS = st.one_of(
    st.sampled_from(
        ["", "a", "1", "quantity 1", "image a", "secret a", "float inf", "null", "a b"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=3),
).filter(lambda text: not is_marked(text))
WORDS = st.sampled_from(["a", "1", "quantity 1", "image a", "literal a", "secret a", "float inf"])
TOKENS = st.sampled_from(
    [NAMESPACE_TOKEN, name_token(ObjectReference("", "Secret", "a")), f"a.{NAMESPACE_TOKEN}.svc"]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**64, 2**64 + 1, 0.0, -0.0, 1.0]),
    st.floats(allow_nan=False),
    TEXTS,
    TOKENS,
    st.builds(Reading, WORDS, TEXTS),
    st.builds(SecretValue, WORDS),
)
NODES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(Bag),
        st.lists(SCALARS, max_size=3).map(Members),
        st.dictionaries(st.text(max_size=2), inner, max_size=2),
        st.dictionaries(TEXTS, inner, max_size=2).map(Entries),
    ),
    max_leaves=6,
)


def naive(node: Node) -> Any:
    """What a node says, spelt out by type; a bag and a set as some order of their items.

    That a list is one of these follows from its field, and nothing else tells a list's types
    apart: so an ordered list that happens to be sorted reads like the set of its items.
    """
    if isinstance(node, dict):
        given = [
            (key, value)
            for key, value in node.items()
            if not (type(value) is Entries and not value)
        ]
        return ("map", *sorted(((key, naive(value)) for key, value in given), key=repr))
    if isinstance(node, Members):
        return ("list", *sorted({repr(naive(item)) for item in node}))
    if isinstance(node, Bag):
        return ("list", *sorted(repr(naive(item)) for item in node))
    if isinstance(node, list):
        return ("list", *(repr(naive(item)) for item in node))
    if isinstance(node, Reading):
        return ("reading", node.meaning)
    if isinstance(node, SecretValue):
        return ("secret", node.fingerprint)
    return (type(node).__name__, repr(node))


@given(NODES, NODES)
def test_other_contents_have_other_bytes(left: Node, right: Node) -> None:
    """What a naive reading tells apart never shares its canonical bytes, lists' order aside."""
    if canonical_bytes(left) == canonical_bytes(right):
        assert _unordered(naive(left)) == _unordered(naive(right))


def _unordered(said: Any) -> Any:
    if isinstance(said, tuple) and said[:1] == ("list",):
        return ("list", *sorted(said[1:]))
    if isinstance(said, tuple):
        return tuple(map(_unordered, said))
    return said


@given(st.lists(SCALARS, min_size=2, max_size=12))
def test_scalars(scalars: list[Node]) -> None:
    """Scalars have as many canonical forms as they have meanings."""
    assert len({canonical_bytes(item) for item in scalars}) == len(set(map(naive, scalars)))


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_what_json_can_not_say(number: float) -> None:
    """A float that is no number is no null, and none other."""
    others = {math.inf, -math.inf, None, "inf", 0.0}
    others.discard(number)

    assert canonical_bytes(number) not in set(map(canonical_bytes, others))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("image",), "nginx"),
        (("resources", "limits", "memory"), "1"),
        (("resources", "limits", "cpu"), 1),
    ],
)
def test_a_text_that_spells_a_meaning_out(path: tuple[str, ...], value: object) -> None:
    """A literal text is never what a scalar of a type means."""
    pod = container(image="nginx", resources={"limits": {"memory": "1", "cpu": 1}})
    left = workload(containers=[edited(pod, *path, value=value)])
    (meaning,) = {"image": ["image docker.io/library/nginx:latest"]}.get(path[0], ["quantity 1"])

    for spelt in (meaning, f"\ufdd1{meaning}", f"\ufdd1literal {meaning}"):
        right = workload(containers=[edited(pod, *path, value=spelt)])
        assert compare([left], [right]).verdict is Verdict.DRIFTED
        assert compare([right], [left]).verdict is Verdict.DRIFTED


def test_a_text_that_spells_a_token_out() -> None:
    """What stands for a name in our texts stands for itself in others'."""
    bodies = [
        resource("v1", "ConfigMap", metadata={"name": "it", "namespace": "shop"}, data={"a": text})
        for text in ("http://a.shop.svc", f"http://a.{NAMESPACE_TOKEN}.svc")
    ]

    (finding,) = compare(*([body] for body in bodies)).findings
    assert set(finding.values.values()) == {body["data"]["a"] for body in bodies}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-99, 99) | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=6,
    ),
    st.data(),
)
def test_custom_resources(left: Any, data: st.DataObject) -> None:
    """Of a kind that nobody knows, whatever JSON tells apart is told apart, but for null."""
    right = data.draw(st.just(left) | st.text(max_size=2) | st.integers(-9, 9))
    bodies = [resource("example.com/v1", "Thing", spec={"x": value}) for value in (left, right)]
    is_same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)

    assert (compare(*([body] for body in bodies)).verdict is Verdict.IDENTICAL) == is_same


FEW = st.sampled_from(
    [
        None, 0, 1, True, 1.0, 0.0, -0.0, math.nan, "a", "1", Reading("a", "x"), Reading("a", "y"),
        Reading("b", "x"), SecretValue("a"), Entries(), [], Bag(),
    ]
)  # fmt: skip
KEYS = FEW.filter(lambda value: not isinstance(value, dict | list))
ITEMS = st.lists(
    st.fixed_dictionaries({}, optional={"key": KEYS, "a": FEW}),
    max_size=3,
)
ALIKE = st.recursive(
    FEW,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.lists(inner, max_size=2).map(Bag),
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2).map(Entries),
        st.builds(Keyed, ITEMS, st.just(("key",)), st.sampled_from([(), ((1,), ("a",))])),
    ),
    max_leaves=4,
)


@given(ALIKE, ALIKE)
def test_the_same(left: Node, right: Node) -> None:
    """Two nodes mean the same where their canonical bytes are equal, and nowhere else."""
    assert same(left, right) is (canonical_bytes(left) == canonical_bytes(right))
