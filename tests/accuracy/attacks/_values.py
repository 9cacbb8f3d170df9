"""Values that are read as others: the namespace's name, defaults, zeros, other spellings."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from attrs import evolve

from driftcheck.images import parse_mirrors
from driftcheck.model import NAMESPACE_TOKEN, ReadStatus, Scope, parse_selector
from tests import ways
from tests.accuracy.attacks._attack import Attack, added, against
from tests.accuracy.attacks._environment import workload
from tests.accuracy.attacks._metadata import with_metadata
from tests.accuracy.hostile import HOSTILE, Body, hostile, resource
from tests.accuracy.worlds import DUMPS, LIVE, PRODUCTION, Edit, Form, edit, live, served

BOTH = (LIVE, DUMPS)


def _binding(**subject: str) -> Body:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    return resource(
        "rbac.authorization.k8s.io/v1", "RoleBinding", "places", roleRef=role, subjects=[subject]
    )


def _selecting(**selector: Any) -> Body:
    peer = [{"namespaceSelector": selector}]
    return resource(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "places",
        spec={"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peer}]},
    )


NAME_LABEL = "kubernetes.io/metadata.name"


def places(namespace: str) -> dict[str, Body]:
    """An object for each place where a namespace's own name may stand."""
    affinity = {
        "podAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {
                    "topologyKey": "zone",
                    "labelSelector": {"matchLabels": {"a": "b"}},
                    "namespaces": [namespace],
                }
            ]
        }
    }
    source = {
        "apiGroup": "snapshot.storage.k8s.io",
        "kind": "VolumeSnapshot",
        "name": "a",
        "namespace": namespace,
    }
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "dataSourceRef": source,
    }
    return {
        "a host name in env": workload({"env": [{"name": "DB", "value": f"db.{namespace}.svc"}]}),
        "a host name in a text": resource(
            "v1", "ConfigMap", "places", data={"url": f"http://db.{namespace}.svc.cluster.local:80"}
        ),
        "a host name in an argument": workload({"args": [f"--db=db.{namespace}.svc:5432"]}),
        "a mesh's owner": workload(
            {
                "env": [
                    {
                        "name": "ISTIO_META_OWNER",
                        "value": f"kubernetes://apis/apps/v1/namespaces/{namespace}/deployments/a",
                    }
                ]
            }
        ),
        "a mesh's label": resource(
            "v1", "ConfigMap", "places", metadata={"labels": {"linkerd.io/workload-ns": namespace}}
        ),
        "a repository": workload(
            {"image": f"image-registry.openshift-image-registry.svc:5000/{namespace}/a:1"}
        ),
        "a subject": _binding(kind="ServiceAccount", name="web", namespace=namespace),
        "a user": _binding(
            kind="User",
            apiGroup="rbac.authorization.k8s.io",
            name=f"system:serviceaccount:{namespace}:web",
        ),
        "a group": _binding(
            kind="Group",
            apiGroup="rbac.authorization.k8s.io",
            name=f"system:serviceaccounts:{namespace}",
        ),
        "matchLabels": _selecting(matchLabels={NAME_LABEL: namespace}),
        "matchExpressions": _selecting(
            matchExpressions=[{"key": NAME_LABEL, "operator": "In", "values": [namespace]}]
        ),
        "an affinity": workload({}, affinity=affinity),
        "a data source": resource("v1", "PersistentVolumeClaim", "places", spec=claim),
        "a custom reference": resource(
            "example.com/v1", "User", "places", spec={"ref": {"name": "a", "namespace": namespace}}
        ),
        "custom matchNames": resource(
            "example.com/v1",
            "User",
            "places",
            spec={"namespaceSelector": {"matchNames": [namespace]}},
        ),
        "custom matchLabels": resource(
            "example.com/v1", "User", "places", spec={"s": {"matchLabels": {NAME_LABEL: namespace}}}
        ),
        "a Role on namespaces": resource(
            "rbac.authorization.k8s.io/v1",
            "Role",
            "places",
            rules=[
                {
                    "apiGroups": [""],
                    "resources": ["namespaces"],
                    "resourceNames": [namespace],
                    "verbs": ["get"],
                }
            ],
        ),
    }


