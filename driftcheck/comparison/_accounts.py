"""What bindings outside a namespace let its accounts do, environment by environment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import field, frozen

from driftcheck.model import GroupKind, ObjectReference, State, unseen
from driftcheck.platform import (
    BINDING,
    ROLE,
    Permissions,
    account,
    broader,
    permissions_of,
    role_name,
    subjects_of,
)

NOTHING: Permissions = frozenset()


@frozen
class Given:
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
class Side:
    """One environment: who may do what there.

    Args:
        state: What reaches in from outside.
        named: The ClusterRoles that its RoleBindings give.
    """

    state: State
    named: frozenset[str]
    _effective: dict[str, Permissions] = field(factory=dict, init=False, eq=False)

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.state.environment

    def knows(self, kind: GroupKind) -> bool:
        """Whether it is known which objects of a kind there are."""
        return kind not in unseen(self.state.coverage)

    def role(self, name: str) -> Permissions | None:
        """What a role allows; None where there is no such role."""
        found = self.state.objects.get(ObjectReference(*ROLE, name))
        return permissions_of(found.document.body) if found and found.document else None

    @cached_property
    def bindings(self) -> Mapping[str, Given]:
        """What gives accounts of the namespace something, by its name."""
        return {
            reference.name: self._given(found.document.body)
            for reference, found in self.state.objects.items()
            if reference.group_kind == BINDING and found.document
        }

    def _given(self, binding: Mapping[str, object]) -> Given:
        namespace = self.state.namespace
        shown = [name for item in subjects_of(binding) if (name := account(item, namespace))]
        accounts = {name.replace(f":{namespace}", ":"): name for name in shown}
        name = role_name(binding)
        return Given(name, self.role(name) or NOTHING, accounts)

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
