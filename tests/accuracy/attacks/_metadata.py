"""Labels, annotations and finalizers that a rule drops, and somebody reads."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import product

from driftcheck.normalization import _metadata as rules
from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.hostile import HOSTILE, Body, pod, resource
from tests.accuracy.worlds import DUMPS, LIVE, MANIFESTS, edit, served

POD_ANNOTATIONS = (
    "cni.projectcalico.org/ipAddrs",
    "cni.projectcalico.org/ipv4pools",
    "cni.projectcalico.org/floatingIPs",
    "cni.projectcalico.org/podIP",
    "cni.projectcalico.org/containerID",
    "k8s.ovn.org/pod-networks",
    "k8s.ovn.org/egress-ip",
    "k8s.v1.cni.cncf.io/network-status",
    "kubernetes.io/limit-ranger",
    "kubernetes.io/config.source",
    "kubernetes.io/config.hash",
    "openshift.io/scc",
    "vpaUpdates",
    "sidecar.istio.io/status",
    "istio.io/rev",
    "linkerd.io/proxy-version",
    "linkerd.io/created-by",
    "vault.hashicorp.com/agent-inject-status",
)
POD_LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")
JOB_LABELS = ("batch.kubernetes.io/job-name", "job-name", "controller-uid")

INPUTS = (
    "cni.projectcalico.org/ipAddrs",
    "cni.projectcalico.org/ipv4pools",
    "cni.projectcalico.org/floatingIPs",
    "cni.projectcalico.org/hwAddr",
    "k8s.ovn.org/egress-ip",
    "istio.io/rev",
    "linkerd.io/inject",
)
"""Annotations of a Pod that a network or a mesh reads.

https://docs.tigera.io/calico/latest/reference/configure-cni-plugins
https://istio.io/latest/docs/reference/config/labels/
"""


def with_metadata(body: Body, **metadata: object) -> Body:
    return {**body, "metadata": {**body["metadata"], **metadata}}


def reading(field_path: str, name: str = "reader", **metadata: object) -> Body:
    """A bare Pod that reads its own metadata.

    https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
    """
    env = [
        {"name": "MARK", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": field_path}}}
    ]
    containers = [{"name": "main", "image": "registry.example.com/reader:1", "env": env}]
    body = resource("v1", "Pod", name, spec={"containers": containers}, metadata=metadata)
    return served(body)


def mounting(field_path: str, **metadata: object) -> Body:
    items = [{"path": "marks", "fieldRef": {"apiVersion": "v1", "fieldPath": field_path}}]
    spec = {
        "containers": [{"name": "main", "image": "registry.example.com/reader:1"}],
        "volumes": [{"name": "marks", "downwardAPI": {"items": items}}],
    }
    return served(resource("v1", "Pod", "reader", spec=spec, metadata=metadata))


@against("controller-metadata", "change-cause", "pod-runtime")
def annotations_that_a_pod_reads() -> Iterator[Attack]:
    """A Pod's own annotation, as an environment variable or a file."""
    keys = (*sorted(rules.CONTROLLER_ANNOTATIONS), rules.CHANGE_CAUSE, *POD_ANNOTATIONS)
    for key in keys:
        ours, theirs = ({"annotations": {key: value}} for value in ("1", "2"))
        path = f"metadata.annotations['{key}']"
        yield Attack(
            f"env reads {path}",
            left=edit(reading(path, **ours)),
            right=edit(reading(path, **theirs)),
        )
        yield Attack(
            f"file reads {path}",
            left=edit(mounting(path, **ours)),
            right=edit(mounting(path, **theirs)),
        )
    ours, theirs = ({"annotations": {keys[0]: value}} for value in ("1", "2"))
    yield Attack(
        "file reads all annotations",
        left=edit(mounting("metadata.annotations", **ours)),
        right=edit(mounting("metadata.annotations", **theirs)),
    )


