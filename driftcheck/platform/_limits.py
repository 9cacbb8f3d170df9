"""Whether what is written in a namespace lies within the limits of webhooks and policies.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-v1/
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import product

from attrs import frozen

from driftcheck.model import NAMESPACE, GroupKind
from driftcheck.platform._inside import Body, Inside, Written, text, texts_in
from driftcheck.platform._selectors import selects

EVERYTHING: Body = {
    "apiGroups": ["*"],
    "apiVersions": ["*"],
    "operations": ["*"],
    "resources": ["*/*"],
}
"""The rule that is about whatever is written."""

_OPERATIONS = ("CONNECT", "CREATE", "DELETE", "UPDATE")
_UNNAMED = "*"
"""Any subresource that no rule names."""


@frozen
class Limits:
    """What a webhook, a policy or a binding is about.

    Args:
        selectors: What has its selectors of namespaces and objects.
        rules: What it is about.
        excluded: What it is not about in spite of that.
    """

    selectors: Body
    rules: Sequence[Body]
    excluded: Sequence[Body] = ()

    def said(self, field: str) -> set[str]:
        """The texts that its rules have in a list field."""
        rules = (*self.rules, *self.excluded)
        return {each for rule in rules for each in texts_in(rule, field)}

    def allow(self, kind: GroupKind, plural: str, name: str, way: tuple[str, str]) -> bool:
        """Whether they are about a way to write an object, a subresource and an operation."""
        return any(_is_met(rule, kind, plural, name, way) for rule in self.rules) and not any(
            _is_met(rule, kind, plural, name, way) for rule in self.excluded
        )


def is_met_by_any(limits: Sequence[Limits], here: Inside) -> bool:
    """Whether one way to write something in the namespace lies within all of these limits."""
    if not all(selects(each.selectors.get("namespaceSelector"), here.labels) for each in limits):
        return False
    names = {"", *(name for each in limits for name in each.said("resourceNames"))}
    for kind, things in here.written.items():
        plural = here.plurals.get(kind, "")
        if _is_spoken_of(kind, plural, limits):
            within = {name for name in names if _is_within(limits, kind, plural, name)}
            if any(_is_picked(thing, limits, names, within) for thing in things):
                return True
    return False


def _is_spoken_of(kind: GroupKind, plural: str, limits: Sequence[Limits]) -> bool:
    return all(any(_is_about(rule, kind, plural) for rule in each.rules) for each in limits)


def _is_within(limits: Sequence[Limits], kind: GroupKind, plural: str, name: str) -> bool:
    """Whether all limits are about one way to write an object; no name is one that no rule has."""
    named = {each.partition("/")[2] for limit in limits for each in limit.said("resources")}
    return any(
        all(each.allow(kind, plural, name, way) for each in limits)
        for way in product({"", _UNNAMED, *named}, _OPERATIONS)
    )


def _is_picked(thing: Written, limits: Sequence[Limits], names: Set[str], within: Set[str]) -> bool:
    name = thing.name if thing.name in names else ""
    return name in within and all(
        selects(each.selectors.get("objectSelector"), thing.labels) for each in limits
    )


def _is_about(rule: Body, kind: GroupKind, plural: str) -> bool:
    """Whether a rule is about a kind, or about a subresource of it.

    Of versions nothing is asked: an object that is written in another is converted.
    """
    scopes = ("Cluster", "*", "") if kind == NAMESPACE else ("Namespaced", "*", "")
    called = {resource.partition("/")[0] for resource in texts_in(rule, "resources")}
    return (
        text(rule, "scope") in scopes
        and not {"*", kind.group}.isdisjoint(texts_in(rule, "apiGroups"))
        and not {"*", plural}.isdisjoint(called)
    )


def _is_met(rule: Body, kind: GroupKind, plural: str, name: str, way: tuple[str, str]) -> bool:
    """Whether a rule is about one way to write something.

    `Matcher` in pkg/admission/plugin/webhook/predicates/rules of the apiserver
    """
    subresource, operation = way
    resources = {f"{each}/{part}" for each in ("*", plural) for part in ("*", subresource)}
    names = texts_in(rule, "resourceNames")
    return (
        (not names or name in names)
        and _is_about(rule, kind, plural)
        and not resources.isdisjoint(_spelled(each) for each in texts_in(rule, "resources"))
        and not {"*", operation}.isdisjoint(texts_in(rule, "operations"))
    )


def _spelled(resource: str) -> str:
    """A resource with its subresource, which the resource itself has none of."""
    return resource if "/" in resource else f"{resource}/"
