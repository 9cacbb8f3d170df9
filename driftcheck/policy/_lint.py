"""What is to be mended in a policy, before anything is compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from attrs import frozen

from driftcheck.model import (
    Check,
    Effect,
    FieldPath,
    GroupKind,
    ObjectReference,
    parse_path,
)
from driftcheck.policy._categories import category
from driftcheck.policy._endings import ending, has_ended
from driftcheck.policy._rules import Policy, Rule, Unseen
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


_FOUND_AT_PLACES = (
    Check.HAND_WRITTEN,
    Check.POD_NOT_ITS_TEMPLATE,
    Check.STALE_CONFIGURATION,
    Check.MACHINE_NOT_ITS_TEMPLATE,
)
"""The checks that may be certain of one place in an object today, and of another one tomorrow."""


@frozen
class Advice:
    """What is to be mended in one rule.

    Args:
        rule: The rule's id.
        place: Where it stands, `driftcheck.yaml:14`; empty where it stands in no file.
        said: What is to be mended, in a sentence.
        must: Whether the rule does not do what it says until then; else it is a warning.
    """

    rule: str
    place: str
    said: str
    must: bool = False


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
        place = policy.place(rule)
        broken = [*_ended(rule, today), *_unknown_sides(rule, policy)]
        advice += [Advice(rule.id, place, said, must=True) for said in broken]
        warned = [*_advice(rule, today), *_doubles(rule, before)]
        advice += [Advice(rule.id, place, said) for said in warned]
        before.append(rule)
    for gap in policy.unseen:
        place = policy.place(gap)
        advice += [Advice(gap.id, place, said, must=True) for said in _ended(gap, today)]
        advice += [Advice(gap.id, place, said) for said in _of_unseen(gap, today)]
    return tuple(advice)


def _ended(rule: Rule | Unseen, today: date) -> Iterator[str]:
    if has_ended(rule.expires, today):
        yield f"ended on {rule.expires}"


def _ending(rule: Rule | Unseen, today: date) -> Iterator[str]:
    said = ending(rule.expires, today)
    if said and not has_ended(rule.expires, today):
        yield said


def _of_unseen(gap: Unseen, today: date) -> Iterator[str]:
    yield from _ending(gap, today)
    if not gap.owner:
        yield "has no owner: say who answers for it"
    if not gap.expires:
        yield "has no end: say until when it need not be seen"


def _unknown_sides(rule: Rule, policy: Policy) -> Iterator[str]:
    for name in rule.demand.names:
        if policy.aliases and name not in policy.aliases and name != EVERY_SIDE:
            yield f"names {name}, which environments does not list"


def _doubles(rule: Rule, before: Iterable[Rule]) -> Iterator[str]:
    """Which rules about the same places demand the same."""
    return (f"says the same as {other.id}" for other in before if other.demand == rule.demand)


def _advice(rule: Rule, today: date) -> Iterator[str]:
    yield from _ending(rule, today)
    if rule.effect is Effect.WAIVE and not rule.is_pinned and not rule.match.check:
        yield "waives whatever is there: tell the values, so that a further change opens it again"
    if rule.effect is Effect.WAIVE and not rule.owner:
        yield "has no owner: say who answers for it"
    if rule.match.check in _FOUND_AT_PLACES and not rule.paths:
        yield (
            f"speaks of {rule.match.check} at any place: name a path, so that what comes up at"
            " another one is found"
        )
    reached = [] if rule.match.check else _reached(rule)
    if reached and rule.demand.hides(NO_SIDES) and not rule.dangerous:
        yield (
            f"is wide enough to hide what is dangerous ({', '.join(reached)}), and will not: "
            "narrow it, or say dangerous: true"
        )


def _reached(rule: Rule) -> list[str]:
    """The categories of the dangerous places that a rule speaks of, sorted."""
    return sorted(
        {
            found
            for kind, path, found in _dangerous_places()
            if rule.match.is_of(kind) and rule.speaks_of(path)
            if not (rule.match.witness and path)
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
