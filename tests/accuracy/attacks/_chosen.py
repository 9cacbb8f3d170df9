"""What somebody chose where a server could have picked it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import product
from typing import Any

from tests import ways
from tests.accuracy.attacks._attack import Attack, against
from tests.accuracy.attacks._metadata import with_metadata
from tests.accuracy.hostile import Body, resource
from tests.accuracy.worlds import (
    AGAINST_LIVE,
    AGAINST_MANIFESTS,
    DUMPS,
    FORMS,
    LIVE,
    MANIFESTS,
    edit,
    served,
)

_PORTS = [{"port": 80, "protocol": "TCP", "targetPort": 8080}]
SERVICES: dict[str, tuple[Body, Body]] = {
    "clusterIP": (
        {"clusterIP": "10.96.0.53", "clusterIPs": ["10.96.0.53"]},
        {"clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"]},
    ),
    "clusterIP alone": ({"clusterIP": "10.96.0.53"}, {"clusterIP": "10.96.0.10"}),
    "headless or not": (
        {"clusterIP": "None", "clusterIPs": ["None"]},
        {"clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"]},
    ),
    "second address": (
        {
            "ipFamilyPolicy": "RequireDualStack",
            "clusterIPs": ["10.96.0.5", "fd00::5"],
            "clusterIP": "10.96.0.5",
        },
        {
            "ipFamilyPolicy": "RequireDualStack",
            "clusterIPs": ["10.96.0.5", "fd00::6"],
            "clusterIP": "10.96.0.5",
        },
    ),
    "nodePort": (
        {"type": "NodePort", "ports": [{**_PORTS[0], "nodePort": 30080}]},
        {"type": "NodePort", "ports": [{**_PORTS[0], "nodePort": 31999}]},
    ),
    "nodePort of a LoadBalancer": (
        {"type": "LoadBalancer", "ports": [{**_PORTS[0], "nodePort": 30080}]},
        {"type": "LoadBalancer", "ports": [{**_PORTS[0], "nodePort": 31999}]},
    ),
    "healthCheckNodePort": (
        {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31000},
        {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 32000},
    ),
    "ipFamilies": (
        {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"]},
        {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv6"]},
    ),
    "order of ipFamilies": (
        {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv4", "IPv6"]},
        {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]},
    ),
    "ipFamilyPolicy": ({"ipFamilyPolicy": "SingleStack"}, {"ipFamilyPolicy": "PreferDualStack"}),
    "loadBalancerIP": (
        {"type": "LoadBalancer", "loadBalancerIP": "192.0.2.1"},
        {"type": "LoadBalancer", "loadBalancerIP": "192.0.2.2"},
    ),
    "allocateLoadBalancerNodePorts": (
        {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False},
        {"type": "LoadBalancer"},
    ),
    "externalIPs": ({"externalIPs": ["192.0.2.1"]}, {}),
    "publishNotReadyAddresses": ({"publishNotReadyAddresses": True}, {}),
    "targetPort": (
        {"ports": [{**_PORTS[0], "targetPort": 8080}]},
        {"ports": [{**_PORTS[0], "targetPort": 9090}]},
    ),
    "no targetPort": (
        {"ports": [{"port": 80, "protocol": "TCP"}]},
        {"ports": [{**_PORTS[0], "targetPort": 81}]},
    ),
}


@against("service-allocations", "default")
def services_with_choices() -> Iterator[Attack]:
    """A field of a Service that has an owner in managedFields, or stands in a manifest."""
    for said, specs in SERVICES.items():
        sides = [
            edit(
                served(
                    resource(
                        "v1",
                        "Service",
                        "chosen",
                        spec={
                            "type": "ClusterIP",
                            "selector": {"app": "web"},
                            "ports": _PORTS,
                            **spec,
                        },
                    )
                )
            )
            for spec in specs
        ]
        yield Attack(
            f"Service {said}", left=sides[0], right=sides[1], forms=(LIVE, DUMPS, MANIFESTS)
        )


@against("service-allocations")
def services_with_choices_against_what_is_not_there() -> Iterator[Attack]:
    """A chosen address on one side, and another Service's picked one on the other."""
    base = {"type": "ClusterIP", "selector": {"app": "web"}, "ports": _PORTS}
    picked = served(
        resource("v1", "Service", "chosen", spec=base),
        clusterIP="10.96.7.7",
        clusterIPs=["10.96.7.7"],
    )
    for address in ("10.96.0.53", "None"):
        chosen = served(
            resource(
                "v1",
                "Service",
                "chosen",
                spec={**base, "clusterIP": address, "clusterIPs": [address]},
            )
        )
        yield Attack(
            f"{address} chosen, another picked",
            left=edit(chosen),
            right=edit(picked),
            control=edit(chosen),
        )