@against("namespace")
def the_other_environments_name() -> Iterator[Attack]:
    """Production still says staging, or staging says production already."""
    ours, theirs = places(ways.STAGING), places(PRODUCTION)
    for place in ours:
        left, right = (
            _placed(body, namespace)
            for body, namespace in ((ours[place], ways.STAGING), (theirs[place], PRODUCTION))
        )
        stale = _placed(ours[place], PRODUCTION)
        early = _placed(theirs[place], ways.STAGING)
        yield Attack(
            f"production says staging: {place}",
            left={**edit(left), ("Ingress", "web"): None},
            right=edit(stale),
            control=edit(right),
            namespace=PRODUCTION,
            forms=BOTH,
        )
        yield Attack(
            f"staging says production: {place}",
            left={**edit(early), ("Ingress", "web"): None},
            right=edit(right),
            control={},
            namespace=PRODUCTION,
            forms=BOTH,
            has_control=False,
        )


def _placed(body: Body, namespace: str) -> Body:
    bare = {
        **body,
        "metadata": {
            key: item for key, item in body["metadata"].items() if key in ("name", "labels")
        },
    }
    return served(bare, namespace=namespace)


@against("namespace")
def what_stands_for_the_name() -> Iterator[Attack]:
    """The sign that stands for the own namespace's name, written by somebody."""
    ours, forged = places(ways.STAGING), places(NAMESPACE_TOKEN)
    for place in ours:
        yield Attack(
            f"a forged sign: {place}",
            left=edit(_placed(ours[place], ways.STAGING)),
            right=edit(_placed(forged[place], ways.STAGING)),
            forms=BOTH,
        )
    for word in ("literal ", "image ", "quantity ", "time ", "duration ", "sealed"):
        text = f"{word}{NAMESPACE_TOKEN}"
        sides = [
            edit(served(resource("v1", "ConfigMap", "signs", data={"a": content})))
            for content in (text, f"literal {text}")
        ]
        yield Attack(f"a text that begins with {word!r}", left=sides[0], right=sides[1], forms=BOTH)
    named = workload(
        {
            "env": [
                {
                    "name": f"POD_{ways.STAGING}",
                    "valueFrom": {
                        "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
                    },
                }
            ]
        }
    )
    other = workload(
        {
            "env": [
                {
                    "name": "POD_other",
                    "valueFrom": {
                        "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
                    },
                }
            ]
        }
    )
    yield Attack("another variable's name", left=edit(named), right=edit(other), forms=BOTH)


SPELLINGS: dict[str, tuple[Body, Body]] = {
    "image": ({"image": "nginx"}, {"image": "image docker.io/library/nginx:latest"}),
    "digest": ({"image": f"nginx@sha256:{64 * 'a'}"}, {"image": f"nginx@sha256:{64 * 'b'}"}),
    "registry": ({"image": "nginx"}, {"image": "example.com/nginx"}),
    "look-alike registry": (
        {"image": "docker.io/library/nginx"},
        {"image": "docker.io.example.com/library/nginx"},
    ),
    "tag": ({"image": "nginx:1.27"}, {"image": "nginx:1.28"}),
    "latest": (
        {"image": "nginx:latest", "imagePullPolicy": "Always"},
        {"image": "nginx:latest", "imagePullPolicy": "IfNotPresent"},
    ),
    "latest without a policy": (
        {"image": "nginx:latest"},
        {"image": "nginx:latest", "imagePullPolicy": "IfNotPresent"},
    ),
    "no tag, no policy": (
        {"image": "nginx"},
        {"image": "nginx", "imagePullPolicy": "IfNotPresent"},
    ),
    "quantity": (
        {"resources": {"limits": {"cpu": "1"}}},
        {"resources": {"limits": {"cpu": "quantity 1"}}},
    ),
    "milli": ({"resources": {"limits": {"cpu": "1"}}}, {"resources": {"limits": {"cpu": "1m"}}}),
    "mebi": (
        {"resources": {"limits": {"memory": "1Mi"}}},
        {"resources": {"limits": {"memory": "1M"}}},
    ),
    "exponent": (
        {"resources": {"limits": {"memory": "1E"}}},
        {"resources": {"limits": {"memory": "1e1"}}},
    ),
    "zero": ({"resources": {"limits": {"cpu": "0"}}}, {}),
    "port of a name": (
        {"livenessProbe": {"httpGet": {"port": "80"}}},
        {"livenessProbe": {"httpGet": {"port": 80}}},
    ),
    "empty value": ({"env": [{"name": "A", "value": ""}]}, {"env": [{"name": "B", "value": ""}]}),
    "space": ({"args": ["a"]}, {"args": ["a "]}),
    "empty argument": ({"args": [""]}, {}),
    "case": ({"args": ["A"]}, {"args": ["a"]}),
    "composed": ({"args": ["\u00e9"]}, {"args": ["e\u0301"]}),
    "hidden": ({"args": ["a"]}, {"args": ["a\u200b"]}),
    "line breaks": ({"args": ["a\nb"]}, {"args": ["a\r\nb"]}),
    "a byte of a megabyte": ({"args": ["a" * 10**6 + "x"]}, {"args": ["a" * 10**6 + "y"]}),
}


