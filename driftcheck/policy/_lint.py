"""What is to be mended in a policy, before anything is compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from attrs import frozen

from driftcheck.model import (
    Effect,
    FieldPath,
    GroupKind,
    ObjectReference,
    parse_path,
)
from driftcheck.policy._categories import category
from driftcheck.policy._records import Record
from driftcheck.policy._rules import Policy, Rule
from driftcheck.policy._sides import EVERY_SIDE, Sides

NO_SIDES = Sides((), {})
_IN_A_POD = (
    "containers[name=any].image",
    "containers[name=any].command",
    "containers[name=any].args[0]",
    "containers[name=any].securityContext.privileged",
    "containers[name=any]",
    "hostNetwork",
    "serviceAccountName",
    "volumes[name=any].hostPath.path",
)
_TEMPLATES = {
    ("apps", "Deployment"): "spec.template.spec",
    ("apps", "StatefulSet"): "spec.template.spec",
    ("apps", "DaemonSet"): "spec.template.spec",
    ("batch", "Job"): "spec.template.spec",
    ("batch", "CronJob"): "spec.jobTemplate.spec.template.spec",
    ("", "Pod"): "spec",
}
_ELSEWHERE = {
    ("apps", "Deployment"): ("running.containers[name=any].digest",),
    ("rbac.authorization.k8s.io", "Role"): ("rules[0].verbs[=any]", ""),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("subjects[0].name", ""),
    ("networking.k8s.io", "NetworkPolicy"): ("spec.podSelector", ""),
}
"""Places that are dangerous, to see whether a rule is wide enough to reach one."""


@frozen
class Advice:
    """What is to be mended in one rule.

    Args:
        rule: The rule's id.
        place: Where it stands, `driftcheck.yaml:14`; empty where it stands in no file.
        said: What is to be mended, in a sentence.
    """

    rule: str
    place: str
    said: str


def lint(policy: Policy, *, today: date) -> tuple[Advice, ...]:
    """Say what is to be mended in a policy, in the order of its rules.

    Args:
        policy: The policy.
        today: The day, in UTC, by which rules end.
    """
    alike: dict[object, list[Rule]] = defaultdict(list)
    advice = []
    for rule in policy.rules:
        before = alike[rule.match, rule.paths]
        said = [*_advice(rule, policy, today), *_doubles(rule, before)]
        advice += [Advice(rule.id, policy.place(rule), sentence) for sentence in said]
        before.append(rule)
    return tuple(advice)


def _doubles(rule: Rule, before: Iterable[Rule]) -> Iterator[str]:
    """Which rules about the same places demand the same."""
    return (f"says the same as {other.id}" for other in before if other.demand == rule.demand)


def _advice(rule: Rule, policy: Policy, today: date) -> Iterator[str]:
    ending = Record(rule, NO_SIDES, today).ending
    if ending:
        yield ending
    if rule.effect is Effect.WAIVE and not rule.is_pinned:
        yield "waives whatever is there: tell the values, so that a further change opens it again"
    if rule.effect is Effect.WAIVE and not rule.owner:
        yield "has no owner: say who answers for it"
    reached = list(_reached(rule))
    if reached and rule.demand.hides(NO_SIDES) and not rule.dangerous:
        yield (
            f"is wide enough to hide what is dangerous ({', '.join(reached)}), and will not: "
            "narrow it, or say dangerous: true"
        )
    for name in rule.demand.names:
        if policy.aliases and name not in policy.aliases and name != EVERY_SIDE:
            yield f"names {name}, which environments does not list"


def _reached(rule: Rule) -> list[str]:
    """The categories of the dangerous places that a rule speaks of, sorted."""
    return sorted(
        {
            found
            for kind, path, found in _dangerous_places()
            if rule.match.is_of(kind) and rule.speaks_of(path)
        }
    )


@cache
def _dangerous_places() -> tuple[tuple[GroupKind, FieldPath, str], ...]:
    """Each with what it is about."""
    in_pods = {kind: [f"{spec}.{path}" for path in _IN_A_POD] for kind, spec in _TEMPLATES.items()}
    return tuple(
        (GroupKind(*kind), parse_path(path), category(_any_of(kind), parse_path(path)).value)
        for places in (in_pods, _ELSEWHERE)
        for kind, paths in places.items()
        for path in paths
    )


def _any_of(kind: tuple[str, str]) -> ObjectReference:
    return ObjectReference(*kind, "any")