@against("controller-metadata", "pod-runtime", "job-identity")
def labels_that_a_pod_reads() -> Iterator[Attack]:
    """A Pod's own label, as an environment variable or a file."""
    for key in (*sorted(rules.CONTROLLER_LABELS), *POD_LABELS):
        ours, theirs = ({"labels": {key: value}} for value in ("a", "b"))
        path = f"metadata.labels['{key}']"
        yield Attack(
            f"env reads {path}",
            left=edit(reading(path, **ours)),
            right=edit(reading(path, **theirs)),
        )
        yield Attack(
            f"file reads all labels, {key}",
            left=edit(mounting("metadata.labels", **ours)),
            right=edit(mounting("metadata.labels", **theirs)),
        )


def service_selecting(key: str, value: str) -> Body:
    spec = {
        "selector": {key: value},
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "type": "ClusterIP",
    }
    return served(resource("v1", "Service", "picker", spec=spec))


def policy_selecting(key: str, value: str) -> Body:
    return served(
        resource(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "picker",
            spec={"podSelector": {"matchLabels": {key: value}}, "policyTypes": ["Ingress"]},
        )
    )


def policy_selecting_any(key: str) -> Body:
    expression = {"key": key, "operator": "Exists"}
    return served(
        resource(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "picker",
            spec={"podSelector": {"matchExpressions": [expression]}, "policyTypes": ["Ingress"]},
        )
    )


@against("controller-metadata", "pod-runtime", "job-identity")
def labels_that_are_selected() -> Iterator[Attack]:
    """A Pod's label by which a Service or a NetworkPolicy picks it."""
    for key in (*sorted(rules.CONTROLLER_LABELS), *POD_LABELS):
        picked = served(with_metadata(pod("picked"), labels={key: "a"}))
        other = served(with_metadata(pod("picked"), labels={key: "b"}))
        bare = served(with_metadata(pod("picked"), labels={}))
        for picker in (service_selecting(key, "a"), policy_selecting(key, "a")):
            for said, it in (("another value", other), ("no label", bare)):
                yield Attack(
                    f"{picker['kind']} selects {key}: {said}",
                    left=edit(picked, picker),
                    right=edit(it, picker),
                )
        yield Attack(
            f"NetworkPolicy selects any {key}: no label",
            left=edit(picked, policy_selecting_any(key)),
            right=edit(bare, policy_selecting_any(key)),
        )


@against("restart-marker")
def markers_that_a_workload_reads() -> Iterator[Attack]:
    """A restart marker that the workload's pods read as a value."""
    for marker, kind in product(rules.RESTART_MARKERS, ("Deployment", "StatefulSet", "DaemonSet")):
        name = {"Deployment": "web", "StatefulSet": "db", "DaemonSet": "log-agent"}[kind]
        sides = []
        for value in ("1", "2"):
            body = copy.deepcopy(ways.recorded(kind, name))
            template = body["spec"]["template"]
            template["metadata"].setdefault("annotations", {})[marker] = value
            path = f"metadata.annotations['{marker}']"
            source = {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}
            template["spec"]["containers"][0].setdefault("env", []).append(
                {"name": "MARK", "valueFrom": source}
            )
            sides.append(edit(body))
        # A dump shows that the Deployment's ReplicaSet still has the template of before.
        forms = (MANIFESTS,) if kind == "Deployment" else (DUMPS, MANIFESTS)
        yield Attack(f"{kind} reads {marker}", left=sides[0], right=sides[1], forms=forms)


