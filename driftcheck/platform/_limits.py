"""Whether what is written in a namespace lies within the limits of webhooks and policies.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-v1/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
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

    @property
    def subresources(self) -> Iterator[str]:
        """Those that its rules name."""
        for rule in (*self.rules, *self.excluded):
            yield from (resource.partition("/")[2] for resource in texts_in(rule, "resources"))


def is_met_by_any(limits: Sequence[Limits], here: Inside) -> bool:
    """Whether one way to write something in the namespace lies within all of these limits."""
    if not all(selects(each.selectors.get("namespaceSelector"), here.labels) for each in limits):
        return False
    ways = {"", _UNNAMED}.union(*(each.subresources for each in limits))
    for kind, things in here.written.items():
        plural = here.plurals.get(kind, "")
        if _is_spoken_of(kind, plural, limits) and any(
            _is_written_within(limits, thing, plural, ways) for thing in things
        ):
            return True
    return False


def _is_spoken_of(kind: GroupKind, plural: str, limits: Sequence[Limits]) -> bool:
    return all(any(_is_about(rule, kind, plural) for rule in each.rules) for each in limits)


def _is_written_within(
    limits: Sequence[Limits], thing: Written, plural: str, ways: Set[str]
) -> bool:
    if not all(selects(each.selectors.get("objectSelector"), thing.labels) for each in limits):
        return False
    return any(
        all(
            any(_is_met(rule, thing, plural, *way) for rule in each.rules)
            and not any(_is_met(rule, thing, plural, *way) for rule in each.excluded)
            for each in limits
        )
        for way in product(ways, _OPERATIONS)
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


def _is_met(rule: Body, thing: Written, plural: str, subresource: str, operation: str) -> bool:
    """Whether a rule is about one way to write something.

    `Matcher` in pkg/admission/plugin/webhook/predicates/rules of the apiserver
    """
    resources = {f"{name}/{part}" for name in ("*", plural) for part in ("*", subresource)}
    names = texts_in(rule, "resourceNames")
    return (
        (not names or thing.name in names)
        and _is_about(rule, thing.kind, plural)
        and not resources.isdisjoint(_spelled(each) for each in texts_in(rule, "resources"))
        and not {"*", operation}.isdisjoint(texts_in(rule, "operations"))
    )


def _spelled(resource: str) -> str:
    """A resource with its subresource, which the resource itself has none of."""
    return resource if "/" in resource else f"{resource}/"
