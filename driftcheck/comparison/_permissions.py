"""Who may do what in one cluster and not in another, said of the binding or role that makes it.

Permissions add up, so that neither names of bindings nor the way a rule is written make a
difference: what counts is what an account may do in all.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from driftcheck.comparison._accounts import Given, Side
from driftcheck.comparison._attribution import attributed
from driftcheck.comparison._skew import VERSION_SKEW
from driftcheck.model import (
    Change,
    Difference,
    Expectation,
    Field,
    FieldPath,
    GroupKind,
    Object,
    ObjectReference,
    State,
    list_names,
)
from driftcheck.platform import (
    BINDING,
    ROLE,
    Permission,
    Permissions,
    is_allowed,
    spelled,
)

_BOOTSTRAP = ("kubernetes.io/bootstrapping", "rbac-defaults")
"""The label of what an API server itself makes, and completes at each start.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation
"""
_OF_THE_SERVER = frozenset({"kube-apiserver", "clusterrole-aggregation-controller"})
_LETTING_IN = frozenset(
    {
        "admissionregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "rbac.authorization.k8s.io",
    }
)
"""The groups in which new leave can be used to get more of it."""

ROLES_OF_A_VERSION = Expectation(
    VERSION_SKEW.rule, "the servers' versions come with roles that differ in this"
)
_HOLDERS = "whoever it is given to"
_MOST_SAID = 3


def permission_differences(
    states: Sequence[State], named: Mapping[str, frozenset[str]]
) -> Iterator[Difference]:
    """What accounts may do here and not there.

    Args:
        states: What reaches into each environment from outside, the baseline first.
        named: The ClusterRoles that RoleBindings of each environment give to somebody.

    Returns:
        A difference for each binding and each role that makes one.
    """
    sides = _knowing(ROLE, [Side(state, named[state.environment]) for state in states])
    if not sides:
        return
    given = frozenset.intersection(*(side.named for side in sides))
    for found in _of_roles(sides, given):
        yield found.difference(sides)
    bound = _knowing(BINDING, sides)
    differing = list(_differing_bindings(bound))
    bindings = (each.found() for each in differing if not each.is_alike)
    for found in (*_of_roles(bound, {each.role for each in differing} - given - {""}), *bindings):
        yield found.difference(bound)


def _knowing(kind: GroupKind, sides: Sequence[Side]) -> list[Side]:
    """The sides that know which objects of a kind there are; none without the baseline."""
    knowing = [side for side in sides if side.knows(kind)]
    return knowing if knowing[:1] == sides[:1] else []


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

    def difference(self, sides: Sequence[Side]) -> Difference:
        """The same as a difference, expected where servers of two versions made it themselves."""
        change = Change.CHANGED
        if len(self.values) < len(sides):
            change = Change.REMOVED if sides[0].name in self.values else Change.ADDED
        found = Difference(self.reference, change, self.path, self.values, note=self._note(sides))
        states = [side.state for side in sides if self.reference in side.state.objects]
        found = attributed(found, self.reference, states)
        return evolve(found, expected=ROLES_OF_A_VERSION) if self._is_skewed(sides) else found

    def _note(self, sides: Sequence[Side]) -> str:
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

    def _is_skewed(self, sides: Sequence[Side]) -> bool:
        minors = {side.state.minor for side in sides}
        permissions = (each for own in self.own.values() for each in own)
        objects = [side.state.objects.get(self.reference) for side in sides]
        return (
            len(minors) > 1
            and None not in minors
            and all(item is None or _is_bootstrapped(item) for item in objects)
            and all(map(_is_of_a_version, permissions))
        )


def _in_words(permissions: Permissions) -> str:
    """The first few permissions, and how many more there are."""
    said = spelled(permissions)
    left = len(said) - _MOST_SAID
    more = [f"{left} more"] if left > 0 else []
    return "; ".join([*said[:_MOST_SAID], *more]) or "do nothing"


def _is_bootstrapped(role: Object) -> bool:
    """Whether an API server makes and completes a role or a binding, and nobody else wrote it."""
    key, value = _BOOTSTRAP
    labels = (role.document.metadata.get("labels") or {}) if role.document else {}
    writers = {entry.get("manager") for entry in role.managed_fields}
    return labels.get(key) == value and bool(writers) and writers <= _OF_THE_SERVER


def _is_of_a_version(permission: Permission) -> bool:
    """Whether a version of Kubernetes may have brought a permission, and it lets nobody in.

    What is aggregated into a role may come from anybody, so that its writer proves nothing.
    """
    group = permission.group or ""
    return group.endswith(".k8s.io") and group not in _LETTING_IN and "*" not in permission


def _of_roles(sides: Sequence[Side], names: Iterable[str]) -> Iterator[_Found]:
    """The roles of these that do not allow the same everywhere."""
    for name in sorted(names):
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


@frozen
class _Differing:
    """A binding by which an account may do here what it may not do there.

    Args:
        reference: Which.
        given: What it gives, by environment.
        own: Of that, what the same accounts may not do everywhere.
        is_everywhere: Whether every environment has it.
    """

    reference: ObjectReference
    given: Mapping[str, Given]
    own: Mapping[str, Permissions]
    is_everywhere: bool

    @property
    def role(self) -> str:
        """The role that it gives everywhere; empty where there is no such one."""
        roles = {each.role for each in self.given.values()}
        return roles.pop() if self.is_everywhere and len(roles) == 1 else ""

    @property
    def is_alike(self) -> bool:
        """Whether it is everywhere alike, so that its role alone makes the difference."""
        accounts = {frozenset(each.accounts) for each in self.given.values()}
        return bool(self.role) and len(accounts) == 1

    def found(self) -> _Found:
        """The binding as what makes it: by its role, or by whom it gives that to."""
        path: FieldPath = ()
        values = {side: spelled(each.permissions) for side, each in self.given.items()}
        if self.is_everywhere and not self.role:
            path = (Field("roleRef"),)
        elif self.is_everywhere:
            path = (Field("subjects"),)
            values = {side: sorted(each.accounts.values()) for side, each in self.given.items()}
        accounts = {name for each in self.given.values() for name in each.accounts.values()}
        return _Found(
            reference=self.reference,
            path=path,
            values=values,
            allowed={side: each.permissions for side, each in self.given.items()},
            own=self.own,
            who=list_names(sorted(accounts)),
        )


def _differing_bindings(sides: Sequence[Side]) -> Iterator[_Differing]:
    for name in sorted({name for side in sides for name in side.bindings}):
        having = [side for side in sides if name in side.bindings]
        own = {side.name: _own_of(side, name, sides) for side in having}
        if any(own.values()):
            yield _Differing(
                reference=ObjectReference(*BINDING, name),
                given={side.name: side.bindings[name] for side in having},
                own=own,
                is_everywhere=len(having) == len(sides),
            )


def _own_of(side: Side, name: str, sides: Sequence[Side]) -> Permissions:
    """What a binding allows somebody that the same account may not do on every side."""
    given = side.bindings[name]
    return frozenset(
        each
        for who in given.accounts
        for other in sides
        for each in given.permissions
        if not is_allowed(each, other.effective(who))
    )