@against("readings")
def values_that_look_alike() -> Iterator[Attack]:
    """Two values of a container that a program tells apart."""
    for said, (ours, theirs) in SPELLINGS.items():
        yield Attack(f"spelling: {said}", left=edit(workload(ours)), right=edit(workload(theirs)))
    for said, (ours, theirs) in {
        "null and its word": ("null", "~"),
        "yes and true": ("yes", "true"),
        "a number": ("1", "1.0"),
        "octal": ("010", "8"),
        "a line break more": ("a", "a\n"),
        "JSON in another order": ('{"a":1,"b":2}', '{"b":2,"a":1}'),
        "YAML's comment": ("a: 1\n", "a: 1 # b\n"),
        "YAML's tag": ("a: !Ref b\n", "a: b\n"),
        "a key twice": ("a: 1\na: 2\n", "a: 2\n"),
        "a key twice in JSON": ('{"a":1,"a":2}', '{"a":2}'),
        "large numbers": ('{"a":9007199254740993}', '{"a":9007199254740992}'),
        "empty": ("", " "),
        "minus zero": ('{"a":-0.0}', '{"a":0.0}'),
    }.items():
        left, right = (
            edit(
                served(
                    resource(
                        "v1", "ConfigMap", "texts", data={"a": text, "a.json": text, "a.yaml": text}
                    )
                )
            )
            for text in (ours, theirs)
        )
        yield Attack(f"text: {said}", left=left, right=right)
    for field, (ours, theirs) in {
        "data": ({"a": "b"}, {"\u0430": "b"}),
        "binaryData": ({"a": "YQ=="}, {"a": "Yg=="}),
        "immutable": (True, False),
        "empty value": ({"a": ""}, {}),
    }.items():
        name = "data" if field == "empty value" else field
        left, right = (
            edit(served(resource("v1", "ConfigMap", "texts", **{name: content})))
            for content in (ours, theirs)
        )
        yield Attack(f"ConfigMap {field}", left=left, right=right)
    both = [
        edit(served(resource("v1", "ConfigMap", "texts", **{field: {"a": "YQ=="}})))
        for field in ("data", "binaryData")
    ]
    yield Attack("ConfigMap data for binaryData", left=both[0], right=both[1])


ZEROS: dict[str, tuple[str, Any]] = {
    "replicas": ("spec", 0),
    "revisionHistoryLimit": ("spec", 0),
    "progressDeadlineSeconds": ("spec", 0),
    "terminationGracePeriodSeconds": ("spec.template.spec", 0),
    "automountServiceAccountToken": ("spec.template.spec", False),
    "enableServiceLinks": ("spec.template.spec", False),
    "hostUsers": ("spec.template.spec", False),
    "priority": ("spec.template.spec", 0),
    "activeDeadlineSeconds": ("spec.template.spec", 0),
    "setHostnameAsFQDN": ("spec.template.spec", True),
    "runAsUser": ("spec.template.spec.securityContext", 0),
    "fsGroup": ("spec.template.spec.securityContext", 0),
    "runAsNonRoot": ("spec.template.spec.securityContext", False),
    "runAsGroup": ("spec.template.spec.securityContext", 0),
}
IN_CONTAINER = {
    "runAsUser": 0,
    "runAsNonRoot": False,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": False,
    "privileged": False,
}
"""Zeros that Kubernetes holds by a pointer, so that each is a choice: staging/src/k8s.io/api."""


