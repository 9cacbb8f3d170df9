"""What stands everywhere, and what a rule leaves out on some sides only."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from driftcheck.model import Change, Origin, Result, Scope, Snapshot, parse_selector
from driftcheck.pipeline import compare_snapshots, render
from tests.builders import Body, config_map, container, edited, resource, snapshot, workload
from tests.moments import HANDS, QUIET, seen
from tests.ways import owner

POD: Body = {"spec": {"containers": [container()]}, "status": {"phase": "Succeeded"}}
SLICE_LABELS = {
    "kubernetes.io/service-name": "owner",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
}
LEADER = {"control-plane.alpha.kubernetes.io/leader": "{}"}
KUBEVIRT = "kubevirt.io/v1"


def made_by(maker: Body, made: Body, **metadata: Any) -> list[Body]:
    """A maker, and what it has made, as a server shows them."""
    maker["metadata"]["uid"] = "uid-of-the-maker"
    made["metadata"] |= {"uid": "uid-of-the-made", "ownerReferences": [owner(maker)], **metadata}
    return [config_map(), maker, made]


STATEFUL = made_by(workload("StatefulSet", "owner"), resource("v1", "Pod", "owner-0", **POD))
REPLICAS = made_by(workload("Deployment", "owner"), workload("ReplicaSet", "owner-7"))
JOB = made_by(
    resource("batch/v1", "CronJob", "owner", spec={"schedule": "0 0 * * *"}),
    {**workload("Job", "owner-7"), "apiVersion": "batch/v1"},
)
SLICE = made_by(
    resource("v1", "Service", "owner", spec={"selector": {"app": "it"}}),
    resource("discovery.k8s.io/v1", "EndpointSlice", "owner-7", endpoints=[]),
    labels=SLICE_LABELS,
)
MACHINE = made_by(
    resource(KUBEVIRT, "VirtualMachine", "owner", spec={"template": {"spec": {"cores": 2}}}),
    resource(KUBEVIRT, "VirtualMachineInstance", "owner", spec={"cores": 2}),
)
LOCK = [config_map(), edited(config_map("lock"), "metadata", "annotations", value=LEADER)]
LOCK[1].pop("data")


def live(*bodies: Body, name: str = "here") -> Snapshot:
    return evolve(snapshot(*bodies), origin=Origin.CLUSTER, name=name)


def both_ways(left: list[Body], right: list[Body], **asked: Any) -> list[Result]:
    sides = [live(*left), live(*right, name="there")]
    return [compare_snapshots(order, **asked) for order in (sides, sides[::-1])]


@pytest.mark.parametrize(
    ("bodies", "path", "value"),
    [
        (STATEFUL, ("metadata", "ownerReferences"), []),
        (REPLICAS, ("metadata", "ownerReferences"), []),
        (JOB, ("metadata", "ownerReferences"), []),
        (SLICE, ("metadata", "labels"), {}),
        (MACHINE, ("spec", "cores"), 4),
    ],
)
def test_made_by_its_owner_here_and_not_there(
    bodies: list[Body], path: tuple[str, ...], value: Any
) -> None:
    """What a controller makes here, and has let go there, was neither added nor removed."""
    *around, made = bodies
    for result in both_ways(bodies, [*around, edited(made, *path, value=value)]):
        (finding,) = result.findings
        assert (finding.change, finding.path) == (Change.CHANGED, "")
        assert finding.values.keys() == {"here", "there"}
        assert finding.note == "as its owner gives it in here, and otherwise in there"


def test_left_out_by_another_rule() -> None:
    """The note names the rule that leaves an object out on one side."""
    held = [LOCK[0], {**LOCK[1], "data": {"a": "1"}}]
    for result in both_ways(LOCK, held):
        (finding,) = result.findings
        assert finding.change is Change.CHANGED
        assert finding.note == "left out in here (leader-election)"


def test_selected_here_and_not_there() -> None:
    """An object that has the label on one side only stands on both."""
    labelled = edited(config_map("other"), "metadata", "labels", value={"tier": "front"})
    always = edited(config_map(), "metadata", "labels", value={"tier": "front"})
    scope = Scope(selector=parse_selector("tier=front"))
    for result in both_ways([always, labelled], [always, config_map("other")], scope=scope):
        (finding,) = result.findings
        assert finding.change is Change.CHANGED


def test_three() -> None:
    """Where it is missing in one of three, it is missing, and where it is left out it stands."""
    *around, made = MACHINE
    sides = [
        live(*bodies, name=name)
        for name, bodies in {
            "made": MACHINE,
            "other": [*around, edited(made, "spec", "cores", value=4)],
            "gone": around,
        }.items()
    ]
    (finding,) = compare_snapshots(sides).findings
    assert (finding.change, set(finding.values)) == (Change.CHANGED, {"made", "other"})


def test_a_recorded_machine() -> None:
    """Every report says of an instance that its machine gave that it is in both looks."""
    result = compare_snapshots([seen(QUIET), seen(HANDS)])
    (instance,) = [f for f in result.findings if f.object.kind == "VirtualMachineInstance"]

    assert instance.change is Change.CHANGED
    for format_ in ("text", "markdown", "html", "sarif", "junit", "csv"):
        report = render(result, format_)
        said = [line for line in report.splitlines() if "VirtualMachineInstance" in line]
        assert said
        assert not any("only in" in line for line in said)
    assert str(instance.note) in result._repr_html_()
