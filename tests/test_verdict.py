"""The truth table, row by row."""

from __future__ import annotations

from itertools import product

import pytest
from attrs import evolve

from driftcheck import (
    Category,
    Change,
    Coverage,
    DriftError,
    Environment,
    Finding,
    KindCoverage,
    ObjectReference,
    ReadStatus,
    Verdict,
)
from driftcheck.model import VALUES_LEFT_OUT, Origin
from driftcheck.pipeline import capture
from driftcheck.verdict import decide, gaps_of
from tests.builders import compare, config_map, resource

SETTINGS = ObjectReference("", "ConfigMap", "settings")
FINDING = Finding(SETTINGS, Change.ADDED, "data.a", {"b": "1"}, Category.CONFIG)


def coverage(*statuses: ReadStatus) -> Coverage:
    return Coverage(
        tuple(
            KindCoverage(
                "apps",
                "Deployment",
                status,
                reason=None if status is ReadStatus.READ else "as it is",
                environment="shop",
            )
            for status in statuses
        )
    )


COMPLETE = [ReadStatus.READ, ReadStatus.EXCLUDED]
GAPS = [ReadStatus.FORBIDDEN, ReadStatus.FAILED, ReadStatus.UNSETTLED]


@pytest.mark.parametrize(
    ("findings", "status", "compared", "incomparable"),
    list(product([(), (FINDING,)], [*COMPLETE, *GAPS], [0, 7], [(), ("an image",)])),
)
def test_truth_table(
    findings: tuple[Finding, ...],
    status: ReadStatus,
    compared: int,
    incomparable: tuple[str, ...],
) -> None:
    """Drifted wins over inconclusive, and inconclusive over identical; there is always a reason."""
    verdict, reasons, *_ = decide(
        findings, coverage(status), compared=compared, incomparable=incomparable
    )

    is_complete = status in COMPLETE and compared > 0 and not incomparable
    if findings:
        expected = Verdict.DRIFTED
    else:
        expected = Verdict.IDENTICAL if is_complete else Verdict.INCONCLUSIVE
    gaps = (status in GAPS) + (compared == 0) + len(incomparable)
    assert verdict is expected
    assert len(reasons) == max(gaps + len(findings), 1)


def test_gaps_are_said_beside_drift() -> None:
    """What could not be seen is a reason even where something was found to differ."""
    verdict, reasons, *_ = decide((FINDING,), coverage(ReadStatus.FORBIDDEN), compared=3)

    assert verdict is Verdict.DRIFTED
    assert reasons[0] == "1 difference that no rule expects"
    assert "Deployment" in reasons[1]
    assert "shop" in reasons[1]


def test_every_gap_is_said() -> None:
    """Each row that is not complete is a reason of its own."""
    _, reasons, *_ = decide((), coverage(*GAPS, *COMPLETE), compared=3)

    assert len(reasons) == len(GAPS)


def test_a_kind_that_was_read_in_part() -> None:
    """A kind that was read, though not in full, is a gap as well."""
    row = KindCoverage("", "Secret", ReadStatus.READ, reason="no values", environment="shop")

    verdict, reasons, *_ = decide((), Coverage((row,)), compared=3)

    assert verdict is Verdict.INCONCLUSIVE
    assert reasons == ("Secret was read in part in shop: no values",)


def test_an_odd_document() -> None:
    """What a file holds and no server takes is to be mended in that file."""
    row = KindCoverage("", "Secret", ReadStatus.READ, reason="no name", environment="shop")

    (reason,) = gaps_of((row,), [evolve(capture([config_map()]), name="shop")])

    assert reason == "Secret was read in part in shop: no name; next: mend the file, or take it out"


def test_an_undiscovered_group() -> None:
    """A group that could not be discovered is a gap, whatever kinds it has."""
    row = KindCoverage("example.com", "*", ReadStatus.FAILED, reason="stale", environment="shop")

    verdict, (reason,), *_ = decide((), Coverage((row,)), compared=3)

    assert verdict is Verdict.INCONCLUSIVE
    assert "example.com" in reason


