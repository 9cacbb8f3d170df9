"""Small Kubernetes objects, and what a comparison says of two of them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from attrs import evolve

from driftcheck.model import Finding, Result, Snapshot
from driftcheck.pipeline import capture, compare_snapshots
from driftcheck.policy import policy_from

Body = dict[str, Any]


def config_map(name: str = "settings", **data: str) -> Body:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def workload(kind: str = "Deployment", name: str = "web", **pod: Any) -> Body:
    """A workload whose pod's spec is given by keywords."""
    spec = {"containers": [{"name": "web", "image": "shop/web:1"}], **pod}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": spec}},
    }


def container(name: str = "web", **fields: Any) -> Body:
    return {"name": name, "image": "shop/web:1", **fields}


def resource(api_version: str, kind: str, name: str = "it", **fields: Any) -> Body:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


def edited(body: Body, *path: str | int, value: Any) -> Body:
    """A copy with one value set."""
    changed = copy.deepcopy(body)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]  # type: ignore[index]
    inner[path[-1]] = value  # type: ignore[index]
    return changed


def snapshot(*bodies: Mapping[str, Any], namespace: str | None = None) -> Snapshot:
    """What is seen of manifests in a namespace."""
    placed = [
        {**body, "metadata": {**body["metadata"], "namespace": namespace}} if namespace else body
        for body in bodies
    ]
    return capture(placed)


def compare(left: Iterable[Body], right: Iterable[Body]) -> Result:
    return compare_snapshots([snapshot(*left), snapshot(*right)])


def judged(
    left: Iterable[Body], right: Iterable[Body], *rules: Mapping[str, Any], **asked: Any
) -> Result:
    """What a comparison of `staging` and `production` says under a policy."""
    return judged_many({"staging": left, "production": right}, *rules, **asked)


def judged_many(
    environments: Mapping[str, Iterable[Body]],
    *rules: Mapping[str, Any],
    aliases: Mapping[str, Any] = MappingProxyType({}),
    today: date = date(2026, 11, 24),
) -> Result:
    """What a comparison of environments, by their names, says under a policy."""
    numbered = [
        {"id": f"rule-{number}", "reason": "so it is", **rule} for number, rule in enumerate(rules)
    ]
    policy = policy_from({"version": 1, "environments": dict(aliases), "rules": numbered})
    snapshots = [evolve(snapshot(*bodies), name=name) for name, bodies in environments.items()]
    return compare_snapshots(snapshots, policy=policy, today=today)


def differences(left: Body, right: Body) -> list[tuple[str, str]]:
    """Each finding's change and path."""
    return [(finding.change.value, finding.path) for finding in compare([left], [right]).findings]


def only_finding(left: Body, right: Body) -> Finding:
    (finding,) = compare([left], [right]).findings
    return finding
