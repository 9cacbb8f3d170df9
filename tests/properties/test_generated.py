"""Laws of normalization and comparison, for objects that Hypothesis makes up."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from driftcheck import Finding, Result, Verdict
from driftcheck.pipeline import compare_snapshots
from tests.builders import compare, snapshot
from tests.properties.objects import ENVIRONMENTS, OBJECTS, PAIRS, Body
from tests.properties.trees import (
    alone,
    leaves,
    meaning_of,
    plain,
    put_back,
    shuffled_keys,
    shuffled_tree,
    with_value,
)

BASELINE, OTHER = "objects", "objects (2)"
SECRET = re.compile(r"\(secret \d+\)")
MIRRORED = {"added": "removed", "removed": "added"}
sampled = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def captured(body: Body) -> Body:
    """The object as a snapshot holds it: without Secret values."""
    return dict(snapshot(body).documents[0].body)


@sampled
@given(OBJECTS)
def test_normalizing_twice_changes_nothing(body: Body) -> None:
    """A normalized object, put back as a document, means the same, and leaves no rule any work."""
    around, seen = snapshot(body), captured(body)
    once = meaning_of(around, seen)

    twice = meaning_of(around, put_back(plain(once.content, ""), seen))

    assert twice.fingerprint == once.fingerprint
    assert not twice.hits.keys() - {"server-metadata"}


@sampled
@given(OBJECTS, st.randoms(use_true_random=False))
def test_order_that_means_nothing(body: Body, random: Any) -> None:
    """No order of keys, and none of unordered lists, changes a fingerprint."""
    around, seen = snapshot(body), captured(body)
    once = meaning_of(around, seen)

    lists_shuffled = put_back(shuffled_tree(once.content, "", random), seen)

    assert meaning_of(around, shuffled_keys(seen, random)).fingerprint == once.fingerprint
    assert meaning_of(around, lists_shuffled).fingerprint == once.fingerprint


@sampled
@given(OBJECTS, st.data())
def test_another_value_in_a_leaf(body: Body, data: st.DataObject) -> None:
    """Another value in any leaf changes the fingerprint, and is found at its path and below."""
    around, seen = snapshot(body), captured(body)
    once = meaning_of(around, seen)
    choices = list(leaves(once.content, ""))
    assume(choices)
    leaf = data.draw(st.sampled_from(choices))
    base = put_back(plain(once.content, ""), seen)
    changed = with_value(base, leaf.keys, leaf.value)

    result = compare_snapshots([alone(around, base), alone(around, changed)])

    assert meaning_of(around, changed).fingerprint != once.fingerprint
    assert result.findings
    roots = [path for _, path in leaf.expected]
    whole = re.compile(r"\[\d+\]")
    for finding in result.findings:
        assert any(whole.split(root)[0] in finding.path for root in roots)


@sampled
@given(ENVIRONMENTS)
def test_an_environment_and_itself(bodies: list[Body]) -> None:
    """Whatever it holds, an environment is identical with itself, unless it holds nothing."""
    result = compare(bodies, bodies)

    assert not result.findings
    assert result.verdict is (Verdict.IDENTICAL if bodies else Verdict.INCONCLUSIVE)


@sampled
@given(ENVIRONMENTS, ENVIRONMENTS)
def test_drifted_means_a_finding(left: list[Body], right: list[Body]) -> None:
    """The verdict is `drifted` if and only if there is a finding."""
    result = compare(left, right)

    event(result.verdict.value)
    assert (result.verdict is Verdict.DRIFTED) == bool(result.findings)


def seen_by(result: Result, side: str, other: str) -> list[tuple[str, ...]]:
    """The findings as one side sees them; positions and the numbers of Secrets are its own."""
    return sorted(
        (
            str(finding.object),
            re.sub(r"\[\d+\]", "[]", finding.path),
            seen_change(finding, side),
            *(SECRET.sub("(secret)", repr(finding.values.get(name))) for name in (side, other)),
        )
        for finding in result.findings
    )


def seen_change(finding: Finding, side: str) -> str:
    change = finding.change.value
    return change if side == BASELINE else MIRRORED.get(change, change)


@sampled
@given(PAIRS)
def test_the_other_way_round(pair: tuple[Body, Body]) -> None:
    """Comparing B with A finds what comparing A with B finds, mirrored."""
    left, right = pair

    forth, back = compare([left], [right]), compare([right], [left])

    assert seen_by(forth, BASELINE, OTHER) == seen_by(back, OTHER, BASELINE)


@sampled
@given(ENVIRONMENTS, ENVIRONMENTS, ENVIRONMENTS)
def test_three_find_what_pairs_find(
    first: list[Body], second: list[Body], third: list[Body]
) -> None:
    """Three environments are without findings if and only if every pair is."""
    sides = [snapshot(*bodies) for bodies in (first, second, third)]

    together = bool(compare_snapshots(sides).findings)

    pairs = [compare_snapshots([sides[0], other]).findings for other in sides[1:]]
    assert together == any(pairs)
