"""Which webhooks and admission policies see what is written in a namespace.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

import re

from driftcheck.model import GroupKind
from driftcheck.platform._inside import Body, Inside, inside, maps_in, text, texts_in
from driftcheck.platform._kinds import (
    LEADS_TO,
    MUTATING_POLICY_BINDING,
    MUTATING_WEBHOOK,
    VALIDATING_POLICY_BINDING,
    VALIDATING_WEBHOOK,
)
from driftcheck.platform._limits import EVERYTHING, Limits, is_met_by_any
from driftcheck.platform._outside import Ask, Outside, Reach, Said, is_name, name_of
from driftcheck.platform._selectors import selects

_LOGIN = re.compile(r"^([a-z]+://)[^/@]*@")


def webhooks(here: Inside, outside: Outside) -> Said:
    """The webhooks that are called for what stands in the namespace."""
    for kind in (MUTATING_WEBHOOK, VALIDATING_WEBHOOK):
        yield Ask(kind)
        for configuration in outside.every(kind):
            called = [
                _without_login(webhook)
                for webhook in maps_in(configuration, "webhooks")
                if is_met_by_any([Limits(webhook, maps_in(webhook, "rules"))], here)
            ]
            if called:
                kept = {**configuration, "webhooks": called}
                yield Reach(kind, name_of(configuration), _namespace(here), kept)


def _without_login(webhook: Body) -> Body:
    """A webhook without what its address may show: a password, or a token."""
    client = inside(webhook, "clientConfig")
    if "url" not in client:
        return webhook
    address = _LOGIN.sub(r"\1", text(client, "url")).partition("?")[0]
    return {**webhook, "clientConfig": {**client, "url": address}}


def policies(here: Inside, outside: Outside) -> Said:
    """The admission policies that are bound to what stands in the namespace."""
    for kind in (MUTATING_POLICY_BINDING, VALIDATING_POLICY_BINDING):
        yield Ask(kind)
        for binding in outside.every(kind):
            yield from _bound(kind, binding, LEADS_TO[kind], here, outside)


def _bound(
    kind: GroupKind, binding: Body, policy_kind: GroupKind, here: Inside, outside: Outside
) -> Said:
    """A binding with its policy and its parameters, where both see what stands there.

    Where the policy may not be read, nobody knows that the binding does not reach in.
    """
    limits = _limits(inside(binding, "spec", "matchResources"))
    if not is_met_by_any([limits], here):
        return
    name = text(inside(binding, "spec"), "policyName")
    if is_name(name):
        yield Ask(policy_kind, name)
    policy = outside.named(policy_kind, name)
    by = _namespace(here)
    if policy is None and policy_kind in outside.refused:
        yield Reach(kind, name_of(binding), by, binding)
    if policy is None:
        return
    constraints = _limits(inside(policy, "spec", "matchConstraints"))
    if not is_met_by_any([limits, constraints], here):
        return
    yield Reach(kind, name_of(binding), by, binding)
    yield Reach(policy_kind, name, f"{kind.kind} {name_of(binding)}", policy)
    yield from _parameters(binding, policy, here, outside)


def _parameters(binding: Body, policy: Body, here: Inside, outside: Outside) -> Said:
    """What a policy is given to work with, where that stands in no namespace."""
    kind = inside(policy, "spec", "paramKind")
    given = GroupKind(text(kind, "apiVersion").rpartition("/")[0], text(kind, "kind"))
    reference = inside(binding, "spec", "paramRef")
    if not reference or given not in here.cluster_scoped:
        return
    by = f"{policy['kind']} {name_of(policy)}"
    if name := text(reference, "name"):
        yield from outside.follow(given, name, by)
    elif "selector" in reference:
        yield Ask(given)
        for body in outside.every(given):
            if selects(reference["selector"], inside(body, "metadata", "labels")):
                yield Reach(given, name_of(body), by, body)


def _limits(given: Body) -> Limits:
    """What a policy or a binding says of it; no rules at all are about everything."""
    rules = maps_in(given, "resourceRules") or [EVERYTHING]
    excluded = maps_in(given, "excludeResourceRules")
    if given.get("matchPolicy") == "Exact":
        excluded = [rule for rule in excluded if _is_of_all_versions(rule, rules)]
    return Limits(given, rules, excluded)


def _is_of_all_versions(excluded: Body, rules: list[Body]) -> bool:
    """Whether a rule leaves out every version that others are about."""
    versions = texts_in(excluded, "apiVersions")
    return "*" in versions or all({*texts_in(rule, "apiVersions")} <= {*versions} for rule in rules)


def _namespace(here: Inside) -> str:
    return f"Namespace {here.namespace}"