@against("volume-binding")
def claims_with_a_chosen_volume() -> Iterator[Attack]:
    """A claim's volume that a person chose: nothing says that the controller bound it.

    pkg/controller/volume/persistentvolume/util: AnnBoundByController.
    """
    base = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "volumeMode": "Filesystem",
    }
    for marks in ({}, {"pv.kubernetes.io/bind-completed": "yes"}):
        sides = [
            served(
                with_metadata(
                    resource(
                        "v1", "PersistentVolumeClaim", "ledger", spec={**base, "volumeName": volume}
                    ),
                    annotations=marks,
                )
            )
            for volume in ("pv-golden", "pv-scratch")
        ]
        yield Attack(
            f"volumeName chosen, {len(marks)} marks", left=edit(sides[0]), right=edit(sides[1])
        )
    bare = served(resource("v1", "PersistentVolumeClaim", "ledger", spec=base))
    yield Attack(
        "volumeName chosen on one side",
        left=edit(bare),
        right=edit(sides[0]),
        forms=(LIVE, DUMPS, MANIFESTS),
    )
    forged = [
        served(
            with_metadata(
                resource(
                    "v1", "PersistentVolumeClaim", "ledger", spec={**base, "volumeName": volume}
                ),
                annotations={"pv.kubernetes.io/bound-by-controller": "yes"},
            )
        )
        for volume in ("pv-golden", "pv-scratch")
    ]
    yield Attack(
        "volumeName chosen under the controller's mark, with an owner",
        left=edit(forged[0]),
        right=edit(forged[1]),
    )


_SOURCE: Body = {"kind": "PersistentVolumeClaim", "name": "a"}
SOURCES: dict[str, tuple[Body, Body]] = {
    "another": (
        {"dataSource": _SOURCE, "dataSourceRef": _SOURCE},
        {"dataSource": {**_SOURCE, "name": "b"}, "dataSourceRef": {**_SOURCE, "name": "b"}},
    ),
    "dataSource alone": ({"dataSource": _SOURCE}, {"dataSource": {**_SOURCE, "name": "b"}}),
    "dataSourceRef of another namespace": (
        {"dataSourceRef": {**_SOURCE, "namespace": "x"}},
        {"dataSourceRef": {**_SOURCE, "namespace": "y"}},
    ),
    "dataSource against none": ({"dataSource": _SOURCE}, {}),
    "the two unlike": (
        {"dataSource": _SOURCE, "dataSourceRef": {**_SOURCE, "name": "b"}},
        {"dataSource": {**_SOURCE, "name": "b"}, "dataSourceRef": _SOURCE},
    ),
}


@against("volume-binding")
def claims_of_another_source() -> Iterator[Attack]:
    """A claim made from another volume."""
    base = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    for said, pair in SOURCES.items():
        sides = [
            edit(served(resource("v1", "PersistentVolumeClaim", "ledger", spec={**base, **source})))
            for source in pair
        ]
        yield Attack(f"source: {said}", left=sides[0], right=sides[1])


@against("claim-template-status")
def claim_templates() -> Iterator[Attack]:
    """Another claim in a StatefulSet's templates."""
    changes: dict[str, tuple[tuple[str, ...], Any]] = {
        "size": (("spec", "resources", "requests", "storage"), "1Ti"),
        "class": (("spec", "storageClassName"), "fast"),
        "volume": (("spec", "volumeName"), "pv-of-another"),
        "source": (("spec", "dataSource"), {"kind": "PersistentVolumeClaim", "name": "b"}),
        "access": (("spec", "accessModes"), ["ReadWriteMany"]),
        "name": (("metadata", "name"), "other"),
        "label": (("metadata", "labels"), {"backup": "no"}),
        "annotation": (("metadata", "annotations"), {"backup": "no"}),
    }
    for said, (path, value) in changes.items():
        it = copy.deepcopy(ways.recorded("StatefulSet", "db"))
        inner = it["spec"]["volumeClaimTemplates"][0]
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = value
        yield Attack(f"claim template: {said}", right=edit(it))


