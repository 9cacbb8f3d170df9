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
    Object,
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
_HOLDERS = "whoever it is given to"
_MOST_SAID = 3


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
    if not all(side.knows(ROLE) for side in sides):
        return
    for found in _of_roles(sides):
        yield found.difference(sides)
    if all(side.knows(BINDING) for side in sides):
        for found in _of_bindings(sides):
            yield found.difference(sides)


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


@frozen
class _Found:
    """One binding or role that makes a difference.

    Args:
        reference: Which.
        path: Where in it.
        values: What it says, by environment.
        allowed: What it allows, by environment.
        own: Of that, what is not allowed everywhere.
        who: Whom it allows that.
    """

    reference: ObjectReference
    path: FieldPath
    values: Mapping[str, list[str]]
    allowed: Mapping[str, Permissions]
    own: Mapping[str, Permissions]
    who: str

    def difference(self, sides: Sequence[_Side]) -> Difference:
        """The same as a difference, expected where servers of two versions made it themselves."""
        change = Change.CHANGED
        if len(self.values) < len(sides):
            change = Change.REMOVED if sides[0].name in self.values else Change.ADDED
        found = Difference(self.reference, change, self.path, self.values, note=self._note(sides))
        states = [side.state for side in sides if self.reference in side.state.objects]
        found = attributed(found, self.reference, states)
        return evolve(found, expected=VERSION_SKEW) if self._is_skewed(sides) else found

    def _note(self, sides: Sequence[_Side]) -> str:
        """`ServiceAccount web may get nodes in blue, and also delete nodes in green`."""
        if self.reference.group_kind == ROLE and len(self.allowed) == len(sides):
            more = [f"{_in_words(own)} in {side}" for side, own in self.own.items() if own]
            return f"{self.who} may also {', and '.join(more)}"
        (first, most), *others = self.allowed.items()
        said = [f"{_in_words(most)} in {first}"]
        for side, allowed in others:
            is_more = all(is_allowed(each, allowed) for each in most)
            told = self.own[side] if is_more else allowed
            said.append(f"{'also ' if is_more else ''}{_in_words(told)} in {side}")
        said += [f"not in {side.name}" for side in sides if side.name not in self.allowed]
        return f"{self.who} may {', and '.join(said)}"

    def _is_skewed(self, sides: Sequence[_Side]) -> bool:
        minors = {side.state.minor for side in sides}
        permissions = (each for own in self.own.values() for each in own)
        objects = (side.state.objects.get(self.reference) for side in sides)
        return (
            len(minors) > 1
            and None not in minors
            and all(map(_is_bootstrapped, filter(None, objects)))
            and all(map(_is_plain, permissions))
        )


def _in_words(permissions: Permissions) -> str:
    """The first few permissions, and how many more there are."""
    said = spelled(permissions)
    left = len(said) - _MOST_SAID
    more = [f"{left} more"] if left > 0 else []
    return "; ".join([*said[:_MOST_SAID], *more]) or "do nothing"


def _is_bootstrapped(role: Object) -> bool:
    """Whether an API server makes and completes a role or a binding itself."""
    key, value = _BOOTSTRAP
    labels = (role.document.metadata.get("labels") or {}) if role.document else {}
    return bool(labels.get(key) == value)


def _is_plain(permission: Permission) -> bool:
    """Whether a version of Kubernetes may have brought a permission with it."""
    group = permission.group or ""
    return ("." not in group or group.endswith(".k8s.io")) and "*" not in permission


def _of_roles(sides: Sequence[_Side]) -> Iterator[_Found]:
    """The roles that are given here and there, and do not allow the same."""
    for name in sorted(frozenset.intersection(*(side.named for side in sides))):
        found = {side.name: side.role(name) for side in sides}
        allowed = {side: each for side, each in found.items() if each is not None}
        own = {side: _own(each, allowed) for side, each in allowed.items()}
        reference = ObjectReference(*ROLE, name)
        if 0 < len(allowed) < len(sides):
            values = {side: spelled(each) for side, each in allowed.items()}
            yield _Found(reference, (), values, allowed, own, _HOLDERS)
        elif any(own.values()):
            values = {side: spelled(each) for side, each in own.items()}
            yield _Found(reference, (Field("rules"),), values, allowed, own, _HOLDERS)


def _own(allowed: Permissions, everywhere: Mapping[str, Permissions]) -> Permissions:
    """What is allowed on one side, and not on every other."""
    return frozenset(
        each
        for each in allowed
        if not all(is_allowed(each, others) for others in everywhere.values())
    )


def _of_bindings(sides: Sequence[_Side]) -> Iterator[_Found]:
    """The bindings by which an account may do here what it may not do there."""
    for name in sorted({name for side in sides for name in side.bindings}):
        given = {side.name: side.bindings[name] for side in sides if name in side.bindings}
        own = {side.name: _own_of(side, name, sides) for side in sides if name in side.bindings}
        if any(own.values()) and not _is_of_the_role(given, sides):
            yield _of_binding(ObjectReference(*BINDING, name), given, own, sides)


def _own_of(side: _Side, name: str, sides: Sequence[_Side]) -> Permissions:
    """What a binding allows somebody that the same account may not do on every side."""
    given = side.bindings[name]
    return frozenset(
        each
        for who in given.accounts
        for other in sides
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
) -> _Found:
    """What a binding does: of one that is everywhere, by its role, or by whom it gives that to."""
    path: FieldPath = ()
    values = {side: spelled(each.permissions) for side, each in given.items()}
    if len(given) == len(sides) and len({each.role for each in given.values()}) > 1:
        path = (Field("roleRef"),)
    elif len(given) == len(sides):
        path = (Field("subjects"),)
        values = {side: sorted(each.accounts.values()) for side, each in given.items()}
    accounts = sorted({name for each in given.values() for name in each.accounts.values()})
    allowed = {side: each.permissions for side, each in given.items()}
    return _Found(reference, path, values, allowed, own, list_names(accounts))