LIVE = Environment("blue", Origin.CLUSTER, "eu", "blue", None, 3, "sha256:a")
"""A namespace that was looked at just now."""


def gaps(*rows: KindCoverage, environments: tuple[Environment, ...] = ()) -> tuple[str, ...]:
    return decide((), Coverage(rows), compared=3, environments=environments).gaps


def test_what_is_alike_is_said_once() -> None:
    """Kinds that are not seen for the same reason in the same environments are one gap."""
    rows = [
        KindCoverage("", kind, ReadStatus.FORBIDDEN, reason=f"no {kind}", environment=name)
        for name in ("blue", "green")
        for kind in ("Secret", "Service")
    ]
    alone = KindCoverage("", "Pod", ReadStatus.FORBIDDEN, reason="no Pod", environment="green")

    assert gaps(*rows, alone) == (
        "2 kinds may not be read in blue, green: Secret, Service",
        "Pod may not be read in green: no Pod",
    )


def test_a_refusal_is_told_without_the_namespace() -> None:
    """What a server refuses in several namespaces is one refusal, with who was refused."""
    said = 'secrets is forbidden: User "ci" cannot list resource "secrets"'
    rows = [
        KindCoverage(
            "",
            "Secret",
            ReadStatus.FORBIDDEN,
            reason=f'{said} in API group "" in the namespace "{name}"',
            environment=name,
        )
        for name in ("blue", "green")
    ]

    assert gaps(*rows) == (f'Secret may not be read in blue, green: {said} in API group ""',)


@pytest.mark.parametrize(
    ("status", "reason", "place", "step"),
    [
        ("forbidden", "x", None, "driftcheck rbac blue@eu | kubectl apply -f - --context eu"),
        ("forbidden", "x", "blue.json", "capture it again as somebody who may"),
        ("unsettled", "rollout not finished: web", None, "--settle 120 waits for it"),
        ("unsettled", "changed while it was read: web", "blue.json", "again with --settle 120"),
        ("failed", "503", None, "try again"),
        ("read", VALUES_LEFT_OUT, None, "look without --no-secret-values"),
    ],
)
def test_the_next_step(status: str, reason: str, place: str | None, step: str) -> None:
    """Each gap says what to do about it, where something can be done."""
    row = KindCoverage("", "Pod", ReadStatus(status), reason=reason, environment="blue")

    (said,) = gaps(row, environments=(evolve(LIVE, place=place),))

    assert step in said.partition("; next: ")[2]


@pytest.mark.parametrize(
    ("verdict", "status"),
    [("identical", 0), ("equivalent", 0), ("drifted", 1), ("inconclusive", 3)],
)
def test_exit_status(verdict: str, status: int) -> None:
    """Each verdict has its exit status."""
    assert Verdict(verdict).exit_status == status


NAMESPACE = resource("v1", "Namespace", "shop")
ROOT_CERTIFICATE = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {
        "name": "kube-root-ca.crt", "annotations": {"kubernetes.io/description": "Contains a CA"}
    },
    "data": {"ca.crt": "-----BEGIN"},
}  # fmt: skip


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        [NAMESPACE],
        [ROOT_CERTIFICATE, resource("v1", "ServiceAccount", "default")],
    ],
    ids=["nothing", "the Namespace alone", "what every Namespace has"],
)
def test_nothing_to_compare(bodies: list[dict]) -> None:
    """Where no object is there that anybody made, nothing is proved."""
    result = compare(bodies, bodies)

    assert result.verdict is Verdict.INCONCLUSIVE
    assert not result.findings


def test_nothing_on_one_side() -> None:
    """Where one side has everything and the other has nothing, all of it is drift."""
    assert compare([config_map()], []).verdict is Verdict.DRIFTED
    assert compare([], [config_map()]).verdict is Verdict.DRIFTED


def test_require() -> None:
    """A gate passes on what is proven to be the same, and else says the verdict and why."""
    compare([config_map()], [config_map()]).require()

    for other, word in (([], "inconclusive"), ([config_map()], "drifted")):
        result = compare([], other)
        with pytest.raises(DriftError, match=word) as caught:
            result.require()
        assert caught.value.result is result
