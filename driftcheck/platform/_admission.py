"""Which webhooks and admission policies see what is written in a namespace.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from driftcheck.model import NAMESPACE, GroupKind
from driftcheck.platform._inside import Body, Inside, inside, maps_in, text, texts_in
from driftcheck.platform._kinds import (
    LEADS_TO,
    MUTATING_POLICY_BINDING,
    MUTATING_WEBHOOK,
    VALIDATING_POLICY_BINDING,
    VALIDATING_WEBHOOK,
)
from driftcheck.platform._outside import Ask, Outside, Reach, Said, is_name, name_of
from driftcheck.platform._selectors import selects

_POD = GroupKind("", "Pod")
_LOGIN = re.compile(r"^([a-z]+://)[^/@]*@")


def webhooks(here: Inside, outside: Outside) -> Said:
    """The webhooks that are called for what stands in the namespace."""
    for kind in (MUTATING_WEBHOOK, VALIDATING_WEBHOOK):
        yield Ask(kind)
        for configuration in outside.every(kind):
            called = [
                _without_login(webhook)
                for webhook in maps_in(configuration, "webhooks")
                if _is_about(webhook, maps_in(webhook, "rules"), here)
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
    limits = inside(binding, "spec", "matchResources")
    if not _is_matched(limits, here):
        return
    name = text(inside(binding, "spec"), "policyName")
    if is_name(name):
        yield Ask(policy_kind, name)
    policy = outside.named(policy_kind, name)
    by = _namespace(here)
    if policy is None and policy_kind in outside.refused:
        yield Reach(kind, name_of(binding), by, binding)
    if policy is None or not _is_matched(inside(policy, "spec", "matchConstraints"), here):
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


def _is_matched(limits: Body, here: Inside) -> bool:
    rules = maps_in(limits, "resourceRules")
    return _is_about(limits, rules or [{}], here)


def _is_about(selectors: Body, rules: list[Body], here: Inside) -> bool:
    """Whether selectors and rules may pick anything that stands in the namespace."""
    if not selects(selectors.get("namespaceSelector"), here.labels):
        return False
    return any(
        selects(selectors.get("objectSelector"), labels)
        for kind in _kinds_under(rules, here)
        for labels in _labels_of(kind, here)
    )


def _kinds_under(rules: list[Body], here: Inside) -> Iterator[GroupKind]:
    """The kinds that rules are about; pods are made wherever there is a template of one."""
    kinds = {*here.kinds, *([_POD] if here.pods else [])}
    for kind in kinds:
        if any(_is_ruled(kind, rule, here) for rule in rules):
            yield kind


def _is_ruled(kind: GroupKind, rule: Body, here: Inside) -> bool:
    """Whether a rule is about a kind, or about a subresource of it.

    Of versions nothing is asked: an object that is written in another is converted.
    """
    if not rule:
        return True
    scopes = ("Cluster", "*", "") if kind == NAMESPACE else ("Namespaced", "*", "")
    groups, resources = texts_in(rule, "apiGroups"), texts_in(rule, "resources")
    plural = here.plurals.get(kind, "")
    called = {resource.partition("/")[0] for resource in resources}
    return (
        text(rule, "scope") in scopes
        and not {"*", kind.group}.isdisjoint(groups)
        and not {"*", plural}.isdisjoint(called)
    )


def _labels_of(kind: GroupKind, here: Inside) -> Iterator[Mapping[str, str]]:
    for document in here.of(kind):
        yield inside(document.metadata, "labels")
    if kind == _POD:
        yield from (pod.labels for pod in here.pods)


def _namespace(here: Inside) -> str:
    return f"Namespace {here.namespace}"
