"""Snapshots become a result: normalize, compare, decide; a pure function of what was seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any, TypedDict, Unpack

from attrs import evolve, frozen

from driftcheck.capture import with_unserved, without_cluster_scoped, without_collection
from driftcheck.comparison import Comparison, compare_states
from driftcheck.images import NO_MIRRORS, Mirrors
from driftcheck.model import (
    EVERYTHING_STOPS,
    Contents,
    Coverage,
    Environment,
    Finding,
    Gate,
    KindCoverage,
    ObjectReference,
    Renaming,
    Result,
    RuleHits,
    Scope,
    Snapshot,
    State,
)
from driftcheck.normalization import (
    NOTHING_KNOWN,
    Known,
    Names,
    autoscaled_in,
    common_names,
    normalize,
)
from driftcheck.pipeline._narrowing import check_scope
from driftcheck.pipeline._other_names import (
    suggested_renaming,
    unused_mirrors,
    unused_renamings,
)
from driftcheck.pipeline._places import (
    check_one_place,
    doubtful_places,
    is_one_place_declared,
    unknown_places,
)
from driftcheck.pipeline._platform import Surroundings, surroundings_of
from driftcheck.pipeline._shortcuts import takes_shortcuts
from driftcheck.pipeline._undeclared import undeclared_in, undeclared_text
from driftcheck.policy import (
    NO_POLICY,
    Acceptances,
    Judgement,
    Policy,
    RuleTrial,
    accept,
    ignored_by_others,
    judge,
    try_alone,
)
from driftcheck.proof import fingerprint_of
from driftcheck.verdict import decide

EVERYTHING = Scope()
FIRST_DAY = date.min
"""A day on which no rule has ended."""
RENAMED = "renamed"
ROOT = "/"


class Asked(TypedDict, total=False):
    """What is asked of snapshots; by default everything, and nothing is expected to differ."""

    scope: Scope
    renamings: Iterable[Renaming]
    mirrors: Mirrors
    contents: Contents
    policy: Policy
    gate: Gate
    untouched: bool
    platform: bool
    closed: bool
    today: date


def compare_snapshots(snapshots: Iterable[Snapshot], **asked: Unpack[Asked]) -> Result:
    """Compare what was seen; a pure function of it."""
    return judge_snapshots(snapshots, **asked).result


@frozen
class Judged:
    """What a comparison says, and what the snapshots mean by which it says so."""

    result: Result
    states: tuple[State, ...]


@without_collection()
def judge_snapshots(
    snapshots: Iterable[Snapshot],
    *,
    scope: Scope = EVERYTHING,
    renamings: Iterable[Renaming] = (),
    mirrors: Mirrors = NO_MIRRORS,
    contents: Contents = NOTHING_KNOWN,
    policy: Policy = NO_POLICY,
    gate: Gate = EVERYTHING_STOPS,
    untouched: bool = False,
    platform: bool = False,
    closed: bool = False,
    today: date = FIRST_DAY,
) -> Judged:
    """Compare what was seen, and keep what was compared; see `compare_snapshots`."""
    compared = _compared(snapshots, scope, renamings, mirrors, contents, is_closed=closed)
    if untouched:
        compared = _with_written(compared)
    around = surroundings_of(compared.snapshots, compared.states)
    judgement = judge(
        policy,
        (*compared.comparison.differences, *around.differences),
        around.beside(compared.comparison.compared),
        today=today,
    )
    rows = sorted((row for state in compared.states for row in state.coverage), key=_coverage_order)
    outside = sorted(around.rows, key=_coverage_order)
    acceptances = accept(policy, (*rows, *outside), today=today)
    result = _result(compared, around, judgement, acceptances, scope, platform=platform)
    undeclared = undeclared_in(compared.comparison.undeclared, policy)
    result = evolve(
        result,
        reasons=(*result.reasons, *undeclared_text(undeclared)),
        gate=gate,
        policy=policy.used,
        undeclared=undeclared,
    )
    return Judged(result, compared.states)


@without_collection()
def try_rules(
    snapshots: Iterable[Snapshot], policy: Policy, *, today: date
) -> tuple[RuleTrial, ...]:
    """What each rule of a policy, all alone, explains of what was seen, and of what was written."""
    compared = _compared(snapshots)
    comparison = compared.comparison
    around = surroundings_of(compared.snapshots, compared.states)
    found = (*comparison.differences, *comparison.written, *around.differences)
    return try_alone(policy, found, around.beside(comparison.compared), today=today)


@without_collection()
def deviations(
    look: Snapshot, declarations: Iterable[Snapshot], policy: Policy
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """How a look at a place deviates from what was declared of it, and what can't be compared."""
    compared = _compared((look, *declarations))
    comparison = compared.comparison
    managers = Policy(managers=policy.managers)
    judgement = judge(managers, comparison.differences, comparison.compared, today=FIRST_DAY)
    of_the_look = {doubt for state in compared.states for doubt in state.doubts}
    return (
        tuple(finding for finding in judgement.findings if finding.expected is None),
        tuple(reason for reason in comparison.reasons if reason not in of_the_look),
    )