@against("default", "zeros")
def zeros_that_were_chosen() -> Iterator[Attack]:
    """A zero, or a false, against nothing said."""
    for field, (where, zero) in ZEROS.items():
        without = workload({})
        chosen = copy.deepcopy(without)
        inner = chosen
        for step in where.split("."):
            inner = inner.setdefault(step, {})
        if field == "replicas":
            without["spec"].pop("replicas")
        inner[field] = zero
        yield Attack(f"zero of {field}", left=edit(served(without)), right=edit(served(chosen)))
    for field, zero in IN_CONTAINER.items():
        yield Attack(
            f"zero of a container's {field}",
            left=edit(workload({})),
            right=edit(workload({"securityContext": {field: zero}})),
        )
    volumes: dict[str, tuple[Body, Body]] = {
        "mode": ({"configMap": {"name": "c", "defaultMode": 0}}, {"configMap": {"name": "c"}}),
        "optional": ({"configMap": {"name": "c", "optional": False}}, {"configMap": {"name": "c"}}),
        "medium": ({"emptyDir": {"medium": "Memory"}}, {"emptyDir": {}}),
        "size": ({"emptyDir": {"sizeLimit": "0"}}, {"emptyDir": {}}),
        "source": ({"hostPath": {"path": "/"}}, {"emptyDir": {}}),
    }
    for said, pair in volumes.items():
        sides = [edit(workload({}, volumes=[{"name": "v", **source}])) for source in pair]
        yield Attack(f"volume {said}", left=sides[0], right=sides[1])