@against("restart-marker", "service-account-alias", "autoscaled-replicas", "default")
def custom_resources_like_workloads() -> Iterator[Attack]:
    """Fields of a custom resource that bear the names of built-in ones, and mean its own."""
    template = {"containers": [{"name": "a", "image": "x/y:1", "ports": [{"containerPort": 80}]}]}
    pairs = {
        "serviceAccount for serviceAccountName": (
            {"serviceAccount": "a"},
            {"serviceAccountName": "a"},
        ),
        "serviceAccount beside serviceAccountName": (
            {"serviceAccountName": "a", "serviceAccount": "a"},
            {"serviceAccountName": "a"},
        ),
        "host ports": (
            {"hostNetwork": True, **template},
            {
                "hostNetwork": True,
                "containers": [
                    {
                        "name": "a",
                        "image": "x/y:1",
                        "ports": [{"containerPort": 80, "hostPort": 80}],
                    }
                ],
            },
        ),
        "restart marker": (
            {"template": {"metadata": {"annotations": {rules.RESTART_MARKERS[0]: "1"}}}},
            {"template": {"metadata": {"annotations": {rules.RESTART_MARKERS[0]: "2"}}}},
        ),
        "a grace period that is a pod's default": (
            {**template, "terminationGracePeriodSeconds": 30},
            template,
        ),
        "a pull policy that is a pod's default": (
            {"containers": [{"name": "a", "image": "x/y:1", "imagePullPolicy": "IfNotPresent"}]},
            {"containers": [{"name": "a", "image": "x/y:1"}]},
        ),
        "an empty list": ({**template, "tolerations": []}, template),
        "a zero": ({**template, "hostNetwork": False}, template),
        "an order of env": (
            {"env": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]},
            {"env": [{"name": "b", "value": "2"}, {"name": "a", "value": "1"}]},
        ),
        "null for a value": ({"mode": None}, {"mode": "strict"}),
        "an empty map": ({"guard": {}}, {}),
        "an empty list of its own": ({"allowed": []}, {}),
        "a number for a text": ({"port": "80"}, {"port": 80}),
        "a number for a truth": ({"on": 1}, {"on": True}),
        "a float for an integer": ({"weight": 1.0}, {"weight": 1}),
        "large integers": ({"id": 2**63 - 1}, {"id": 2**63 - 2}),
        "a quantity as text": ({"size": "1Gi"}, {"size": "1024Mi"}),
        "a time as text": ({"at": "2026-01-01T00:00:00Z"}, {"at": "2026-01-01T01:00:00+01:00"}),
        "an image as text": ({"image": "nginx"}, {"image": "docker.io/library/nginx:latest"}),
        "finalizers of its own": ({"finalizers": ["a", "b"]}, {"finalizers": ["b", "a"]}),
    }
    for said, (ours, theirs) in pairs.items():
        for kind, where in product(
            (
                "monitoring.coreos.com/v1 Prometheus",
                "serving.knative.dev/v1 Service",
                "example.com/v1 Deployment",
            ),
            ("spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec", "data"),
        ):
            left, right = (_custom(kind, where, value) for value in (ours, theirs))
            yield Attack(f"{kind.split()[1]} {where}: {said}", left=edit(left), right=edit(right))


def _custom(kind: str, where: str, value: Body) -> Body:
    api_version, name = kind.split()
    fields: Body = value
    for step in reversed(where.split(".")[1:]):
        fields = {step: fields}
    return served(resource(api_version, name, "own", **{where.split(".", maxsplit=1)[0]: fields}))


OF_CONTROLLERS = {
    "batch.kubernetes.io/job-tracking": ("Job", "Pod"),
    "kubernetes.io/pv-protection": (),
    "kubernetes.io/pvc-protection": ("PersistentVolumeClaim",),
    "ingress.k8s.aws/resources": ("Ingress",),
    "networking.gke.io/ingress-finalizer": ("Ingress",),
    "networking.gke.io/ingress-finalizer-V2": ("Ingress",),
    "service.k8s.aws/resources": ("Service",),
    "service.kubernetes.io/load-balancer-cleanup": ("Service",),
    "foregroundDeletion": (),
    "orphan": (),
    **dict.fromkeys((*rules.PROJECT_FINALIZERS.values(), *rules.OPERATOR_FINALIZERS), ()),
}
"""On which namespaced kinds a controller sets its finalizer, and clears it.

pkg/controller/job/job_controller.go, pkg/controller/volume/pvcprotection,
k8s.io/cloud-provider/service/helpers, and the load balancers of clouds; two only while an object is
deleted; those of other
projects on none of Kubernetes' own.
"""


