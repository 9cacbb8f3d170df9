"""What the nodes are on which a namespace's pods run or could run.

Nodes are told apart by what they are, and never by name or number: what is kept is each fact with
the values that it has on any of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driftcheck.platform._inside import (
    Body,
    Inside,
    inside,
    maps_in,
    special_resources,
    text,
    texts_in,
)
from driftcheck.platform._kinds import NODE, NODES, RUNTIME_CLASS
from driftcheck.platform._outside import Ask, Outside, Reach, Said
from driftcheck.platform._selectors import is_met

_INFO = (
    "architecture",
    "containerRuntimeVersion",
    "kernelVersion",
    "kubeletVersion",
    "operatingSystem",
    "osImage",
)
"""What of a node's information says what it is, and not which one it is.

https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/node-v1/#NodeSystemInfo
"""
_PASSING = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""How taints begin that come and go with a node's condition.

https://kubernetes.io/docs/reference/labels-annotations-taints/
"""
_KEEPING_OUT = ("NoSchedule", "NoExecute")
_OF_ONE_NODE = frozenset({"", "kubernetes.io/hostname"})


def nodes(here: Inside, outside: Outside) -> Said:
    """All nodes where pods run, or could by their selectors and tolerations, as one."""
    if not here.pods:
        return
    yield Ask(NODE)
    needs = _Needs([_scheduled(pod.spec, outside) for pod in here.pods])
    used = [node for node in outside.every(NODE) if needs.are_met_by(node)]
    if used:
        yield Reach(NODE, NODES, "pods that run there, or could", _together(used, needs))


def _scheduled(spec: Body, outside: Outside) -> Body:
    """What a pod asks for, with what its runtime class adds to that.

    https://kubernetes.io/docs/concepts/containers/runtime-class/#scheduling
    """
    runtime = outside.named(RUNTIME_CLASS, text(spec, "runtimeClassName"))
    added = inside(runtime, "scheduling")
    if not added:
        return spec
    tolerations = [*maps_in(spec, "tolerations"), *maps_in(added, "tolerations")]
    selector = {**inside(spec, "nodeSelector"), **inside(added, "nodeSelector")}
    return {**spec, "nodeSelector": selector, "tolerations": tolerations}


class _Needs:
    """What pods ask of nodes, each way to ask for one once."""

    def __init__(self, specs: Sequence[Body]) -> None:
        self._running = {text(spec, "nodeName") for spec in specs} - {""}
        asked = [
            {
                "nodeSelector": inside(spec, "nodeSelector"),
                "affinity": inside(spec, "affinity", "nodeAffinity"),
                "tolerations": maps_in(spec, "tolerations"),
            }
            for spec in specs
        ]
        self._distinct = {json.dumps(each, sort_keys=True): each for each in asked}.values()
        self.labels = {key for each in asked for key in _labels_asked(each)} - _OF_ONE_NODE
        self.domains = {key for spec in specs for key in _domains(spec)} - _OF_ONE_NODE
        self.resources = {name for spec in specs for name in special_resources(spec)}

    def are_met_by(self, node: Body) -> bool:
        """Whether any of the pods runs on a node, or could."""
        name = text(inside(node, "metadata"), "name")
        return name in self._running or any(_fits(each, node) for each in self._distinct)


def _fits(asked: Body, node: Body) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/."""
    labels = inside(node, "metadata", "labels")
    if any(labels.get(key) != value for key, value in asked["nodeSelector"].items()):
        return False
    terms = _required_terms(asked)
    if terms and not any(_is_term_met(term, labels, node) for term in terms):
        return False
    return all(
        any(_tolerates(toleration, taint) for toleration in asked["tolerations"])
        for taint in _lasting_taints(node)
        if taint.get("effect") in _KEEPING_OUT
    )


def _required_terms(asked: Body) -> list[Body]:
    required = inside(asked["affinity"], "requiredDuringSchedulingIgnoredDuringExecution")
    return maps_in(required, "nodeSelectorTerms")


def _is_term_met(term: Body, labels: Mapping[str, str], node: Body) -> bool:
    fields = {"metadata.name": text(inside(node, "metadata"), "name")}
    return all(is_met(each, labels) for each in maps_in(term, "matchExpressions")) and all(
        is_met(each, fields) for each in maps_in(term, "matchFields")
    )


def _tolerates(toleration: Body, taint: Body) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/."""
    if text(toleration, "effect") not in ("", taint.get("effect")):
        return False
    if text(toleration, "key") not in ("", taint.get("key")):
        return False
    is_any = toleration.get("operator") == "Exists"
    return is_any or text(toleration, "value") == text(taint, "value")


def _lasting_taints(node: Body) -> list[Body]:
    taints = maps_in(inside(node, "spec"), "taints")
    return [taint for taint in taints if not text(taint, "key").startswith(_PASSING)]


def _labels_asked(asked: Body) -> Iterator[str]:
    yield from asked["nodeSelector"]
    for term in _required_terms(asked):
        yield from (text(each, "key") for each in maps_in(term, "matchExpressions"))


def _domains(spec: Body) -> Iterator[str]:
    """The labels by which pods are spread over nodes, or kept together."""
    for constraint in maps_in(spec, "topologySpreadConstraints"):
        yield text(constraint, "topologyKey")
    for near in ("podAffinity", "podAntiAffinity"):
        terms = inside(spec, "affinity", near)
        for term in maps_in(terms, "requiredDuringSchedulingIgnoredDuringExecution"):
            yield text(term, "topologyKey")


def _together(used: list[Body], needs: _Needs) -> Body:
    """Each fact with the values that it has on any of the nodes."""
    values: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for node in used:
        for path, value in _facts(node, needs):
            values[path].add(value)
    labels: dict[str, Any] = {}
    for key in sorted(needs.labels | needs.domains):
        found = {text(inside(node, "metadata", "labels"), key) for node in used} - {""}
        if key in needs.labels and found:
            labels[key] = ", ".join(sorted(found))
        elif found:
            labels[key] = f"{len(found)} of them"
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": NODE.kind,
        "metadata": {"name": NODES, "labels": labels},
    }
    for (*fields, last), found in values.items():
        part = body
        for field in fields:
            part = part.setdefault(field, {})
        part[last] = sorted(found)
    return body


def _facts(node: Body, needs: _Needs) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a node is, by where it says so."""
    status = inside(node, "status")
    for field in _INFO:
        if value := text(inside(status, "nodeInfo"), field):
            yield ("status", "nodeInfo", field), value
    for handler in maps_in(status, "runtimeHandlers"):
        features = sorted(key for key, has in inside(handler, "features").items() if has)
        yield ("status", "runtimeHandlers"), " ".join((text(handler, "name"), *features)).strip()
    for feature, has in inside(status, "features").items():
        yield ("status", "features", feature), str(has).lower()
    for feature in texts_in(status, "declaredFeatures"):
        yield ("status", "declaredFeatures"), feature
    for name in inside(status, "allocatable").keys() & needs.resources:
        yield ("status", "allocatable"), name
    for taint in _lasting_taints(node):
        shown = f"={taint['value']}" if taint.get("value") else ""
        yield ("spec", "taints"), f"{text(taint, 'key')}{shown}:{text(taint, 'effect')}"
    if provider := text(inside(node, "spec"), "providerID").partition("://")[0]:
        yield ("spec", "providerID"), provider
