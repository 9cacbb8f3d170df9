"""Whatever became of an object: its witness claims no more than its metadata allow."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from driftcheck.model import Document, KindCoverage, Origin, ReadStatus, Snapshot, Window, Witness
from driftcheck.pipeline import compare_snapshots
from tests.builders import Body, config_map, resource, workload

NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "shop", "uid": "0", "resourceVersion": "1"},
}
COUNTING = [workload(), resource("batch/v1", "CronJob", spec={"schedule": "@daily"})]
CUSTOM = [resource("shop.example/v1", "Flag", spec={"on": True}, status={"seen": True})]
UNCOUNTED = [config_map(a="1"), resource("v1", "Service", spec={"type": "ClusterIP"})]
SUBRESOURCES = ("", "status", "scale")

entries = st.lists(
    st.builds(
        lambda manager, subresource, time, field: {
            "manager": manager,
            "operation": "Update",
            "apiVersion": "v1",
            "subresource": subresource,
            "time": f"2026-11-25T22:00:0{time}Z",
            "fieldsV1": {f"f:{field}": {}},
        },
        manager=st.sampled_from(("argocd-controller", "kubectl-edit")),
        subresource=st.sampled_from(SUBRESOURCES),
        time=st.integers(0, 3),
        field=st.sampled_from("ab"),
    ),
    max_size=4,
    unique_by=lambda entry: (entry["manager"], entry["subresource"]),
)


@frozen
class Case:
    """An object at two moments, and what is known of it.

    Args:
        before: As it was.
        after: As it is.
        is_edited: Whether it holds something else.
        is_counting: Whether its generation is known to count what is desired and nothing else.
    """

    before: Body
    after: Body
    is_edited: bool
    is_counting: bool


@st.composite
def cases(draw: st.DrawFn) -> Case:
    target = draw(st.sampled_from((*COUNTING, *CUSTOM, *UNCOUNTED)))
    before, after = copy.deepcopy(target), copy.deepcopy(target)
    has_generation = target not in UNCOUNTED
    generation = 5
    for body in (before, after):
        body["metadata"] |= {
            "uid": draw(st.sampled_from("ab")),
            "resourceVersion": str(draw(st.integers(10, 12))),
            "managedFields": draw(entries),
        }
        if has_generation:
            body["metadata"]["generation"] = generation = generation + draw(st.integers(-1, 3))
    if draw(st.booleans()):
        after["metadata"]["managedFields"] = copy.deepcopy(before["metadata"]["managedFields"])
    is_edited = draw(st.booleans())
    if is_edited:
        after["metadata"]["labels"] = {"edited": "yes"}
    is_through_status = all(
        any(entry["subresource"] == "status" for entry in body["metadata"]["managedFields"])
        for body in (before, after)
    )
    return Case(before, after, is_edited, target in COUNTING or is_through_status)


def look(body: Body, name: str, hour: int | None = None) -> Snapshot:
    at = datetime(2026, 11, 25, hour or 0, tzinfo=UTC)
    kind = Document(body).reference
    return Snapshot(
        name=name,
        origin=Origin.CLUSTER,
        context=None,
        namespace="shop",
        window=None if hour is None else Window(at, at, quiescent=True),
        server_version="v1.36.2",
        secret_key_id=None,
        coverage=(KindCoverage(kind.group, kind.kind, ReadStatus.READ, 1),),
        documents=(Document(NAMESPACE), Document(body)),
    )


def beside_status(body: Body) -> list[Any]:
    found = [e for e in body["metadata"]["managedFields"] if e["subresource"] != "status"]
    return sorted(found, key=str)


@given(cases())
def test_no_more_than_is_known(case: Case) -> None:
    """Each word, by what must at least be so where it is said."""
    looks = [look(case.before, "1", hour=1), look(case.after, "2", hour=2)]
    (found,) = compare_snapshots(looks).witnesses
    (witness,) = [item.witness for item in found.objects] or [Witness.UNTOUCHED]
    before, after = case.before["metadata"], case.after["metadata"]
    is_one = before["uid"] == after["uid"]
    moved = int(after["resourceVersion"]) - int(before["resourceVersion"])
    generations = after.get("generation", 0) - before.get("generation", 0)

    match witness:
        case Witness.UNTOUCHED:
            assert is_one
            assert not moved
            assert not case.is_edited
        case Witness.STATUS_ONLY:
            assert is_one
            assert moved > 0
            assert not generations
            assert not case.is_edited
            assert beside_status(case.before) == beside_status(case.after)
            assert before["managedFields"] != after["managedFields"]
        case Witness.REVERTED:
            assert is_one
            assert moved > 0
            assert generations > 1
            assert case.is_counting
            assert not case.is_edited
        case Witness.TOUCHED:
            assert is_one
            assert moved
            assert not case.is_edited
        case Witness.RECREATED:
            assert not is_one
            assert not case.is_edited
        case Witness.CHANGED:
            assert case.is_edited
        case _:
            raise AssertionError(witness)
    if is_one and moved < 0:
        assert found.doubts


@given(cases())
def test_time_has_one_direction(case: Case) -> None:
    """Of two looks without a clock, the higher resourceVersion is the later."""
    one, other = look(case.before, "1"), look(case.after, "2")
    (forth,) = compare_snapshots([one, other]).witnesses
    (back,) = compare_snapshots([other, one]).witnesses

    assert sum(forth.counts.values()) == sum(back.counts.values()) == 2
    assert (forth.counts[Witness.UNTOUCHED] == 2) is (back.counts[Witness.UNTOUCHED] == 2)
    before, after = case.before["metadata"], case.after["metadata"]
    moved = int(after["resourceVersion"]) - int(before["resourceVersion"])
    if before["uid"] == after["uid"] and moved:
        assert forth.later == ("2" if moved > 0 else "1")
        assert forth == back