@against("claim-retention")
def claims_that_go_with_another() -> Iterator[Attack]:
    """Somebody lets a claim be deleted together with an object whose policy says no such thing."""
    claim = ways.recorded("PersistentVolumeClaim", "data-db-0")
    stateful_set = ways.recorded("StatefulSet", "db")
    deleting = copy.deepcopy(stateful_set)
    deleting["spec"]["persistentVolumeClaimRetentionPolicy"] = {
        "whenDeleted": "Delete",
        "whenScaled": "Retain",
    }
    config_map = ways.owner(ways.recorded("ConfigMap", "web-config"))
    forms = (LIVE, DUMPS, MANIFESTS)
    owners = {
        "its StatefulSet, which retains": ({}, ways.owner(stateful_set)),
        "another of its StatefulSet's name": (
            edit(deleting),
            ways.owner(stateful_set) | {"uid": "x"},
        ),
        "a ConfigMap": (edit(deleting), config_map),
    }
    for said, (both, owner) in owners.items():
        owned = with_metadata(claim, ownerReferences=[owner])
        yield Attack(
            f"claim goes with {said}", left=both, right={**both, **edit(owned)}, forms=forms
        )


@against("consequence")
def claims_that_are_missing() -> Iterator[Attack]:
    """A StatefulSet's volume claim is gone, or is one that no replica of it has."""
    for forms in (LIVE, DUMPS):
        yield Attack(
            "claim of an ordinal that both have",
            right={("PersistentVolumeClaim", "data-db-0"): None},
            forms=(forms,),
        )
    claim = copy.deepcopy(ways.recorded("PersistentVolumeClaim", "data-db-0"))
    for name, owners in product(
        ("data-db-7", "data-db-00", "data-db-x", "other-db-0"),
        ([], [ways.owner(ways.recorded("StatefulSet", "db"))]),
    ):
        more = with_metadata(
            claim, name=name, uid=name, **({"ownerReferences": owners} if owners else {})
        )
        yield Attack(f"claim {name} more, {len(owners)} owners", right=edit(more), forms=FORMS)


@against("consequence", "autoscaled-replicas")
def claims_of_replicas_that_an_autoscaler_holds() -> Iterator[Attack]:
    """A volume claim that is gone, of a StatefulSet whose replicas are not compared."""
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    spec = {
        **_of_account("StatefulSet", {})["spec"],
        "replicas": 3,
        "serviceName": "account",
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
    }
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "account"}
    autoscaler = {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 6}
    made = [
        served(resource("v1", "PersistentVolumeClaim", f"data-account-{ordinal}", spec=claim))
        for ordinal in range(3)
    ]
    left = edit(
        served(resource("apps/v1", "StatefulSet", "account", spec=spec)),
        served(resource("autoscaling/v2", "HorizontalPodAutoscaler", "account", spec=autoscaler)),
        *made,
    )
    for key in left:
        if key[0] == "PersistentVolumeClaim":
            right = {other: it for other, it in left.items() if other != key}
            yield Attack(f"{key[1]} is gone", left=left, right=right, forms=(LIVE, DUMPS))


@against("consequence")
def claims_made_by_hand() -> Iterator[Attack]:
    """A StatefulSet's volume claim that somebody made first, of other data.

    A StatefulSet takes a claim as it finds it: `createPersistentVolumeClaims` in
    pkg/controller/statefulset/stateful_pod_control.go.
    """
    claim = ways.recorded("PersistentVolumeClaim", "data-db-0")
    spec = {field: value for field, value in claim["spec"].items() if field != "volumeName"}
    snapshot = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "old"}
    for said, more in {
        "another volume": {"volumeName": "pv-golden"},
        "a snapshot": {"dataSource": snapshot, "dataSourceRef": snapshot},
        "what a label picks": {"selector": {"matchLabels": {"data": "golden"}}},
        "other attributes": {"volumeAttributesClassName": "gold"},
        "another class": {"storageClassName": "slow"},
    }.items():
        it = resource("v1", "PersistentVolumeClaim", "data-db-0", spec={**spec, **more})
        yield Attack(
            f"claim of {said}", right=edit(served(it)), forms=(AGAINST_LIVE, AGAINST_MANIFESTS)
        )