@frozen
class _Compared:
    """What was seen, what it means, how it differs, and which options changed nothing."""

    snapshots: tuple[Snapshot, ...]
    states: tuple[State, ...]
    comparison: Comparison
    warnings: tuple[str, ...]
    is_closed: bool

    @property
    def deciding(self) -> Sequence[State]:
        """The environments by which there is something to compare, or nothing."""
        declaring = [state for state in self.states if state.declaration]
        return self.states if self.is_closed else declaring


def _compared(
    snapshots: Iterable[Snapshot],
    scope: Scope = EVERYTHING,
    renamings: Iterable[Renaming] = (),
    mirrors: Mirrors = NO_MIRRORS,
    contents: Contents = NOTHING_KNOWN,
    *,
    is_closed: bool = False,
) -> _Compared:
    seen = without_cluster_scoped(with_unserved(snapshots))
    snapshots = _with_shared_schemas(_placed(seen))
    check_scope(scope, snapshots)
    renamings = tuple(renamings)
    names = common_names(snapshots, renamings)
    is_closed = is_closed or not is_one_place_declared(snapshots)
    autoscaled = _autoscaled_everywhere(snapshots, names, is_closed=is_closed)
    known: Known | None = {} if takes_shortcuts() else None
    states = tuple(
        normalize(
            snapshot,
            environment=name,
            names=called,
            autoscaled=autoscaled,
            scope=scope,
            mirrors=mirrors,
            contents=contents,
            known=known,
        )
        for name, snapshot, called in zip(distinct_names(snapshots), snapshots, names, strict=True)
    )
    comparison = compare_states(states, is_closed=is_closed)
    comparison.hits.update(+Counter({RENAMED: sum(called.declared for called in names)}))
    unused = (*unused_renamings(renamings, names), *unused_mirrors(mirrors, snapshots))
    return _Compared(snapshots, states, comparison, unused, is_closed)


def _with_written(compared: _Compared) -> _Compared:
    """The same, where what was written between looks at one place differs, and doubts count."""
    check_one_place(compared.states)
    comparison = compared.comparison
    doubts = (doubt for found in comparison.witnesses for doubt in found.doubts)
    return evolve(
        compared,
        comparison=evolve(
            comparison,
            differences=(*comparison.differences, *comparison.written),
            reasons=(*comparison.reasons, *doubts, *unknown_places(compared.states)),
        ),
    )


