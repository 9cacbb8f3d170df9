"""Order and doubles that count, in every way there is of comparing."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest

import driftcheck
from driftcheck.model import Change, Finding, Verdict
from driftcheck.testing import PlaybackServer, load_recording
from tests.builders import Body, compare, resource
from tests.conftest import RECORDINGS
from tests.reports.made_results import finding
from tests.ways import NAMESPACE, findings, in_every_way, recorded, verdicts

Pair = tuple[Sequence[Body], Sequence[Body]]

POD = "spec.template.spec"


def deployment(container: Body | None = None, **pod: Any) -> Body:
    """The recorded `web`, with fields of its pods and of its first container replaced."""
    body = copy.deepcopy(recorded("Deployment", "web"))
    spec = body["spec"]["template"]["spec"]
    spec.update(pod)
    spec["containers"][0].update(container or {})
    return body


def env(*variables: Body | tuple[str, str]) -> list[Body]:
    named = [
        item if isinstance(item, dict) else {"name": item[0], "value": item[1]}
        for item in variables
    ]
    return [deployment({"env": named})]


def from_key(name: str, *, optional: bool) -> Body:
    reference = {"name": "extra", "key": name, "optional": optional}
    return {"name": name, "valueFrom": {"configMapKeyRef": reference}}


def holder(kind: str, name: str, *keys: str) -> Body:
    """A ConfigMap or Secret that holds something under these keys."""
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}
    if kind == "Secret":
        return {**body, "type": "Opaque", "data": dict.fromkeys(keys, "eA==")}
    return {**body, "data": dict.fromkeys(keys, f"of {name}")}


def projected(*sources: Body, held: Sequence[Body] = ()) -> list[Body]:
    volume = {"name": "conf", "projected": {"defaultMode": 420, "sources": list(sources)}}
    return [deployment(volumes=[volume]), *held]


def config_map(name: str, **fields: Any) -> Body:
    return {"configMap": {"name": name, **fields}}


def items(*pairs: tuple[str, str]) -> list[Body]:
    return [{"key": key, "path": path} for key, path in pairs]


def volume(**source: Any) -> list[Body]:
    return [deployment(volumes=[{"name": "conf", **source}])]


def env_from(*sources: Body, held: Sequence[Body] = ()) -> list[Body]:
    return [deployment({"envFrom": list(sources)}), *held]


def ingress(**spec: Any) -> list[Body]:
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "web"},
            "spec": spec,
        }
    ]


def rule(host: str, *paths: Body) -> Body:
    return {"host": host, "http": {"paths": list(paths)}}


def path(at: str, service: str, path_type: str = "Prefix") -> Body:
    backend = {"service": {"name": service, "port": {"number": 80}}}
    return {"path": at, "pathType": path_type, "backend": backend}


def endpoint_slice(*endpoints: Body) -> list[Body]:
    return [
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": "db-1", "labels": {"kubernetes.io/service-name": "db"}},
            "addressType": "IPv4",
            "endpoints": list(endpoints),
            "ports": [{"name": "", "port": 5432, "protocol": "TCP"}],
        }
    ]


def service(*ports: tuple[str, int]) -> list[Body]:
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"ports": [{"name": name, "port": port} for name, port in ports]},
        }
    ]


def turned(make: Any, *items: Any, **fields: Any) -> Pair:
    """The same items in both orders."""
    return make(*items, **fields), make(*reversed(items), **fields)


BASE, OVER = holder("ConfigMap", "base", "a", "b"), holder("ConfigMap", "over", "b")
APART = holder("ConfigMap", "apart", "c")
TOKEN = {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}
POD_NAME = {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}

DIFFERENT: dict[str, Pair] = {
    "a variable that its own successor expands": (
        env(("OPTS", "-Xmx512m"), ("OPTS", "$(OPTS) -D")),
        env(("OPTS", "-Xmx2g"), ("OPTS", "$(OPTS) -D")),
    ),
    "a variable that is used before it is replaced": (
        env(("DB", "db-1"), ("URL", "http://$(DB)/"), ("DB", "db-9")),
        env(("DB", "db-2"), ("URL", "http://$(DB)/"), ("DB", "db-9")),
    ),
    "a variable used before it is replaced, or not there": (
        env(("DB", "db-1"), ("URL", "http://$(DB)/"), ("DB", "db-9")),
        env(("URL", "http://$(DB)/"), ("DB", "db-9")),
    ),
    "a variable used after or before it is replaced": (
        env(("A", "1"), ("A", "2"), ("B", "$(A)")),
        env(("A", "1"), ("B", "$(A)"), ("A", "2")),
    ),
    "a variable under one that may be missing": (
        env(("A", "1"), from_key("A", optional=True)),
        env(("A", "2"), from_key("A", optional=True)),
    ),
    "a variable over or under one that may be missing": (
        env(("A", "1"), from_key("A", optional=True)),
        env(from_key("A", optional=True), ("A", "1")),
    ),
    "a reference behind an escape": (
        env(("A", "1"), ("B", "$$$(A)"), ("A", "2")),
        env(("A", "9"), ("B", "$$$(A)"), ("A", "2")),
    ),
    "a variable of a Service, before it is replaced": turned(
        env, ("DB_SERVICE_HOST", "db"), ("URL", "http://$(DB_SERVICE_HOST)/")
    ),
    "a name that holds the namespace's": (
        env({"name": "POD_shop", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            ("X", "$(POD_shop)")),
        env(("X", "$(POD_shop)"),
            {"name": "POD_shop", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}),
    ),
    "sources of variables that share one": turned(
        env_from, {"configMapRef": {"name": "base"}}, {"configMapRef": {"name": "over"}},
        held=[BASE, OVER],
    ),
    "sources of variables that share one behind a prefix": turned(
        env_from,
        {"configMapRef": {"name": "apart"}, "prefix": "x_"}, {"configMapRef": {"name": "other"}},
        held=[APART, holder("ConfigMap", "other", "x_c")],
    ),
    "sources of variables of which one was not seen": turned(
        env_from,
        {"configMapRef": {"name": "base"}},
        {"configMapRef": {"name": "unseen", "optional": True}},
        held=[BASE],
    ),
    "sources of files that share one": turned(
        projected, config_map("base"), config_map("over"), held=[BASE, OVER]
    ),
    "Secrets that share a file": turned(
        projected, {"secret": {"name": "one"}}, {"secret": {"name": "two"}},
        held=[holder("Secret", "one", "token"), holder("Secret", "two", "token")],
    ),
    "a file named in items, and by its key": turned(
        projected, config_map("base"), config_map("over", items=items(("b", "./a"))),
        held=[BASE, OVER],
    ),
    "a token over a key of its name": turned(
        projected, TOKEN, config_map("base"), held=[holder("ConfigMap", "base", "token")]
    ),
    "a file of the pod's over a key of its name": turned(
        projected,
        {"downwardAPI": {"items": [{"path": "a", **POD_NAME}]}}, config_map("base"), held=[BASE],
    ),
    "the cluster's certificate and a key of its name": turned(
        projected, config_map("kube-root-ca.crt"), config_map("mine"),
        held=[holder("ConfigMap", "mine", "ca.crt")],
    ),
    "sources of files of which one was not seen": turned(
        projected, config_map("base"), config_map("unseen", optional=True), held=[BASE]
    ),
    "items with one path": (
        volume(configMap={"name": "base", "items": items(("a", "x"), ("b", "x"))}),
        volume(configMap={"name": "base", "items": items(("b", "x"), ("a", "x"))}),
    ),
    "items with one path, written in two ways": (
        volume(secret={"secretName": "one", "items": items(("a", "x"), ("b", "./x"))}),
        volume(secret={"secretName": "one", "items": items(("b", "./x"), ("a", "x"))}),
    ),
    "two addresses of a host name": (
        [deployment(hostAliases=[{"ip": "10.0.0.1", "hostnames": ["db"]},
                                 {"ip": "10.0.0.2", "hostnames": ["db"]}])],
        [deployment(hostAliases=[{"ip": "10.0.0.2", "hostnames": ["db"]},
                                 {"ip": "10.0.0.1", "hostnames": ["db"]}])],
    ),
    "the canonical name of an address": (
        [deployment(hostAliases=[{"ip": "10.0.0.1", "hostnames": ["db", "cache"]}])],
        [deployment(hostAliases=[{"ip": "10.0.0.1", "hostnames": ["cache", "db"]}])],
    ),
    "an address in two lines": (
        [deployment(hostAliases=[{"ip": "10.0.0.1", "hostnames": ["a"]},
                                 {"ip": "10.0.0.1", "hostnames": ["b"]}])],
        [deployment(hostAliases=[{"ip": "10.0.0.1", "hostnames": ["b"]},
                                 {"ip": "10.0.0.1", "hostnames": ["a"]}])],
    ),
    "an option of the resolver, twice": (
        [deployment(dnsConfig={"options": [{"name": "ndots", "value": "2"},
                                           {"name": "ndots", "value": "5"}]})],
        [deployment(dnsConfig={"options": [{"name": "ndots", "value": "5"},
                                           {"name": "ndots", "value": "2"}]})],
    ),
    "mounts on one path, written in two ways": (
        [deployment({"volumeMounts": [{"name": "a", "mountPath": "/x"},
                                      {"name": "b", "mountPath": "/x/"}]})],
        [deployment({"volumeMounts": [{"name": "b", "mountPath": "/x/"},
                                      {"name": "a", "mountPath": "/x"}]})],
    ),
    "a setting of the kernel, written in two ways": (
        [deployment(securityContext={"sysctls": [{"name": "net.core.somaxconn", "value": "1"},
                                                 {"name": "net/core/somaxconn", "value": "2"}]})],
        [deployment(securityContext={"sysctls": [{"name": "net/core/somaxconn", "value": "2"},
                                                 {"name": "net.core.somaxconn", "value": "1"}]})],
    ),
    "the first address of an endpoint": (
        endpoint_slice({"addresses": ["10.0.0.1", "10.0.0.2"]}),
        endpoint_slice({"addresses": ["10.0.0.2", "10.0.0.1"]}),
    ),
    "two endpoints with one address": turned(
        endpoint_slice,
        {"addresses": ["10.0.0.1"], "conditions": {"ready": True}},
        {"addresses": ["10.0.0.1"], "conditions": {"ready": False}},
    ),
    "two equal paths": (
        ingress(rules=[rule("x", path("/", "blue"), path("/", "green"))]),
        ingress(rules=[rule("x", path("/", "green"), path("/", "blue"))]),
    ),
    "two prefixes that match alike": (
        ingress(rules=[rule("x", path("/a", "blue"), path("/a/", "green"))]),
        ingress(rules=[rule("x", path("/a/", "green"), path("/a", "blue"))]),
    ),
    "two rules of one host": (
        ingress(rules=[rule("x", path("/", "blue")), rule("x", path("/", "green"))]),
        ingress(rules=[rule("x", path("/", "green")), rule("x", path("/", "blue"))]),
    ),
    "two certificates of one host": (
        ingress(tls=[{"hosts": ["x"], "secretName": "a"}, {"hosts": ["x"], "secretName": "b"}]),
        ingress(tls=[{"hosts": ["x"], "secretName": "b"}, {"hosts": ["x"], "secretName": "a"}]),
    ),
    "the first port of a Service": turned(service, ("http", 80), ("metrics", 9090)),
}  # fmt: skip

SAME: dict[str, Pair] = {
    "a variable that is replaced before anything reads it": (
        env(("A", "1"), ("A", "2")),
        env(("A", "2")),
    ),
    "a variable replaced by one that must be there": (
        env(("A", "1"), from_key("A", optional=False)),
        env(from_key("A", optional=False)),
    ),
    "what a replaced variable refers to": (
        env(("A", "1"), ("B", "$(A)"), ("A", "2"), ("B", "3")),
        env(("A", "2"), ("B", "3")),
    ),
    "an escaped dollar": (
        env(("A", "1"), ("B", "$$(A)"), ("A", "2")),
        env(("B", "$$(A)"), ("A", "2")),
    ),
    "a variable that refers to none of these": turned(env, ("A", "1"), ("B", "$(HOME)/b")),
    "variables that nothing here has to do with": (
        env(("A", "1"), ("B", "$(A)"), ("C", "3")),
        env(("C", "3"), ("A", "1"), ("B", "$(A)")),
    ),
    "sources of variables that share none": turned(
        env_from, {"configMapRef": {"name": "base"}}, {"configMapRef": {"name": "apart"}},
        held=[BASE, APART],
    ),
    "sources of files that share none": turned(
        projected, config_map("base"), config_map("apart"), TOKEN, held=[BASE, APART]
    ),
    "sources of files that name them all": turned(
        projected,
        config_map("kube-root-ca.crt", items=items(("ca.crt", "ca.crt"))),
        {"downwardAPI": {"items": [{"path": "name", **POD_NAME}]}},
        TOKEN,
    ),
    "items with paths of their own": (
        volume(configMap={"name": "base", "items": items(("a", "x"), ("b", "y"))}),
        volume(configMap={"name": "base", "items": items(("b", "y"), ("a", "x"))}),
    ),
    "addresses of other host names": (
        [deployment(hostAliases=[{"ip": "10.0.0.1", "hostnames": ["db"]},
                                 {"ip": "10.0.0.2", "hostnames": ["cache"]}])],
        [deployment(hostAliases=[{"ip": "10.0.0.2", "hostnames": ["cache"]},
                                 {"ip": "10.0.0.1", "hostnames": ["db"]}])],
    ),
    "an option of the resolver that a later one replaces": (
        [deployment(dnsConfig={"options": [{"name": "ndots", "value": "2"},
                                           {"name": "ndots", "value": "5"}]})],
        [deployment(dnsConfig={"options": [{"name": "ndots", "value": "5"}]})],
    ),
    "two names of one port": (
        [deployment({"ports": [{"containerPort": 80, "name": "a"},
                               {"containerPort": 80, "name": "b"}]})],
        [deployment({"ports": [{"containerPort": 80, "name": "b"},
                               {"containerPort": 80, "name": "a"}]})],
    ),
    "paths and hosts of their own": (
        ingress(rules=[rule("x", path("/a", "blue"), path("/b", "green")), rule("y")]),
        ingress(rules=[rule("y"), rule("x", path("/b", "green"), path("/a", "blue"))]),
    ),
    "ports behind the first": (
        service(("http", 80), ("a", 1), ("b", 2)),
        service(("http", 80), ("b", 2), ("a", 1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_order_that_counts(pair: Pair) -> None:
    """Where Kubernetes takes the first or the last of several, another order is drift."""
    assert verdicts(*pair) == {Verdict.DRIFTED}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_order_that_does_not(pair: Pair) -> None:
    """What means the same to Kubernetes is the same, whatever its order."""
    assert verdicts(*pair) == {Verdict.IDENTICAL}


PLACES = {
    "a variable that its own successor expands": f"{POD}.containers[name=web].env[0].value",
    "sources of files that share one": f"{POD}.volumes[name=conf].projected.sources",
    "two addresses of a host name": f"{POD}.hostAliases",
    "the first address of an endpoint": "endpoints[0].addresses",
    "the first port of a Service": "spec.ports",
}


@pytest.mark.parametrize("case", PLACES)
def test_place_of_an_order(case: str) -> None:
    """An order that counts is one finding, at the list."""
    found = findings(*DIFFERENT[case])

    assert {tuple(path for *_, path in places) for places in found.values()} == {(PLACES[case],)}


def from_config_maps(*names: str) -> Body:
    return env_from(*({"configMapRef": {"name": name}} for name in names))[0]


def test_sources_by_their_environments_name() -> None:
    """What a source holds is looked up by its name there, hash or declared renaming and all."""
    hashed = holder("ConfigMap", "cfg-ctbg988m74")
    hashed["data"] = {"a": "1"}
    plain = {**hashed, "metadata": {"name": "cfg"}}
    left = [from_config_maps("cfg-ctbg988m74", "apart"), hashed, APART]

    assert not compare(left, [from_config_maps("apart", "cfg"), plain, APART]).findings
    shared = {**APART, "data": {"a": "2"}}
    found = compare([*left[:2], shared], [from_config_maps("apart", "cfg"), plain, shared]).findings
    assert [item.change for item in found] == [Change.REORDERED]


def test_sources_under_another_name() -> None:
    """Sources that were renamed are looked up under their own name in each environment."""
    names = {"base": "x-base", "apart": "x-apart", "over": "x-over"}

    def sides(*sources: str) -> list[list[Body]]:
        left = [from_config_maps(*sources), BASE, APART, OVER]
        held = [
            {**item, "metadata": {"name": names[item["metadata"]["name"]]}} for item in left[1:]
        ]
        return [left, [from_config_maps(*(names[name] for name in reversed(sources))), *held]]

    assert driftcheck.compare(*sides("base", "apart"), renamed=names).findings == ()
    (found,) = driftcheck.compare(*sides("base", "over"), renamed=names).findings
    assert found.change is Change.REORDERED


def test_sources_without_values() -> None:
    """A Secret of which nothing but metadata was seen proves nothing of its keys."""
    secrets = [holder("Secret", "one", "a"), holder("Secret", "two", "b")]
    references = [{"secretRef": {"name": "one"}}, {"secretRef": {"name": "two"}}]
    recording = load_recording(RECORDINGS["equal"])
    looks = []
    for bodies in turned(env_from, *references, held=secrets):
        with PlaybackServer(recording.with_objects(NAMESPACE, bodies)) as server:
            kubeconfig = str(server.kubeconfig)
            looks.append(driftcheck.capture(NAMESPACE, kubeconfig=kubeconfig, secret_values=False))

    assert [item.change for item in driftcheck.compare(*looks).findings] == [Change.REORDERED]


@pytest.mark.parametrize("malformed", ["base", {"configMapRef": "base"}, {"configMapRef": []}, {}])
def test_sources_that_are_none(malformed: Any) -> None:
    """What no server would take for a source proves nothing, and stops nothing."""
    left, right = turned(env_from, {"configMapRef": {"name": "base"}}, malformed, held=[BASE])

    assert [item.change for item in compare(left, right).findings] == [Change.REORDERED]


WIDGET = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Widget", "plural": "widgets"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "gates": {
                                        "type": "array",
                                        "x-kubernetes-list-type": "map",
                                        "x-kubernetes-list-map-keys": ["name"],
                                        "items": {"type": "object", "properties": {
                                            "name": {"type": "string"},
                                            "to": {"type": "string"},
                                        }},
                                    },
                                    "tags": {
                                        "type": "array",
                                        "x-kubernetes-list-type": "set",
                                        "items": {"type": "string"},
                                    },
                                    "steps": {"type": "array", "items": {"type": "string"}},
                                },
                            }
                        },
                    }
                },
            }
        ],
    },
}  # fmt: skip


def says(left: Body, right: Body) -> bool:
    """Whether two widgets differ."""
    bodies = [resource("example.com/v1", "Widget", spec=spec) for spec in (left, right)]
    return bool(compare([WIDGET, bodies[0]], [WIDGET, bodies[1]]).findings)


def test_custom_lists() -> None:
    """A list of a custom resource is what its schema calls it; what it calls nothing is ordered."""
    one, two = {"name": "a", "to": "x"}, {"name": "b", "to": "x"}

    assert not says({"gates": [one, two]}, {"gates": [two, one]})
    assert not says({"tags": ["a", "b"]}, {"tags": ["b", "a"]})
    assert says({"steps": ["a", "b"]}, {"steps": ["b", "a"]})


def test_custom_doubles() -> None:
    """Doubles that the server would refuse are compared as they stand."""
    one, other = {"name": "a", "to": "x"}, {"name": "a", "to": "y"}

    assert says({"gates": [one, other]}, {"gates": [other, one]})
    assert says({"gates": [one, other]}, {"gates": [other]})
    assert says({"tags": ["a", "a"]}, {"tags": ["a"]})


def test_positions_by_number() -> None:
    """Positions stand in the order of their numbers, so that a flag stays beside its value."""
    sides = [[deployment({"args": [f"--{at}={side}" for at in range(120)]})] for side in "ab"]
    expected = [f"spec.template.spec.containers[name=web].args[{at}]" for at in range(120)]

    for way, result in in_every_way(*sides).items():
        assert [item.path for item in result.findings] == expected, way


def test_positions_inside() -> None:
    """So do those further inside, and whatever else a path has; huge numbers are no matter."""
    paths = [
        "a",
        "a[0].b[2]",
        "a[0].b[10]",
        "a[2].b",
        "a[10]",
        f"a[{'9' * 5000}]",
        "a.b",
        'a["[3]"]',
    ]
    found = sorted((finding(path=path) for path in reversed(paths)), key=Finding.sort_key)

    assert [item.path for item in found] == paths
