"""Results of every shape that the model allows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from driftcheck.model import (
    Acceptance,
    Acts,
    Category,
    Change,
    ComparedObject,
    ContainerImage,
    Coverage,
    Declarer,
    Effect,
    Environment,
    Expectation,
    Finding,
    Gate,
    ImageRow,
    KindCoverage,
    ObjectReference,
    Origin,
    PlatformResult,
    PlatformVerdict,
    PolicyUsed,
    ReadStatus,
    Result,
    RuleHits,
    RuleState,
    Undeclared,
    Verdict,
    Window,
    Writer,
)

NAMES = ("staging", "production", "dev")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
COUNTS = st.integers(0, 10**6)
MOMENTS = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - the strategy puts the zone in
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def tuples(strategy: st.SearchStrategy[Any], **sizes: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, **{"max_size": 3, **sizes}).map(tuple)


def by_environment(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(NAMES), strategy)


REFERENCES = st.builds(ObjectReference, TEXTS, TEXTS, TEXTS)
EXPECTATIONS = st.builds(Expectation, TEXTS, TEXTS, maybe(TEXTS))
WINDOWS = st.builds(Window, MOMENTS, MOMENTS, st.booleans())
ENVIRONMENTS = st.builds(
    Environment,
    name=st.sampled_from(NAMES) | TEXTS,
    origin=st.sampled_from(Origin),
    context=maybe(TEXTS),
    namespace=maybe(TEXTS),
    window=maybe(WINDOWS),
    objects=COUNTS,
    fingerprint=st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True),
    place=maybe(TEXTS),
    declared_by=maybe(st.sampled_from(Declarer)),
)
KINDS = st.builds(
    KindCoverage,
    group=TEXTS,
    kind=TEXTS,
    status=st.sampled_from(ReadStatus),
    objects=COUNTS,
    reason=maybe(TEXTS),
    version=TEXTS,
    excluded=st.dictionaries(TEXTS, COUNTS, max_size=2),
    environment=st.sampled_from(NAMES),
    accepted=maybe(st.builds(Acceptance, TEXTS, TEXTS, maybe(TEXTS), maybe(TEXTS))),
)
WRITERS = st.builds(Writer, TEXTS, TEXTS, TEXTS, maybe(TEXTS))
FINDINGS = st.builds(
    Finding,
    object=REFERENCES,
    change=st.sampled_from(Change),
    path=TEXTS,
    values=by_environment(VALUES),
    category=st.sampled_from(Category),
    note=maybe(TEXTS),
    expected=maybe(EXPECTATIONS),
    written_by=by_environment(tuples(WRITERS, min_size=1)),
    violates=maybe(EXPECTATIONS),
)
PLATFORMS = st.builds(
    PlatformResult,
    verdict=st.sampled_from(PlatformVerdict),
    reasons=tuples(TEXTS),
    same_cluster=st.booleans(),
    findings=tuples(
        st.builds(evolve, FINDINGS, acts=st.sampled_from(Acts), reached_by=tuples(TEXTS))
    ),
    coverage=st.builds(Coverage, tuples(KINDS)),
    is_required=st.booleans(),
)
IMAGES = st.builds(
    ImageRow,
    workload=REFERENCES,
    container=TEXTS,
    same=maybe(st.booleans()),
    environments=by_environment(
        st.builds(ContainerImage, maybe(TEXTS), tuples(TEXTS), st.booleans(), maybe(TEXTS))
    ),
    note=maybe(TEXTS),
    role=st.sampled_from(["containers", "initContainers", "ephemeralContainers", "volumes"]),
)
RULES = st.builds(RuleHits, TEXTS, COUNTS, note=maybe(TEXTS)) | st.builds(
    RuleHits,
    id=TEXTS,
    hits=COUNTS,
    state=st.sampled_from(RuleState),
    effect=st.sampled_from(Effect),
    reason=maybe(TEXTS),
    owner=maybe(TEXTS),
    expires=maybe(TEXTS),
    note=maybe(TEXTS),
)
GATES = st.builds(Gate, maybe(st.frozensets(st.sampled_from(Category))), COUNTS)
RESULTS = st.builds(
    Result,
    verdict=st.sampled_from(Verdict),
    reasons=tuples(TEXTS),
    environments=tuples(ENVIRONMENTS, min_size=1),
    coverage=st.builds(Coverage, tuples(KINDS)),
    findings=tuples(FINDINGS),
    images=tuples(IMAGES),
    rules=tuples(RULES),
    gaps=tuples(TEXTS),
    warnings=tuples(TEXTS),
    gate=GATES,
    objects=tuples(st.builds(ComparedObject, REFERENCES, tuples(st.sampled_from(NAMES)))),
    accepted=tuples(TEXTS),
    policy=maybe(st.builds(PolicyUsed, TEXTS, st.just(f"sha256:{'0' * 64}"))),
    platform=PLATFORMS,
    undeclared=tuples(
        st.builds(Undeclared, REFERENCES, TEXTS, by_environment(tuples(WRITERS, min_size=1)))
    ),
)
