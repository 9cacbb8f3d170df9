"""What a controller made of an object that nobody could read is no difference, and no sameness."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from driftcheck import Result, Snapshot, Verdict, capture
from driftcheck.model import KindCoverage, Origin, ReadStatus
from driftcheck.pipeline import compare_snapshots
from driftcheck.policy import policy_from
from driftcheck.testing import Forbidden, PlaybackServer, When
from tests.builders import Body, config_map, resource, snapshot
from tests.conftest import RECORDINGS
from tests.ways import STAGING

PRODUCTION = "bookshop-production"
CONTROLLERS = "kube-controller-manager"
SERVICES = KindCoverage("", "Service", ReadStatus.FORBIDDEN, reason="no leave")
DEPLOYMENTS = KindCoverage("apps", "Deployment", ReadStatus.FORBIDDEN, reason="no leave")
JOBS = KindCoverage("batch", "Job", ReadStatus.FAILED, reason="503")
BATCH = KindCoverage("batch", "*", ReadStatus.FAILED, reason="stale")
SLICE = "discovery.k8s.io/v1"


def written(body: Body, *managers: str, **metadata: Any) -> Body:
    """An object as a server shows it, written by these and by nobody else."""
    owned = {"operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {"f:x": {}}}
    entries = [{"manager": manager, **owned} for manager in managers]
    told = {"uid": f"uid-of-{body['kind']}", "managedFields": entries, **metadata}
    return {**body, "metadata": {**body["metadata"], **told}}


def of(api_version: str, kind: str, *, controller: bool = True) -> list[Body]:
    owner = {"apiVersion": api_version, "kind": kind, "name": "web", "uid": "of-web"}
    return [{**owner, "controller": controller}]


def endpoints(address: str, *managers: str) -> Body:
    subsets = [{"addresses": [{"ip": address}], "ports": [{"port": 80}]}]
    return written(resource("v1", "Endpoints", "web", subsets=subsets), *managers)


def endpoint_slice(address: str, *managers: str, **owner: Any) -> Body:
    body = resource(SLICE, "EndpointSlice", "web-1", endpoints=[{"addresses": [address]}])
    return written(body, *managers, ownerReferences=of("v1", "Service", **owner))


def pod(image: str, *managers: str, **owner: Any) -> Body:
    spec = {"containers": [{"name": "web", "image": image}]}
    owners = of("batch/v1", "Job", **owner)
    return written(resource("v1", "Pod", "web-x2v5q", spec=spec), *managers, ownerReferences=owners)


def seen(row: KindCoverage | None, *bodies: Body) -> Snapshot:
    found = evolve(snapshot(config_map(a="1"), *bodies), origin=Origin.CLUSTER)
    return evolve(found, coverage=(*found.coverage, *([row] if row else [])))


def compared(row: KindCoverage, left: list[Body], right: list[Body]) -> Result:
    """What is said where a kind was read nowhere, and somebody accepts that."""
    accepted = {
        "id": "unread",
        "match": {"kind": row.kind, "group": row.group},
        "reason": "no leave",
    }
    policy = policy_from({"version": 1, "unseen": [accepted]})
    sides = [seen(row, *left), seen(row, *right)]
    return compare_snapshots(sides, policy=policy, today=date(2026, 11, 26))


@pytest.mark.parametrize(
    ("row", "make"),
    [(SERVICES, endpoints), (SERVICES, endpoint_slice), (JOBS, pod), (BATCH, pod)],
)
def test_what_controllers_made(row: KindCoverage, make: Any) -> None:
    """It is not compared, and costs the verdict even where somebody accepts the gap."""
    made = make("10.0.0.1", CONTROLLERS)

    for others in ([make("10.0.0.2", CONTROLLERS)], [made], []):
        result = compared(row, [made], others)
        assert not result.findings
        assert result.verdict is Verdict.INCONCLUSIVE
        assert any("can't be compared, for" in said for said in result.reasons)
        (left_out,) = (
            each.excluded for each in result.coverage.of("objects") if each.kind == made["kind"]
        )
        assert left_out == {"unseen-maker": 1}


@pytest.mark.parametrize(
    ("row", "left", "right"),
    [
        (SERVICES, endpoints("10.0.0.1"), endpoints("10.0.0.2")),
        (SERVICES, endpoints("10.0.0.1", "kubectl"), endpoints("10.0.0.2", "kubectl")),
        (
            SERVICES,
            endpoints("10.0.0.1", CONTROLLERS),
            endpoints("10.0.0.2", CONTROLLERS, "kubectl-edit"),
        ),
        (
            SERVICES,
            endpoint_slice("10.0.0.1", CONTROLLERS, controller=False),
            endpoint_slice("10.0.0.2", CONTROLLERS, controller=False),
        ),
        (JOBS, endpoints("10.0.0.1", CONTROLLERS), endpoints("10.0.0.2", CONTROLLERS)),
        (JOBS, pod("web:1", CONTROLLERS), pod("web:2", CONTROLLERS, "kubectl-set")),
    ],
)
def test_what_somebody_wrote(row: KindCoverage, left: Body, right: Body) -> None:
    """An object in its own right, or of a kind that was read, is compared as ever."""
    assert compared(row, [left], [right]).verdict is Verdict.DRIFTED


def test_below() -> None:
    """What is made below such an object is not compared either, unless somebody wrote on it."""
    spec = {"containers": [{"name": "web", "image": "web:1"}]}
    replicas = resource("apps/v1", "ReplicaSet", "web-5c57", spec={"template": {"spec": spec}})
    made = written(replicas, CONTROLLERS, ownerReferences=of("apps/v1", "Deployment"))
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5c57", "controller": True}
    owners = [{**owner, "uid": made["metadata"]["uid"]}]
    pod = resource("v1", "Pod", "web-5c57-x2v5q", spec=spec)
    own = written(pod, CONTROLLERS, ownerReferences=owners)
    touched = written(pod, CONTROLLERS, "kubectl-edit", ownerReferences=owners)

    assert compared(DEPLOYMENTS, [made, own], []).verdict is Verdict.INCONCLUSIVE
    (finding,) = compared(DEPLOYMENTS, [made, touched], []).findings
    assert finding.object.kind == "Pod"


def test_one_side() -> None:
    """Where the maker was read on the other side, what it made there claims nothing here."""
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    service = written(resource("v1", "Service", "web", spec=spec), "kubectl")
    whole = seen(None, service, endpoints("10.0.0.1", CONTROLLERS))
    part = seen(SERVICES, endpoints("10.0.0.2", CONTROLLERS))

    for sides in ([whole, part], [part, whole]):
        result = compare_snapshots(sides)
        assert not result.findings
        assert result.verdict is Verdict.INCONCLUSIVE


def test_recorded() -> None:
    """Without leave to read Services, a real pair has the findings that it has with it."""
    with (
        PlaybackServer(RECORDINGS["equal"]) as server,
        PlaybackServer(
            RECORDINGS["equal"], faults=[Forbidden(When(resource="services"))]
        ) as refusing,
    ):
        whole, part = (
            compare_snapshots(
                [capture(name, kubeconfig=str(it.kubeconfig)) for name in (STAGING, PRODUCTION)]
            )
            for it in (server, refusing)
        )

    places = [(finding.object, finding.path) for finding in whole.findings]
    assert [(finding.object, finding.path) for finding in part.findings] == places
    assert len([said for said in part.reasons if "made by Service can't" in said]) == 4
