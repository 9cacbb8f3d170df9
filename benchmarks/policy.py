"""What a policy costs beside the comparison itself: `python -m benchmarks.policy`.

Two environments of 5,000 objects with 10,000 differences, compared without a policy and under
one of 200 rules of every effect, taking turns in one process.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from driftcheck.model import Result, Snapshot
from driftcheck.pipeline import capture, compare_snapshots
from driftcheck.policy import NO_POLICY, Policy, policy_from

OBJECTS = 5_000
RULES = 200
ROUNDS = 5


def bodies(environment: str) -> Iterator[dict[str, Any]]:
    """Deployments and ConfigMaps, half of each, that differ in two places each."""
    for number in range(OBJECTS // 2):
        name = f"app-{number}"
        env = [
            {"name": "HOST", "value": f"{name}.{environment}.example.com"},
            {"name": "LEVEL", "value": "info"},
        ]
        pod = {"containers": [{"name": "app", "image": f"shop/{name}:1", "env": env}]}
        yield {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "labels": {"tier": f"tier-{number % 10}"}},
            "spec": {
                "replicas": 2 if environment == "staging" else 4,
                "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
            },
        }
        yield {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": {"bucket": f"{environment}-{name}", "url": f"https://{environment}/{name}"},
        }


def policy() -> Policy:
    """Rules of every effect: wide ones, and many that speak of one object."""
    wide: list[dict[str, Any]] = [
        {"path": "**[name=HOST].value", "effect": "map", "map": {"staging": "production"}},
        {"path": "spec.replicas", "effect": "range", "range": "production >= staging"},
        {"path": "data.bucket", "effect": "matches", "matches": {"production": "^production-"}},
        {"path": "running.**", "effect": "equal"},
        {"path": "**[name=LEVEL].value", "effect": "one_of", "one_of": ["info", "warn"]},
        {"path": "metadata.labels.tier", "effect": "equal"},
    ]
    effects: list[dict[str, Any]] = [
        {"effect": "any"},
        {"effect": "differ"},
        {"effect": "waive", "expires": "2027-12-31"},
    ]
    narrow = [
        {"match": {"kind": "ConfigMap", "name": f"app-{number}*"}, "path": "data.url"}
        | effects[number % len(effects)]
        for number in range(RULES - len(wide))
    ]
    rules = [
        {"id": f"rule-{number}", "reason": "measured", **rule}
        for number, rule in enumerate([*wide, *narrow])
    ]
    return policy_from({"version": 1, "rules": rules})


def seen(environment: str) -> Snapshot:
    """What is seen of an environment."""
    from attrs import evolve

    return evolve(capture(bodies(environment)), name=environment)


def timed(snapshots: list[Snapshot], expected: Policy) -> tuple[float, Result]:
    """Seconds of one comparison, and what came of it."""
    start = time.perf_counter()
    result = compare_snapshots(snapshots, policy=expected)
    return time.perf_counter() - start, result


def main() -> None:
    """Measure, and print the ratio."""
    snapshots = [seen("staging"), seen("production")]
    rules = policy()
    bare, under = [], []
    for _ in range(ROUNDS):
        seconds, without = timed(snapshots, NO_POLICY)
        bare.append(seconds)
        seconds, judged = timed(snapshots, rules)
        under.append(seconds)
    explained = sum(finding.expected is not None for finding in judged.findings)
    ratio = statistics.median(b / a for a, b in zip(bare, under, strict=True))
    print(f"{OBJECTS:,} objects, {len(without.findings):,} differences, {RULES} rules")
    print(f"without a policy   {statistics.median(bare):.2f} s")
    print(f"under the policy   {statistics.median(under):.2f} s, {explained:,} explained")
    print(f"ratio              {ratio:.2f} (aim: at most 1.50)")


if __name__ == "__main__":
    main()
