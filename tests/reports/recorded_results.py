"""Results of the recordings, with everything that a report can show, and hostile ones."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import evolve

from driftcheck import (
    Category,
    Change,
    ContainerImage,
    Coverage,
    Effect,
    Finding,
    Gate,
    ImageRow,
    ObjectReference,
    ReadStatus,
    Result,
    RuleHits,
    RuleState,
    Snapshot,
    Window,
    Writer,
)
from driftcheck.model import Expectation
from driftcheck.pipeline import compare_snapshots
from tests.conftest import Captured

STAGING, PRODUCTION, DEV = "bookshop-staging", "bookshop-production", "bookshop-dev"
MOMENT = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
UNSEEN = 'Secret may not be read in bookshop-production: User "viewer" cannot list'
WARNING = "hotfix-4711 expired on 2026-11-20"
CONFIG = "".join(f"line {number} of the settings\n" for number in range(60))


def at_one_time(snapshot: Snapshot) -> Snapshot:
    """The snapshot as if it had been taken when the reports on file were."""
    return evolve(snapshot, window=Window(MOMENT, MOMENT, quiescent=True))


def drifted(captured: Captured) -> Result:
    return compare_snapshots(
        at_one_time(captured("drifted", namespace)) for namespace in (STAGING, PRODUCTION)
    )


def equal(captured: Captured) -> Result:
    return compare_snapshots(
        at_one_time(captured("equal", namespace)) for namespace in (STAGING, PRODUCTION)
    )


def three(captured: Captured) -> Result:
    return compare_snapshots(
        at_one_time(captured("equal", namespace)) for namespace in (STAGING, PRODUCTION, DEV)
    )


def finding(
    name: str = "settings", path: str = "data.a", kind: str = "ConfigMap", **values: object
) -> Finding:
    return Finding(ObjectReference("", kind, name), Change.CHANGED, path, values, Category.CONFIG)


def judged(result: Result) -> Result:
    """The result as a policy leaves it, with what else makes reports long."""
    *names, last = (environment.name for environment in result.environments)
    first, second = (*names, last)[:2]
    owner = Expectation("owner-labels", "each team labels its own", "2026-12-31")
    *others, label, other_label = result.findings
    config = dict.fromkeys((*names, last), CONFIG)
    config[second] = CONFIG.replace("line 30 of the", "line 30 of other")
    findings = (
        *others,
        evolve(label, expected=owner),
        evolve(other_label, expected=owner),
        Finding(
            ObjectReference("", "Secret", "db"),
            Change.UNCHANGED,
            "data.password",
            dict.fromkeys((*names, last), "(secret 1)"),
            Category.SECRET,
            violates=Expectation("own-database", "never the same password"),
        ),
        Finding(
            ObjectReference("", "ConfigMap", "nginx"),
            Change.CHANGED,
            'data["nginx.conf"]',
            config,
            Category.CONFIG,
            note="formatting only",
            written_by={second: (Writer("helm", "Update", "", "2026-11-23T20:55:06Z"),)},
        ),
        Finding(
            ObjectReference("apps", "Deployment", "web"),
            Change.ADDED,
            "spec.template.spec.containers[name=envoy]",
            {second: {"name": "envoy", "image": "envoy:v1", "args": ["-c", "x" * 80]}},
            Category.COMMAND,
        ),
    )
    rows = (
        evolve(row, status=ReadStatus.FORBIDDEN, reason="no access", objects=0)
        if row.kind == "Secret" and row.environment == second
        else row
        for row in result.coverage.kinds
    )
    return evolve(
        result,
        findings=tuple(sorted(findings, key=Finding.sort_key)),
        coverage=Coverage(tuple(rows)),
        reasons=(*result.reasons, UNSEEN),
        gaps=(UNSEEN,),
        warnings=(WARNING,),
        gate=Gate(frozenset({Category.IMAGE, Category.SECRET}), 2),
        rules=(
            *result.rules,
            RuleHits(
                "owner-labels", 2, RuleState.EXPIRING, Effect.ANY,
                "each team labels its own", "team-shop", "2026-12-01", "renew or remove it",
            ),
            RuleHits(
                "hotfix-4711", 0, RuleState.EXPIRED, Effect.WAIVE,
                "2.4.1 goes to staging on Monday", "team-shop", "2026-11-20",
            ),
        ),
        images=(
            *result.images,
            ImageRow(
                ObjectReference("apps", "Deployment", "extra"),
                "extra",
                None,
                {
                    first: ContainerImage("shop/extra:1", ("sha256:" + "1" * 64,)),
                    second: ContainerImage("shop/extra:1", ("sha256:" + "2" * 64,)),
                },
                note="one is of another kind",
            ),
        ),
    )  # fmt: skip


def hostile(result: Result, evil: str) -> Result:
    """The result with a text in every place that is filled from outside."""
    names = {environment.name: f"{evil}{index}" for index, environment in enumerate(
        result.environments)}  # fmt: skip
    expectation = Expectation(evil, evil, evil)
    environments = tuple(
        evolve(item, name=names[item.name], context=evil, namespace=evil, place=evil)
        for item in result.environments
    )
    sides = tuple(names.values())
    rows = tuple(
        evolve(
            row,
            kind=evil,
            environment=names[row.environment],
            reason=evil,
            excluded={evil: 1},
            status=ReadStatus.FAILED,
        )
        for row in result.coverage.kinds
    )

    def place(path: str, category: Category, **fields: object) -> Finding:
        values = dict.fromkeys(sides, evil) | {sides[0]: f"{evil} {path}"}
        found = Finding(ObjectReference(evil, evil, evil), Change.CHANGED, path, values, category)
        writer = Writer(evil, evil, evil, evil)
        return evolve(found, note=evil, written_by={sides[0]: (writer,)}, **fields)

    container = ContainerImage(evil, (evil, f"{evil}2"), mutable=True, tag_digest=evil)
    return evolve(
        result,
        environments=environments,
        coverage=Coverage(rows),
        reasons=(evil, f"{evil}!"),
        gaps=(evil,),
        warnings=(evil,),
        findings=(
            place(evil, Category.CONFIG),
            place(f"{evil}.lines", Category.CONFIG, values={
                sides[0]: f"a\n{evil}\nb", sides[1]: f"a\n{evil}!\nc"}),
            place(f"{evil}.map", Category.CONFIG, values={sides[1]: {evil: [evil] * 40}}),
            place("", Category.OTHER, change=Change.ADDED, values={sides[1]: {"name": evil}}),
            place("spec.a", Category.OTHER, violates=expectation),
            place("spec.b", Category.OTHER, expected=expectation),
        ),
        images=(
            ImageRow(
                ObjectReference(evil, evil, evil), evil, False,
                {sides[0]: container, sides[1]: evolve(container, digests=(f"{evil}3",))},
                note=evil,
            ),
        ),
        rules=(
            RuleHits(evil, 1),
            RuleHits(evil, 1, RuleState.USED, Effect.ANY, evil, evil, evil, evil),
        ),
    )  # fmt: skip
