"""Lists of a container in which an earlier, or a later, item counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, permutations, product
from typing import Any

from tests.accuracy.attacks._attack import Attack, against
from tests.accuracy.attacks._secrets import value
from tests.accuracy.hostile import Body, resource
from tests.accuracy.worlds import DUMPS, LIVE, edit, served

VARIABLES: tuple[Body, ...] = (
    {"name": "A", "value": "1"},
    {"name": "A", "value": "2"},
    {"name": "B", "value": "$(A)"},
    {"name": "B", "value": "x"},
    {"name": "A", "value": "$(B)"},
    {"name": "B", "value": "$$(A)"},
)
_EXPANSION = re.compile(r"\$(?:\$|\(([^)]*)\))")


def environment(variables: tuple[Body, ...]) -> dict[str, str]:
    """What a container gets of its `env`: in order, expanded with what is defined so far.

    pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables;
    third_party/forked/golang/expansion/expand.go.
    """
    made: dict[str, str] = {}

    def expanded(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return made.get(found[1], found[0])

    for variable in variables:
        made[variable["name"]] = _EXPANSION.sub(expanded, variable["value"])
    return made


def workload(container: Body, **pod: Any) -> Body:
    """A Deployment with one container."""
    spec = {"containers": [{"name": "a", "image": "x/y:1", **container}], **pod}
    template = {"metadata": {"labels": {"app": "listed"}}, "spec": spec}
    return served(
        resource(
            "apps/v1",
            "Deployment",
            "listed",
            spec={
                "replicas": 0,
                "selector": {"matchLabels": {"app": "listed"}},
                "template": template,
            },
        )
    )


@against("duplicate-keys")
def variables_that_give_others() -> Iterator[Attack]:
    """Every pair of short `env` lists that give a container another environment."""
    lists = [chosen for length in (2, 3) for chosen in permutations(VARIABLES, length)]
    by_items: dict[tuple[str, ...], list[tuple[Body, ...]]] = {}
    for chosen in lists:
        by_items.setdefault(tuple(sorted(map(str, chosen))), []).append(chosen)
    for same in by_items.values():
        for ours, theirs in pairwise(same):
            if environment(ours) != environment(theirs):
                said = " ".join(
                    f"{item['name']}={item['value']}"
                    for item in (*ours, {"name": "for", "value": ""}, *theirs)
                )
                yield Attack(
                    said,
                    left=edit(workload({"env": list(ours)})),
                    right=edit(workload({"env": list(theirs)})),
                    forms=(LIVE, DUMPS),
                )
    for ours, theirs in product(lists[:40], lists[:40]):
        if len(ours) != len(theirs) and environment(ours) != environment(theirs):
            yield Attack(
                f"env {ours} for {theirs}",
                left=edit(workload({"env": list(ours)})),
                right=edit(workload({"env": list(theirs)})),
                forms=(LIVE,),
            )


LISTS: dict[str, tuple[Body, Body, Body, Body]] = {
    "items of one path": (
        {},
        {
            "volumes": [
                {
                    "name": "v",
                    "configMap": {
                        "name": "c",
                        "items": [{"key": "a", "path": "p"}, {"key": "b", "path": "p"}],
                    },
                }
            ]
        },
        {},
        {
            "volumes": [
                {
                    "name": "v",
                    "configMap": {
                        "name": "c",
                        "items": [{"key": "b", "path": "p"}, {"key": "a", "path": "p"}],
                    },
                }
            ]
        },
    ),
    "items of one path in a Secret": (
        {},
        {
            "volumes": [
                {
                    "name": "v",
                    "secret": {
                        "secretName": "c",
                        "items": [{"key": "a", "path": "p"}, {"key": "b", "path": "p"}],
                    },
                }
            ]
        },
        {},
        {
            "volumes": [
                {
                    "name": "v",
                    "secret": {
                        "secretName": "c",
                        "items": [{"key": "b", "path": "p"}, {"key": "a", "path": "p"}],
                    },
                }
            ]
        },
    ),
    "projected sources": (
        {},
        {
            "volumes": [
                {
                    "name": "v",
                    "projected": {
                        "sources": [{"configMap": {"name": "c"}}, {"configMap": {"name": "d"}}]
                    },
                }
            ]
        },
        {},
        {
            "volumes": [
                {
                    "name": "v",
                    "projected": {
                        "sources": [{"configMap": {"name": "d"}}, {"configMap": {"name": "c"}}]
                    },
                }
            ]
        },
    ),
    "projected sources of one path": (
        {},
        {
            "volumes": [
                {
                    "name": "v",
                    "projected": {
                        "sources": [
                            {"configMap": {"name": "c", "items": [{"key": "a", "path": "p"}]}},
                            {"secret": {"name": "d", "items": [{"key": "a", "path": "p"}]}},
                        ]
                    },
                }
            ]
        },
        {},
        {
            "volumes": [
                {
                    "name": "v",
                    "projected": {
                        "sources": [
                            {"secret": {"name": "d", "items": [{"key": "a", "path": "p"}]}},
                            {"configMap": {"name": "c", "items": [{"key": "a", "path": "p"}]}},
                        ]
                    },
                }
            ]
        },
    ),
    "host aliases": (
        {},
        {
            "hostAliases": [
                {"ip": "10.0.0.1", "hostnames": ["db"]},
                {"ip": "203.0.113.9", "hostnames": ["db"]},
            ]
        },
        {},
        {
            "hostAliases": [
                {"ip": "203.0.113.9", "hostnames": ["db"]},
                {"ip": "10.0.0.1", "hostnames": ["db"]},
            ]
        },
    ),
    "host aliases of one address": (
        {},
        {
            "hostAliases": [
                {"ip": "10.0.0.1", "hostnames": ["a"]},
                {"ip": "10.0.0.1", "hostnames": ["b"]},
            ]
        },
        {},
        {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["b"]}]},
    ),
    "options of the resolver": (
        {},
        {
            "dnsConfig": {
                "options": [{"name": "ndots", "value": "1"}, {"name": "ndots", "value": "5"}]
            }
        },
        {},
        {
            "dnsConfig": {
                "options": [{"name": "ndots", "value": "5"}, {"name": "ndots", "value": "1"}]
            }
        },
    ),
    "nameservers": (
        {},
        {"dnsConfig": {"nameservers": ["10.0.0.1", "10.0.0.2"]}},
        {},
        {"dnsConfig": {"nameservers": ["10.0.0.2", "10.0.0.1"]}},
    ),
    "searches": (
        {},
        {"dnsConfig": {"searches": ["a.example.com", "b.example.com"]}},
        {},
        {"dnsConfig": {"searches": ["b.example.com", "a.example.com"]}},
    ),
    "init containers": (
        {},
        {"initContainers": [{"name": "x", "image": "x/y:1"}, {"name": "y", "image": "x/y:1"}]},
        {},
        {"initContainers": [{"name": "y", "image": "x/y:1"}, {"name": "x", "image": "x/y:1"}]},
    ),
    "arguments": ({"args": ["-a", "-b"]}, {}, {"args": ["-b", "-a"]}, {}),
    "doubled argument": ({"args": ["-v"]}, {}, {"args": ["-v", "-v"]}, {}),
    "command": ({"command": ["sh", "-c"]}, {}, {"command": ["-c", "sh"]}, {}),
    "mounts inside one another": (
        {"volumeMounts": [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/a/b"}]},
        {"volumes": [{"name": "a"}, {"name": "b"}]},
        {"volumeMounts": [{"name": "b", "mountPath": "/a"}, {"name": "a", "mountPath": "/a/b"}]},
        {"volumes": [{"name": "a"}, {"name": "b"}]},
    ),
    "groups": (
        {},
        {"securityContext": {"supplementalGroups": [1, 2]}},
        {},
        {"securityContext": {"supplementalGroups": [1]}},
    ),
}
"""A container and a pod's spec, on the left and on the right: each pair behaves otherwise.