@against("default", "zeros")
def selectors_of_everything() -> Iterator[Attack]:
    """An empty selector, which picks everything, against none, which picks nothing.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
    """
    peers: dict[str, tuple[list[Body] | None, list[Body] | None]] = {
        "all namespaces": (
            [{"podSelector": {"matchLabels": {"a": "b"}}, "namespaceSelector": {}}],
            [{"podSelector": {"matchLabels": {"a": "b"}}}],
        ),
        "all pods here": ([{"podSelector": {}}], None),
        "all pods anywhere": ([{"namespaceSelector": {}}], [{"podSelector": {}}]),
    }
    for said, pair in peers.items():
        sides = [
            edit(
                served(
                    resource(
                        "networking.k8s.io/v1",
                        "NetworkPolicy",
                        "picks",
                        spec={
                            "podSelector": {},
                            "policyTypes": ["Ingress"],
                            "ingress": [{} if peer is None else {"from": peer}],
                        },
                    )
                )
            )
            for peer in pair
        ]
        yield Attack(f"policy: {said}", left=sides[0], right=sides[1])
    for said, pair in {
        "no rule": ([], [{}]),
        "one way or both": (None, ["Ingress", "Egress"]),
    }.items():
        field = "ingress" if said == "no rule" else "policyTypes"
        sides = [
            edit(
                served(
                    resource(
                        "networking.k8s.io/v1",
                        "NetworkPolicy",
                        "picks",
                        spec={"podSelector": {}, **({} if content is None else {field: content})},
                    )
                )
            )
            for content in pair
        ]
        yield Attack(f"policy: {said}", left=sides[0], right=sides[1])
    for said, selector in {"empty": {}, "other": {"matchLabels": {"a": "b"}}}.items():
        bare = resource("policy/v1", "PodDisruptionBudget", "picks", spec={"minAvailable": 1})
        picky = resource(
            "policy/v1",
            "PodDisruptionBudget",
            "picks",
            spec={"minAvailable": 1, "selector": selector},
        )
        yield Attack(f"budget: {said} selector", left=edit(served(bare)), right=edit(served(picky)))
    zero = [
        edit(
            served(
                resource(
                    "policy/v1",
                    "PodDisruptionBudget",
                    "picks",
                    spec={"selector": {"matchLabels": {"a": "b"}}, **spec},
                )
            )
        )
        for spec in ({"minAvailable": 0}, {})
    ]
    yield Attack("budget: of zero", left=zero[0], right=zero[1])
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}
    for said, pair in {
        "all namespaces": ({**term, "namespaceSelector": {}}, term),
        "all pods": ({**term, "labelSelector": {}}, {"topologyKey": "zone"}),
    }.items():
        sides = [
            edit(
                workload(
                    {},
                    affinity={
                        "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [one]}
                    },
                )
            )
            for one in pair
        ]
        yield Attack(f"affinity: {said}", left=sides[0], right=sides[1])
    spread = {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
    sides = [
        edit(workload({}, topologySpreadConstraints=[one]))
        for one in ({**spread, "labelSelector": {}}, spread)
    ]
    yield Attack("spread: all pods", left=sides[0], right=sides[1])
    klass = [
        edit(
            served(
                resource(
                    "v1",
                    "PersistentVolumeClaim",
                    "picks",
                    spec={
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1Gi"}},
                        **spec,
                    },
                )
            )
        )
        for spec in ({"storageClassName": ""}, {})
    ]
    yield Attack("claim: no class", left=klass[0], right=klass[1])


@against("image-mirror")
def mirrors_that_were_not_declared() -> Iterator[Attack]:
    """An image of a registry whose name begins or ends like a declared copy's."""
    asked = {
        "mirrors": parse_mirrors(
            {"mirror.example.com/hub": "docker.io", "mirror.example.com:5000": "quay.io"}
        )
    }
    ours = "docker.io/library/postgres:16.4"
    for theirs in (
        "mirror.example.com/hub/library/postgres:16.5",
        "mirror.example.com/hubs/library/postgres:16.4",
        "mirror.example.com/library/postgres:16.4",
        "mirror.example.com:5000/library/postgres:16.4",
        "mirror.example.com.evil.example/hub/library/postgres:16.4",
        "evil.example/mirror.example.com/hub/library/postgres:16.4",
        "mirror.example.com/hub/postgres/library:16.4",
        "mirror.example.com/hub/hub/library/postgres:16.4",
    ):
        yield Attack(
            f"{theirs}",
            left=edit(workload({"image": ours})),
            right=edit(workload({"image": theirs})),
            asked=asked,
        )


@against("--kind", "--selector")
def narrowed() -> Iterator[Attack]:
    """A comparison that is narrowed, and what it was asked for differs."""
    kinds = {"scope": Scope(kinds=("Deployment",))}
    labelled = {"scope": Scope(selector=parse_selector("app=web"))}
    web = ways.recorded("Deployment", "web")
    yield added("a Deployment more", served(hostile("Deployment")), asked=kinds)
    yield added(
        "a Deployment more under the label",
        served(with_metadata(hostile("Deployment"), labels={"app": "web"})),
        asked=labelled,
    )
    unlabelled = with_metadata({**web, "spec": {**web["spec"], "replicas": 9}}, labels={})
    yield Attack(
        "a Deployment that slips out of the selector", right=edit(unlabelled), asked=labelled
    )
    changed = _first_of_web("Pod")
    changed["status"]["containerStatuses"][0]["imageID"] = f"docker.io/evil/web@sha256:{64 * 'e'}"
    yield Attack("another image runs", right=edit(changed), asked=kinds, forms=BOTH)
    moved = {**hostile("Deployment"), "apiVersion": "example.com/v1"}
    yield added("a Deployment of another group", served(moved), asked=kinds)
    for kind in ("Pod", "ReplicaSet", "Deployment"):
        yield Attack(
            f"{kind} can't be read",
            right={},
            asked=kinds,
            forms=(_unreadable(kind),),
            has_control=False,
        )
    selected = {"scope": Scope(kinds=("Service",))}
    service = ways.recorded("Service", "web")
    yield Attack(
        "a Service's selector",
        right=edit({**service, "spec": {**service["spec"], "selector": {"app": "evil"}}}),
        asked=selected,
    )


def _unreadable(kind: str, *, is_readable_left: bool = True) -> Form:
    """Two clusters, of which the second refuses a kind, or both do."""

    def refused(changes: Edit, namespace: str = ways.STAGING) -> Any:
        seen = live(changes, namespace)
        rows = tuple(
            evolve(row, status=ReadStatus.FORBIDDEN, objects=0, reason="no")
            if row.kind == kind
            else row
            for row in seen.coverage
        )
        kept = tuple(document for document in seen.documents if document.reference.kind != kind)
        return evolve(seen, coverage=rows, documents=kept)

    return Form(f"{kind} refused", live if is_readable_left else refused, refused)


@against("--kind")
def kinds_that_are_refused() -> Iterator[Attack]:
    """A kind that can't be read on one side: what it holds is not known to be the same."""
    for body in HOSTILE:
        yield Attack(
            f"{body['kind']} can't be read",
            right={},
            forms=(_unreadable(body["kind"]),),
            has_control=False,
        )


def _first_of_web(kind: str) -> Body:
    """The bookshop's first object of a kind that has something to do with web."""
    return next(
        copy.deepcopy(dict(document.body))
        for document in live({}).documents
        if document.reference.kind == kind and document.reference.name.startswith("web")
    )


@against("unseen-maker")
def what_unread_kinds_have_made() -> Iterator[Attack]:
    """What a controller alone wrote for a kind that can't be read on either side, and differs."""
    endpoints, pod = (_first_of_web(kind) for kind in ("Endpoints", "Pod"))
    endpoints["subsets"][0]["addresses"][0]["ip"] = "10.66.6.6"
    pod["spec"]["containers"][0]["image"] = "evil/miner:1"
    for kind, it in (("Service", endpoints), ("ReplicaSet", pod), ("Deployment", pod)):
        yield Attack(
            f"{it['kind']} of a {kind} that can't be read",
            right=edit(it),
            forms=(_unreadable(kind, is_readable_left=False),),
            has_control=False,
        )