def _placed(snapshots: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
    """Put manifests that name no namespace into the others' one, if they share one."""
    namespaces = {snapshot.namespace for snapshot in snapshots} - {None}
    if len(namespaces) != 1:
        return snapshots
    (namespace,) = namespaces
    return tuple(evolve(snapshot, namespace=namespace) for snapshot in snapshots)


def _with_shared_schemas(snapshots: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
    """Let manifests, which come without schemas, be read by those of the clusters beside them."""
    known: dict[str, Mapping[str, Any]] = {}
    for snapshot in snapshots:
        known |= snapshot.schemas
    return tuple(evolve(snapshot, schemas={**known, **snapshot.schemas}) for snapshot in snapshots)


def _autoscaled_everywhere(
    snapshots: Iterable[Snapshot], names: Iterable[Names], *, is_closed: bool
) -> frozenset[ObjectReference]:
    """The workloads whose replicas an autoscaler holds in every environment.

    What holds them in a place holds them there, whoever declared the workload.
    """
    return frozenset.intersection(
        *(
            frozenset(map(called.of, autoscaled_in(snapshot)))
            for snapshot, called in zip(snapshots, names, strict=True)
            if is_closed or snapshot.declaration is None
        )
    )


def distinct_names(snapshots: Iterable[Snapshot]) -> list[str]:
    """The environments' names, no two of them equal.

    Those of files have as many folders before them as tell them apart; what is still equal
    is numbered, `shop (2)`.
    """
    snapshots = tuple(snapshots)
    of_one_name: dict[str, list[Snapshot]] = defaultdict(list)
    for snapshot in snapshots:
        of_one_name[snapshot.name].append(snapshot)
    depths = {name: _depth_that_tells_apart(group) for name, group in of_one_name.items()}
    return _numbered(_below_folders(snapshot, depths[snapshot.name]) for snapshot in snapshots)


def _depth_that_tells_apart(snapshots: Sequence[Snapshot]) -> int:
    """How many folders tell most of the snapshots apart."""
    deepest = max(len(_folders(snapshot)) for snapshot in snapshots)
    return max(
        range(deepest + 1),
        key=lambda depth: len({_below_folders(snapshot, depth) for snapshot in snapshots}),
    )


def _below_folders(snapshot: Snapshot, depth: int) -> str:
    folders = _folders(snapshot)
    return "/".join((*folders[max(len(folders) - depth, 0) :], snapshot.name))


def _folders(snapshot: Snapshot) -> tuple[str, ...]:
    """The folders that were named on the way to the file it was read from."""
    parts = PurePath(snapshot.place or "").parts[:-1]
    return tuple(part for part in parts if part != ROOT)


def _numbered(names: Iterable[str]) -> list[str]:
    numbered: list[str] = []
    for name in names:
        candidates = (f"{name} ({number})" for number in range(2, len(numbered) + 3))
        distinct = name
        while distinct in numbered:
            distinct = next(candidates)
        numbered.append(distinct)
    return numbered


def _result(
    compared: _Compared,
    around: Surroundings,
    judgement: Judgement,
    acceptances: Acceptances,
    scope: Scope,
    *,
    platform: bool,
) -> Result:
    states, comparison = compared.states, compared.comparison
    count = sum(len(state.coverage) for state in states)
    coverage = Coverage(acceptances.rows[:count])
    environments = tuple(map(environment_of, compared.snapshots, states))
    findings = tuple(finding for finding in judgement.findings if finding.acts is None)
    outside = around.result(
        [finding for finding in judgement.findings if finding.acts],
        acceptances.rows[count:],
        coverage.kinds,
        environments,
        is_required=platform,
    )
    verdict, reasons, gaps, accepted = decide(
        findings,
        coverage,
        compared=max(state.compared for state in compared.deciding),
        scope=str(scope),
        incomparable=comparison.reasons,
        environments=environments,
        platform=outside,
    )
    hits = sum((state.hits for state in states), Counter(comparison.hits))
    return Result(
        verdict=verdict,
        reasons=reasons,
        environments=environments,
        coverage=coverage,
        findings=findings,
        images=comparison.images,
        rules=(
            *(RuleHits(rule, count) for rule, count in sorted(hits.items())),
            *judgement.rules,
            *acceptances.rules,
        ),
        gaps=gaps,
        warnings=(
            *_of_reading(compared),
            *doubtful_places(compared.snapshots),
            *compared.warnings,
            *suggested_renaming(findings, states[0].environment),
            *judgement.warnings,
            *acceptances.warnings,
            *ignored_by_others(compared.snapshots, states),
            *comparison.warnings,
        ),
        objects=comparison.compared.evidence,
        accepted=accepted,
        witnesses=comparison.witnesses,
        platform=outside,
    )


def _of_reading(compared: _Compared) -> Iterator[str]:
    """What the snapshots say of how they were read, each with its environment's name."""
    for snapshot, state in zip(compared.snapshots, compared.states, strict=True):
        for warning in snapshot.warnings:
            yield f"{state.environment}: {warning}"


def _coverage_order(row: KindCoverage) -> tuple[str, str, str]:
    return (row.environment, row.group, row.kind)


def environment_of(snapshot: Snapshot, state: State) -> Environment:
    """What a report says of where an environment was seen."""
    return Environment(
        name=state.environment,
        origin=snapshot.origin,
        context=snapshot.context,
        namespace=snapshot.namespace,
        window=snapshot.window,
        objects=state.compared,
        fingerprint=fingerprint_of(state),
        place=snapshot.place,
        declared_by=snapshot.declared_by,
    )