pkg/volume/configmap MakePayload, pkg/volume/projected collectData, pkg/kubelet/kubelet_pods.go
hostsEntriesFromHostAliases, resolv.conf(5).
"""


@against("duplicate-keys", "order")
def lists_whose_order_counts() -> Iterator[Attack]:
    """Lists of a pod in which the first or the last of two counts."""
    sources = [
        served(resource("v1", "ConfigMap", name, data={"a": name, "b": f"{name}-b"}))
        for name in "cd"
    ]
    for said, (ours, our_pod, theirs, their_pod) in LISTS.items():
        yield Attack(
            f"order: {said}",
            left=edit(workload(ours, **our_pod), *sources),
            right=edit(workload(theirs, **their_pod), *sources),
        )


def _path(path: str, name: str) -> Body:
    backend = {"service": {"name": name, "port": {"number": 80}}}
    return {"path": path, "pathType": "ImplementationSpecific", "backend": backend}


ORDERS: dict[str, tuple[str, str, Body, Body]] = {
    "addresses of an endpoint": (
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1", "10.0.0.2"]}]},
        {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.2", "10.0.0.1"]}]},
    ),
    "paths of an implementation's own": (
        "networking.k8s.io/v1",
        "Ingress",
        {"spec": {"rules": [{"http": {"paths": [_path("/a", "x"), _path("/a", "y")]}}]}},
        {"spec": {"rules": [{"http": {"paths": [_path("/a", "y"), _path("/a", "x")]}}]}},
    ),
    "pod failure rules": (
        "batch/v1",
        "Job",
        {
            "spec": {
                "podFailurePolicy": {
                    "rules": [
                        {"action": "Ignore", "onPodConditions": [{"type": "A", "status": "True"}]},
                        {"action": "FailJob", "onPodConditions": [{"type": "A", "status": "True"}]},
                    ]
                },
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [{"name": "a", "image": "x/y:1"}],
                    }
                },
            }
        },
        {
            "spec": {
                "podFailurePolicy": {
                    "rules": [
                        {"action": "FailJob", "onPodConditions": [{"type": "A", "status": "True"}]},
                        {"action": "Ignore", "onPodConditions": [{"type": "A", "status": "True"}]},
                    ]
                },
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [{"name": "a", "image": "x/y:1"}],
                    }
                },
            }
        },
    ),
    "devices that come first": (
        "resource.k8s.io/v1",
        "ResourceClaim",
        {
            "spec": {
                "devices": {
                    "requests": [
                        {
                            "name": "gpu",
                            "firstAvailable": [
                                {"name": "a", "deviceClassName": "a"},
                                {"name": "b", "deviceClassName": "b"},
                            ],
                        }
                    ]
                }
            }
        },
        {
            "spec": {
                "devices": {
                    "requests": [
                        {
                            "name": "gpu",
                            "firstAvailable": [
                                {"name": "b", "deviceClassName": "b"},
                                {"name": "a", "deviceClassName": "a"},
                            ],
                        }
                    ]
                }
            }
        },
    ),
    "an order that nobody knows": (
        "example.com/v1",
        "Route",
        {"spec": {"hops": ["a", "b"]}},
        {"spec": {"hops": ["b", "a"]}},
    ),
    "rules of a Role told apart": (
        "rbac.authorization.k8s.io/v1",
        "Role",
        {
            "rules": [
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]},
                {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]},
            ]
        },
        {
            "rules": [
                {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
                {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
            ]
        },
    ),
    "ports of a policy told apart": (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        {
            "spec": {
                "podSelector": {},
                "ingress": [
                    {
                        "from": [{"podSelector": {"matchLabels": {"a": "1"}}}],
                        "ports": [{"port": 80, "protocol": "TCP"}],
                    },
                    {
                        "from": [{"podSelector": {"matchLabels": {"a": "2"}}}],
                        "ports": [{"port": 443, "protocol": "TCP"}],
                    },
                ],
            }
        },
        {
            "spec": {
                "podSelector": {},
                "ingress": [
                    {
                        "from": [{"podSelector": {"matchLabels": {"a": "2"}}}],
                        "ports": [{"port": 80, "protocol": "TCP"}],
                    },
                    {
                        "from": [{"podSelector": {"matchLabels": {"a": "1"}}}],
                        "ports": [{"port": 443, "protocol": "TCP"}],
                    },
                ],
            }
        },
    ),
}


@against("order")
def objects_whose_order_counts() -> Iterator[Attack]:
    """Lists of other kinds in which order means something, or whose items exchange their parts."""
    for said, (api_version, kind, ours, theirs) in ORDERS.items():
        left, right = (
            edit(served(resource(api_version, kind, "listed", **fields)))
            for fields in (ours, theirs)
        )
        yield Attack(f"order: {said}", left=left, right=right)


@against("independent-sources")
def sources_that_share_a_key() -> Iterator[Attack]:
    """`envFrom` in another order, where a variable comes from two of its sources."""
    maps = [
        served(resource("v1", "ConfigMap", name, data=data))
        for name, data in (
            ("c", {"KEY": "1"}),
            ("d", {"KEY": "2"}),
            ("e", {"EY": "3"}),
            ("f", {"OTHER": "4"}),
        )
    ]
    secret = served(resource("v1", "Secret", "s", type="Opaque", data={"KEY": value("a")}))

    def source(
        name: str, prefix: str = "", *, kind: str = "configMapRef", optional: bool = False
    ) -> Body:
        reference = {"name": name, **({"optional": True} if optional else {})}
        return {kind: reference, **({"prefix": prefix} if prefix else {})}

    lists: dict[str, list[Body]] = {
        "two ConfigMaps": [source("c"), source("d")],
        "a ConfigMap and a Secret": [source("c"), source("s", kind="secretRef")],
        "a prefix makes the key": [source("c"), source("e", "K")],
        "two prefixes": [source("c", "P_"), source("d", "P_")],
        "one that is not there": [source("c"), source("gone", optional=True)],
        "three of which two share": [source("c"), source("f"), source("d")],
        "the same twice": [source("c"), source("d"), source("c")],
    }
    for said, listed in lists.items():
        turned = listed[::-1] if said != "the same twice" else [listed[1], listed[0], listed[1]]
        sides = [edit(workload({"envFrom": order}), *maps, secret) for order in (listed, turned)]
        yield Attack(f"envFrom: {said}", left=sides[0], right=sides[1])
        bare = [edit(workload({"envFrom": order})) for order in (listed, turned)]
        yield Attack(f"envFrom unseen: {said}", left=bare[0], right=bare[1])