@against("system-finalizers")
def finalizers_that_nobody_clears() -> Iterator[Attack]:
    """A controller's finalizer on an object that is none of its own: it can't be deleted."""
    for body, finalizer in product(HOSTILE, OF_CONTROLLERS):
        if body["kind"] not in OF_CONTROLLERS[finalizer]:
            held = with_metadata(served(body), finalizers=[finalizer])
            yield Attack(
                f"{body['kind']} held by {finalizer}",
                left=edit(served(body)),
                right=edit(held),
                forms=(LIVE, DUMPS),
            )


@against("pod-runtime")
def annotations_that_networks_read() -> Iterator[Attack]:
    """A Pod's annotation that is input to its network or mesh."""
    for key in INPUTS:
        ours, theirs = (
            served(with_metadata(pod("pinned"), annotations={key: value})) for value in ("a", "b")
        )
        yield Attack(f"{key} is another", left=edit(ours), right=edit(theirs))
        yield Attack(f"{key} is gone", left=edit(ours), right=edit(served(pod("pinned"))))


@against("namespace-spec", "controller-metadata")
def marks_of_the_namespace() -> Iterator[Attack]:
    """Labels and annotations of the Namespace that decide what may run in it."""
    marks = {
        "labels": (
            "pod-security.kubernetes.io/enforce",
            "istio-injection",
            "istio.io/rev",
            "kapp.k14s.io/app",
            "tenant",
        ),
        "annotations": (
            "openshift.io/node-selector",
            "scheduler.alpha.kubernetes.io/node-selector",
            "scheduler.alpha.kubernetes.io/defaultTolerations",
            "linkerd.io/inject",
        ),
    }
    for where, keys in marks.items():
        for key in keys:
            if key.startswith("kapp"):
                continue
            body = ways.recording().object("", "Namespace", ways.STAGING)
            metadata = {**body["metadata"], where: {**body["metadata"].get(where, {}), key: "x"}}
            yield Attack(f"Namespace {where} {key}", right=edit({**body, "metadata": metadata}))
    for key in ("openshift.io/sa.scc.uid-range", "openshift.io/sa.scc.supplemental-groups"):
        body = ways.recording().object("", "Namespace", ways.STAGING)
        sides = [
            edit(
                served(
                    {
                        **body,
                        "metadata": {"name": body["metadata"]["name"], "annotations": {key: value}},
                    }
                )
            )
            for value in ("0/1", "1000/1000")
        ]
        yield Attack(
            f"Namespace {key} chosen in a manifest",
            left=sides[0],
            right=sides[1],
            forms=(MANIFESTS,),
        )


@against("server-metadata", "status")
def an_object_that_is_going() -> Iterator[Attack]:
    """A workload that is being deleted on one side, and held by a finalizer."""
    for body in HOSTILE:
        held = with_metadata(served(body), finalizers=["example.com/hold"])
        going = with_metadata(
            held, deletionTimestamp="2026-11-23T22:20:00Z", deletionGracePeriodSeconds=10**9
        )
        yield Attack(
            f"{body['kind']} is being deleted",
            left=edit(held),
            right=edit(going),
            forms=(LIVE, DUMPS),
        )
        yield added(f"{body['kind']} that is being deleted", going, forms=(LIVE, DUMPS))


@against("server-metadata")
def look_alikes() -> Iterator[Attack]:
    """A name that looks like another's, and is none."""
    for body, (ours, theirs) in product(
        HOSTILE,
        (
            ("web-a", "web-\u0430"),
            ("web-1", "web-l"),
            ("shop", "shop\u200b"),
            ("caf\u00e9", "cafe\u0301"),
        ),
    ):
        left, right = (served(with_metadata(body, name=name)) for name in (ours, theirs))
        yield Attack(f"{body['kind']} {ours!a} for {theirs!a}", left=edit(left), right=edit(right))
