"""Who in a namespace may do what in the cluster, and by which roles.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from driftcheck.model import GroupKind
from driftcheck.platform._inside import Body, Inside, inside, maps_in, text
from driftcheck.platform._kinds import BINDING, ROLE
from driftcheck.platform._outside import Ask, Outside, Reach, Said, name_of

ROLE_BINDING = GroupKind("rbac.authorization.k8s.io", "RoleBinding")
EVERYBODY = ("system:serviceaccounts", "system:authenticated")
"""The groups that every ServiceAccount of a cluster is in.

`MakeGroupNames` in pkg/authentication/serviceaccount of the apiserver, and its authenticator
"""
_OWN_GROUP = "system:serviceaccounts:"
_OWN_USER = "system:serviceaccount:"


def permissions(here: Inside, outside: Outside) -> Said:
    """The bindings that give something to accounts of the namespace, and their roles."""
    yield Ask(BINDING)
    for binding in outside.every(BINDING):
        subjects = [item for item in maps_in(binding, "subjects") if account(item, here.namespace)]
        accounts = [account(item, here.namespace) for item in subjects]
        for name in accounts:
            kept = {**binding, "subjects": subjects}
            yield Reach(BINDING, name_of(binding), name, kept)
        if accounts:
            yield from outside.follow(ROLE, role_name(binding), *accounts)
    for document in here.of(ROLE_BINDING):
        name = role_name(document.body)
        if name:
            given = [
                f"{text(item, 'kind')} {text(item, 'name')}" for item in subjects_of(document.body)
            ]
            yield from outside.follow(ROLE, name, *given, str(document.reference))


def subjects_of(binding: Body) -> list[Body]:
    """Whom a binding gives its role to."""
    return maps_in(binding, "subjects")


def role_name(binding: Body) -> str:
    """The ClusterRole that a binding gives; empty where it gives a Role."""
    role = inside(binding, "roleRef")
    return text(role, "name") if text(role, "kind") == ROLE.kind else ""


def account(subject: Body, namespace: str) -> str:
    """The account of a namespace that a subject means, `ServiceAccount web`; empty for no such.

    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects
    """
    kind, name = text(subject, "kind"), text(subject, "name")
    if kind == "ServiceAccount" and subject.get("namespace") == namespace:
        return f"{kind} {name}"
    if kind == "User" and name.startswith(f"{_OWN_USER}{namespace}:"):
        return f"ServiceAccount {name.rpartition(':')[2]}"
    if kind == "Group" and name in (f"{_OWN_GROUP}{namespace}", *EVERYBODY):
        return f"{kind} {name}"
    return ""


def broader(who: str) -> tuple[str, ...]:
    """The groups that an account, or a narrower group of accounts, is in; see `account`.

    The own namespace's name is left out of its group's.
    """
    groups = (f"Group {_OWN_GROUP}", *(f"Group {name}" for name in EVERYBODY))
    return groups[groups.index(who) + 1 :] if who in groups else groups