@against("job-identity")
def jobs_with_their_own_selector() -> Iterator[Attack]:
    """A selector, or a template's labels, that somebody chose."""
    spec = {
        "template": {
            "metadata": {"labels": {"app": "once", "job": "a"}},
            "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "x/y:1"}]},
        }
    }
    chosen = {**spec, "manualSelector": True}
    pairs: dict[str, tuple[Body, Body]] = {
        "a manual selector": (
            {**chosen, "selector": {"matchLabels": {"app": "once"}}},
            {**chosen, "selector": {"matchLabels": {"job": "a"}}},
        ),
        "manual or not": ({**chosen, "selector": {"matchLabels": {"app": "once"}}}, spec),
        "a label of the template": (
            spec,
            {
                **spec,
                "template": {
                    **spec["template"],
                    "metadata": {"labels": {"app": "other", "job": "a"}},
                },
            },
        ),
        "job-name under a manual selector": (
            {
                **chosen,
                "selector": {"matchLabels": {"job-name": "a"}},
                "template": {**spec["template"], "metadata": {"labels": {"job-name": "a"}}},
            },
            {
                **chosen,
                "selector": {"matchLabels": {"job-name": "b"}},
                "template": {**spec["template"], "metadata": {"labels": {"job-name": "b"}}},
            },
        ),
    }
    for said, specs in pairs.items():
        sides = [edit(served(resource("batch/v1", "Job", "once", spec=one))) for one in specs]
        yield Attack(f"Job: {said}", left=sides[0], right=sides[1])
        templates = [
            edit(
                served(
                    resource(
                        "batch/v1",
                        "CronJob",
                        "often",
                        spec={"schedule": "* * * * *", "jobTemplate": {"spec": one}},
                    )
                )
            )
            for one in specs
        ]
        yield Attack(f"CronJob: {said}", left=templates[0], right=templates[1])


@against("service-account-alias")
def accounts() -> Iterator[Attack]:
    """Another service account, under either of its names.

    pkg/apis/core/v1/conversion.go: the old name counts where the new one is empty.
    """
    pairs: dict[str, tuple[Body, Body]] = {
        "by the old name": ({"serviceAccount": "admin"}, {}),
        "by both names": (
            {"serviceAccount": "admin", "serviceAccountName": "admin"},
            {"serviceAccount": "bookshop", "serviceAccountName": "bookshop"},
        ),
        "one by the old, one by the new": (
            {"serviceAccount": "admin"},
            {"serviceAccountName": "bookshop"},
        ),
        "the new name wins": (
            {"serviceAccount": "admin", "serviceAccountName": "bookshop"},
            {"serviceAccount": "admin"},
        ),
        "old against new": (
            {"serviceAccount": "bookshop", "serviceAccountName": "admin"},
            {"serviceAccount": "bookshop"},
        ),
    }
    for (said, specs), kind in product(
        pairs.items(), ("Deployment", "Pod", "CronJob", "PodTemplate")
    ):
        sides = [edit(served(_of_account(kind, spec))) for spec in specs]
        yield Attack(f"{kind}: account {said}", left=sides[0], right=sides[1])


def _of_account(kind: str, spec: Body) -> Body:
    pod = {"containers": [{"name": "a", "image": "x/y:1"}], **spec}
    template = {"metadata": {"labels": {"app": "a"}}, "spec": pod}
    if kind == "Pod":
        return resource("v1", "Pod", "account", spec=pod)
    if kind == "PodTemplate":
        return resource("v1", "PodTemplate", "account", template=template)
    if kind == "CronJob":
        once = {"template": {**template, "spec": {**pod, "restartPolicy": "Never"}}}
        return resource(
            "batch/v1",
            "CronJob",
            "account",
            spec={"schedule": "* * * * *", "jobTemplate": {"spec": once}},
        )
    return resource(
        "apps/v1",
        "Deployment",
        "account",
        spec={"replicas": 0, "selector": {"matchLabels": {"app": "a"}}, "template": template},
    )


_SEEN_ON_THE_RIGHT = tuple(form for form in FORMS if form not in (MANIFESTS, AGAINST_MANIFESTS))
"""Those in which a server has seen the right side's replicas.

What a manifest says is where an autoscaler begins: it brings them into its bounds at once
(kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go, reconcileAutoscaler).
"""


