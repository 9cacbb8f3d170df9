"""What a server picks is no difference; what somebody chose is, wherever it can be known."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import frozen

from driftcheck import Change, Result, Verdict
from driftcheck.pipeline import capture, compare_snapshots
from tests.builders import Body, compare, differences, edited, resource
from tests.ways import in_every_way, live, verdicts

IDENTICAL, DRIFTED = {Verdict.IDENTICAL}, {Verdict.DRIFTED}
BOUND = "pv.kubernetes.io/bound-by-controller"
PORT = {"port": 80, "protocol": "TCP", "targetPort": 80}
PORT_KEY = json.dumps({"port": 80, "protocol": "TCP"}, separators=(",", ":"))


@frozen
class Place:
    """A field that may be given, and is picked where it is not.

    Args:
        body: An object that says nothing there.
        path: The field.
        owned: The same in managedFields.
        values: Two values that it may have.
        shown: The field as findings print it.
    """

    body: Body
    path: tuple[str | int, ...]
    owned: tuple[str, ...]
    values: tuple[Any, Any]
    shown: str

    def said(self, value: Any) -> Body:
        """A manifest that gives the value."""
        return edited(self.body, *self.path, value=value)

    def shown_by(self, server: str, value: Any, fields: Body) -> Body:
        """The object as a server shows it, with what a manager owns of its spec."""
        body = self.said(value)
        entry = {
            "manager": server,
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-11-25T22:46:59Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": fields},
        }
        metadata = {**body["metadata"], "uid": "in-a-cluster", "managedFields": [entry]}
        return {**body, "metadata": metadata}

    def picked(self, value: Any) -> Body:
        """A live object whose value nobody owns."""
        return self.shown_by("kubectl-create", value, {"f:resources": {}, "f:type": {}})

    def chosen(self, value: Any) -> Body:
        """A live object whose value somebody owns."""
        fields: Body = {}
        for name in reversed(self.owned):
            fields = {name: fields}
        return self.shown_by("kubectl-create", value, fields)

    def dumped(self, value: Any) -> Body:
        """A live object as `kubectl get -o yaml` shows it."""
        body = self.picked(value)
        metadata = {key: item for key, item in body["metadata"].items() if key != "managedFields"}
        return {**body, "metadata": metadata}


def service(**spec: Any) -> Body:
    return resource(
        "v1", "Service", "web", spec={"ports": [dict(PORT)], "type": "NodePort", **spec}
    )


def of_service(field: str, *values: Any, **spec: Any) -> Place:
    first, second = values
    shown = f"spec.{field}"
    return Place(service(**spec), ("spec", field), (f"f:{field}",), (first, second), shown)


LOCAL = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
CLAIM = resource("v1", "PersistentVolumeClaim", "data", spec={"accessModes": ["ReadWriteOnce"]})
BOUND_CLAIM = edited(CLAIM, "metadata", "annotations", value={BOUND: "yes"})
POD = resource("v1", "Pod", "job", spec={"containers": [{"name": "c", "image": "shop/c:1"}]})
PLACES: dict[str, Place] = {
    "an address": of_service("clusterIP", "10.96.0.10", "10.96.0.99"),
    "a health check's port": of_service("healthCheckNodePort", 30100, 30200, **LOCAL),
    "a family": of_service("ipFamilies", ["IPv4"], ["IPv6"]),
    "a node port": Place(
        service(),
        ("spec", "ports", 0, "nodePort"),
        ("f:ports", f"k:{PORT_KEY}", "f:nodePort"),
        (30080, 31999),
        "spec.ports[port=80,protocol=TCP].nodePort",
    ),
    "a claim's volume": Place(
        BOUND_CLAIM, ("spec", "volumeName"), ("f:volumeName",), ("pv-1", "pv-2"), "spec.volumeName"
    ),
    "a Pod's node": Place(
        POD, ("spec", "nodeName"), ("f:nodeName",), ("node-1", "node-2"), "spec.nodeName"
    ),
}
every_place = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())


def both_ways(left: Body, right: Body) -> list[Result]:
    """Files as they are, compared from both ends: what has no uid is a manifest."""
    return [compare([left], [right]), compare([right], [left])]


@every_place
def test_picked_on_both_sides(place: Place) -> None:
    """What servers picked on both sides differs by nature."""
    left, right = map(place.picked, place.values)

    assert verdicts([left], [right]) == IDENTICAL


@every_place
def test_chosen_on_both_sides(place: Place) -> None:
    """What was chosen on both sides is configuration, live and in manifests."""
    first, second = place.values
    found = in_every_way([place.chosen(first)], [place.chosen(second)])
    results = [*found.values(), *both_ways(place.said(first), place.said(second))]
    results += both_ways(place.said(first), place.chosen(second))

    for result in results:
        (finding,) = result.findings
        assert finding.path.startswith(place.shown)
        assert finding.note is None


@every_place
def test_chosen_or_left_to_the_server(place: Place) -> None:
    """A choice against none is a difference, in a manifest and live."""
    first, _ = place.values

    for said in (place.said(first), place.chosen(first)):
        assert all(result.findings for result in both_ways(said, place.body))
    assert not any(result.findings for result in both_ways(place.body, place.picked(first)))


@every_place
def test_chosen_on_one_side_and_picked_on_the_other(place: Place) -> None:
    """A picked value is as good as a chosen one if they are equal, and else shown as picked."""
    first, second = place.values
    results = in_every_way([place.chosen(first)], [place.picked(second)]).values()

    assert verdicts([place.chosen(first)], [place.picked(first)]) == IDENTICAL
    assert not any(result.findings for result in both_ways(place.said(first), place.picked(first)))
    for result in [*results, *both_ways(place.said(first), place.picked(second))]:
        (finding,) = result.findings
        assert finding.path.startswith(place.shown)
        assert (finding.change, len(finding.values)) == (Change.CHANGED, 2)
        assert str(finding.note).startswith("picked by the server in ")


def test_saying_nothing() -> None:
    """An empty address or volume, or a port 0, leaves the choice to the server."""
    said = service(clusterIP="", healthCheckNodePort=0)

    assert not differences(said, PLACES["an address"].picked("10.96.0.10"))
    assert not differences(edited(CLAIM, "spec", "volumeName", value=""), CLAIM)


@every_place
def test_three_environments(place: Place) -> None:
    """A third environment in which the server picked another value than was chosen differs,
    whichever of them is the baseline.
    """
    first, second = place.values
    sides = [live(place.chosen(first)), live(place.picked(first)), live(place.picked(second))]

    for shift in range(3):
        (finding,) = compare_snapshots(sides[shift:] + sides[:shift]).findings
        assert finding.path.startswith(place.shown)
        assert len(finding.values) == 3


@every_place
def test_dumps_that_do_not_tell(place: Place) -> None:
    """Without managedFields nobody knows who chose: no finding, and a warning that names them."""
    first, second = place.values
    for left, right in (
        (place.dumped(first), place.dumped(second)),
        (place.dumped(first), place.picked(second)),
        (place.body, place.dumped(second)),
    ):
        for result in both_ways(left, right):
            (warning,) = result.warnings
            kind = place.body["kind"]
            assert warning.startswith(f"{kind} {place.body['metadata']['name']}: whether somebody ")
            assert result.verdict is Verdict.IDENTICAL

    assert not compare([place.dumped(first)], [place.dumped(first)]).warnings
    assert not compare([place.picked(first)], [place.picked(second)]).warnings
    assert compare([place.said(first)], [place.dumped(second)]).findings


@every_place
def test_wiped_managed_fields(place: Place) -> None:
    """Managed fields in which nobody owns anything of the spec were wiped, and tell nothing."""
    first, second = place.values
    wiped = edited(
        place.chosen(first), "metadata", "managedFields", 0, "fieldsV1",
        value={"f:metadata": {"f:labels": {"f:a": {}}}},
    )  # fmt: skip

    assert compare([wiped], [place.picked(second)]).warnings


def test_volumes_that_somebody_bound() -> None:
    """A claim that no controller says it has bound was bound by somebody."""
    place = PLACES["a claim's volume"]
    unbound = Place(CLAIM, place.path, place.owned, place.values, place.shown)

    assert verdicts(*[[unbound.picked(value)] for value in place.values]) == DRIFTED


def bound(volume: str, manager: str, uid: str = "in-a-cluster") -> Body:
    place = PLACES["a claim's volume"]
    body = place.shown_by(manager, volume, {"f:accessModes": {}, "f:volumeName": {}})
    return edited(body, "metadata", "uid", value=uid)


@pytest.mark.parametrize("binder", ["kube-controller-manager", "k3s"])
def test_volumes_that_a_controller_bound(binder: str) -> None:
    """The controller that binds claims owns their volume, and chooses nothing; whoever else writes
    its annotation is none.
    """
    assert verdicts([bound("pv-1", binder)], [bound("pv-2", binder)]) == IDENTICAL
    assert verdicts([bound("pv-1", binder)], [bound("pv-2", "kubectl-create")]) == DRIFTED


def test_volumes_made_for_a_claim() -> None:
    """A volume that bears the claim's own uid was made for it, whatever else is known."""
    left, right = (
        edited(PLACES["a claim's volume"].dumped(f"pvc-{uid}"), "metadata", "uid", value=uid)
        for uid in ("0a1b", "2c3d")
    )
    result = compare([left], [right])

    assert not result.findings
    assert not result.warnings
    foreign = edited(right, "spec", "volumeName", value="pvc-4e5f")
    assert compare([left], [foreign]).warnings


