"""What a role lets its holders do, permission by permission.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from driftcheck.platform._inside import Body, maps_in, texts_in

_ANY = "*"


class Permission(NamedTuple):
    """Leave to do one thing.

    Args:
        group: The API group; of an address that is no resource, None.
        resource: The resource, with its subresource; or the address.
        name: The only object it is about; empty for all.
        verb: What may be done.
    """

    group: str | None
    resource: str
    name: str
    verb: str


Permissions = frozenset[Permission]


def permissions_of(role: Body) -> Permissions:
    """Everything that a role's rules allow; nothing else in a role does."""
    return frozenset(each for rule in maps_in(role, "rules") for each in _allowed(rule))


def _allowed(rule: Body) -> Iterator[Permission]:
    verbs, names = texts_in(rule, "verbs"), texts_in(rule, "resourceNames") or [""]
    groups, resources = texts_in(rule, "apiGroups"), texts_in(rule, "resources")
    for group, resource, name, verb in product(groups, resources, names, verbs):
        yield Permission(group, resource, name, verb)
    for address, verb in product(texts_in(rule, "nonResourceURLs"), verbs):
        yield Permission(None, address, "", verb)


def is_allowed(wanted: Permission, given: Permissions) -> bool:
    """Whether permissions include one, by itself or by a wildcard.

    `RuleAllows` in pkg/registry/rbac/validation of Kubernetes
    """
    if wanted.group is None:
        return any(_includes_address(each, wanted) for each in given if each.group is None)
    groups = {wanted.group, _ANY}
    resources = {wanted.resource, _ANY}
    if "/" in wanted.resource:
        resources.add(f"{_ANY}/{wanted.resource.partition('/')[2]}")
    ways = product(groups, resources, {wanted.name, ""}, {wanted.verb, _ANY})
    return any(Permission(*way) in given for way in ways)


def _includes_address(given: Permission, wanted: Permission) -> bool:
    is_wide = given.resource.endswith(_ANY) and wanted.resource.startswith(given.resource[:-1])
    return given.verb in (wanted.verb, _ANY) and (is_wide or given.resource == wanted.resource)


def spelled(permissions: Iterable[Permission]) -> list[str]:
    """Permissions in words, what may be done with one thing together: `get, list nodes`."""
    together: dict[str, set[str]] = defaultdict(set)
    for each in permissions:
        together[_place(each)].add(each.verb)
    return [f"{_deeds(verbs)} {place}" for place, verbs in sorted(together.items())]


def _deeds(verbs: set[str]) -> str:
    """What may be done, in words."""
    return "do anything with" if _ANY in verbs else ", ".join(sorted(verbs))


def _place(permission: Permission) -> str:
    """With what, in words."""
    group, resource, name, _ = permission
    if group is None:
        return "every address" if resource == _ANY else f"address {resource}"
    place = f"{resource}.{group}" if group else resource
    if resource == _ANY:
        place = "every kind" if group == _ANY else f"every kind of {group or 'the core group'}"
    return f"{place} named {name}" if name else place