@against("autoscaled-replicas")
def replicas_that_nobody_holds() -> Iterator[Attack]:
    """Other replicas beside an autoscaler that does not hold them.

    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
    """

    def deployment(replicas: int) -> Body:
        it = _of_account("Deployment", {})
        return served({**it, "spec": {**it["spec"], "replicas": replicas}})

    def autoscaler(**spec: Any) -> Body:
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "account"}
        return served(
            resource(
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "account",
                spec={"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 6, **spec},
            )
        )

    still = {"selectPolicy": "Disabled"}
    cases: dict[str, tuple[Body | None, Body | None, int, int]] = {
        "above the most": (autoscaler(), autoscaler(), 3, 50),
        "below the least": (autoscaler(), autoscaler(), 3, 1),
        "scaled to zero": (autoscaler(), autoscaler(), 3, 0),
        "one side has it": (autoscaler(), None, 3, 4),
        "of another name": (
            autoscaler(
                scaleTargetRef={"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
            ),
        )
        * 2
        + (3, 4),
        "of another kind": (
            autoscaler(
                scaleTargetRef={"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "account"}
            ),
        )
        * 2
        + (3, 4),
        "of another group": (
            autoscaler(
                scaleTargetRef={
                    "apiVersion": "example.com/v1",
                    "kind": "Deployment",
                    "name": "account",
                }
            ),
        )
        * 2
        + (3, 4),
        "of a group that is not there": (
            autoscaler(
                scaleTargetRef={"apiVersion": "v1", "kind": "Deployment", "name": "account"}
            ),
        )
        * 2
        + (3, 4),
        "disabled both ways": (autoscaler(behavior={"scaleUp": still, "scaleDown": still}),) * 2
        + (3, 4),
        "other bounds": (autoscaler(), autoscaler(maxReplicas=100), 3, 4),
    }
    for said, (ours, theirs, mine, yours) in cases.items():
        left, right = (
            edit(deployment(n), *([a] if a else [])) for a, n in ((ours, mine), (theirs, yours))
        )
        forms = _SEEN_ON_THE_RIGHT if said in ("above the most", "below the least") else FORMS
        yield Attack(f"replicas: {said}", left=left, right=right, forms=forms)
    scaled = served(
        resource(
            "keda.sh/v1alpha1",
            "ScaledObject",
            "account",
            spec={"scaleTargetRef": {"name": "account"}},
            metadata={"annotations": {"autoscaling.keda.sh/paused": "true"}},
        )
    )
    yield Attack(
        "replicas: a paused ScaledObject",
        left=edit(deployment(3), scaled),
        right=edit(deployment(4), scaled),
    )
    second = with_metadata(autoscaler(), name="second")
    canary = _of_account("Deployment", {}) | {"metadata": {"name": "canary"}}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "canary"}
    of_canary = with_metadata(autoscaler(scaleTargetRef=target), name="canary")
    disputed = {
        "two autoscalers": [autoscaler(), second],
        "two that count the same pods": [autoscaler(), served(canary), of_canary],
    }
    for said, others in disputed.items():
        left, right = (edit(deployment(n), *others) for n in (3, 4))
        yield Attack(f"replicas: {said}", left=left, right=right)
    custom = [
        served(resource("example.com/v1", "Fleet", "account", spec={"replicas": n})) for n in (3, 4)
    ]
    holder = autoscaler(
        scaleTargetRef={"apiVersion": "example.com/v1", "kind": "Fleet", "name": "account"},
        minReplicas=3,
        maxReplicas=3,
    )
    yield Attack(
        "replicas: an autoscaler of one size",
        left=edit(custom[0], holder),
        right=edit(custom[1], holder),
        forms=_SEEN_ON_THE_RIGHT,
    )


@against("version-skew")
def fields_that_both_servers_know() -> Iterator[Attack]:
    """A field of newer servers that one side lacks, though its server knows it."""
    for field, value in (("hostUsers", False), ("resources", {"limits": {"cpu": "1"}})):
        it = _of_account("Deployment", {field: value})
        yield Attack(
            f"{field} on one side",
            left=edit(served(_of_account("Deployment", {}))),
            right=edit(served(it)),
        )
    it = copy.deepcopy(ways.recorded("StatefulSet", "db"))
    it["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"] = 3
    yield Attack("maxUnavailable on one side", right=edit(it))
    it = copy.deepcopy(ways.recorded("Service", "web"))
    it["spec"]["trafficDistribution"] = "PreferClose"
    yield Attack("trafficDistribution on one side", right=edit(it))
