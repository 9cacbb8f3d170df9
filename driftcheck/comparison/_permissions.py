"""Who may do what in one cluster and not in another, said of the binding or role that makes it.

Permissions add up, so that neither names of bindings nor the way a rule is written make a
difference: what counts is what an account may do in all.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from attrs import evolve, field, frozen

from driftcheck.comparison._attribution import attributed
from driftcheck.comparison._skew import VERSION_SKEW
from driftcheck.model import (
    Change,
    Difference,
    Field,
    FieldPath,
    GroupKind,
    ObjectReference,
    State,
    list_names,
    unseen,
)
from driftcheck.platform import (
    BINDING,
    ROLE,
    Permission,
    Permissions,
    account,
    broader,
    is_allowed,
    permissions_of,
    role_name,
    spelled,
    subjects_of,
)

_BOOTSTRAP = ("kubernetes.io/bootstrapping", "rbac-defaults")
"""The label of what an API server itself makes, and completes at each start.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation
"""
_NOTHING: Permissions = frozenset()


def permission_differences(
    states: Sequence[State], named: Mapping[str, frozenset[str]]
) -> Iterator[Difference]:
    """What accounts may do here and not there.

    Args:
        states: What reaches into each environment from outside, the baseline first.
        named: The ClusterRoles that something in or around each environment gives to somebody.

    Returns:
        A difference for each binding and each role that makes one.
    """
    sides = [_Side(state, named[state.environment]) for state in states]
    if all(side.knows(ROLE) for side in sides):
        yield from _of_roles(sides)
    if all(side.knows(BINDING) for side in sides):
        yield from _of_bindings(sides)


@frozen
class _Given:
    """A binding: its role, what that allows, and to which accounts of the namespace.

    Args:
        role: The role's name.
        permissions: What it allows.
        accounts: How accounts are shown, by how they are compared.
    """

    role: str
    permissions: Permissions
    accounts: Mapping[str, str]


@frozen
class _Side:
    """One environment: who may do what there."""

    state: State
    named: frozenset[str]
    _effective: dict[str, Permissions] = field(factory=dict, init=False, eq=False)

    @property
    def name(self) -> str:
        return self.state.environment

    def knows(self, kind: GroupKind) -> bool:
        """Whether it is known which objects of a kind there are."""
        return kind not in unseen(self.state.coverage)

    def role(self, name: str) -> Permissions | None:
        """What a role allows; None where there is no such role."""
        found = self.state.objects.get(ObjectReference(*ROLE, name))
        return permissions_of(found.document.body) if found and found.document else None

    @cached_property
    def bindings(self) -> Mapping[str, _Given]:
        """What gives accounts of the namespace something, by its name."""
        return {
            reference.name: self._given(found.document.body)
            for reference, found in self.state.objects.items()
            if reference.group_kind == BINDING and found.document
        }

    def _given(self, binding: Mapping[str, object]) -> _Given:
        namespace = self.state.namespace
        shown = [name for item in subjects_of(binding) if (name := account(item, namespace))]
        accounts = {name.replace(f":{namespace}", ":"): name for name in shown}
        name = role_name(binding)
        return _Given(name, self.role(name) or _NOTHING, accounts)

    def effective(self, who: str) -> Permissions:
        """All that an account may do, by whatever binding, itself or in a group."""
        if who not in self._effective:
            names = {who, *broader(who)}
            self._effective[who] = frozenset().union(
                *(
                    given.permissions
                    for given in self.bindings.values()
                    if not names.isdisjoint(given.accounts)
                )
            )
        return self._effective[who]


def _of_roles(sides: Sequence[_Side]) -> Iterator[Difference]:
    """The roles that are given here and there, and do not allow the same."""
    common = frozenset.intersection(*(side.named for side in sides))
    for name in sorted(common):
        allowed = {side.name: side.role(name) for side in sides}
        there = {side: found for side, found in allowed.items() if found is not None}
        if not there:
            continue
        reference = ObjectReference(*ROLE, name)
        own = {side: _own(found, there) for side, found in there.items()}
        if len(there) < len(sides):
            values = {side: spelled(found) for side, found in there.items()}
            yield _difference(reference, (), values, there, sides)
        elif any(own.values()):
            values = {side: spelled(found) for side, found in own.items()}
            found = _difference(reference, (Field("rules"),), values, own, sides)
            yield _skewed(found, reference, own, sides)


def _own(allowed: Permissions, everywhere: Mapping[str, Permissions]) -> Permissions:
    """What is allowed on one side, and not on every other."""
    return frozenset(
        each
        for each in allowed
        if not all(is_allowed(each, others) for others in everywhere.values())
    )


def _of_bindings(sides: Sequence[_Side]) -> Iterator[Difference]:
    """The bindings by which an account may do here what it may not do there."""
    for name in sorted({name for side in sides for name in side.bindings}):
        given = {side.name: side.bindings[name] for side in sides if name in side.bindings}
        own = {side.name: _own_of(side, given.get(side.name), sides) for side in sides}
        if any(own.values()) and not _is_of_the_role(given, sides):
            reference = ObjectReference(*BINDING, name)
            yield _of_binding(reference, given, own, sides)


def _own_of(side: _Side, given: _Given | None, sides: Sequence[_Side]) -> Permissions:
    """What a binding allows somebody that the same account may not do on every side."""
    if given is None:
        return _NOTHING
    return frozenset(
        each
        for who in given.accounts
        for other in sides
        if other is not side
        for each in given.permissions
        if not is_allowed(each, other.effective(who))
    )


def _is_of_the_role(given: Mapping[str, _Given], sides: Sequence[_Side]) -> bool:
    """Whether a binding is everywhere alike, so that what differs is what its role allows."""
    alike = {(each.role, frozenset(each.accounts)) for each in given.values()}
    return len(given) == len(sides) and len(alike) == 1


def _of_binding(
    reference: ObjectReference,
    given: Mapping[str, _Given],
    own: Mapping[str, Permissions],
    sides: Sequence[_Side],
) -> Difference:
    path: FieldPath = ()
    values = {side: spelled(each.permissions) for side, each in given.items()}
    if len(given) == len(sides):
        is_role = len({each.role for each in given.values()}) > 1
        path = (Field("roleRef" if is_role else "subjects"),)
        if not is_role:
            values = {side: sorted(each.accounts.values()) for side, each in given.items()}
    accounts = sorted({name for each in given.values() for name in each.accounts.values()})
    difference = _difference(reference, path, values, own, sides, accounts)
    return _skewed(difference, reference, own, sides)


def _difference(
    reference: ObjectReference,
    path: FieldPath,
    values: Mapping[str, list[str]],
    own: Mapping[str, Permissions],
    sides: Sequence[_Side],
    accounts: Sequence[str] = (),
) -> Difference:
    """What differs, with who may do what in words."""
    baseline = sides[0].name
    change = Change.CHANGED
    if len(values) < len(sides):
        change = Change.REMOVED if baseline in values else Change.ADDED
    difference = Difference(reference, change, path, values, note=_note(own, accounts))
    states = [side.state for side in sides if reference in side.state.objects]
    return attributed(difference, reference, states)


def _note(own: Mapping[str, Permissions], accounts: Sequence[str]) -> str:
    """`ServiceAccount web may get nodes in blue, and delete nodes in green`."""
    who = list_names(accounts) or "whoever it is given to"
    said = [f"{list_names(spelled(each))} in {side}" for side, each in own.items() if each]
    return f"{who} may {' and '.join(said)}, and not everywhere"


def _skewed(
    difference: Difference,
    reference: ObjectReference,
    own: Mapping[str, Permissions],
    sides: Sequence[_Side],
) -> Difference:
    """The difference, expected where servers of two versions made it themselves."""
    objects = [side.state.objects.get(reference) for side in sides]
    documents = [found.document for found in objects if found and found.document]
    key, value = _BOOTSTRAP
    are_own = all((it.metadata.get("labels") or {}).get(key) == value for it in documents)
    minors = {side.state.minor for side in sides}
    is_plain = all(map(_is_plain, (each for found in own.values() for each in found)))
    if are_own and documents and is_plain and len(minors) > 1 and None not in minors:
        return evolve(difference, expected=VERSION_SKEW)
    return difference


def _is_plain(permission: Permission) -> bool:
    """Whether a version of Kubernetes may have brought a permission with it."""
    group = permission.group or ""
    return ("." not in group or group.endswith(".k8s.io")) and "*" not in permission