def test_address_and_addresses() -> None:
    """A Service's one address is one choice, however often it stands there."""
    said = service(clusterIP="10.96.0.10")
    place = PLACES["an address"]
    kept = edited(place.chosen("10.96.0.10"), "spec", "clusterIPs", value=["10.96.0.10"])
    other = edited(place.chosen("10.96.0.99"), "spec", "clusterIPs", value=["10.96.0.99"])

    assert not differences(said, kept)
    for result in in_every_way([kept], [other]).values():
        assert [finding.path for finding in result.findings] == ["spec.clusterIP"]


def test_headless() -> None:
    """That a Service has no address is a choice that only people make."""
    headless = service(type="ClusterIP", clusterIP="None", selector={"a": "b"})
    place = of_service("clusterIP", "None", "10.96.0.10", type="ClusterIP", selector={"a": "b"})

    assert differences(headless, place.dumped("None")) == []
    assert differences(headless, place.picked("10.96.0.10")) == [("changed", "spec.clusterIP")]


FAMILIES: dict[str, tuple[Body, Body]] = {
    "headless, for nobody": (
        {"clusterIP": "None"},
        {"clusterIP": "None", "ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv4", "IPv6"]},
    ),
    "headless": (
        {"clusterIP": "None", "selector": {"a": "b"}},
        {
            "clusterIP": "None",
            "selector": {"a": "b"},
            "ipFamilyPolicy": "SingleStack",
            "ipFamilies": ["IPv4"],
        },
    ),
    "two stacks where there is one": (
        {"ipFamilyPolicy": "PreferDualStack"},
        {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4"]},
    ),
    "two stacks": (
        {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv6"]},
        {"ipFamilyPolicy": "RequireDualStack", "ipFamilies": ["IPv6", "IPv4"]},
    ),
}


@pytest.mark.parametrize(("said", "given"), FAMILIES.values(), ids=FAMILIES.keys())
def test_families_that_a_server_fills_in(said: Body, given: Body) -> None:
    """A Service's families and their policy follow from what it asks for, as the server says."""
    place = of_service("ipFamilies", None, None, **{"type": "ClusterIP", **given})
    shown = place.picked(given["ipFamilies"])

    assert not differences(service(type="ClusterIP", **said), shown)


FAMILY_CHOICES: dict[str, tuple[Body, Body, str]] = {
    "a single stack for nobody": (
        {"clusterIP": "None"},
        {"clusterIP": "None", "ipFamilyPolicy": "SingleStack"},
        "spec.ipFamilyPolicy",
    ),
    "the other family first": (
        {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4"]},
        {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]},
        "spec.ipFamilies",
    ),
    "two stacks": ({}, {"ipFamilyPolicy": "RequireDualStack"}, "spec.ipFamilyPolicy"),
}


@pytest.mark.parametrize(
    ("left", "right", "path"), FAMILY_CHOICES.values(), ids=FAMILY_CHOICES.keys()
)
def test_families_that_somebody_chose(left: Body, right: Body, path: str) -> None:
    """Other families, or another policy, than a server would fill in are a choice."""
    (finding,) = compare(
        [service(type="ClusterIP", **left)], [service(type="ClusterIP", **right)]
    ).findings

    assert finding.path == path


def test_counts() -> None:
    """What was picked is counted by the rule that takes it out."""
    place = PLACES["a node port"]
    result = compare_snapshots([live(place.picked(30080)), capture([service()])])

    assert {rule.id: rule.hits for rule in result.rules}["service-allocations"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"f:spec": "x"},
        {"f:spec": {"f:ports": {"k:": {}}}},
        {"f:spec": {"f:ports": {"k:[]": {}}}},
        [],
    ],
    ids=["no map", "no key", "a list for a key", "a list"],
)
def test_managed_fields_that_are_none(fields: Any) -> None:
    """Managed fields of the wrong shape tell nothing, and stop nobody."""
    place = PLACES["a node port"]
    sides = [
        edited(place.picked(value), "metadata", "managedFields", 0, "fieldsV1", value=fields)
        for value in place.values
    ]

    assert not compare(sides[:1], sides[1:]).findings
